"""A table of many files of which one matters: a long log, and a single data file with the needle.

Every add names a file of its own with full statistics; only the needle's file is there, so a
reader that opens any other one fails.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
from needle_checkpoint import write_v2_checkpoint

ROWS_PER_FILE = 1000
FILES_PER_COMMIT = 1000
FILES_PER_DAY = 500
FIRST_DAY = date(2024, 1, 1)
LAYOUTS = ("json", "checkpoint", "v2-json", "v2-struct")

_SCHEMA = [
    ("id", "long"),
    ("name", "string"),
    ("amount", "double"),
    ("at", "timestamp"),
    ("day", "date"),
]


def needle_of(files: int) -> int:
    """The id to look for; it lies in the middle of a file at about three quarters of the log."""
    return (files * 3 // 4) * ROWS_PER_FILE + ROWS_PER_FILE // 2


def write_needle_table(root: Path, files: int, layout: str) -> None:
    """Writes the table. `layout` is "json" (commits only), "checkpoint" (one at the end, and no
    commits before it), or the same with a checkpoint of the V2 spec: "v2-json" has statistics and
    partition values as texts, "v2-struct" as columns."""
    log = root / "_delta_log"
    log.mkdir(parents=True)
    needle_file = needle_of(files) // ROWS_PER_FILE
    if layout.startswith("v2-"):
        _write_v2_log(root, files, typed=layout == "v2-struct")
        return
    version = 0
    for first in range(0, files, FILES_PER_COMMIT):
        lines = _head() if first == 0 else []
        for number in range(first, min(first + FILES_PER_COMMIT, files)):
            size = _write_data(root, number) if number == needle_file else 48_211
            lines.append(_add(number, size))
        text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
        (log / f"{version:020d}.json").write_text(text, encoding="utf-8")
        version += 1
    if layout == "checkpoint":
        deltalake.DeltaTable(root).create_checkpoint()
        for earlier in range(version - 1):
            (log / f"{earlier:020d}.json").unlink()


def _write_v2_log(root: Path, files: int, typed: bool) -> None:
    needle_file = needle_of(files) // ROWS_PER_FILE
    size = _write_data(root, needle_file)
    head = _head()
    features = ["v2Checkpoint"]
    head[0] = {
        "protocol": {
            "minReaderVersion": 3,
            "minWriterVersion": 7,
            "readerFeatures": features,
            "writerFeatures": features,
        }
    }
    adds = (_add(number, size if number == needle_file else 48_211) for number in range(files))
    version = (files - 1) // FILES_PER_COMMIT
    write_v2_checkpoint(root / "_delta_log", version, head, adds, typed)


def _head() -> list[dict[str, object]]:
    fields = [
        {"name": name, "type": kind, "nullable": True, "metadata": {}} for name, kind in _SCHEMA
    ]
    metadata = {
        "id": "5f2f1f3c-2b0a-4c55-9f6c-7d1f3f0f9a10",
        "format": {"provider": "parquet", "options": {}},
        "schemaString": json.dumps({"type": "struct", "fields": fields}),
        "partitionColumns": ["day"],
        "configuration": {},
        "createdTime": 1_704_067_200_000,
    }
    return [{"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}, {"metaData": metadata}]


def _day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number // FILES_PER_DAY)


def _path(number: int) -> str:
    name = uuid.uuid5(uuid.NAMESPACE_OID, str(number))
    return f"day={_day(number).isoformat()}/part-{number % 200:05d}-{name}-c000.snappy.parquet"


def _instant(row: int) -> datetime:
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(milliseconds=row)


def _add(number: int, size: int) -> dict[str, object]:
    low = number * ROWS_PER_FILE
    high = low + ROWS_PER_FILE - 1

    def bounds(row: int) -> dict[str, object]:
        at = _instant(row).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"id": row, "name": f"customer-{row:012d}", "amount": row / 8, "at": at}

    statistics = {
        "numRecords": ROWS_PER_FILE,
        "minValues": bounds(low),
        "maxValues": bounds(high),
        "nullCount": {"id": 0, "name": 0, "amount": 0, "at": 0},
    }
    return {
        "add": {
            "path": _path(number),
            "partitionValues": {"day": _day(number).isoformat()},
            "size": size,
            "modificationTime": 1_704_067_200_000 + number,
            "dataChange": True,
            "stats": json.dumps(statistics, separators=(",", ":")),
        }
    }


def _write_data(root: Path, number: int) -> int:
    rows = range(number * ROWS_PER_FILE, (number + 1) * ROWS_PER_FILE)
    table = pa.table(
        {
            "id": pa.array(rows, pa.int64()),
            "name": [f"customer-{row:012d}" for row in rows],
            "amount": [row / 8 for row in rows],
            "at": pa.array([_instant(row) for row in rows], pa.timestamp("us", tz="UTC")),
        }
    )
    path = root / _path(number)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="snappy")
    return path.stat().st_size
