"""Partitions that are written, and overwritten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pytest
from deltaic import DeltaTable, write_deltalake
from deltaic.exceptions import DeltaError

from writes.readers import rows

NAMES = [
    "a?",
    "a%",
    "é",
    "a b",
    "/lead",
    "trail/",
    "a:b",
    "#",
    "a=b",
    "'",
    '"',
    "*",
    "\\",
    "😀",
    ".",
]


def adds(path: Path, version: int = 0) -> list[dict[str, Any]]:
    log = path / "_delta_log" / f"{version:020}.json"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [line["add"] for line in lines if "add" in line]


def test_any_text_is_a_partition_value(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"k": NAMES, "n": range(len(NAMES))}), partition_by=["k"])
    assert rows(tmp_path) == sorted(zip(NAMES, range(len(NAMES)), strict=True), key=repr)
    found = adds(tmp_path)
    assert sorted(add["partitionValues"]["k"] for add in found) == sorted(NAMES)
    folders = {entry.name for entry in tmp_path.iterdir() if entry.name != "_delta_log"}
    assert {unquote(folder) for folder in folders} == {f"k={name}" for name in NAMES}
    for add in found:
        location = unquote(str(add["path"]))
        assert (tmp_path / location).is_file()


def test_null_and_the_empty_text_are_one_partition_value(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"x": ["", "b", None], "n": [1, 2, 3]}), partition_by="x")
    assert rows(tmp_path) == [("b", 2), (None, 1), (None, 3)]
    table = DeltaTable(tmp_path)
    assert sorted(pa.table(table.scan(predicate="x is null"))["n"].to_pylist()) == [1, 3]
    assert pa.table(table.scan(predicate="x = ''")).num_rows == 0


def test_columns_keep_their_order(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"p": [1], "a": ["x"], "q": [2]}), partition_by=["q", "p"])
    assert rows(tmp_path) == [(1, "x", 2)]
    assert DeltaTable(tmp_path).metadata().partition_columns == ["q", "p"]


def test_dynamic_overwrite_replaces_the_partitions_of_the_rows(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"d": ["a", "b", None], "n": [1, 2, 3]}), partition_by=["d"])
    some = pa.table({"d": ["b", None], "n": [20, 30]})
    write_deltalake(tmp_path, some, mode="overwrite", partition_overwrite_mode="dynamic")
    assert rows(tmp_path) == [("a", 1), ("b", 20), (None, 30)]
    write_deltalake(
        tmp_path, some.slice(0, 0), mode="overwrite", partition_overwrite_mode="dynamic"
    )
    assert rows(tmp_path) == [("a", 1), ("b", 20), (None, 30)]


def test_dynamic_overwrite_needs_partitions_and_no_predicate(tmp_path: Path) -> None:
    some = pa.table({"d": ["a"], "n": [1]})
    write_deltalake(tmp_path / "plain", some)
    with pytest.raises(DeltaError, match="no partitions"):
        write_deltalake(
            tmp_path / "plain", some, mode="overwrite", partition_overwrite_mode="dynamic"
        )
    with pytest.raises(ValueError, match="not both"):
        write_deltalake(
            tmp_path / "plain",
            some,
            mode="overwrite",
            predicate="n = 1",
            partition_overwrite_mode="dynamic",
        )
    assert rows(tmp_path / "plain") == [("a", 1)]


def test_many_partitions_are_written_in_bounded_memory(tmp_path: Path) -> None:
    count = 3000
    keys = [i * 7919 % count for i in range(count * 3)]
    write_deltalake(tmp_path, pa.table({"k": keys, "n": range(count * 3)}), partition_by=["k"])
    found = adds(tmp_path)
    assert {int(add["partitionValues"]["k"]) for add in found} == set(range(count))
    assert sum(json.loads(str(add["stats"]))["numRecords"] for add in found) == count * 3


def test_partition_columns_are_columns_of_the_table(tmp_path: Path) -> None:
    some = pa.table({"a": [1], "b": [[1]]})
    for columns, text in ((["c"], "'c'"), (["b"], "'b'"), (["a", "a"], "'a'")):
        with pytest.raises(ValueError, match=text):
            write_deltalake(tmp_path / "t", some, partition_by=columns)
        assert not (tmp_path / "t" / "_delta_log").exists()
    with pytest.raises(ValueError, match="no partition column"):
        write_deltalake(tmp_path / "t", some.select(["a"]), partition_by=["a"])


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, None, -5], pa.int8()),
        pa.array([True, False, None]),
        pa.array([0, None, -1], pa.date32()),
        pa.array([1_000_001, None, -1], pa.timestamp("us", "UTC")),
        pa.array([1_000_001, None, -1], pa.timestamp("us")),
        pa.array([1.5, None, -0.25], pa.float64()),
        pa.array([b"x", None, b"yz"], pa.binary()),
    ],
    ids=lambda values: str(values.type),
)
def test_values_of_every_type_come_back(tmp_path: Path, values: pa.Array) -> None:
    table = pa.table({"p": values, "n": [1, 2, 3]})
    write_deltalake(tmp_path, table, partition_by=["p"])
    found = pa.table(DeltaTable(tmp_path).scan())
    by_number = sorted(zip(found["n"].to_pylist(), found["p"].to_pylist(), strict=True))
    assert [value for _, value in by_number] == values.to_pylist()
