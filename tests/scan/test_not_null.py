"""A column that the table declares NOT NULL is so at every entry point, and a file that has a null
in it is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import datafusion
import deltaic
import deltalake
import pyarrow as pa
import pytest

from harness.arrow import collect, query
from harness.errors import code_of, error_of
from harness.log_table import PROTOCOL, LogTable, field, metadata

INNER = {"type": "struct", "fields": [field("a", "long", False), field("b", "long")]}
LIST = {"type": "array", "elementType": "long", "containsNull": False}
COLUMNS = [
    field("p", "string", False),
    field("x", "long", False),
    field("y", "long"),
    field("s", INNER, False),
    field("l", LIST),
]
NULLABLE = [False, False, True, False, True]
ROWS = {
    "x": pa.array([1, 2]),
    "y": pa.array([None, 3]),
    "s": pa.array([{"a": 1, "b": None}, {"a": 2, "b": 2}]),
    "l": pa.array([[1, 2], None]),
}
GOOD = {"p": ["a", "a"], **{name: values.to_pylist() for name, values in ROWS.items()}}


def _make(root: Path, partition: str | None = "a", **changed: pa.Array | None) -> Path:
    table = LogTable(root)
    rows = {name: values for name, values in {**ROWS, **changed}.items() if values is not None}
    described = metadata(*COLUMNS, partition_columns=["p"])
    table.commit(0, PROTOCOL, described, table.data("0.parquet", rows, {"p": partition}))
    return table.root


def _routes(root: Path, columns: str = "*") -> dict[str, Callable[[], pa.Table]]:
    table = deltaic.DeltaTable(str(root))
    wheel = datafusion.SessionContext()
    wheel.register_table("t", table)
    wanted = None if columns == "*" else columns.split(", ")
    return {
        "to_pyarrow_table": lambda: table.to_pyarrow_table(columns=wanted),
        "scan": lambda: collect(table.scan(columns=wanted)),
        "filtered": lambda: collect(table.scan(columns=wanted, predicate="y > 0 OR y IS NULL")),
        "SQL": lambda: query(f"SELECT {columns} FROM t", t=table),
        "wheel": lambda: collect(wheel.sql(f"SELECT {columns} FROM t")),
    }


def test_every_entry_point_says_so(tmp_path: Path) -> None:
    root = _make(tmp_path / "t")
    routes = _routes(root)
    routes["dataset"] = deltaic.DeltaTable(str(root)).to_pyarrow_dataset().to_table
    for route, read in routes.items():
        found = read()
        assert [column.nullable for column in found.schema] == NULLABLE, route
        inner, element = found.schema.field("s").type, found.schema.field("l").type.value_field
        assert [part.nullable for part in inner] == [False, True], route
        assert not element.nullable, route
        assert found.to_pydict() == GOOD, route
    peer = deltalake.DeltaTable(root).to_pyarrow_table()
    assert peer.schema == deltaic.DeltaTable(str(root)).to_pyarrow_table().schema
    described = query("DESCRIBE t", t=deltaic.DeltaTable(str(root)))
    assert described.column("is_nullable").to_pylist() == ["NO", "NO", "YES", "NO", "YES"]


@pytest.mark.parametrize(
    "changed",
    [
        {"x": pa.array([1, None])},
        {"x": None},
        {"s": pa.array([{"a": 1, "b": 1}, None])},
        {"s": pa.array([{"a": None, "b": 1}, {"a": 1, "b": 1}])},
        {"s": pa.array([{"b": 1}, {"b": 1}])},
        {"l": pa.array([[1, None], [1]])},
        {"partition": None},
    ],
    ids=["null", "no column", "null struct", "null field", "no field", "null element", "partition"],
)
def test_nulls_are_refused(tmp_path: Path, changed: dict[str, pa.Array | None]) -> None:
    root = _make(tmp_path / "t", **changed)
    for route, read in _routes(root).items():
        assert "0.parquet" in str(error_of(read)), route
    table = deltaic.DeltaTable(str(root))
    assert code_of(error_of(table.to_pyarrow_table)) == "corrupt_data"
    for route, read in _routes(root, "y").items():
        assert sorted(read().column("y").to_pylist(), key=str) == [3, None], route


def test_an_empty_text_is_a_value_where_null_is_none(tmp_path: Path) -> None:
    root = _make(tmp_path / "t", partition="")
    for route, read in _routes(root).items():
        assert read().column("p").to_pylist() == ["", ""], route
    table = deltaic.DeltaTable(str(root))
    assert query("SELECT count(*) AS n FROM t WHERE p = ''", t=table).to_pylist() == [{"n": 2}]
    assert len(table.file_uris(file_pruning_predicate=[("p", "=", "")])) == 1
    assert len(table.file_uris(file_pruning_predicate=[("p", "!=", "")])) == 0
    assert table.partitions() == [{"p": ""}]
