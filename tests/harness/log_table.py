"""Delta tables written by hand: exactly the bytes that a test wants, no writer in between."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Action = dict[str, Any]

PROTOCOL: Action = {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}


def protocol(*features: str) -> Action:
    """A protocol that lists features for readers and writers."""
    return {
        "protocol": {
            "minReaderVersion": 3,
            "minWriterVersion": 7,
            "readerFeatures": list(features),
            "writerFeatures": list(features),
        }
    }


def field(name: str, kind: Any, nullable: bool = True) -> dict[str, Any]:
    """A field of a Delta schema."""
    return {"name": name, "type": kind, "nullable": nullable, "metadata": {}}


def schema_string(*fields: dict[str, Any]) -> str:
    return json.dumps({"type": "struct", "fields": list(fields)})


def metadata(
    *fields: dict[str, Any],
    partition_columns: Sequence[str] = (),
    configuration: Mapping[str, str] | None = None,
    schema: str | None = None,
) -> Action:
    """A metaData action; `schema` replaces the schema of `fields` by any text."""
    return {
        "metaData": {
            "id": "0b0e8f6c-7f5e-4a51-9d52-6f3d1d9a3c11",
            "format": {"provider": "parquet", "options": {}},
            "schemaString": schema_string(*fields) if schema is None else schema,
            "partitionColumns": list(partition_columns),
            "configuration": dict(configuration or {}),
            "createdTime": 1700000000000,
        }
    }


def add(
    path: str,
    size: Any,
    partition: Mapping[str, str | None] | None = None,
    stats: Any = None,
    **changes: Any,
) -> Action:
    """An add action; `stats` is an object or a ready text, `changes` replace or add members."""
    body: dict[str, Any] = {
        "path": path,
        "partitionValues": dict(partition or {}),
        "size": size,
        "modificationTime": 1700000000000,
        "dataChange": True,
    }
    if stats is not None:
        body["stats"] = stats if isinstance(stats, str) else json.dumps(stats)
    body.update(changes)
    return {"add": body}


def remove(path: str) -> Action:
    return {"remove": {"path": path, "deletionTimestamp": 1700000000001, "dataChange": True}}


CHECKPOINT_SCHEMA = pa.schema(
    [
        pa.field(
            "protocol",
            pa.struct(
                [
                    ("minReaderVersion", pa.int32()),
                    ("minWriterVersion", pa.int32()),
                    ("readerFeatures", pa.list_(pa.string())),
                    ("writerFeatures", pa.list_(pa.string())),
                ]
            ),
        ),
        pa.field(
            "metaData",
            pa.struct(
                [
                    ("id", pa.string()),
                    (
                        "format",
                        pa.struct(
                            [
                                ("provider", pa.string()),
                                ("options", pa.map_(pa.string(), pa.string())),
                            ]
                        ),
                    ),
                    ("schemaString", pa.string()),
                    ("partitionColumns", pa.list_(pa.string())),
                    ("configuration", pa.map_(pa.string(), pa.string())),
                    ("createdTime", pa.int64()),
                ]
            ),
        ),
        pa.field(
            "add",
            pa.struct(
                [
                    ("path", pa.string()),
                    ("partitionValues", pa.map_(pa.string(), pa.string())),
                    ("size", pa.int64()),
                    ("modificationTime", pa.int64()),
                    ("dataChange", pa.bool_()),
                    ("stats", pa.string()),
                    (
                        "deletionVector",
                        pa.struct(
                            [
                                ("storageType", pa.string()),
                                ("pathOrInlineDv", pa.string()),
                                ("offset", pa.int32()),
                                ("sizeInBytes", pa.int32()),
                                ("cardinality", pa.int64()),
                            ]
                        ),
                    ),
                    ("baseRowId", pa.int64()),
                    ("defaultRowCommitVersion", pa.int64()),
                ]
            ),
        ),
    ]
)


def checkpoint_row(action: Action) -> dict[str, Any]:
    """The action with its maps as lists of pairs, which is what Arrow takes."""
    row: dict[str, Any] = json.loads(json.dumps(action))
    if "metaData" in row:
        row["metaData"]["configuration"] = list(row["metaData"]["configuration"].items())
        row["metaData"]["format"]["options"] = []
    if "add" in row:
        row["add"]["partitionValues"] = list(row["add"]["partitionValues"].items())
    return {"protocol": None, "metaData": None, "add": None} | row


class LogTable:
    """A table in a folder, whose log and data files are written one by one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = root / "_delta_log"
        self.log.mkdir(parents=True, exist_ok=True)

    def commit(self, version: int, *actions: Action) -> Path:
        lines = "".join(json.dumps(action) + "\n" for action in actions)
        return self.commit_bytes(version, lines.encode())

    def commit_bytes(self, version: int, content: bytes) -> Path:
        path = self.log / f"{version:020d}.json"
        path.write_bytes(content)
        return path

    def data(
        self,
        name: str,
        columns: Mapping[str, Any] | pa.Table,
        partition: Mapping[str, str | None] | None = None,
        stats: Any = None,
        **options: Any,
    ) -> Action:
        """Writes a Parquet file, with options of pyarrow, and returns the action that adds it."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        table = columns if isinstance(columns, pa.Table) else pa.table(dict(columns))
        pq.write_table(table, path, **options)
        return add(name, path.stat().st_size, partition, stats)

    def checkpoint(self, version: int, *actions: Action) -> Path:
        """Writes a classic checkpoint in one file."""
        path = self.log / f"{version:020d}.checkpoint.parquet"
        self._write_checkpoint(path, actions)
        return path

    def checkpoint_part(self, version: int, part: int, parts: int, *actions: Action) -> Path:
        """Writes one part of a classic checkpoint in several files."""
        path = self.log / f"{version:020d}.checkpoint.{part:010d}.{parts:010d}.parquet"
        self._write_checkpoint(path, actions)
        return path

    def last_checkpoint(self, content: bytes | dict[str, Any]) -> Path:
        path = self.log / "_last_checkpoint"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    @staticmethod
    def _write_checkpoint(path: Path, actions: Sequence[Action]) -> None:
        rows = [checkpoint_row(action) for action in actions]
        pq.write_table(pa.Table.from_pylist(rows, schema=CHECKPOINT_SCHEMA), path)
