"""Spark reads what we write, values and all, and goes on writing to it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from deltaic import DeltaTable, Field, Schema, write_deltalake

from interop.spark import Spark

UTC = dt.UTC
MOMENT = dt.datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC)

EVERYTHING = pa.table(
    {
        "id": pa.array([1, 2, 3], pa.int64()),
        "i": pa.array([2**31 - 1, None, -(2**31)], pa.int32()),
        "s": pa.array([2**15 - 1, None, 0], pa.int16()),
        "b": pa.array([-128, None, 127], pa.int8()),
        "f": pa.array([0.5, None, float("inf")], pa.float32()),
        "d": pa.array([0.1, None, float("nan")], pa.float64()),
        "dec": pa.array([Decimal("-0.01"), None, Decimal("99999999.99")], pa.decimal128(10, 2)),
        "wide": pa.array([Decimal("9" * 38), None, Decimal(0)], pa.decimal128(38, 0)),
        "t": pa.array(["", None, "é😀" * 30], pa.string()),
        "bin": pa.array([b"", None, b"\x00\xff"], pa.binary()),
        "bool": pa.array([True, None, False]),
        "date": pa.array([dt.date(1, 1, 1), None, dt.date(9999, 12, 31)]),
        "at": pa.array([MOMENT, None, MOMENT], pa.timestamp("us", "UTC")),
        "ntz": pa.array([MOMENT.replace(tzinfo=None), None, None], pa.timestamp("us")),
        "list": pa.array([[1, None], None, []], pa.list_(pa.int32())),
        "map": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())),
        "st": pa.array(
            [{"x": 1, "y": {"z": "q"}}, None, {"x": None, "y": None}],
            pa.struct([("x", pa.int64()), ("y", pa.struct([("z", pa.string())]))]),
        ),
    }
)

SHOWN = [
    "CAST(id AS STRING)",
    *(f"CAST({name} AS STRING)" for name in ("i", "s", "b", "f", "d", "dec", "wide", "t")),
    "hex(bin)",
    *(f"CAST({name} AS STRING)" for name in ("bool", "date", "at", "ntz")),
    *(f"to_json(struct({name}))" for name in ("list", "map", "st")),
]

EXPECTED = [
    [
        "1",
        "2147483647",
        "32767",
        "-128",
        "0.5",
        "0.1",
        "-0.01",
        "9" * 38,
        "",
        "",
        "true",
        "0001-01-01",
        "2024-02-29 23:59:59.999999",
        "2024-02-29 23:59:59.999999",
        '{"list":[1,null]}',
        '{"map":{"k":1}}',
        '{"st":{"x":1,"y":{"z":"q"}}}',
    ],
    ["2", *[None] * 13, "{}", "{}", "{}"],
    [
        "3",
        "-2147483648",
        "0",
        "127",
        "Infinity",
        "NaN",
        "99999999.99",
        "0",
        "é😀" * 30,
        "00FF",
        "false",
        "9999-12-31",
        "2024-02-29 23:59:59.999999",
        None,
        '{"list":[]}',
        '{"map":{}}',
        '{"st":{}}',
    ],
]


@pytest.mark.parametrize(
    "configuration",
    [
        {},
        {"delta.columnMapping.mode": "name"},
        {"delta.columnMapping.mode": "id"},
        {"delta.enableDeletionVectors": "true"},
        {"delta.checkpointPolicy": "v2", "delta.checkpointInterval": "1"},
        {"delta.enableInCommitTimestamps": "true"},
        {"delta.enableRowTracking": "true"},
        {"delta.checkpointInterval": "1"},
    ],
    ids=lambda configuration: ",".join(configuration.values()) or "plain",
)
def test_spark_reads_every_type(
    tmp_path: Path, spark: Spark, configuration: dict[str, str]
) -> None:
    write_deltalake(tmp_path, EVERYTHING, configuration=configuration)
    write_deltalake(tmp_path, EVERYTHING.slice(0, 0), mode="append")
    columns = ", ".join(SHOWN)
    assert spark.sql(f"SELECT {columns} FROM delta.`{tmp_path}` ORDER BY id") == EXPECTED
    # Spark skips files by our statistics, and appends to the table.
    assert spark.sql(f"SELECT id FROM delta.`{tmp_path}` WHERE d = 0.1") == [[1]]
    assert spark.sql(f"SELECT id FROM delta.`{tmp_path}` WHERE t > 'z'") == [[3]]
    assert spark.sql(f"SELECT id FROM delta.`{tmp_path}` WHERE isnan(d)") == [[3]]
    spark.sql(f"INSERT INTO delta.`{tmp_path}` SELECT * FROM delta.`{tmp_path}` WHERE id = 1")
    write_deltalake(tmp_path, EVERYTHING.slice(1, 1), mode="append")
    assert spark.sql(f"SELECT count(*) FROM delta.`{tmp_path}`") == [[5]]
    found = pa.table(DeltaTable(tmp_path).scan(columns=["id"]))["id"].to_pylist()
    assert sorted(found) == [1, 1, 2, 2, 3]


def test_spark_finds_partitions_of_any_text(tmp_path: Path, spark: Spark) -> None:
    names = ["a b", "a/b", "é", "100%", "x=y", "#", "?", "'", None]
    write_deltalake(tmp_path, pa.table({"k": names, "n": range(len(names))}), partition_by=["k"])
    rows = spark.sql(f"SELECT k, n FROM delta.`{tmp_path}` ORDER BY n")
    assert rows == [[name, number] for number, name in enumerate(names)]
    assert spark.sql(f"SELECT n FROM delta.`{tmp_path}` WHERE k = 'a/b'") == [[1]]


def test_constraints_of_one_engine_hold_in_the_other(tmp_path: Path, spark: Spark) -> None:
    doubled = {"delta.generationExpression": "a * 2"}
    schema = Schema([Field("a", "long"), Field("b", "long", metadata=doubled)])
    DeltaTable.create(tmp_path, schema, configuration={"delta.constraints.small": "a < 100"})
    write_deltalake(tmp_path, pa.table({"a": [1]}), mode="append")
    spark.sql(f"INSERT INTO delta.`{tmp_path}` (a) VALUES (2)")
    with pytest.raises(RuntimeError, match="small"):
        spark.sql(f"INSERT INTO delta.`{tmp_path}` (a) VALUES (200)")
    assert spark.sql(f"SELECT * FROM delta.`{tmp_path}` ORDER BY a") == [[1, 2], [2, 4]]


def test_identity_columns_are_shared_with_spark(tmp_path: Path, spark: Spark) -> None:
    spark.sql(
        f"CREATE TABLE delta.`{tmp_path}` (id BIGINT GENERATED ALWAYS AS IDENTITY "
        "(START WITH 10 INCREMENT BY 5), v STRING) USING DELTA"
    )
    spark.sql(f"INSERT INTO delta.`{tmp_path}` (v) VALUES ('spark')")
    write_deltalake(tmp_path, pa.table({"v": ["ours", "too"]}), mode="append")
    spark.sql(f"INSERT INTO delta.`{tmp_path}` (v) VALUES ('again')")
    ids = [row[0] for row in spark.sql(f"SELECT id FROM delta.`{tmp_path}`")]
    assert len(set(ids)) == 4
    assert all(number >= 10 and number % 5 == 0 for number in ids)


def test_spark_tells_our_history(tmp_path: Path, spark: Spark) -> None:
    write_deltalake(tmp_path, pa.table({"a": [1]}))
    write_deltalake(tmp_path, pa.table({"a": [2]}), mode="append")
    rows = spark.sql(f"DESCRIBE HISTORY delta.`{tmp_path}`")
    assert [(row[0], row[4]) for row in rows] == [(1, "WRITE"), (0, "WRITE")]
