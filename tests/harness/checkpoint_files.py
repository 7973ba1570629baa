"""Checkpoints of the V2 spec, sidecars, compacted commits and checksums, written by hand.

Actions are those of `log_table`. The typed forms of statistics and partition values come from
Python values, so that no text is in between.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from harness.log_table import CHECKPOINT_SCHEMA, Action, LogTable, checkpoint_row

UUID = "80a083e8-7026-4e79-81be-64bd76c43a11"

V2_PROTOCOL: Action = {
    "protocol": {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": ["v2Checkpoint"],
        "writerFeatures": ["v2Checkpoint"],
    }
}


def checkpoint_metadata(version: int) -> Action:
    return {"checkpointMetadata": {"version": version, "tags": None}}


def _with_fields(base: pa.DataType, **fields: pa.DataType) -> pa.DataType:
    kept = [base.field(i) for i in range(base.num_fields)]
    return pa.struct([*kept, *(pa.field(name, kind) for name, kind in fields.items())])


def _schema(stats: pa.DataType | None, partition: pa.DataType | None, texts: bool) -> pa.Schema:
    """The schema of a checkpoint: with typed statistics and partition values, or without."""
    add = CHECKPOINT_SCHEMA.field("add").type
    kept = [add.field(i) for i in range(add.num_fields) if texts or add.field(i).name != "stats"]
    typed: dict[str, pa.DataType] = {}
    if stats is not None:
        typed["stats_parsed"] = stats
    if partition is not None:
        typed["partitionValues_parsed"] = partition
    protocol = _with_fields(
        CHECKPOINT_SCHEMA.field("protocol").type,
        readerFeatures=pa.list_(pa.string()),
        writerFeatures=pa.list_(pa.string()),
    )
    tags = pa.map_(pa.string(), pa.string())
    sidecar = pa.struct(
        [
            ("path", pa.string()),
            ("sizeInBytes", pa.int64()),
            ("modificationTime", pa.int64()),
            ("tags", tags),
        ]
    )
    return pa.schema(
        [
            ("protocol", protocol),
            CHECKPOINT_SCHEMA.field("metaData"),
            ("add", _with_fields(pa.struct(kept), **typed)),
            ("checkpointMetadata", pa.struct([("version", pa.int64()), ("tags", tags)])),
            ("sidecar", sidecar),
        ]
    )


def _row(action: Action, schema: pa.Schema) -> dict[str, Any]:
    """The action as a row: an add's own typed members go where the schema has them."""
    body = {
        kind: {name: value for name, value in members.items() if not name.endswith("_parsed")}
        for kind, members in action.items()
    }
    row = dict.fromkeys(schema.names) | checkpoint_row(body)
    if "add" in action:
        for name in ("stats_parsed", "partitionValues_parsed"):
            row["add"][name] = action["add"].get(name)
    return row


def write_parquet(
    path: Path,
    actions: Sequence[Action],
    *,
    stats: pa.DataType | None = None,
    partition: pa.DataType | None = None,
    texts: bool = True,
) -> None:
    """Writes actions as a checkpoint of Parquet; `texts` says whether it has statistics as JSON."""
    schema = _schema(stats, partition, texts)
    rows = [_row(action, schema) for action in actions]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)


def write_sidecar(table: LogTable, name: str, actions: Sequence[Action], **forms: Any) -> Action:
    """Writes a sidecar and returns the action that names it."""
    path = table.log / "_sidecars" / name
    write_parquet(path, actions, **forms)
    return sidecar(name, path.stat().st_size)


def sidecar(path: str, size: int) -> Action:
    return {"sidecar": {"path": path, "sizeInBytes": size, "modificationTime": 1, "tags": None}}


def write_v2(
    table: LogTable, version: int, actions: Sequence[Action], form: str, **forms: Any
) -> Path:
    """Writes a checkpoint of the V2 spec as "json", "parquet" or by a classic name "classic"."""
    infix = "" if form == "classic" else f"{UUID}."
    suffix = "json" if form == "json" else "parquet"
    path = table.log / f"{version:020d}.checkpoint.{infix}{suffix}"
    if form == "json":
        lines = [
            {
                kind: {n: v for n, v in members.items() if not n.endswith("_parsed")}
                for kind, members in action.items()
            }
            for action in actions
        ]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    else:
        write_parquet(path, actions, **forms)
    return path


def write_compacted(table: LogTable, first: int, last: int, *actions: Action) -> Path:
    path = table.log / f"{first:020d}.{last:020d}.compacted.json"
    path.write_text("".join(json.dumps(action) + "\n" for action in actions), encoding="utf-8")
    return path


def write_checksum(table: LogTable, version: int, members: dict[str, Any]) -> Path:
    path = table.log / f"{version:020d}.crc"
    path.write_text(json.dumps(members), encoding="utf-8")
    return path


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    def quoted(text: str) -> str:
        return '"' + quote(text, safe="-._~") + '"'

    def below(segment: str) -> str:
        return f"{path}+{segment}" if path else segment

    if isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(member, below(quoted(name)))
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from _leaves(element, below(str(index)))
    else:
        yield path, quoted(value) if isinstance(value, str) else json.dumps(value)


def with_checksum(hint: dict[str, Any]) -> dict[str, Any]:
    """A _last_checkpoint with its own checksum, as the protocol has it."""
    leaves = sorted((path.encode(), text) for path, text in _leaves(hint, ""))
    canonical = ",".join(f"{path.decode()}={text}" for path, text in leaves)
    return hint | {"checksum": hashlib.md5(canonical.encode()).hexdigest()}
