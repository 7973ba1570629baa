"""Writers that take values of an identity column at once: each is given once, no row is lost."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from deltaic import CommitProperties, DeltaTable, Field, Schema, write_deltalake
from deltaic.exceptions import CommitFailedError, DeltaError

from writes.readers import rows

IDENTITY = {
    "delta.identity.start": 1,
    "delta.identity.step": 1,
    "delta.identity.allowExplicitInsert": True,
}

WRITER = """
import sys
import pyarrow as pa
from deltaic import write_deltalake
path, name, appends, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
sys.stdin.readline()
for number in range(appends):
    data = pa.table({"who": [f"{name}-{number}-{row}" for row in range(size)]})
    write_deltalake(path, data, mode="append")
"""


def make(path: Path, step: int = 1, **generated: str) -> None:
    fields = [Field("id", "long", metadata=IDENTITY | {"delta.identity.step": step})]
    fields += [Field("who", "string")]
    for name, sql in generated.items():
        fields.append(Field(name, "long", metadata={"delta.generationExpression": sql}))
    DeltaTable.create(path, Schema(fields))


def race(path: Path, writers: int, appends: int, size: int) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(writer), str(appends), str(size)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for writer in range(writers)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in started:
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors


def check(path: Path, writers: int, appends: int, size: int) -> None:
    found = rows(path)
    wanted = {
        f"{writer}-{number}-{row}"
        for writer in range(writers)
        for number in range(appends)
        for row in range(size)
    }
    assert Counter(row[1] for row in found) == Counter(wanted)
    assert max(Counter(row[0] for row in found).values()) == 1
    # No file of a repeated attempt is left, and the mark is beyond all values.
    table = DeltaTable(path)
    assert len(list(path.glob("**/*.parquet"))) == len(table.files()) + len(
        list((path / "_delta_log").glob("*.parquet"))
    )
    mark = table.schema().fields[0].metadata["delta.identity.highWaterMark"]
    assert mark == max(row[0] for row in found)
    assert table.version() == writers * appends


def test_all_values_are_different_and_none_is_lost(tmp_path: Path) -> None:
    make(tmp_path)
    race(tmp_path, 4, 5, 3)
    check(tmp_path, 4, 5, 3)


@pytest.mark.long
def test_eight_writers(tmp_path: Path) -> None:
    make(tmp_path)
    race(tmp_path, 8, 25, 2)
    check(tmp_path, 8, 25, 2)


def stale(path: Path) -> DeltaTable:
    """A table that knows nothing of the row that has come since."""
    table = DeltaTable(path)
    write_deltalake(path, pa.table({"who": ["winner"]}), mode="append")
    return table


def test_generated_columns_follow_the_values(tmp_path: Path) -> None:
    make(tmp_path, step=-5, twice="id * 2")
    write_deltalake(stale(tmp_path), pa.table({"who": ["a", "b"]}), mode="append")
    found = rows(tmp_path)
    assert sorted(row[0] for row in found) == [-9, -4, 1]
    assert all(row[2] == row[0] * 2 for row in found)


def test_constraints_hold_for_the_values_that_are_committed(tmp_path: Path) -> None:
    DeltaTable.create(
        tmp_path,
        Schema([Field("id", "long", metadata=IDENTITY), Field("who", "string")]),
        configuration={"delta.constraints.few": "id <= 1"},
    )
    with pytest.raises(DeltaError, match="few"):
        write_deltalake(stale(tmp_path), pa.table({"who": ["a"]}), mode="append")
    assert rows(tmp_path) == [(1, "winner")]
    assert len(list(tmp_path.glob("*.parquet"))) == 1


def test_partitions_and_metrics(tmp_path: Path) -> None:
    DeltaTable.create(
        tmp_path,
        Schema([Field("id", "long", metadata=IDENTITY), Field("p", "string")]),
        partition_by=["p"],
    )
    table = DeltaTable(tmp_path)
    write_deltalake(tmp_path, pa.table({"p": ["x"]}), mode="append")
    write_deltalake(table, pa.table({"p": ["x", "y", None]}), mode="append")
    assert sorted(row[0] for row in rows(tmp_path)) == [1, 2, 3, 4]
    assert table.version() == 2
    entry = table.history(1)[0]
    assert entry["operationMetrics"]["numFiles"] == "3"
    assert entry["operationMetrics"]["numOutputRows"] == "3"


def test_given_values_are_not_changed(tmp_path: Path) -> None:
    make(tmp_path)
    write_deltalake(stale(tmp_path), pa.table({"id": [77], "who": ["a"]}), mode="append")
    assert rows(tmp_path) == [(1, "winner"), (77, "a")]


def test_who_repeats_no_commit_is_told(tmp_path: Path) -> None:
    make(tmp_path)
    table = stale(tmp_path)
    once = CommitProperties(max_commit_retries=0)
    with pytest.raises(CommitFailedError):
        write_deltalake(table, pa.table({"who": ["a"]}), mode="append", commit_properties=once)
    assert rows(tmp_path) == [(1, "winner")]


def test_an_overwrite_is_not_repeated(tmp_path: Path) -> None:
    make(tmp_path)
    table = stale(tmp_path)
    with pytest.raises(CommitFailedError):
        write_deltalake(table, pa.table({"who": ["a"]}), mode="overwrite")
    assert rows(tmp_path) == [(1, "winner")]
