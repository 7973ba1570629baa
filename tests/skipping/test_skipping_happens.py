"""What is skipped, in numbers (EXPLAIN), and by a stronger witness: the files are not there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import datafusion
import deltaic
import pyarrow as pa
import pytest

from harness.arrow import collect, query
from harness.errors import describe, error_of
from harness.log_table import PROTOCOL, LogTable, field, metadata

COUNTERS = ("files_listed", "files_pruned_by_partition", "files_pruned_by_statistics", "files_read")


def _stats(first: int) -> dict[str, object]:
    """Statistics of the ten rows that `_table` writes from `first` on."""
    return {
        "numRecords": 10,
        "minValues": {"x": first, "s": f"{first:04d}"},
        "maxValues": {"x": first + 9, "s": f"{first + 9:04d}"},
        "nullCount": {"x": 0, "s": 0, "n": 10 if first < 100 else 0},
    }


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> LogTable:
    """Four partitions (one of them null) of five files of ten rows; the last file of each has no
    statistics. `x` runs from 0 to 199, `n` is null in the first ten files."""
    table = LogTable(tmp_path_factory.mktemp("skipping") / "table")
    columns = metadata(
        field("x", "long"),
        field("s", "string"),
        field("n", "integer"),
        field("p", "string"),
        partition_columns=["p"],
    )
    actions = []
    for number in range(20):
        first = number * 10
        values = list(range(first, first + 10))
        rows = {
            "x": values,
            "s": [f"{value:04d}" for value in values],
            "n": pa.array([None if first < 100 else value for value in values], pa.int32()),
        }
        partition = ["a", "b", "c", None][number // 5]
        stats = None if number % 5 == 4 else _stats(first)
        name = f"p={partition or '__HIVE_DEFAULT_PARTITION__'}/{number:02d}.parquet"
        actions.append(table.data(name, rows, {"p": partition}, stats))
    table.commit(0, PROTOCOL, columns, *actions)
    return table


# predicate, rows, pruned by partition, pruned by statistics; 20 files are listed.
CASES = [
    ("true", 200, 0, 0),
    ("p = 'a'", 50, 15, 0),
    ("p IS NULL", 50, 15, 0),
    ("p IS NOT NULL", 150, 5, 0),
    ("p <> 'a'", 100, 10, 0),
    ("p IN ('a', 'c')", 100, 10, 0),
    ("p > 'b'", 50, 15, 0),
    ("p = 'nobody'", 0, 20, 0),
    ("x = 57", 1, 0, 15),
    ("x >= 100", 100, 0, 8),
    ("x < 10 OR x > 195", 14, 0, 15),
    ("x BETWEEN 20 AND 39", 20, 0, 14),
    ("NOT (x > 9)", 10, 0, 15),
    ("x IN (3, 103)", 2, 0, 14),
    ("x + 0 = 57", 1, 0, 15),
    ("x + 1 = 58", 1, 0, 15),
    ("x * -2 = -114", 1, 0, 15),
    ("abs(x - 57) < 1", 1, 0, 15),
    ("x > 189.5", 10, 0, 16),
    ("CAST(x AS double) = 57", 1, 0, 15),
    ("CASE WHEN x < 50 THEN 0 ELSE x END BETWEEN 50 AND 59", 10, 0, 15),
    ("coalesce(n, 0) > 150", 49, 0, 8),
    ("s LIKE '005%'", 10, 0, 15),
    ("s NOT LIKE '%5%' AND starts_with(s, '005')", 0, 0, 15),
    ("left(s, 3) = '005'", 10, 0, 15),
    ("upper(s) = '0057'", 1, 0, 0),
    ("upper(p) = 'B'", 50, 15, 0),
    ("upper(p) = 'B' AND x = 57 OR x > 189", 11, 0, 15),
    ("s = '0057'", 1, 0, 15),
    ("n IS NULL", 100, 0, 8),
    ("n IS NOT NULL", 100, 0, 8),
    ("p = 'b' AND x = 57", 1, 15, 3),
    ("p = 'a' AND x = 57", 0, 15, 4),
    ("p = 'a' OR x = 57", 51, 0, 11),
    ("x > 1000000", 0, 0, 16),
]


def _counters(plan: str) -> list[int]:
    """The scan's counters; they stand on one line of the plan."""
    (line,) = [line for line in plan.splitlines() if "files_listed" in line]
    found = []
    for name in COUNTERS:
        match = re.search(rf"{name}[=:] ?(\d+)", line)
        assert match is not None, f"{name} is not in: {line}"
        found.append(int(match.group(1)))
    return found


@pytest.mark.parametrize(("predicate", "rows", "by_partition", "by_statistics"), CASES)
def test_numbers(
    table: LogTable, predicate: str, rows: int, by_partition: int, by_statistics: int
) -> None:
    opened = deltaic.DeltaTable(str(table.root))
    sql = f"SELECT x, s FROM t WHERE {predicate}"
    assert query(sql, t=opened).num_rows == rows
    explained = query(f"EXPLAIN {sql}", t=opened).to_pydict()
    plans = dict(zip(explained["plan_type"], explained["plan"], strict=True))
    read = 20 - by_partition - by_statistics
    if read == 0 and "files_listed" not in plans["physical_plan"]:
        assert "EmptyExec" in plans["physical_plan"]  # Nothing is left to scan.
        return
    assert _counters(plans["physical_plan"]) == [20, by_partition, by_statistics, read]


@pytest.fixture
def gutted(table: LogTable, tmp_path: Path) -> Path:
    """The table without any data file but 05.parquet (x = 50 to 59, p = 'b'), 09 and those that
    have no statistics."""
    root = tmp_path / "gutted"
    shutil.copytree(table.root, root)
    for path in root.rglob("*.parquet"):
        if path.name not in ("05.parquet", "04.parquet", "09.parquet", "14.parquet", "19.parquet"):
            path.unlink()
    return root


QUERIES = [
    ("SELECT x FROM t WHERE x = 57", [57]),
    ("SELECT x FROM t WHERE p = 'b' AND x < 60", list(range(50, 60))),
    ("SELECT x FROM t WHERE s >= '0052' AND s <= '0053'", [52, 53]),
    ("SELECT t.x FROM t JOIN (VALUES (57)) AS v(k) ON t.x = v.k WHERE t.x = 57", [57]),
]


@pytest.mark.parametrize(("sql", "expected"), QUERIES)
def test_skipped_files_are_not_opened(gutted: Path, sql: str, expected: list[int]) -> None:
    result = query(sql, t=deltaic.DeltaTable(str(gutted)))
    assert sorted(result.column("x").to_pylist()) == expected


@pytest.mark.parametrize(("sql", "expected"), QUERIES)
def test_skipped_files_are_not_opened_by_the_wheel(
    gutted: Path, sql: str, expected: list[int]
) -> None:
    context = datafusion.SessionContext()
    context.register_table("t", deltaic.DeltaTable(str(gutted)))
    assert sorted(collect(context.sql(sql)).column("x").to_pylist()) == expected


def test_files_that_are_needed_are_opened(gutted: Path) -> None:
    opened = deltaic.DeltaTable(str(gutted))
    error = error_of(lambda: query("SELECT x FROM t WHERE x = 67", t=opened))
    assert "06.parquet" in str(error), describe(error)


def test_scan_with_a_predicate(gutted: Path) -> None:
    rows = collect(deltaic.DeltaTable(str(gutted)).scan(columns=["x"], predicate="x = 57"))
    assert rows.to_pydict() == {"x": [57]}


def test_statistics_of_long_texts_are_prefixes(tmp_path: Path) -> None:
    """A maximum that was cut off is no upper bound of what begins with it."""
    table = LogTable(tmp_path / "table")
    long = "x" * 40
    stats = {
        "numRecords": 1,
        "minValues": {"s": "x" * 32},
        "maxValues": {"s": "x" * 32 + "\U0010ffff"},
        "nullCount": {"s": 0},
    }
    table.commit(
        0,
        PROTOCOL,
        metadata(field("s", "string")),
        table.data("a.parquet", {"s": [long]}, stats=stats),
    )
    opened = deltaic.DeltaTable(str(table.root))
    for predicate in (f"s = '{long}'", f"s > '{'x' * 33}'", "s LIKE 'xxx%'", f"s >= '{long}'"):
        assert query(f"SELECT * FROM t WHERE {predicate}", t=opened).num_rows == 1, predicate
    assert query("SELECT * FROM t WHERE s < 'x'", t=opened).num_rows == 0


def test_timestamps_in_milliseconds(tmp_path: Path) -> None:
    """Statistics hold whole milliseconds, cut off: the maximum may be up to one too small."""
    table = LogTable(tmp_path / "table")
    microseconds = [1_704_067_200_000_999]
    stats = {
        "numRecords": 1,
        "minValues": {"t": "2024-01-01T00:00:00.000Z"},
        "maxValues": {"t": "2024-01-01T00:00:00.000Z"},
        "nullCount": {"t": 0},
    }
    rows = {"t": pa.array(microseconds, pa.timestamp("us", tz="UTC"))}
    action = table.data("a.parquet", rows, stats=stats)
    table.commit(0, PROTOCOL, metadata(field("t", "timestamp")), action)
    opened = deltaic.DeltaTable(str(table.root))
    for predicate in (
        "t > TIMESTAMP '2024-01-01T00:00:00.000500Z'",
        "t = TIMESTAMP '2024-01-01T00:00:00.000999Z'",
        "t >= TIMESTAMP '2024-01-01T00:00:00.000999Z'",
    ):
        assert query(f"SELECT * FROM t WHERE {predicate}", t=opened).num_rows == 1, predicate
    later = "SELECT * FROM t WHERE t > TIMESTAMP '2024-01-01T00:00:00.002Z'"
    assert query(later, t=opened).num_rows == 0


def test_wide_statistics_answer_no_question_exactly(tmp_path: Path) -> None:
    """Bounds that are not tight may be wider than the values: fit for skipping, not for min/max."""
    table = LogTable(tmp_path / "table")
    stats = {
        "numRecords": 3,
        "tightBounds": False,
        "minValues": {"x": -100},
        "maxValues": {"x": 100},
        "nullCount": {"x": 0},
    }
    action = table.data("a.parquet", {"x": [1, 2, 3]}, stats=stats)
    table.commit(0, PROTOCOL, metadata(field("x", "long")), action)
    opened = deltaic.DeltaTable(str(table.root))
    found = query("SELECT min(x) AS low, max(x) AS high, count(*) AS n FROM t", t=opened)
    assert found.to_pylist() == [{"low": 1, "high": 3, "n": 3}]


def test_wrong_null_count_of_a_missing_column(tmp_path: Path) -> None:
    """A column that a file lacks reads as null, whatever statistics of other files say."""
    table = LogTable(tmp_path / "table")
    old = table.data(
        "a.parquet",
        {"x": [1, 2]},
        stats={
            "numRecords": 2,
            "minValues": {"x": 1},
            "maxValues": {"x": 2},
            "nullCount": {"x": 0},
        },
    )
    new = table.data(
        "b.parquet",
        {"x": [3], "y": [7]},
        stats={
            "numRecords": 1,
            "minValues": {"x": 3, "y": 7},
            "maxValues": {"x": 3, "y": 7},
            "nullCount": {"x": 0, "y": 0},
        },
    )
    table.commit(0, PROTOCOL, metadata(field("x", "long"), field("y", "long")), old, new)
    opened = deltaic.DeltaTable(str(table.root))
    assert query("SELECT x FROM t WHERE y IS NULL ORDER BY x", t=opened).to_pydict() == {
        "x": [1, 2]
    }
    assert query("SELECT x FROM t WHERE y = 7", t=opened).to_pydict() == {"x": [3]}
    assert query("SELECT count(y) AS n FROM t", t=opened).to_pydict() == {"n": [1]}
