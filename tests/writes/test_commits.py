"""Commits: what they say, what they conflict with, and that none is lost or doubled."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pyarrow as pa
import pytest
from deltaic import (
    CommitProperties,
    DeltaTable,
    PostCommitHookProperties,
    Transaction,
    write_deltalake,
)
from deltaic.exceptions import CommitFailedError, DeltaError

from writes.readers import ours, rows


def some(*values: int) -> pa.Table:
    return pa.table({"x": pa.array(values, pa.int64())})


def commit_info(path: Path, version: int) -> dict[str, object]:
    text = (path / "_delta_log" / f"{version:020}.json").read_text()
    infos = [json.loads(line)["commitInfo"] for line in text.splitlines() if "commitInfo" in line]
    assert len(infos) == 1
    found: dict[str, object] = infos[0]
    return found


def test_a_commit_says_what_it_did(tmp_path: Path) -> None:
    write_deltalake(tmp_path, some(1, 2), partition_by=None)
    write_deltalake(tmp_path, some(3), mode="append")
    write_deltalake(tmp_path, some(4), mode="overwrite", predicate="x = 4")
    first, second, third = (commit_info(tmp_path, version) for version in range(3))
    assert first["operation"] == second["operation"] == third["operation"] == "WRITE"
    assert first["operationParameters"] == {"mode": "ErrorIfExists", "partitionBy": "[]"}
    assert second["operationParameters"] == {"mode": "Append", "partitionBy": "[]"}
    assert third["operationParameters"]["predicate"] == "x = 4"  # type: ignore[index]
    metrics = first["operationMetrics"]
    assert metrics["numFiles"] == "1" and metrics["numOutputRows"] == "2"  # type: ignore[index]
    assert int(metrics["numOutputBytes"]) > 0  # type: ignore[index]
    assert "readVersion" not in first and second["readVersion"] == 0
    assert [info["isBlindAppend"] for info in (first, second, third)] == [True, True, False]
    assert second["isolationLevel"] == "Serializable"
    assert str(second["engineInfo"]).startswith("deltaic/")
    assert len({str(info["txnId"]) for info in (first, second, third)}) == 3


def test_a_writer_far_behind_commits_at_once(tmp_path: Path) -> None:
    write_deltalake(tmp_path, some(0))
    stale = DeltaTable(tmp_path)
    for value in range(40):
        write_deltalake(tmp_path, some(value), mode="append")
    write_deltalake(stale, some(99), mode="append")
    assert stale.version() == 41
    assert stale.count() == 42


def test_idempotent_batches(tmp_path: Path) -> None:
    def batch(version: int, if_committed: str, app: str = "job") -> CommitProperties:
        return CommitProperties(
            app_transactions=[Transaction(app, version)],
            if_committed=if_committed,  # type: ignore[arg-type]
        )

    write_deltalake(tmp_path, some(1), commit_properties=batch(7, "skip"))
    for version in (7, 6):
        write_deltalake(tmp_path, some(1), mode="append", commit_properties=batch(version, "skip"))
        with pytest.raises(DeltaError, match="job"):
            write_deltalake(
                tmp_path, some(1), mode="append", commit_properties=batch(version, "error")
            )
    assert rows(tmp_path) == [(1,)]
    write_deltalake(tmp_path, some(2), mode="append", commit_properties=batch(8, "skip"))
    write_deltalake(tmp_path, some(3), mode="append", commit_properties=batch(1, "skip", "other"))
    write_deltalake(tmp_path, some(4), mode="append", commit_properties=batch(8, "write"))
    assert rows(tmp_path) == [(1,), (2,), (3,), (4,)]
    assert DeltaTable(tmp_path).transaction_version("job") == 8
    assert DeltaTable(tmp_path).transaction_version("other") == 1


def test_custom_metadata_is_in_the_history_only(tmp_path: Path) -> None:
    custom = CommitProperties(
        custom_metadata={"custom": "attribute", "n": 1, "l": [1, {"a": None}]}
    )
    write_deltalake(tmp_path, some(1), commit_properties=custom)
    entry = DeltaTable(tmp_path).history()[0]
    assert entry["custom"] == "attribute" and entry["n"] == 1 and entry["l"] == [1, {"a": None}]
    assert "custom" not in DeltaTable(tmp_path).metadata().configuration
    for name in ("timestamp", "operation", "engineInfo", "txnId"):
        with pytest.raises(ValueError, match=name):
            write_deltalake(
                tmp_path,
                some(1),
                mode="append",
                commit_properties=CommitProperties(custom_metadata={name: 1}),
            )


def test_a_lost_race_is_an_error_where_no_retry_is_allowed(tmp_path: Path) -> None:
    write_deltalake(tmp_path, some(0))
    stale = DeltaTable(tmp_path)
    write_deltalake(tmp_path, some(1), mode="append")
    with pytest.raises(CommitFailedError, match=r"(?s)1.*WRITE|WRITE.*1"):
        write_deltalake(
            stale, some(2), mode="append", commit_properties=CommitProperties(max_commit_retries=0)
        )
    # The handle can be used again.
    stale.update_incremental()
    write_deltalake(stale, some(2), mode="append")
    assert rows(tmp_path) == [(0,), (1,), (2,)]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(OSError, match="file"):
        write_deltalake(file / "table", some(1))


def test_checkpoints_come_when_they_are_due_and_wanted(tmp_path: Path) -> None:
    without = PostCommitHookProperties(create_checkpoint=False)
    every_second = {"delta.checkpointInterval": "2"}
    write_deltalake(
        tmp_path, some(0), configuration=every_second, post_commithook_properties=without
    )
    for value in range(1, 4):
        write_deltalake(tmp_path, some(value), mode="append", post_commithook_properties=without)
    assert not list((tmp_path / "_delta_log").glob("*.checkpoint*"))
    for value in (4, 5):
        write_deltalake(tmp_path, some(value), mode="append")
    found = [path.name for path in (tmp_path / "_delta_log").glob("*.checkpoint*")]
    assert found == [f"{4:020}.checkpoint.parquet"]
    assert rows(tmp_path) == [(value,) for value in range(6)]


def _append(path: str, writer: int, count: int) -> None:
    for number in range(count):
        write_deltalake(path, some(writer * 1000 + number), mode="append")


def test_processes_that_append_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    write_deltalake(tmp_path, some(-1))
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_append, args=(str(tmp_path), writer, 10)) for writer in range(4)
    ]
    for process in writers:
        process.start()
    for process in writers:
        process.join()
        assert process.exitcode == 0
    expected = {-1} | {writer * 1000 + number for writer in range(4) for number in range(10)}
    found = [row[0] for row in ours(tmp_path)]
    assert sorted(found) == sorted(expected)
    assert DeltaTable(tmp_path).version() == 40
    ids = {commit_info(tmp_path, version)["txnId"] for version in range(41)}
    assert len(ids) == 41


def test_processes_that_create_one_table_make_one(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append, args=(str(tmp_path), n, 1)) for n in range(4)]
    for process in writers:
        process.start()
    for process in writers:
        process.join()
    # Who loses the race for the first version appends to the table, or gets an error.
    found = {row[0] for row in ours(tmp_path)}
    assert found == {n * 1000 for n in range(4) if writers[n].exitcode == 0}
    assert found


def test_durability_is_full_or_none(tmp_path: Path) -> None:
    for durability in ("full", "none"):
        options = {"durability": durability}
        write_deltalake(tmp_path, some(1), mode="append", storage_options=options)
    assert rows(tmp_path) == [(1,), (1,)]
    with pytest.raises(ValueError, match="durability"):
        write_deltalake(tmp_path, some(1), mode="append", storage_options={"durability": "perhaps"})
