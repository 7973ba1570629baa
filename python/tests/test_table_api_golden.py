"""The table API over golden tables, beside deltalake."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa

from deltaic import DeltaTable
from deltaic.exceptions import DeltaError


def _tables(golden: Path) -> list[Path]:
    return sorted({log.parent for log in golden.rglob("_delta_log") if log.is_dir()})


def _pairs(golden: Path) -> list[tuple[Path, DeltaTable, deltalake.DeltaTable]]:
    """The tables that both open."""
    pairs = []
    for path in _tables(golden):
        try:
            ours, theirs = DeltaTable(path), deltalake.DeltaTable(path)
            ours.files()  # Refuses files outside the table.
            pairs.append((path, ours, theirs))
        except (DeltaError, deltalake.exceptions.DeltaError, OSError, ValueError):
            continue
    assert len(pairs) > 20
    return pairs


def _objects(text: str) -> list[dict[str, Any]]:
    """The JSON objects of a commit, on one line or on several."""
    decoder, objects = json.JSONDecoder(), []
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        objects.append(value)
        text = text[end:]
    return objects


def _history(table: Path) -> list[dict[str, Any]]:
    """The history as the log has it; deltalake misnumbers it where commits are missing."""
    entries = []
    for commit in table.glob("_delta_log/*.json"):
        if not commit.stem.isdigit():
            continue
        actions = _objects(commit.read_text())
        found = [action["commitInfo"] for action in actions if action.get("commitInfo")]
        info = found[0] if found else {"timestamp": commit.stat().st_mtime_ns // 1_000_000}
        entries.append({**info, "version": int(commit.stem)})
    return sorted(entries, key=lambda entry: -entry["version"])


def _types(rows: pa.Table) -> str:
    """The columns' types; a partition column that must not be null may still be in ours."""
    return str(rows.schema).replace(" not null", "")


def _have_the_same_bounds(ours: pa.Table, theirs: pa.Table) -> bool:
    """Compares flat columns; deltalake does not read decimals that are written with an exponent."""
    mine, other = ours.sort_by("path"), theirs.sort_by("path")
    return all(
        expected is None or got == expected
        for name in mine.schema.names
        if name.startswith(("min.", "max."))
        for got, expected in zip(mine[name].to_pylist(), other[name].to_pylist(), strict=True)
    )


def _vectors(table: Any) -> list[dict[str, Any]]:
    rows = pa.RecordBatchReader.from_stream(table.deletion_vectors()).read_all().to_pylist()
    return sorted(rows, key=lambda row: str(row["filepath"]))


def test_deletion_vectors_are_those_of_deltalake(golden: Path) -> None:
    compared = 0
    for path, ours, theirs in _pairs(golden):
        try:
            expected = _vectors(theirs)
        except Exception:  # Where deltalake has no answer: files that are not there.
            continue
        assert _vectors(ours) == expected, str(path)
        compared += len(expected) > 0
    assert compared >= 5


def test_golden_tables_answer_as_in_deltalake(golden: Path) -> None:
    differing = Counter[str]()
    for path, ours, theirs in _pairs(golden):
        name = str(path.relative_to(golden))
        # deltalake takes an absolute path for one below the table.
        is_elsewhere = any(file.startswith("/") for file in ours.files())
        if not is_elsewhere and sorted(ours.file_uris()) != sorted(theirs.file_uris()):
            differing[f"{name}: files"] += 1
        if ours.detail()["numFiles"] != len(ours.files()):
            differing[f"{name}: detail"] += 1
        # Of mapped columns deltalake tells the physical names.
        mode = ours.metadata().configuration.get("delta.columnMapping.mode", "none")
        for flatten in (False, True) if mode == "none" else ():
            mine = pa.table(ours.get_add_actions(flatten))
            other = pa.table(theirs.get_add_actions(flatten))
            if mine.schema != other.schema and _types(mine) != _types(other):
                differing[f"{name}: types of add actions, flatten={flatten}"] += 1
            elif flatten and not _have_the_same_bounds(mine, other):
                differing[f"{name}: bounds"] += 1
        columns = ["path", "size_bytes", "modification_time", "num_records"]
        rows = [
            pa.table(t.get_add_actions()).select(columns).sort_by("path") for t in (ours, theirs)
        ]
        if rows[0].to_pylist() != rows[1].to_pylist():
            differing[f"{name}: add actions"] += 1
        partitions = [
            sorted(map(sorted, map(dict.items, t.partitions())), key=str) for t in (ours, theirs)
        ]
        if partitions[0] != partitions[1]:
            differing[f"{name}: partitions"] += 1
        if ours.history() != _history(path):
            differing[f"{name}: history"] += 1
        if ours._table.get_add_file_sizes() != theirs._table.get_add_file_sizes():
            differing[f"{name}: sizes"] += 1
    assert not differing, "\n".join(differing)
