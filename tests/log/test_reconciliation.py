"""Actions that meet in the log, within a commit and across commits."""

from __future__ import annotations

from pathlib import Path

import deltaic
import pyarrow as pa
import pytest

from harness.checkpoint_files import write_compacted
from harness.errors import code_of, describe, error_of
from harness.log_table import PROTOCOL, Action, LogTable, add, field, metadata, remove

METADATA = metadata(field("x", "long"))


@pytest.fixture
def table(tmp_path: Path) -> LogTable:
    table = LogTable(tmp_path / "table")
    table.commit(0, PROTOCOL, METADATA, add("a", 1), add("b", 1))
    return table


def paths(table: LogTable) -> set[str]:
    found = deltaic.DeltaTable(table.root).files()
    assert len(set(found)) == len(found)
    return set(found)


def test_the_same_add_twice_is_one_file(table: LogTable) -> None:
    table.commit(1, add("c", 1), add("c", 1))
    assert paths(table) == {"a", "b", "c"}


def test_a_file_that_is_there_may_be_added_again(table: LogTable) -> None:
    table.commit(1, add("a", 7))
    assert paths(table) == {"a", "b"}
    sizes = pa.table(deltaic.DeltaTable(table.root).get_add_actions())["size_bytes"]
    assert sorted(sizes.to_pylist()) == [1, 7]


def test_removing_what_is_not_there_removes_nothing(table: LogTable) -> None:
    table.commit(1, remove("never"), remove("a"))
    table.commit(2, remove("a"))
    assert paths(table) == {"b"}
    table.commit(3, add("a", 1))
    assert paths(table) == {"a", "b"}


@pytest.mark.parametrize(
    "actions",
    [
        [add("c", 1), remove("c")],
        [remove("c"), add("c", 1)],
        [add("c", 1), add("c", 2)],
        [METADATA, METADATA],
        [PROTOCOL, PROTOCOL],
        [{"txn": {"appId": "x", "version": 1}}, {"txn": {"appId": "x", "version": 2}}],
    ],
)
def test_commits_that_contradict_themselves(table: LogTable, actions: list[Action]) -> None:
    table.commit(1, *actions)
    error = error_of(lambda: deltaic.DeltaTable(table.root))
    assert code_of(error) == "corrupt_log", describe(error)
    assert f"{1:020d}.json" in str(error), describe(error)
    assert deltaic.DeltaTable(table.root, version=0).version() == 0


def test_the_newest_protocol_counts_whichever_came_before(table: LogTable) -> None:
    features = ["featureOfTomorrow"]
    protocol = {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": features,
        "writerFeatures": features,
    }
    table.commit(1, {"protocol": protocol})
    error = error_of(lambda: deltaic.DeltaTable(table.root))
    assert code_of(error) == "unsupported_feature", describe(error)
    assert "featureOfTomorrow" in str(error), describe(error)
    table.commit(2, PROTOCOL)
    assert paths(table) == {"a", "b"}


def test_compacted_commits_stand_for_what_they_span(table: LogTable) -> None:
    table.commit(1, remove("a"), {"txn": {"appId": "x", "version": 1}})
    table.commit(2, add("c", 1), remove("b"))
    table.commit(3, add("d", 1))
    write_compacted(
        table, 1, 2, remove("a"), remove("b"), add("c", 1), {"txn": {"appId": "x", "version": 1}}
    )
    assert paths(table) == {"c", "d"}
    opened = deltaic.DeltaTable(table.root)
    assert opened.transaction_version("x") == 1
    opened.load_as_version(1)
    assert set(opened.files()) == {"b"}
    # A missing commit is missed, whatever stands for it.
    (table.log / f"{2:020d}.json").unlink()
    error = error_of(lambda: deltaic.DeltaTable(table.root))
    assert code_of(error) == "corrupt_log", describe(error)
