"""Typed partition values of checkpoints count where they are those of the table's partition
columns, by name and type; else the texts do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import deltaic
import pyarrow as pa
import pytest

from evolution.mapped_table import mapped
from evolution.mapped_table import metadata as mapped_metadata
from evolution.mapped_table import protocol as mapped_protocol
from harness.arrow import read_both
from harness.checkpoint_files import write_v2
from harness.log_table import PROTOCOL, Action, LogTable, field, metadata

PLAIN = metadata(
    field("x", "long"),
    field("a", "integer"),
    field("b", "string"),
    partition_columns=["a", "b"],
)
MAPPED = mapped_metadata(
    mapped("x", "long", "col-x", 1),
    mapped("a", "integer", "col-a", 2),
    mapped("b", "string", "col-b", 3),
    partition_columns=["a", "b"],
)
WRONG: dict[str, dict[str, tuple[pa.DataType, list[Any]]]] = {
    "no values": {"a": (pa.int32(), [None, None]), "b": (pa.string(), [None, None])},
    "values": {"a": (pa.int32(), [7, 8]), "b": (pa.string(), ["x", "y"])},
    "capitals": {"COL-A": (pa.int32(), [7, 8]), "COL-B": (pa.string(), ["x", "y"])},
    "one of another column": {"col-a": (pa.int32(), [7, 8]), "col-x": (pa.string(), ["x", "y"])},
    "one alone": {"col-a": (pa.int32(), [7, 8])},
    "one more": {
        "col-a": (pa.int32(), [7, 8]),
        "col-b": (pa.string(), ["x", "y"]),
        "c": (pa.string(), ["x", "y"]),
    },
    "one of another type": {"col-a": (pa.int32(), [7, 8]), "col-b": (pa.int32(), [1, 2])},
    "one of another width": {"col-a": (pa.int64(), [7, 8]), "col-b": (pa.string(), ["x", "y"])},
    "one that is nested": {
        "col-a": (pa.int32(), [7, 8]),
        "col-b": (pa.struct([("c", pa.string())]), [{"c": "x"}, {"c": "y"}]),
    },
}


def _table(
    root: Path,
    head: list[Action],
    texts: list[dict[str, str]],
    typed: dict[str, tuple[pa.DataType, list[Any]]],
    names: dict[str, str],
) -> deltaic.DeltaTable:
    """A table of a checkpoint with a file of one row for each of the texts."""
    table = LogTable(root)
    files = []
    for i, partition in enumerate(texts):
        stored = {names.get(name, name): text for name, text in partition.items()}
        rows = pa.table({names.get("x", "x"): pa.array([i], pa.int64())})
        action = table.data(f"{i}.parquet", rows, stored)
        action["add"]["partitionValues_parsed"] = {
            name: values[i] for name, (_, values) in typed.items()
        }
        files.append(action)
    kinds = pa.struct([(name, kind) for name, (kind, _) in typed.items()])
    write_v2(table, 0, [*head, *files], "classic", partition=kinds)
    table.commit(1, {"commitInfo": {"timestamp": 1}})
    return deltaic.DeltaTable(str(root))


def _check(root: Path, table: deltaic.DeltaTable, rows: list[tuple[int, int, str]]) -> None:
    assert read_both(root, "SELECT x, a, b FROM t ORDER BY x") == [
        {"x": x, "a": a, "b": b} for x, a, b in rows
    ]
    for x, a, b in rows:
        assert read_both(root, f"SELECT x FROM t WHERE a = {a} AND b = '{b}'") == [{"x": x}]
    assert read_both(root, "SELECT x FROM t WHERE a IS NULL OR b IS NULL") == []
    assert sorted((p["a"], p["b"]) for p in table.partitions()) == [(str(a), b) for _, a, b in rows]


@pytest.mark.parametrize("name", WRONG)
def test_other_columns_do_not_count(tmp_path: Path, name: str) -> None:
    texts = [{"a": "1", "b": "01"}, {"a": "2", "b": "02"}]
    names = {"x": "col-x", "a": "col-a", "b": "col-b"}
    table = _table(tmp_path, [mapped_protocol(), MAPPED], texts, WRONG[name], names)
    _check(tmp_path, table, [(0, 1, "01"), (1, 2, "02")])


@pytest.mark.parametrize("kind", [pa.int32(), pa.int64(), pa.bool_(), pa.date32()])
def test_texts_keep_their_spelling(tmp_path: Path, kind: pa.DataType) -> None:
    texts = [{"a": "1", "b": "01"}, {"a": "2", "b": "1e3"}]
    values = pa.array([1, 0], pa.int32()).cast(kind).to_pylist()
    typed = {"a": (pa.int32(), [1, 2]), "b": (kind, values)}
    table = _table(tmp_path, [PROTOCOL, PLAIN], texts, typed, {})
    _check(tmp_path, table, [(0, 1, "01"), (1, 2, "1e3")])


@pytest.mark.parametrize("order", [["col-a", "col-b"], ["col-b", "col-a"]])
def test_those_of_the_partition_columns_count(tmp_path: Path, order: list[str]) -> None:
    """In any order: that they are taken shows by the texts, which here are others."""
    texts = [{"a": "7", "b": "x"}, {"a": "8", "b": "y"}]
    right: dict[str, tuple[pa.DataType, list[Any]]] = {
        "col-a": (pa.int32(), [1, 2]),
        "col-b": (pa.string(), ["u", "v"]),
    }
    names = {"x": "col-x", "a": "col-a", "b": "col-b"}
    typed = {name: right[name] for name in order}
    table = _table(tmp_path, [mapped_protocol(), MAPPED], texts, typed, names)
    _check(tmp_path, table, [(0, 1, "u"), (1, 2, "v")])
