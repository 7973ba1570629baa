"""Names of columns: any text is one, but for those that something else has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltaic import DeltaTable, Field, QueryBuilder, Schema, write_deltalake
from deltaic.exceptions import DeltaError, InvalidArgumentError

from harness.arrow import collect
from writes.readers import ours, rows
from writes.refusals import refused

NAMES = [
    "_change_type",
    "_commit_version",
    "_row_id",
    "_metadata",
    "_metadata.row_id",
    "_delta_log",
    "_file",
    "__index_level_0__",
    "deltaic row number",
    "count",
    "",
    " ",
    ".",
    "/",
    "~",
    "a\nb",
    "a\tb",
    "a,;{}()=b",
    "NULL",
    "1",
    "\u202e",
    "x" * 200,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_column_may_be_called_anything(tmp_path: Path, name: str) -> None:
    """As a data and as a partition column, nested, written in every mode, and by SQL."""
    for root, partition_by in ((tmp_path / "data", None), (tmp_path / "partition", [name])):
        data = pa.table({name: [1, 2], "other": ["a", "b"]})
        write_deltalake(root, data, partition_by=partition_by)
        write_deltalake(root, data, mode="append")
        quoted = '"' + name.replace('"', '""') + '"'
        replaced = data.slice(0, 1)
        write_deltalake(root, replaced, mode="overwrite", predicate=f"{quoted} = 1")
        assert rows(root) == [(1, "a"), (2, "b"), (2, "b")]
        collect(QueryBuilder().execute(f"INSERT INTO '{root}' ({quoted}) VALUES (3)"))
        assert rows(root) == [(1, "a"), (2, "b"), (2, "b"), (3, None)]
    nested = pa.table({"s": [{name: 1}], "l": [[{name: 2}]]})
    write_deltalake(tmp_path / "nested", nested)
    assert rows(tmp_path / "nested") == [({name: 1}, [{name: 2}])]


@pytest.mark.parametrize("name", ["_change_type", "_Commit_Version", "_commit_timestamp"])
def test_the_change_data_feed_has_names_of_its_own(tmp_path: Path, name: str) -> None:
    feed = {"delta.enableChangeDataFeed": "true"}
    data = pa.table({"id": [1], name: [1]})
    with refused(tmp_path, name, error=InvalidArgumentError):
        write_deltalake(tmp_path / "t", data, configuration=feed)
    assert not (tmp_path / "t").exists()
    write_deltalake(tmp_path / "t", data.select(["id"]), configuration=feed)
    every: list[dict[str, Any]] = [
        {"mode": "append", "schema_mode": "merge"},
        {"mode": "overwrite", "schema_mode": "overwrite"},
    ]
    for options in every:
        with refused(tmp_path, name):
            write_deltalake(tmp_path / "t", data, **options)


def test_row_tracking_has_names_of_its_own(tmp_path: Path) -> None:
    row_id = "delta.rowTracking.materializedRowIdColumnName"
    version = "delta.rowTracking.materializedRowCommitVersionColumnName"
    tracking = {"delta.enableRowTracking": "true"}
    for names in ({row_id: "A"}, {version: "a"}, {row_id: "z", version: "Z"}):
        with refused(tmp_path, "rowTracking", error=InvalidArgumentError):
            write_deltalake(
                tmp_path / "t", pa.table({"a": [1]}), configuration={**tracking, **names}
            )
        assert not (tmp_path / "t").exists()
    write_deltalake(tmp_path / "t", pa.table({"a": [1]}), configuration=tracking)
    taken = DeltaTable(tmp_path / "t").metadata().configuration[row_id]
    with refused(tmp_path, taken):
        write_deltalake(
            tmp_path / "t", pa.table({"a": [1], taken: [2]}), mode="append", schema_mode="merge"
        )
    assert ours(tmp_path / "t") == [(1,)]


def test_a_name_that_arrow_cannot_carry(tmp_path: Path) -> None:
    for schema in (
        Schema([Field("a\0b", "long")]),
        Schema.from_json(
            '{"type":"struct","fields":[{"name":"s","type":{"type":"struct","fields":'
            '[{"name":"\\u0000","type":"long","nullable":true,"metadata":{}}]},'
            '"nullable":true,"metadata":{}}]}'
        ),
    ):
        with refused(tmp_path, error=DeltaError):
            DeltaTable.create(tmp_path / "t", schema)
        assert not (tmp_path / "t").exists()


def test_a_partition_whose_folder_cannot_be_has_another_one(tmp_path: Path) -> None:
    data = pa.table({"p": ["short", "x" * 300], "n": [1, 2]})
    write_deltalake(tmp_path, data, partition_by=["p"])
    assert rows(tmp_path) == [("short", 1), ("x" * 300, 2)]
