"""Rows of tables that no other reader opens, from their data files and expected/ alone."""

from __future__ import annotations

import json
import shutil
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from golden_tables import GoldenTable

Rows = list[dict[str, Any]]

SPECIAL_FOLDER = "{{FOLDER_WITH_SPECIAL_CHAR}}"
# The vector's last 20 bytes before the checksum are five 16-bit positions and their offset.
SPECIAL_DELETED = {0, 2, 4, 6, 8}


def prepare(table: GoldenTable, folder: Path) -> Path:
    """The table's root, or a copy with the placeholder of its log filled in."""
    if table.name != "delta-spark/table-with-dv-special-char":
        return table.root
    root = folder / "delta"
    shutil.copytree(table.root, root)
    special = urllib.parse.quote(str(root / "folder&with%special char"))
    for commit in (root / "_delta_log").glob("*.json"):
        text = commit.read_text(encoding="utf-8")
        assert SPECIAL_FOLDER in text
        commit.write_text(text.replace(SPECIAL_FOLDER, special), encoding="utf-8")
    return root


def _decoded(table: GoldenTable) -> Rows:
    """rows.decoded.jsonl; {"$variant": x} marks a variant of the value x."""

    def plain(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return value["$variant"] if "$variant" in value else {k: plain(v) for k, v in value.items()}

    text = (table.folder / "expected" / "rows.decoded.jsonl").read_text(encoding="utf-8")
    return [{key: plain(value) for key, value in json.loads(x).items()} for x in text.splitlines()]


def _without_deleted(table: GoldenTable) -> Rows:
    (path,) = table.root.glob("*.parquet")
    rows = pq.ParquetFile(path).read().to_pylist()
    return [row for position, row in enumerate(rows) if position not in SPECIAL_DELETED]


_ROWS: dict[str, Callable[[GoldenTable], Rows]] = {
    "delta-spark/table-with-dv-special-char": _without_deleted,
    "delta-spark/variant-stats-state-reconstruction": _decoded,
    "delta-spark/variant-stats-with-struct-no-checkpoint": _decoded,
}


def independent_rows(table: GoldenTable) -> Rows:
    """The rows of the latest version of a table for which EXPECTED.json has no digest."""
    return _ROWS[table.name](table)
