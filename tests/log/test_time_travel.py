"""Time travel by in-commit timestamps and by the times of files, when a table is opened, loaded and
named in SQL."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import deltaic
import pytest

from harness.arrow import query
from harness.checkpoint_files import write_compacted
from harness.errors import code_of, describe, error_of
from harness.log_table import PROTOCOL, Action, LogTable, add, field, metadata

START = datetime(2024, 1, 1, tzinfo=UTC)
WITH_TIMESTAMPS: Action = {
    "protocol": {
        "minReaderVersion": 1,
        "minWriterVersion": 7,
        "writerFeatures": ["inCommitTimestamp"],
    }
}


def millis(time: datetime) -> int:
    return int(time.timestamp() * 1000)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def commit(table: LogTable, version: int, file_time: datetime, *actions: Action) -> None:
    path = table.commit(version, *actions, add(f"{version}.parquet", 1))
    seconds = file_time.timestamp()
    os.utime(path, (seconds, seconds))


def stamp(time: datetime) -> Action:
    return {"commitInfo": {"inCommitTimestamp": millis(time)}}


@pytest.fixture
def table(tmp_path: Path) -> LogTable:
    """Hours 0, 1 and 1 by files, then 10, 11 and 12 within commits, whose files are of hour 5."""
    table = LogTable(tmp_path / "table")
    commit(table, 0, at(0), PROTOCOL, metadata(field("x", "long")))
    commit(table, 1, at(1))
    commit(table, 2, at(1))
    properties = {
        "delta.enableInCommitTimestamps": "true",
        "delta.inCommitTimestampEnablementVersion": "3",
        "delta.inCommitTimestampEnablementTimestamp": str(millis(at(10))),
    }
    schema = metadata(field("x", "long"), configuration=properties)
    commit(table, 3, at(5), stamp(at(10)), WITH_TIMESTAMPS, schema)
    commit(table, 4, at(5), stamp(at(11)))
    commit(table, 5, at(5), stamp(at(12)))
    return table


MILLISECOND = timedelta(milliseconds=1)
CASES = [
    (at(0), 0),
    (at(1) - MILLISECOND, 0),
    (at(1), 1),
    (at(1) + MILLISECOND, 2),
    (at(5), 2),
    (at(10) - MILLISECOND, 2),
    (at(10), 3),
    (at(11) - MILLISECOND, 3),
    (at(11), 4),
    (at(12), 5),
    (at(1000), 5),
]


@pytest.mark.parametrize(("time", "version"), CASES)
def test_across_the_start_of_in_commit_timestamps(
    table: LogTable, time: datetime, version: int
) -> None:
    assert deltaic.DeltaTable(table.root, version=time).version() == version
    opened = deltaic.DeltaTable(table.root)
    opened.load_as_version(time)
    assert opened.version() == version
    text = time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    count = f"SELECT count(*) AS n FROM delta_files('{table.root}', timestamp => '{text}')"
    assert query(count).to_pydict() == {"n": [version + 1]}


def test_before_the_first_commit(table: LogTable) -> None:
    error = error_of(lambda: deltaic.DeltaTable(table.root, version=at(-1)))
    assert code_of(error) == "version_not_found", describe(error)


def test_history_has_the_times_of_commits(table: LogTable) -> None:
    sql = f"SELECT version, timestamp FROM delta_history('{table.root}')"
    times = query(sql).to_pydict()
    assert times["version"] == [5, 4, 3, 2, 1, 0]
    assert times["timestamp"][:3] == [at(12), at(11), at(10)]


def test_compacted_commits_have_no_times(table: LogTable) -> None:
    files = [add(f"{version}.parquet", 1) for version in range(1, 6)]
    lines = (table.log / f"{3:020d}.json").read_text(encoding="utf-8").splitlines()
    kept = [a for a in map(json.loads, lines) if not {"commitInfo", "add"} & a.keys()]
    write_compacted(table, 1, 5, *kept, *files)
    opened = deltaic.DeltaTable(table.root)
    assert len(opened.file_uris()) == 6
    for time, version in CASES:
        assert deltaic.DeltaTable(table.root, version=time).version() == version


def test_a_commit_without_the_time_that_it_should_have(table: LogTable) -> None:
    commit(table, 6, at(13), {"commitInfo": {"operation": "WRITE"}})
    assert deltaic.DeltaTable(table.root).version() == 6
    error = error_of(lambda: deltaic.DeltaTable(table.root, version=at(13)))
    assert code_of(error) == "corrupt_log", describe(error)
    assert f"{6:020d}.json" in str(error), describe(error)
