"""Tables whose schema changes at random read as a model says, filtered and not, on every route."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datafusion
import deltaic
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evolution.evolving_table import EvolvingTable
from harness.arrow import collect
from harness.delta_kind import Kind

MODES = ["none", "name", "id"]


def _evolve(root: Path, mode: str, seed: int) -> tuple[EvolvingTable, list[str]]:
    chance = random.Random(f"{mode} {seed}")
    table = EvolvingTable(root, mode, chance)
    story = []
    for _ in range(chance.randint(2, 6)):
        for _ in range(chance.randint(0, 3)):
            story.append(table.evolve())
        table.add_file()
        story.append("add a file")
    story += [table.evolve() for _ in range(chance.randint(0, 3))]
    return table, story


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if isinstance(value, int | float):
        return repr(value)
    return f"'{value}'"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _leaves(kind: Kind, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Expressions of what is primitive, and how to get at it in Python's form of a row."""
    for column in kind.fields:
        expression = f"{path}['{column.name}']" if path else _quoted(column.name)
        if column.kind.name == "struct":
            for deeper, names in _leaves(column.kind, expression):
                yield deeper, [column.name, *names]
        elif column.kind.part is None:
            yield expression, [column.name]


def _values(rows: list[dict[str, Any]], names: list[str]) -> list[Any]:
    found = []
    for row in rows:
        value: Any = row
        for name in names:
            value = value and value[name]
        if value is not None:
            found.append(value)
    return found


def _predicates(table: EvolvingTable, rows: list[dict[str, Any]], seed: int) -> list[str]:
    chance = random.Random(seed)
    simple = []
    for expression, names in _leaves(table.schema):
        simple += [f"{expression} IS NULL", f"{expression} IS NOT NULL"]
        values = _values(rows, names)
        for value in chance.sample(values, min(2, len(values))):
            comparison = chance.choice(["=", "<", "<=", ">", ">=", "<>"])
            simple.append(f"{expression} {comparison} {_literal(value)}")
    pairs = [
        f"({chance.choice(simple)}) {chance.choice(['AND', 'OR'])} ({chance.choice(simple)})"
        for _ in range(6)
    ]
    return simple + pairs


def _through_parquet(table: pa.Table) -> pa.Table:
    """The same rows. What is within a null struct is null, too, as DataFusion takes for granted."""
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer)
    return pq.read_table(pa.BufferReader(buffer.getvalue()))


def _check(root: Path, mode: str, seed: int) -> None:
    model, story = _evolve(root, mode, seed)
    expected = model.expected()
    table = deltaic.DeltaTable(str(root))
    brute_force = datafusion.SessionContext()
    brute_force.from_arrow(_through_parquet(expected), "t")
    ours = deltaic.QueryBuilder().register("t", table)
    wheel = datafusion.SessionContext()
    wheel.register_table("t", table)
    told = f"{mode} {seed}: {'; '.join(story)}"
    rows = expected.to_pylist()
    for route, execute in (("ours", ours.execute), ("wheel", wheel.sql)):
        found = collect(execute("SELECT * FROM t ORDER BY id"))
        assert found.column_names == expected.column_names, f"{route}, {told}"
        assert found.to_pylist() == rows, f"{route}, {told}"
        for name in expected.column_names:
            column = collect(execute(f'SELECT "{name}" FROM t ORDER BY id'))
            assert column.to_pylist() == [{name: row[name]} for row in rows], f"{route}, {told}"
        for predicate in _predicates(model, rows, seed):
            sql = f"SELECT id FROM t WHERE {predicate} ORDER BY id"
            answer = collect(execute(sql)).to_pydict()
            right = collect(brute_force.sql(sql)).to_pydict()
            assert answer == right, f"{route}, {predicate}, {told}"
    _check_types(found.schema, expected.schema)


def _check_types(found: pa.Schema, expected: pa.Schema) -> None:
    """Types are the table's, and nothing of the files' shows in them."""
    for name in expected.names:
        text = str(found.field(name).type).replace("string_view", "string")
        text = text.replace("binary_view", "binary").replace(" not null", "")
        wanted = str(expected.field(name).type).replace(" not null", "").replace("item", "element")
        assert text.replace("item", "element") == wanted, name
        assert "PARQUET" not in str(found.field(name).metadata), name


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", range(40))
def test_reads_as_the_model(tmp_path: Path, mode: str, seed: int) -> None:
    _check(tmp_path / "table", mode, seed)


@pytest.mark.long
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("block", range(20))
def test_reads_as_the_model_at_length(tmp_path: Path, mode: str, block: int) -> None:
    for seed in range(1000 + 100 * block, 1100 + 100 * block):
        _check(tmp_path / str(seed), mode, seed)
