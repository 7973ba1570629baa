"""Skipping files never changes an answer: random tables and predicates against brute force."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import datafusion
import deltaic
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from harness.arrow import collect, query
from harness.log_table import PROTOCOL, LogTable, field, metadata
from random_tables import TableSpec, predicates, tables, write

PREDICATES = 12


def _ids(result: pa.Table) -> list[int]:
    return sorted(result.column("id").to_pylist())


def _check(spec: TableSpec, conditions: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "table"
        rows = write(spec, root)
        note(f"rows: {rows.to_pylist()}")
        brute_force = datafusion.SessionContext()
        brute_force.from_arrow(rows, "t")
        table = deltaic.DeltaTable(str(root))
        ours = deltaic.QueryBuilder().register("t", table)
        wheel = datafusion.SessionContext()
        wheel.register_table("t", table)
        for condition in conditions:
            sql = f"SELECT id FROM t WHERE {condition}"
            expected = _ids(collect(brute_force.sql(sql)))
            for route, result in (("ours", ours.execute(sql)), ("wheel", wheel.sql(sql))):
                found = _ids(collect(result))
                assert found == expected, f"{route}, {condition}: {found}, not {expected}"


SETTINGS = settings(
    deadline=None,
    print_blob=True,
    database=None,
    derandomize=True,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@settings(SETTINGS, max_examples=120)
@given(spec=tables(), conditions=st.lists(predicates(), min_size=PREDICATES, max_size=PREDICATES))
def test_skipping_is_right(spec: TableSpec, conditions: list[str]) -> None:
    _check(spec, conditions)


@pytest.mark.long
@settings(SETTINGS, max_examples=4000, derandomize=False)
@given(spec=tables(), conditions=st.lists(predicates(), min_size=PREDICATES, max_size=PREDICATES))
def test_skipping_is_right_at_length(spec: TableSpec, conditions: list[str]) -> None:
    _check(spec, conditions)


@pytest.mark.parametrize(
    "statistics",
    [
        None,
        {"minValues": {"x": 1}, "maxValues": {"x": 1}, "nullCount": {"x": 0}},
        {"numRecords": 1, "minValues": {"x": 1}, "maxValues": {"x": 1}, "nullCount": {"x": 0}},
    ],
)
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("p IS NULL OR x = 5", [1]),
        ("(p IS NULL AND x > 0) OR (q = 2 AND x < 3)", [1, 2]),
        ("(p IS NULL AND x > 0) OR (q IS NULL AND x < 1)", [1]),
        ("CASE WHEN p IS NULL THEN true ELSE x = 5 END", [1]),
        ("(p = 7) IS UNKNOWN OR x = 5", [1]),
        ("p IS NOT NULL AND x < 9 OR x = 5", [2]),
    ],
)
def test_null_partitions_of_files_whose_rows_are_not_counted(
    tmp_path: Path, statistics: dict[str, Any] | None, condition: str, expected: list[int]
) -> None:
    table = LogTable(tmp_path / "t")
    files = [
        table.data("a.parquet", {"x": [1]}, {"p": None, "q": "1"}, statistics),
        table.data("b.parquet", {"x": [2]}, {"p": "7", "q": "2"}),
    ]
    columns = [field("x", "long"), field("p", "integer"), field("q", "integer")]
    table.commit(0, PROTOCOL, metadata(*columns, partition_columns=["p", "q"]), *files)
    found = query(f"SELECT x FROM t WHERE {condition} ORDER BY x", t=deltaic.DeltaTable(table.root))
    assert found["x"].to_pylist() == expected
