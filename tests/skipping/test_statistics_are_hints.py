"""However a known writer has cut or rounded the bounds of values, every way to read a table gives
its rows: random tables and questions against plain Python (docs/reliability.md)."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datafusion
import deltaic
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from harness.arrow import collect
from hinted_tables import (
    COLUMNS,
    SCHEMA,
    HintedTable,
    bounds_of,
    comparable,
    describe,
    literal,
    make_table,
    question,
    sorted_values,
)

TABLES = 60
GROUPS = 6
QUESTIONS = 12

Sql = Callable[[str], list[dict[str, Any]]]


def _ids(table: pa.Table) -> list[int]:
    return sorted(table.column("id").to_pylist())


def _check_rows(table: HintedTable, delta: deltaic.DeltaTable, routes: dict[str, Sql]) -> None:
    expected = comparable(table.rows)
    for name, sql in routes.items():
        assert comparable(sql("SELECT * FROM t")) == expected, name
    dataset = delta.to_pyarrow_dataset()
    for name, rows in {
        "to_pyarrow_table": delta.to_pyarrow_table(),
        "dataset": dataset.to_table(),
        "capsule": collect(delta),
        "scan": collect(delta.scan()),
    }.items():
        assert comparable(rows.to_pylist()) == expected, name
    assert delta.count() == dataset.count_rows() == len(table.rows)


def _check_questions(
    table: HintedTable, delta: deltaic.DeltaTable, routes: dict[str, Sql], choice: random.Random
) -> None:
    dataset = delta.to_pyarrow_dataset()
    for _ in range(QUESTIONS):
        asked = question(choice, table)
        for name, sql in routes.items():
            found = sorted(row["id"] for row in sql(f"SELECT id FROM t WHERE {asked.sql}"))
            assert found == asked.by_sql, f"{name}: {asked.sql}"
        scanned = collect(delta.scan(columns=["id"], predicate=asked.sql))
        assert _ids(scanned) == asked.by_sql, f"scan: {asked.sql}"
        filtered = delta.to_pyarrow_table(columns=["id"], filters=asked.expression)
        assert _ids(filtered) == asked.by_pyarrow, f"to_pyarrow_table: {asked.expression}"
        rows = dataset.to_table(columns=["id"], filter=asked.expression)
        expected = asked.by_pyarrow
        if asked.column.is_float:  # Bounds of row groups hide NaN from pyarrow.
            files = ds.dataset(sorted(table.root.glob("*.parquet")), schema=SCHEMA)
            expected = _ids(files.to_table(columns=["id"], filter=asked.expression))
        assert _ids(rows) == expected, f"dataset: {asked.expression}"


def _check_aggregates(table: HintedTable, routes: dict[str, Sql], choice: random.Random) -> None:
    columns = [column for column in COLUMNS if not column.is_float]
    wanted = ", ".join(
        f"min({column.sql}) AS low{i}, max({column.sql}) AS high{i}"
        for i, column in enumerate(columns)
    )
    column = choice.choice(columns)
    descending = choice.random() < 0.5
    values = sorted_values(table.rows, column, descending)
    limit = choice.randrange(1, 4)
    key = choice.choice(table.pool[column.name])
    order = f"ORDER BY 1 {'DESC' if descending else 'ASC'} LIMIT {limit}"
    for name, sql in routes.items():
        (row,) = sql(f"SELECT {wanted} FROM t")
        for i, each in enumerate(columns):
            assert (row[f"low{i}"], row[f"high{i}"]) == bounds_of(table.rows, each), (name, each)
        found = [row["v"] for row in sql(f"SELECT {column.sql} AS v FROM t {order}")]
        assert found == values[:limit], f"{name}: {column.sql} {order}"
        distinct = {value for value in values if value is not None}
        (row,) = sql(f"SELECT count(DISTINCT {column.sql}) AS n, count({column.sql}) AS m FROM t")
        assert row == {"n": len(distinct), "m": sum(v is not None for v in values)}, (name, column)
        keys = f"(SELECT {literal(column, key)} AS k) AS v"
        joined = sql(f"SELECT t.id FROM t JOIN {keys} ON t.{column.sql} = v.k")
        expected = [row["id"] for row in table.rows if column.of(row) == key]
        assert sorted(row["id"] for row in joined) == expected, f"{name}: join by {column.sql}"


def _check(seed: int, root: Path) -> None:
    table = make_table(seed, root)
    delta = deltaic.DeltaTable(str(root))
    session = deltaic.QueryBuilder().register("t", delta)
    wheel = datafusion.SessionContext()
    wheel.register_table("t", delta)
    routes: dict[str, Sql] = {
        "session": lambda sql: collect(session.execute(sql)).to_pylist(),
        "wheel": lambda sql: collect(wheel.sql(sql)).to_pylist(),
    }
    choice = random.Random(seed)
    try:
        _check_rows(table, delta, routes)
        _check_questions(table, delta, routes, choice)
        _check_aggregates(table, routes, choice)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}: {error}\n{describe(table)}") from error


@pytest.mark.parametrize("group", range(GROUPS))
def test_statistics_are_hints(tmp_path: Path, group: int) -> None:
    for seed in range(group, TABLES, GROUPS):
        _check(seed, tmp_path / str(seed))


@pytest.mark.long
@pytest.mark.parametrize("group", range(20))
def test_statistics_are_hints_at_length(tmp_path: Path, group: int) -> None:
    first = random.randrange(10**6, 10**12)
    for seed in range(first, first + 100):
        _check(seed, tmp_path / str(seed))
