"""What statistics say of a file never takes the place of what is in it."""

from __future__ import annotations

import math
from pathlib import Path

import deltaic
import pyarrow as pa
import pytest
from deltalake import WriterProperties, write_deltalake

from harness.arrow import collect


def test_nan_is_not_replaced_by_the_only_number_of_its_file(tmp_path: Path) -> None:
    root = str(tmp_path / "table")
    write_deltalake(root, pa.table({"id": [1, 2], "d": [5.0, math.nan]}))
    session = deltaic.QueryBuilder().register("t", deltaic.DeltaTable(root))
    values = collect(session.execute("SELECT d FROM t ORDER BY id")).column("d").to_pylist()
    assert values[0] == 5.0 and math.isnan(values[1])
    found = collect(session.execute("SELECT id FROM t WHERE isnan(d)"))
    assert found.column("id").to_pylist() == [2]


NAN = math.nan
NEGATIVE_NAN = -math.nan
FLOATS = [1.0, NAN, NAN, 1.0, 2.0, 3.0, None, NEGATIVE_NAN, 4.0, 300.0, 400.0, 250.0]


@pytest.fixture(scope="module")
def floats(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two files of six rows, in row groups of three."""
    root = str(tmp_path_factory.mktemp("floats") / "table")
    properties = WriterProperties(max_row_group_size=3)
    for ids in (range(6), range(6, 12)):
        rows = pa.table({"id": list(ids), "f": pa.array([FLOATS[i] for i in ids], pa.float64())})
        write_deltalake(root, rows, mode="append", writer_properties=properties)
    return root


@pytest.mark.parametrize("pushdown", ["false", "true"])
@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT id FROM t WHERE f > 250", {1, 2, 9, 10}),
        ("SELECT id FROM t WHERE f < 1", {7}),
        ("SELECT id FROM t WHERE NOT (f <= 300)", {1, 2, 10}),
        ("SELECT id FROM t WHERE f <> 1", {1, 2, 4, 5, 7, 8, 9, 10, 11}),
        ("SELECT id FROM t WHERE f = 250", {11}),
        ("SELECT id FROM t WHERE f BETWEEN 250 AND 300", {9, 11}),
        ("SELECT id FROM t WHERE f > 250 AND NOT isnan(f)", {9, 10}),
        ("SELECT id FROM t WHERE f > 300 OR f BETWEEN 2 AND 3", {1, 2, 4, 5, 10}),
        ("SELECT id FROM t WHERE f IS NOT NULL ORDER BY f DESC LIMIT 3", {1, 2, 10}),
        ("SELECT id FROM t WHERE f IS NOT NULL ORDER BY f LIMIT 1", {7}),
        (
            "SELECT id FROM t JOIN (VALUES ('NaN'::double), (300)) AS v(k) ON t.f = v.k",
            {1, 2, 9},
        ),
    ],
)
def test_nan_is_not_skipped(floats: str, pushdown: str, sql: str, expected: set[int]) -> None:
    session = deltaic.QueryBuilder().register("t", deltaic.DeltaTable(floats))
    collect(session.execute(f"SET datafusion.execution.parquet.pushdown_filters = {pushdown}"))
    assert set(collect(session.execute(sql)).column("id").to_pylist()) == expected


@pytest.mark.parametrize("pushdown", ["false", "true"])
def test_nan_does_not_count_for_a_limit(floats: str, pushdown: str) -> None:
    """All numbers of the first row group satisfy the filter, and its NaN do not."""
    session = deltaic.QueryBuilder().register("t", deltaic.DeltaTable(floats))
    collect(session.execute(f"SET datafusion.execution.parquet.pushdown_filters = {pushdown}"))
    found = collect(session.execute("SELECT id FROM t WHERE f BETWEEN 0 AND 10 LIMIT 3"))
    assert found.num_rows == 3
    assert set(found.column("id").to_pylist()) <= {0, 3, 4, 5, 8}


def test_minimum_beside_a_maximum_sees_every_file(tmp_path: Path) -> None:
    root = str(tmp_path / "table")
    for number, text in [(None, "z"), (None, "z"), (5, "a"), (-7, "b")]:
        rows = pa.table({"i": pa.array([number], pa.int64()), "k": [text]})
        write_deltalake(root, rows, mode="append")
    session = deltaic.QueryBuilder().register("t", deltaic.DeltaTable(root))
    for _ in range(10):
        found = collect(session.execute("SELECT min(i + 0) AS i, max(k) AS k FROM t"))
        assert found.to_pylist() == [{"i": -7, "k": "z"}]
