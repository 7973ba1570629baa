"""Predicates of every kind over four files of disjoint ranges: which files are read."""

from __future__ import annotations

import datetime as dt
import decimal
import re

import deltaic
import pyarrow as pa
import pytest

from harness.arrow import query
from harness.log_table import PROTOCOL, LogTable, field, metadata

INNER = {"type": "struct", "fields": [field("c", "long")]}
OUTER = {"type": "struct", "fields": [field("a", "long"), field("b", INNER)]}
LETTERS = "abcd"


def _stats(number: int) -> dict[str, object]:
    def bounds(value: int) -> dict[str, object]:
        return {
            "x": value,
            "f": value / 1,
            "dec": value + 0.5,
            "d": f"{2020 + number}-0{1 + value % 2}-01",
            "ts": f"{2020 + number}-0{1 + value % 2}-01T00:00:00.000Z",
            "s": f"{LETTERS[number]}{value}",
            "flag": number >= 2,
            "st": {"a": value, "b": {"c": value}},
            **({"n": value} if number > 0 else {}),
        }

    return {
        "numRecords": 2,
        "minValues": bounds(number * 100),
        "maxValues": bounds(number * 100 + 1),
        "nullCount": {
            "x": 0,
            "f": 0,
            "dec": 0,
            "d": 0,
            "ts": 0,
            "s": 0,
            "flag": 0,
            "n": 2 if number == 0 else 0,
            "st": {"a": 0, "b": {"c": 0}},
        },
    }


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> LogTable:
    table = LogTable(tmp_path_factory.mktemp("matrix") / "table")
    columns = metadata(
        field("x", "long"),
        field("f", "double"),
        field("dec", "decimal(10,2)"),
        field("d", "date"),
        field("ts", "timestamp"),
        field("s", "string"),
        field("flag", "boolean"),
        field("n", "long"),
        field("st", OUTER),
        field("p", "string"),
        partition_columns=["p"],
    )
    actions = []
    for number in range(4):
        values = [number * 100, number * 100 + 1]
        rows = {
            "x": pa.array(values, pa.int64()),
            "f": pa.array([float(value) for value in values]),
            "dec": pa.array([decimal.Decimal(value) + decimal.Decimal("0.5") for value in values]),
            "d": pa.array([dt.date(2020 + number, month, 1) for month in (1, 2)]),
            "ts": pa.array(
                [dt.datetime(2020 + number, month, 1, tzinfo=dt.UTC) for month in (1, 2)],
                pa.timestamp("us", tz="UTC"),
            ),
            "s": [f"{LETTERS[number]}{value}" for value in values],
            "flag": [number >= 2] * 2,
            "n": pa.array([None if number == 0 else value for value in values], pa.int64()),
            "st": pa.array([{"a": value, "b": {"c": value}} for value in values]),
        }
        name = f"p=p{number}/{number}.parquet"
        actions.append(table.data(name, rows, {"p": f"p{number}"}, _stats(number)))
    table.commit(0, PROTOCOL, columns, *actions)
    return table


# predicate, rows, files read of four
CASES = [
    ("x > 250", 2, 1),
    ("x = 201", 1, 1),
    ("x BETWEEN 150 AND 250", 2, 1),
    ("NOT (x < 250)", 2, 1),
    ("x IN (1, 201)", 2, 2),
    ("x > 250.5", 2, 1),
    ("x + 1 > 250", 2, 1),
    ("CAST(x AS double) > 250.5", 2, 1),
    ("abs(x) > 250", 2, 1),
    ("coalesce(n, 0) > 250", 2, 1),
    ("coalesce(n, x) > 250", 2, 1),
    ("CASE WHEN x > 250 THEN true ELSE false END", 2, 1),
    ("f = 301", 1, 1),
    ("f BETWEEN 250 AND 350", 2, 1),
    ("f > 250 AND NOT isnan(f)", 2, 1),
    ("f > 250", 2, 4),  # A file may hold NaN, which is greater, whatever its bounds are.
    ("dec > 250.5", 2, 1),
    ("d >= DATE '2023-01-01'", 2, 1),
    ("d >= '2023-01-01'", 2, 1),
    ("date_part('year', d) = 2023", 2, 1),
    ("date_trunc('year', d) = DATE '2023-01-01'", 2, 1),
    ("ts >= '2023-01-01T00:00:00Z'", 2, 1),
    ("ts >= TIMESTAMP '2023-01-01'", 2, 1),
    ("date_trunc('month', ts) = TIMESTAMP '2023-02-01T00:00:00Z'", 1, 1),
    ("s LIKE 'c%'", 2, 1),
    ("starts_with(s, 'c')", 2, 1),
    ("st['a'] > 250", 2, 1),
    ("st['b']['c'] > 250", 2, 1),
    ("st['b']['c'] = 101 AND x < 150", 1, 1),
    ("n IS NULL", 2, 1),
    ("n IS NOT NULL", 6, 3),
    ("flag", 4, 2),
    ("NOT flag", 4, 2),
    ("flag = true", 4, 2),
    ("flag IS NOT TRUE", 4, 2),
    ("p = 'p1'", 2, 1),
    ("p IN ('p1', 'p2')", 4, 2),
    ("p > 'p1'", 4, 2),
    ("upper(p) = 'P1'", 2, 1),
    ("p LIKE '%1'", 2, 1),
    ("substr(p, 2, 1) = '1'", 2, 1),
    ("x > 250 OR p = 'p0'", 4, 2),
]


@pytest.mark.parametrize(("predicate", "rows", "files"), CASES)
def test_files_read(table: LogTable, predicate: str, rows: int, files: int) -> None:
    opened = deltaic.DeltaTable(str(table.root))
    sql = f"SELECT x FROM t WHERE {predicate}"
    assert query(sql, t=opened).num_rows == rows
    (plan,) = query(f"EXPLAIN ANALYZE {sql}", t=opened).to_pydict()["plan"]
    match = re.search(r"files_read=(\d+)", plan)
    assert match is not None, plan
    assert int(match.group(1)) == files, plan


def test_files_are_skipped_at_run_time_by_what_a_subquery_finds(table: LogTable) -> None:
    opened = deltaic.DeltaTable(str(table.root))
    sql = "EXPLAIN ANALYZE SELECT x FROM t WHERE x > (SELECT 250)"
    (plan,) = query(sql, t=opened).to_pydict()["plan"]
    assert "files_ranges_pruned_statistics=4 total → 1 matched" in plan
