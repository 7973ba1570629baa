"""Tables with mapped columns, written by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.log_table import Action, LogTable
from harness.log_table import metadata as metadata_action


def protocol(*features: str) -> Action:
    listed = ["columnMapping", *features]
    return {
        "protocol": {
            "minReaderVersion": 3,
            "minWriterVersion": 7,
            "readerFeatures": listed,
            "writerFeatures": listed,
        }
    }


def mapped(name: str, kind: Any, physical: str, number: Any, **metadata: Any) -> dict[str, Any]:
    """A field of a schema with its mapping."""
    mapping = {"delta.columnMapping.physicalName": physical, "delta.columnMapping.id": number}
    return {"name": name, "type": kind, "nullable": True, "metadata": mapping | metadata}


def metadata(
    *fields: dict[str, Any],
    mode: str = "name",
    partition_columns: Sequence[str] = (),
    configuration: Mapping[str, str] | None = None,
) -> Action:
    return metadata_action(
        schema=json.dumps({"type": "struct", "fields": list(fields)}),
        partition_columns=partition_columns,
        configuration={"delta.columnMapping.mode": mode, **(configuration or {})},
    )


def stored(name: str, kind: pa.DataType, number: int | None = None) -> pa.Field:
    """A column of a file, with its field id."""
    ids = None if number is None else {"PARQUET:field_id": str(number)}
    return pa.field(name, kind, metadata=ids)


def rows(fields: Sequence[pa.Field], *columns: list[Any]) -> pa.Table:
    arrays = [pa.array(values, each.type) for values, each in zip(columns, fields, strict=True)]
    return pa.table(arrays, schema=pa.schema(fields))


def make(root: Path, described: Action, *files: pa.Table, features: Sequence[str] = ()) -> LogTable:
    """A table of some files, without statistics."""
    table = LogTable(root)
    adds = [table.data(f"{i}.parquet", content) for i, content in enumerate(files)]
    table.commit(0, protocol(*features), described, *adds)
    return table
