"""How the log of a table in a cloud is listed."""

from __future__ import annotations

from pathlib import Path

import deltaic
import pytest

from harness.log_table import PROTOCOL, LogTable, add, field, metadata
from services import http_files


@pytest.mark.parametrize("page_size", [1000, 3, 1])
def test_a_log_is_listed_without_what_is_below_it(tmp_path: Path, page_size: int) -> None:
    table = LogTable(tmp_path / "lake" / "t")
    table.commit(0, PROTOCOL, metadata(field("x", "long")))
    for version in range(1, 8):
        table.commit(version, add(f"{version}.parquet", 1))
    log = table.root / "_delta_log"
    # Some of these names sort before commits, others after them.
    for below in ("_sidecars", "_staged_commits", "00000000000000000003.folder"):
        (log / below).mkdir()
        for number in range(4):
            (log / below / f"{number}.parquet").write_bytes(b"")
    with http_files.serve(tmp_path, lists=True) as files:
        files.page_size = page_size
        opened = deltaic.DeltaTable("s3://lake/t", storage_options=files.s3_options())
        assert opened.version() == 7
        assert len(opened.file_uris()) == 7
        assert {Path(key).name for key in files.listed} >= {f"{v:020}.json" for v in range(8)}
        table.commit(8, add("8.parquet", 1))
        opened.update_incremental()
        assert opened.version() == 8
        assert [key for key in files.listed if Path(key).parent != Path("t/_delta_log")] == []
