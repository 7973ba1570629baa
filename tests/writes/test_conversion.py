"""Parquet files that become a table: `convert_to_deltalake` and CONVERT TO DELTA."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from deltaic import (
    CommitProperties,
    DeltaTable,
    Field,
    QueryBuilder,
    Schema,
    convert_to_deltalake,
    write_deltalake,
)
from deltaic.exceptions import (
    DeltaError,
    DeltaProtocolError,
    SchemaMismatchError,
    SqlError,
    TableNotFoundError,
)

from harness.arrow import collect
from writes.readers import ours, rows


def write(path: Path, columns: dict[str, Any], **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path, **options)


def commit(path: Path) -> list[dict[str, Any]]:
    lines = (path / "_delta_log" / f"{0:020}.json").read_text().splitlines()
    return [json.loads(line) for line in lines]


def adds(path: Path) -> dict[str, dict[str, Any]]:
    return {line["add"]["path"]: line["add"] for line in commit(path) if "add" in line}


def test_a_hive_dataset_of_pyarrow(tmp_path: Path) -> None:
    data = pa.table(
        {
            "id": [1, 2, 3, 4],
            "day": [dt.date(2024, 5, 1), dt.date(2024, 5, 2), None, dt.date(2024, 5, 1)],
            "city": ["Å/b=c d%", "x", "y", None],
        }
    )
    parts = ds.partitioning(pa.schema([("day", pa.date32()), ("city", pa.string())]), flavor="hive")
    ds.write_dataset(data, tmp_path, format="parquet", partitioning=parts)
    convert_to_deltalake(
        tmp_path,
        partition_by=Schema([Field("day", "date"), Field("city", "string")]),
        partition_strategy="hive",
    )
    assert DeltaTable(tmp_path).metadata().partition_columns == ["day", "city"]
    assert rows(tmp_path) == sorted(
        zip(*(data[name].to_pylist() for name in ("id", "day", "city")), strict=True), key=repr
    )


def test_directories_are_values_in_their_order(tmp_path: Path) -> None:
    write(tmp_path / "2024" / "05" / "a.parquet", {"id": [1]})
    write(tmp_path / "2024" / "06" / "b.parquet", {"id": [2]})
    by = Schema([Field("year", "integer"), Field("month", "integer")])
    convert_to_deltalake(tmp_path, partition_by=by, partition_strategy="directory")
    assert rows(tmp_path) == [(1, 2024, 5), (2, 2024, 6)]


def test_types_are_those_of_parquet(tmp_path: Path) -> None:
    at = dt.datetime(2024, 2, 29, 12, 30, 0, 123456)
    columns = {
        "byte": pa.array([-1], pa.int8()),
        "wide": pa.array([200], pa.uint8()),
        "unsigned": pa.array([2**31], pa.uint32()),
        "decimal": pa.array([None], pa.decimal128(12, 3)),
        "text": pa.array(["x"], pa.dictionary(pa.int32(), pa.string())),
        "bytes": pa.array([b"\x00"], pa.binary()),
        "micros": pa.array([at], pa.timestamp("us", "UTC")),
        "local": pa.array([at], pa.timestamp("ms")),
        "nested": pa.array(
            [{"a": [1, None], "m": [("k", 1.5)]}],
            pa.struct([("a", pa.list_(pa.int32())), ("m", pa.map_(pa.string(), pa.float64()))]),
        ),
    }
    write(tmp_path / "a.parquet", columns)
    convert_to_deltalake(tmp_path)
    types = {
        field.name: json.loads(field.type.to_json())
        for field in DeltaTable(tmp_path).schema().fields
    }
    assert [types[name] for name in list(columns)[:8]] == [
        "byte", "short", "long", "decimal(12,3)", "string", "binary", "timestamp", "timestamp_ntz",
    ]  # fmt: skip
    (row,) = rows(tmp_path)
    assert row[:6] == (-1, 200, 2**31, None, "x", b"\x00")


def test_instants_of_96_bits(tmp_path: Path) -> None:
    at = dt.datetime(2024, 2, 29, 12, 30, tzinfo=dt.UTC)
    values = pa.array([at], pa.timestamp("us", "UTC"))
    write(tmp_path / "a.parquet", {"at": values}, use_deprecated_int96_timestamps=True)
    convert_to_deltalake(tmp_path)
    assert DeltaTable(tmp_path).schema().fields[0].type.type == "timestamp"
    assert rows(tmp_path) == [(at,)]


def test_statistics_skip_files(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", {"id": [1, 2], "s": ["a" * 100, None], "f": [float("nan"), 1.0]})
    write(tmp_path / "b.parquet", {"id": [10, 20], "s": ["b", "c"], "f": [0.0, 2.0]})
    convert_to_deltalake(tmp_path)
    statistics = {path: json.loads(add["stats"]) for path, add in adds(tmp_path).items()}
    assert statistics["a.parquet"]["numRecords"] == 2
    assert statistics["a.parquet"]["nullCount"] == {"id": 0, "s": 1, "f": 0}
    assert statistics["b.parquet"]["minValues"]["id"] == 10
    # Of a NaN a footer does not tell.
    assert "f" not in statistics["a.parquet"]["maxValues"]
    assert len(statistics["a.parquet"]["minValues"]["s"]) <= 64
    assert len(DeltaTable(tmp_path).files(file_pruning_predicate="id > 5")) == 1
    assert {(10, "b", 0.0), (20, "c", 2.0)} <= set(ours(tmp_path))


def test_statistics_may_be_left_out(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", {"id": [1, 2]})
    convert_to_deltalake(tmp_path, collect_stats=False)
    assert json.loads(adds(tmp_path)["a.parquet"]["stats"]) == {"numRecords": 2}
    assert DeltaTable(tmp_path).count() == 2


def test_what_a_commit_says(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", {"id": [1]})
    convert_to_deltalake(
        tmp_path,
        name="n",
        description="d",
        configuration={"delta.appendOnly": "true"},
        commit_properties=CommitProperties(custom_metadata={"team": "x"}),
    )
    table = DeltaTable(tmp_path)
    (entry,) = table.history()
    assert (entry["operation"], entry["team"], entry["version"]) == ("CONVERT", "x", 0)
    assert entry["operationMetrics"]["numConvertedFiles"] == "1"
    metadata = table.metadata()
    assert (metadata.name, metadata.description) == ("n", "d")
    assert metadata.configuration == {"delta.appendOnly": "true"}


def test_a_table_is_an_error_or_ignored(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", {"id": [1]})
    convert_to_deltalake(tmp_path)
    with pytest.raises(DeltaError, match="already"):
        convert_to_deltalake(tmp_path)
    write(tmp_path / "b.parquet", {"id": [2]})
    convert_to_deltalake(tmp_path, mode="ignore")
    assert DeltaTable(tmp_path).version() == 0
    assert rows(tmp_path) == [(1,)]


def test_the_table_goes_on(tmp_path: Path) -> None:
    write(tmp_path / "p=1" / "a.parquet", {"id": [1], "only": ["here"]})
    write(tmp_path / "p=2" / "b.parquet", {"id": [2]})
    by = Schema([Field("p", "long")])
    convert_to_deltalake(tmp_path, partition_by=by, partition_strategy="hive")
    write_deltalake(tmp_path, pa.table({"id": [3], "only": ["new"], "p": [1]}), mode="append")
    assert rows(tmp_path) == [(1, "here", 1), (2, None, 2), (3, "new", 1)]
    deltalake.write_deltalake(
        tmp_path, pa.table({"id": [4], "only": ["theirs"], "p": [2]}), mode="append"
    )
    assert len(rows(tmp_path)) == 4


@pytest.mark.parametrize(
    ("files", "options", "error", "parts"),
    [
        ({}, {}, TableNotFoundError, ["no Parquet file"]),
        ({"_a.parquet": {"a": [1]}, "b.csv": None}, {}, TableNotFoundError, ["no Parquet file"]),
        ({"a.parquet": None}, {}, DeltaError, ["a.parquet"]),
        (
            {"a.parquet": {"x": [1]}, "d/b.parquet": {"x": ["1"]}},
            {},
            SchemaMismatchError,
            ["'x'", "long", "string", "'a.parquet'", "'d/b.parquet'"],
        ),
        ({"a.parquet": {"x": [1], "X": [1]}}, {}, SchemaMismatchError, ["'x'", "'X'", "a.parquet"]),
        (
            {"a.parquet": {"t": [dt.time(12)]}},
            {},
            SchemaMismatchError,
            ["'t'", "time", "a.parquet"],
        ),
        ({"p=1/a.parquet": {"x": [1]}}, {}, ValueError, ["'p=1'", "p=1/a.parquet"]),
        ({"a.parquet": {"x": [1]}}, {"by": "p"}, ValueError, ["a.parquet", "partition"]),
        ({"q=1/a.parquet": {"x": [1]}}, {"by": "p"}, ValueError, ["'q=1'"]),
        ({"p=1/q=2/a.parquet": {"x": [1]}}, {"by": "p"}, ValueError, ["p=1/q=2/a.parquet"]),
        ({"p=soon/a.parquet": {"x": [1]}}, {"by": "p"}, ValueError, ["p", "soon", "a.parquet"]),
        ({"p=1/a.parquet": {"x": [1]}}, {"by": "p", "strategy": None}, ValueError, ["strategy"]),
        ({"a.parquet": {"x": [1]}}, {"strategy": "guess"}, ValueError, ["guess"]),
        ({"a.parquet": {"x": [1]}}, {"mode": "overwrite"}, ValueError, ["overwrite"]),
        (
            {"a.parquet": {"x": [1]}},
            {"configuration": {"delta.constraints.c": "x > 0"}},
            DeltaProtocolError,
            ["constraints"],
        ),
        (
            {"a.parquet": {"x": [1]}},
            {"configuration": {"delta.columnMapping.mode": "name"}},
            DeltaProtocolError,
            ["columnMapping"],
        ),
    ],
)
def test_what_cannot_be_a_table_says_why(
    tmp_path: Path,
    files: dict[str, dict[str, Any] | None],
    options: dict[str, Any],
    error: type[Exception],
    parts: list[str],
) -> None:
    for name, columns in files.items():
        if columns is None:
            (tmp_path / name).write_text("no Parquet")
        else:
            write(tmp_path / name, columns)
    by = options.pop("by", None)
    strategy = options.pop("strategy", "hive" if by else None)
    schema = Schema([Field(by, "long")]) if by else None
    with pytest.raises(error) as raised:
        convert_to_deltalake(tmp_path, partition_by=schema, partition_strategy=strategy, **options)
    for part in parts:
        assert part in str(raised.value)
    assert not (tmp_path / "_delta_log").exists()


def test_a_table_below_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", {"x": [1]})
    write_deltalake(tmp_path / "old" / "t", pa.table({"x": [1]}))
    with pytest.raises(ValueError, match="old/t"):
        convert_to_deltalake(tmp_path)


def test_positional_commit_arguments_are_deprecated(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", {"x": [1]})
    properties = CommitProperties(custom_metadata={"team": "x"})
    with pytest.warns(DeprecationWarning, match="positionally"):
        convert_to_deltalake(tmp_path, "error", None, None, None, None, None, None, properties)
    assert DeltaTable(tmp_path).history()[0]["team"] == "x"


def test_the_statement(tmp_path: Path) -> None:
    folder = tmp_path / "my orders"
    write(folder / "p=1" / "a.parquet", {"id": [1, 2]})
    write(folder / "p=2" / "b.parquet", {"id": [3]})
    session = QueryBuilder()
    with pytest.raises(SqlError, match="NUMBR"):
        session.execute(f"CONVERT TO DELTA parquet.`{folder}` PARTITIONED BY (p NUMBR)")
    made = session.execute(f"CONVERT TO DELTA parquet.`{folder}` PARTITIONED BY (p INT)")
    assert collect(made).to_pylist() == [{"count": 3}]
    assert rows(folder) == [(1, 1), (2, 1), (3, 2)]
    sums = session.execute(f"SELECT p, sum(id) AS s FROM '{folder}' GROUP BY p ORDER BY p")
    assert collect(sums).to_pylist() == [{"p": 1, "s": 3}, {"p": 2, "s": 3}]
    with pytest.raises(DeltaError, match="already"):
        session.execute(f"CONVERT TO DELTA '{folder}'")
