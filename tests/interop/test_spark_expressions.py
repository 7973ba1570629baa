"""Expressions of tables have the values that Spark gives them, or are refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from deltaic import DeltaTable, Field, Schema, write_deltalake
from deltaic.exceptions import DeltaProtocolError

from interop.spark import Spark

MOMENTS = [dt.datetime(2024, 2, 29, 23, 59, 58, 123456), dt.datetime(1969, 12, 31, 1, 2, 3), None]

ROWS = pa.table(
    {
        "i": pa.array([7, -7, 0, None], pa.int32()),
        "n": pa.array([10, 3, -1, None], pa.int64()),
        "d": pa.array([1.5, -2.5, 0.0, None]),
        "dec": pa.array([Decimal("1.25"), Decimal("-9.99"), Decimal(0), None], pa.decimal128(5, 2)),
        "s": pa.array(["abc", " Äx1 ", "", None]),
        "t": pa.array(["a,b", "x", "b", None]),
        "flag": pa.array([True, False, True, None]),
        "day": pa.array([dt.date(2024, 3, 31), dt.date(1960, 1, 1), dt.date(2024, 12, 30), None]),
        "at": pa.array([*MOMENTS, None], pa.timestamp("us", "UTC")),
        "l": pa.array([[5, None, 6, 5], [], [1], None], pa.list_(pa.int64())),
        "m": pa.array([[("k", 1)], [("x", None)], [], None], pa.map_(pa.string(), pa.int64())),
        "st": pa.array([{"f": 1, "g": "q"}, {"f": None, "g": ""}, None, None]),
        "bin": pa.array([b"ab", b"", b"\xff", None]),
    }
)


def _expressions() -> list[str]:
    text = (Path(__file__).parent / "spark_expressions.txt").read_text(encoding="utf-8")
    return text.splitlines()


def _differences(folder: Path, spark: Spark, expressions: list[str]) -> dict[str, str]:
    """What has another value than in Spark, by its expression."""
    plain = folder / "plain"
    write_deltalake(plain, ROWS)
    fields = DeltaTable(plain).schema().fields
    wrong: dict[str, str] = {}
    for number, sql in enumerate(expressions):
        try:
            ((kind,),) = spark.sql(f"SELECT DISTINCT typeof({sql}) FROM delta.`{plain}`")
            spark.sql(f"SELECT {sql} FROM delta.`{plain}`")
        except RuntimeError:
            wrong[sql] = "not an expression of Spark"
            continue
        if kind == "void" or "interval" in kind or "map<" in kind:  # Not stored, or not compared.
            continue
        root = folder / str(number)
        columns = folder / f"columns{number}"
        spark.sql(f"CREATE TABLE delta.`{columns}` (b {kind}) USING DELTA")
        (column,) = DeltaTable(columns).schema().fields
        made = Field("b", column.type, metadata={"delta.generationExpression": sql})
        try:
            DeltaTable.create(root, Schema([*fields, made]))
            write_deltalake(root, ROWS, mode="append")
        except DeltaProtocolError:
            continue  # Refused by name.
        except Exception as error:
            wrong[sql] = f"{type(error).__name__}: {error}"
            continue
        rows = spark.sql(f"SELECT {sql}, b FROM delta.`{root}` WHERE NOT (({sql}) <=> b)")
        if rows:
            wrong[sql] = f"Spark and ours: {rows}"
    return wrong


@pytest.mark.long
def test_expressions_have_the_values_of_spark(tmp_path: Path, spark: Spark) -> None:
    spark.sql("SET spark.sql.ansi.enabled = false")
    try:
        assert _differences(tmp_path, spark, _expressions()) == {}
    finally:
        spark.sql("SET spark.sql.ansi.enabled = true")
