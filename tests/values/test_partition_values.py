"""Partition values of every type, and the paths of files that hold them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import datafusion
import deltaic
import pytest

from harness.arrow import collect, exhaust, query
from harness.errors import code_of, describe, error_of
from harness.log_table import PROTOCOL, LogTable, field, metadata

VALUES: list[tuple[str, str, Any]] = [
    ("string", "text", "text"),
    ("string", "__HIVE_DEFAULT_PARTITION__", "__HIVE_DEFAULT_PARTITION__"),
    ("string", " ü/%25=", " ü/%25="),
    ("long", "-9223372036854775808", -(2**63)),
    ("integer", "2147483647", 2**31 - 1),
    ("short", "-32768", -(2**15)),
    ("byte", "127", 127),
    ("float", "1.5", 1.5),
    ("float", "-Infinity", float("-inf")),
    ("double", "1.0E-300", 1e-300),
    ("decimal(38,2)", "1E+2", Decimal("100.00")),
    ("decimal(5,2)", "-123.45", Decimal("-123.45")),
    ("boolean", "true", True),
    ("boolean", "FALSE", False),
    ("binary", "bytes", b"bytes"),
    ("date", "0001-01-01", date(1, 1, 1)),
    ("date", "9999-12-31", date(9999, 12, 31)),
    ("timestamp", "2024-02-29 12:34:56.789", datetime(2024, 2, 29, 12, 34, 56, 789000, UTC)),
    ("timestamp", "1969-12-31T23:59:59.000001Z", datetime(1969, 12, 31, 23, 59, 59, 1, UTC)),
    ("timestamp_ntz", "2024-02-29 12:34:56", datetime(2024, 2, 29, 12, 34, 56)),
]


def _table(folder: Path, kind: str, *texts: str | None) -> deltaic.DeltaTable:
    table = LogTable(folder)
    files = [table.data(f"{i}.parquet", {"x": [i]}, {"p": text}) for i, text in enumerate(texts)]
    columns = metadata(field("x", "long"), field("p", kind), partition_columns=["p"])
    table.commit(0, PROTOCOL, columns, *files)
    return deltaic.DeltaTable(folder)


@pytest.mark.parametrize(("kind", "text", "value"), VALUES)
def test_values_of_every_type(tmp_path: Path, kind: str, text: str, value: Any) -> None:
    table = _table(tmp_path / "t", kind, text, None, "")
    context = datafusion.SessionContext()
    context.register_table("t", table)
    rows = [{"x": 0, "p": value}, {"x": 1, "p": None}, {"x": 2, "p": None}]
    for found in (
        query("SELECT x, p FROM t ORDER BY x", t=table),
        collect(context.sql("SELECT x, p FROM t ORDER BY x")),
        table.to_pyarrow_table().sort_by("x"),
    ):
        assert found.select(["x", "p"]).to_pylist() == rows
    counted = query("SELECT count(p) AS p, count(*) AS n FROM t WHERE p IS NULL", t=table)
    assert counted.to_pylist() == [{"p": 0, "n": 2}]
    assert query("SELECT x FROM t WHERE p IS NOT NULL", t=table).to_pylist() == [{"x": 0}]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("long", "9223372036854775808"),
        ("byte", "128"),
        ("integer", "1.0"),
        ("float", "one"),
        ("decimal(5,2)", "1000.00"),
        ("decimal(5,2)", "0.001"),
        ("boolean", "1"),
        ("date", "2024-02-30"),
        ("timestamp", "2024-02-29 25:00:00"),
        ("timestamp", "999999-01-01 00:00:00"),
        ("timestamp_ntz", "soon"),
    ],
)
def test_texts_that_are_no_values(tmp_path: Path, kind: str, text: str) -> None:
    table = _table(tmp_path / "t", kind, text)
    error = error_of(lambda: exhaust(table.scan()))
    assert code_of(error) == "corrupt_log", describe(error)
    assert "0.parquet" in str(error)
    assert text in str(error)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("p=a b/f.parquet", "p=a%20b/f.parquet"),
        ("p=100%/f%25.parquet", "p=100%25/f%2525.parquet"),
        ("p=%2F/f.parquet", "p=%252F/f.parquet"),
        ("p=日本/ü.parquet", "p=%E6%97%A5%E6%9C%AC/%C3%BC.parquet"),
        ("p=日本/ü.parquet", "p=日本/ü.parquet"),
        ("p=a#b?c&d@e:f+g/f.parquet", "p=a%23b%3Fc&d@e:f+g/f.parquet"),
        ("p=__HIVE_DEFAULT_PARTITION__/f.parquet", "p=__HIVE_DEFAULT_PARTITION__/f.parquet"),
        ('p=it\'s"so"/f.parquet', "p=it's%22so%22/f.parquet"),
    ],
)
def test_escaped_paths(tmp_path: Path, name: str, path: str) -> None:
    table = LogTable(tmp_path / "t")
    data = table.data(name, {"x": [1]}, {"p": "the log's own"})
    data["add"]["path"] = path
    columns = metadata(field("x", "long"), field("p", "string"), partition_columns=["p"])
    table.commit(0, PROTOCOL, columns, data)
    opened = deltaic.DeltaTable(table.root)
    assert opened.files() == [name]
    assert opened.file_uris() == [str(table.root / name)]
    expected = [{"x": 1, "p": "the log's own"}]
    assert collect(opened.scan()).to_pylist() == expected
    assert opened.to_pyarrow_dataset().to_table().to_pylist() == expected
    rows = collect(opened.scan(["f", "_metadata"], file_column="f", metadata=True)).to_pylist()
    assert rows[0]["f"] == name
    assert rows[0]["_metadata"]["file_path"] == str(table.root / name)


def test_timestamps_that_name_no_zone_are_of_the_zone_that_is_asked_for(tmp_path: Path) -> None:
    texts = ["2024-07-15 12:00:00", "2024-01-15 12:00:00.5", "2024-07-15T12:00:00Z"]
    table = _table(tmp_path / "t", "timestamp", *texts)
    berlin = [
        datetime(2024, 7, 15, 10, tzinfo=UTC),
        datetime(2024, 1, 15, 11, 0, 0, 500000, UTC),
        datetime(2024, 7, 15, 12, tzinfo=UTC),
    ]
    zone = "Europe/Berlin"
    builder = deltaic.QueryBuilder().register("t", table, partition_time_zone=zone)
    builder.register("utc", table)
    context = datafusion.SessionContext()
    context.register_table("t", table.with_scan_options(partition_time_zone=zone))
    shown = f"partition_time_zone => '{zone}'"
    statement = "CREATE EXTERNAL TABLE made STORED AS DELTATABLE LOCATION '{}' OPTIONS ('{}' '{}')"
    collect(builder.execute(statement.format(table.table_uri, "partition_time_zone", zone)))
    for found in (
        collect(builder.execute("SELECT p FROM t ORDER BY x")),
        collect(builder.execute("SELECT p FROM made ORDER BY x")),
        collect(builder.execute(f"SELECT p FROM delta_scan('t', {shown}) ORDER BY x")),
        collect(context.sql("SELECT p FROM t ORDER BY x")),
        collect(table.scan(partition_time_zone=zone)).sort_by("x").select(["p"]),
    ):
        assert found["p"].to_pylist() == berlin
    # Files are chosen by the same instants, and those of another zone do not get in the way.
    for zoned, utc in ((10, 0), (12, 2), (10, 0)):
        at = f"p = TIMESTAMP '2024-07-15 {zoned}:00:00Z'"
        (plan,) = collect(builder.execute(f"EXPLAIN SELECT x FROM t WHERE {at}"))[
            "plan"
        ].to_pylist()[-1:]
        assert "files_read=1" in plan
        found = collect(builder.execute(f"SELECT count(*) AS n FROM utc WHERE {at}"))
        assert found["n"].to_pylist() == [utc]


def test_a_zone_that_is_none_is_refused(tmp_path: Path) -> None:
    table = _table(tmp_path / "t", "timestamp", "2024-07-15 12:00:00")
    error = error_of(lambda: table.scan(partition_time_zone="Europe/Nowhere"))
    assert code_of(error) == "invalid_argument"
    assert "Europe/Nowhere" in str(error)
    far = _table(tmp_path / "far", "timestamp", "290000-01-01 12:00:00")
    assert collect(far.scan(columns=["x"])).num_rows == 1
    error = error_of(lambda: exhaust(far.scan(partition_time_zone="Europe/Berlin")))
    assert code_of(error) == "corrupt_log"
