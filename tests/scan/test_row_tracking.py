"""Row ids and row commit versions: from commits and every form of checkpoint, in both sessions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import datafusion
import deltaic
import pyarrow as pa
import pytest

from harness.arrow import collect
from harness.checkpoint_files import (
    checkpoint_metadata,
    write_compacted,
    write_parquet,
    write_sidecar,
    write_v2,
)
from harness.log_table import Action, LogTable, field, metadata

PROTOCOL: Action = {
    "protocol": {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": ["v2Checkpoint"],
        "writerFeatures": ["v2Checkpoint", "rowTracking", "domainMetadata"],
    }
}
ID, VERSION = "_row-id-1", "_row-version-1"
METADATA = metadata(
    field("x", "long"),
    configuration={
        "delta.enableRowTracking": "true",
        "delta.rowTracking.materializedRowIdColumnName": ID,
        "delta.rowTracking.materializedRowCommitVersionColumnName": VERSION,
    },
)
LAST = 3
# By x: the row's id and commit version.
EXPECTED = {
    0: (0, 0),
    1: (1, 0),
    10: (2, 1),
    11: (3, 1),
    20: (0, 0),
    21: (5, 2),
    22: (6, 1),
    30: (7, 3),
}


def _tracked(action: Action, base: int, version: int) -> Action:
    return {"add": action["add"] | {"baseRowId": base, "defaultRowCommitVersion": version}}


def _make(root: Path) -> tuple[LogTable, list[Action]]:
    """Four commits of a file each; the third one has rows that were moved there."""
    table = LogTable(root)
    moved = pa.table(
        {
            "x": [20, 21, 22],
            ID: pa.array([0, None, None], pa.int64()),
            VERSION: pa.array([0, None, 1], pa.int64()),
        }
    )
    files = [
        _tracked(table.data("0.parquet", {"x": [0, 1]}), 0, 0),
        _tracked(table.data("1.parquet", {"x": [10, 11]}), 2, 1),
        _tracked(table.data("2.parquet", moved), 4, 2),
        _tracked(table.data("3.parquet", {"x": [30]}), 7, 3),
    ]
    table.commit(0, PROTOCOL, METADATA, files[0])
    for version in range(1, LAST + 1):
        table.commit(version, files[version])
    return table, files


def _classic(table: LogTable, files: list[Action]) -> None:
    path = table.log / f"{2:020d}.checkpoint.parquet"
    write_parquet(path, [PROTOCOL, METADATA, *files[:3]])


def _parts(table: LogTable, files: list[Action]) -> None:
    table.checkpoint_part(2, 1, 2, PROTOCOL, METADATA, files[0])
    table.checkpoint_part(2, 2, 2, *files[1:3])


def _sidecars(form: str) -> Callable[[LogTable, list[Action]], None]:
    def write(table: LogTable, files: list[Action]) -> None:
        named = [write_sidecar(table, f"{i}.parquet", files[i : i + 1]) for i in range(3)]
        write_v2(table, 2, [checkpoint_metadata(2), PROTOCOL, METADATA, *named], form)

    return write


def _alone(table: LogTable, files: list[Action]) -> None:
    write_v2(table, 2, [checkpoint_metadata(2), PROTOCOL, METADATA, *files[:3]], "json")


FORMS: dict[str, Callable[[LogTable, list[Action]], None]] = {
    "classic": _classic,
    "parts": _parts,
    "v2-parquet": _sidecars("parquet"),
    "v2-json": _sidecars("json"),
    "v2-json-alone": _alone,
}

SQL = (
    "SELECT x, _metadata['row_id'] AS id, _metadata['row_commit_version'] AS version "
    "FROM t {} ORDER BY x"
)


def _rows(table: LogTable, condition: str = "") -> dict[int, tuple[int, int]]:
    """The rows by x, the same in a session of the package and in one of the wheel."""
    opened = deltaic.DeltaTable(table.root)
    sql = SQL.format(condition)
    own = collect(deltaic.QueryBuilder().register("t", opened, metadata=True).execute(sql))
    wheel = datafusion.SessionContext()
    wheel.register_table("t", opened.with_scan_options(metadata=True))
    assert collect(wheel.sql(sql)).to_pylist() == own.to_pylist()
    return {row["x"]: (row["id"], row["version"]) for row in own.to_pylist()}


def test_from_commits(tmp_path: Path) -> None:
    table, files = _make(tmp_path / "t")
    assert _rows(table) == EXPECTED
    write_compacted(table, 0, 2, PROTOCOL, METADATA, *files[:3])
    assert _rows(table) == EXPECTED


@pytest.mark.parametrize("form", FORMS)
def test_through_checkpoints(tmp_path: Path, form: str) -> None:
    table, files = _make(tmp_path / "t")
    FORMS[form](table, files)
    for version in range(3):
        (table.log / f"{version:020d}.json").unlink()
    assert _rows(table) == EXPECTED
    some = {x: row for x, row in EXPECTED.items() if row[0] >= 5}
    assert _rows(table, "WHERE _metadata['row_id'] >= 5") == some
    some = {x: row for x, row in EXPECTED.items() if row[1] == 1}
    assert _rows(table, "WHERE _metadata['row_commit_version'] = 1") == some
