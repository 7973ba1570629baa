"""The golden table that a catalog manages, read with what its catalog hands out."""

from __future__ import annotations

import json
import os
from pathlib import Path

import deltaic
from deltaic import CatalogCommits, RatifiedCommit

from harness.arrow import collect
from harness.requirement import unavailable

TABLE = "delta-kernel-java/basic_catalog_managed"


def test_rows_with_the_commits_of_the_catalog() -> None:
    folder = os.environ.get("DELTAIC_GOLDEN")
    if not folder:
        unavailable("DELTAIC_GOLDEN does not name the folder of golden tables")
    root = Path(folder) / TABLE
    catalog = json.loads((root / "catalog_managed_info.json").read_text(encoding="utf-8"))
    names = [commit["staged_commit_file_name"] for commit in catalog["log_tail"]]
    commits = CatalogCommits(
        catalog["max_ratified_version"],
        [RatifiedCommit(int(name.partition(".")[0]), name) for name in names],
    )
    expected = json.loads((root / "EXPECTED.json").read_text(encoding="utf-8"))["versions"]
    assert set(expected) == {"0", "1", "2", "3"}
    for version, facts in expected.items():
        table = deltaic.DeltaTable(root / "delta", version=int(version), catalog_commits=commits)
        assert len(table.file_uris()) == facts["active_files"]
        assert collect(table.scan()).num_rows == facts["rows"]
    assert deltaic.DeltaTable(root / "delta", catalog_commits=commits).version() == 3
