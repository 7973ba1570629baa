"""Tables that a catalog manages: read with its commits, refused by their path alone."""

from __future__ import annotations

import json
import pickle
from functools import partial
from pathlib import Path

import deltaic
import pytest
from deltaic import CatalogCommits, RatifiedCommit

from harness.arrow import collect, query
from harness.errors import code_of, describe, error_of
from harness.log_table import Action, LogTable, field, metadata

PROTOCOL: Action = {
    "protocol": {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": ["catalogManaged"],
        "writerFeatures": ["catalogManaged", "inCommitTimestamp"],
    }
}
STAGED = "{:020d}.80a083e8-7026-4e79-81be-64bd76c43a11.json"


def commit_info(version: int) -> Action:
    return {"commitInfo": {"inCommitTimestamp": 1_700_000_000_000 + version, "txnId": str(version)}}


@pytest.fixture
def table(tmp_path: Path) -> LogTable:
    """Versions 0 and 1 published, 2 staged, another 2 and a 3 that nobody has ratified."""
    table = LogTable(tmp_path / "table")
    properties = {"delta.enableInCommitTimestamps": "true"}
    schema = metadata(field("x", "long"), configuration=properties)
    table.commit(0, commit_info(0), PROTOCOL, schema, table.data("0.parquet", {"x": [0]}))
    table.commit(1, commit_info(1), table.data("1.parquet", {"x": [1]}))
    staged = table.log / "_staged_commits" / STAGED.format(2)
    staged.parent.mkdir()
    staged.write_text(lines(commit_info(2), table.data("2.parquet", {"x": [2]})))
    table.commit(2, commit_info(2), {"remove": {"path": "0.parquet", "dataChange": True}})
    table.commit(3, commit_info(3))
    return table


def lines(*actions: Action) -> str:
    return "".join(json.dumps(action) + "\n" for action in actions)


def catalog(*more: RatifiedCommit, max_version: int = 2) -> CatalogCommits:
    return CatalogCommits(max_version, [RatifiedCommit(2, STAGED.format(2)), *more])


def rows(table: deltaic.DeltaTable) -> list[int]:
    return sorted(collect(table.scan())["x"].to_pylist())


def test_by_path_alone(table: LogTable) -> None:
    for version in (None, 0, 2):
        error = error_of(partial(deltaic.DeltaTable, table.root, version=version))
        assert code_of(error) == "unsupported_feature", describe(error)
        assert "catalogManaged" in str(error), describe(error)
    error = error_of(lambda: query(f"SELECT * FROM '{table.root}'"))
    assert "catalogManaged" in str(error), describe(error)


def test_with_the_commits_of_the_catalog(table: LogTable) -> None:
    opened = deltaic.DeltaTable(table.root, catalog_commits=catalog())
    assert opened.version() == 2
    assert rows(opened) == [0, 1, 2]
    assert [entry["version"] for entry in opened.history()] == [2, 1, 0]
    assert query("SELECT sum(x) AS s FROM t", t=opened).to_pydict() == {"s": [3]}
    history = query("SELECT version FROM delta_history('t')", t=opened)
    assert history.to_pydict() == {"version": [2, 1, 0]}
    assert rows(pickle.loads(pickle.dumps(opened))) == [0, 1, 2]
    opened.load_as_version(1)
    assert rows(opened) == [0, 1]
    at = query("SELECT x FROM t VERSION AS OF 0", t=opened)
    assert at.to_pydict() == {"x": [0]}
    error = error_of(lambda: opened.load_as_version(3))
    assert code_of(error) == "version_not_found", describe(error)


def test_inline_commits_and_refresh(table: LogTable) -> None:
    opened = deltaic.DeltaTable(table.root, catalog_commits=CatalogCommits(1))
    assert rows(opened) == [0, 1]
    opened.update_incremental()
    assert opened.version() == 1
    removal = {"remove": {"path": "1.parquet", "dataChange": True}}
    inline = RatifiedCommit(3, content=lines(commit_info(3), removal))
    opened.update_incremental(catalog(inline, max_version=3))
    assert opened.version() == 3
    assert rows(opened) == [0, 2]
    assert rows(pickle.loads(pickle.dumps(opened))) == [0, 2]


def test_a_catalog_that_knows_more_than_was_handed_in(table: LogTable) -> None:
    action = partial(deltaic.DeltaTable, table.root, catalog_commits=catalog(max_version=4))
    error = error_of(action)
    assert code_of(error) == "corrupt_log", describe(error)
    assert f"{4:020d}.json" in str(error), describe(error)


@pytest.mark.parametrize(
    "commits",
    [
        CatalogCommits(1, [RatifiedCommit(2, STAGED.format(2))]),
        CatalogCommits(2, [RatifiedCommit(2)]),
        CatalogCommits(2, [RatifiedCommit(2, STAGED.format(2), "{}")]),
        CatalogCommits(2, [RatifiedCommit(2, "../../elsewhere/" + STAGED.format(2))]),
        CatalogCommits(2, [RatifiedCommit(2, "file:///etc/passwd")]),
        CatalogCommits(2, [RatifiedCommit(1, STAGED.format(2))]),
        CatalogCommits(-1),
    ],
)
def test_commits_that_make_no_sense(table: LogTable, commits: CatalogCommits) -> None:
    error = error_of(partial(deltaic.DeltaTable, table.root, catalog_commits=commits))
    assert isinstance(error, ValueError), describe(error)
    assert code_of(error) == "invalid_argument", describe(error)


def test_a_table_that_no_catalog_manages(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "table")
    protocol = {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}
    table.commit(0, protocol, metadata(field("x", "long")))
    error = error_of(partial(deltaic.DeltaTable, table.root, catalog_commits=CatalogCommits(0)))
    assert code_of(error) == "invalid_argument", describe(error)
