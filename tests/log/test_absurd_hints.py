"""What an absurd _last_checkpoint costs: no more than a listing, or some probes, more than none."""

from __future__ import annotations

from pathlib import Path

import deltaic
import pytest

from harness.log_table import PROTOCOL, LogTable, field, metadata
from harness.watch import opened
from services.http_files import serve

HINTS = {
    "greatest": b'{"version":9223372036854775807,"size":1}',
    "beyond": b'{"version":4611686018427387904,"size":1}',
    "beyond-and-parts": b'{"version":4611686018427387904,"size":1,"parts":2147483647}',
    "too-great": b'{"version":9223372036854775808,"size":1}',
    "negative": b'{"version":-5,"size":1}',
    "text": b'{"version":"3","size":1}',
    "fraction": b'{"version":1.5,"size":1}',
    "without-checkpoint": b'{"version":3,"size":1}',
    "parts": b'{"version":3,"size":1,"parts":2147483647}',
}


@pytest.fixture
def table(tmp_path: Path) -> LogTable:
    """Ten commits without a checkpoint."""
    made = LogTable(tmp_path / "table")
    made.commit(0, PROTOCOL, metadata(field("x", "long")), made.data("0.parquet", {"x": [0]}))
    for version in range(1, 10):
        made.commit(version, made.data(f"{version}.parquet", {"x": [version]}))
    return made


@pytest.mark.parametrize("hint", HINTS)
def test_listings(table: LogTable, hint: str) -> None:
    table.last_checkpoint(HINTS[hint])
    with opened(table.log) as seen:
        found = deltaic.DeltaTable(table.root)
    assert found.version() == 9
    assert len(found.file_uris()) == 10
    # Opening and reading a folder are an event each; a folder is read in a few calls.
    assert seen.count("") <= 8
    assert seen.count("_last_checkpoint") <= 2
    commits = [name for name in seen if name.endswith(".json")]
    assert len(set(commits)) == 10
    assert len(commits) <= 2 * 10


@pytest.mark.parametrize("hint", HINTS)
def test_probes_of_a_server_that_cannot_list(table: LogTable, hint: str) -> None:
    counts = []
    for content in (None, HINTS[hint]):
        if content is not None:
            table.last_checkpoint(content)
        with serve(table.root) as files:
            assert deltaic.DeltaTable(files.url).version() == 9
        counts.append(len(files.requests))
    assert counts[1] <= counts[0] + 8
