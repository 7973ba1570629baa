"""A checkpoint of the V2 spec for the needle table: a file of JSON, and sidecars of Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

FILES_PER_SIDECAR = 250_000

_BOUNDS = pa.struct(
    [
        ("id", pa.int64()),
        ("name", pa.string()),
        ("amount", pa.float64()),
        ("at", pa.timestamp("us", "UTC")),
    ]
)
_NULLS = pa.struct([(name, pa.int64()) for name in ("id", "name", "amount", "at")])
_STATS = pa.struct(
    [
        ("numRecords", pa.int64()),
        ("minValues", _BOUNDS),
        ("maxValues", _BOUNDS),
        ("nullCount", _NULLS),
    ]
)


def write_v2_checkpoint(
    log: Path, version: int, head: Sequence[Any], adds: Iterator[Any], typed: bool
) -> None:
    """Writes the checkpoint of `version`; `typed` says whether it has statistics and partition
    values as columns, in the place of texts."""
    lines = [*head, {"checkpointMetadata": {"version": version}}]
    folder = log / "_sidecars"
    folder.mkdir()
    while chunk := list(islice(adds, FILES_PER_SIDECAR)):
        path = folder / f"{version:020d}.{len(lines):010d}.parquet"
        _write_sidecar(path, chunk, typed)
        size = path.stat().st_size
        sidecar = {"path": path.name, "sizeInBytes": size, "modificationTime": 1_704_067_200_000}
        lines.append({"sidecar": sidecar})
    name = f"{version:020d}.checkpoint.6f2f1f3c-2b0a-4c55-9f6c-7d1f3f0f9a10.json"
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    (log / name).write_text(text, encoding="utf-8")


def _write_sidecar(path: Path, adds: Sequence[Any], typed: bool) -> None:
    bodies = [add["add"] for add in adds]
    values = [list(body["partitionValues"].items()) for body in bodies]
    columns = {
        "path": pa.array([body["path"] for body in bodies]),
        "partitionValues": pa.array(values, pa.map_(pa.string(), pa.string())),
        "size": pa.array([body["size"] for body in bodies], pa.int64()),
        "modificationTime": pa.array([body["modificationTime"] for body in bodies], pa.int64()),
        "dataChange": pa.array([False] * len(bodies)),
    }
    if typed:
        days = [{"day": date.fromisoformat(body["partitionValues"]["day"])} for body in bodies]
        columns["partitionValues_parsed"] = pa.array(days, pa.struct([("day", pa.date32())]))
        columns["stats_parsed"] = pa.array([_typed(body["stats"]) for body in bodies], _STATS)
    else:
        columns["stats"] = pa.array([body["stats"] for body in bodies])
    add = pa.StructArray.from_arrays(list(columns.values()), list(columns))
    remove = pa.nulls(len(bodies), pa.struct([("path", pa.string())]))
    pq.write_table(pa.table({"add": add, "remove": remove}), path, row_group_size=100_000)


def _typed(text: str) -> dict[str, Any]:
    statistics: dict[str, Any] = json.loads(text)
    for side in ("minValues", "maxValues"):
        statistics[side]["at"] = datetime.fromisoformat(statistics[side]["at"])
    return statistics
