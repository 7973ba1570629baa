"""Tables behind a plain web server: read only, found by probing commits, never by listing."""

from __future__ import annotations

import shutil
from pathlib import Path

import deltaic
from deltaic.exceptions import TableNotFoundError

from harness.arrow import collect
from harness.errors import code_of, describe, error_of
from harness.log_table import PROTOCOL, LogTable, field, metadata
from reading import check_table
from services.http_files import HttpFiles, serve

ALLOW = {"allow_http": "true"}


def test_read(http: HttpFiles) -> None:
    check_table(f"{http.url}/table", ALLOW)
    assert {method for method, _ in http.requests} <= {"GET", "HEAD"}


def test_missing_table(http: HttpFiles) -> None:
    uri = f"{http.url}/nothing"
    error = error_of(lambda: deltaic.DeltaTable(uri, storage_options=ALLOW))
    assert isinstance(error, TableNotFoundError), describe(error)
    assert code_of(error) == "table_not_found", describe(error)


def test_missing_version(http: HttpFiles) -> None:
    uri = f"{http.url}/table"
    error = error_of(lambda: deltaic.DeltaTable(uri, version=7, storage_options=ALLOW))
    assert code_of(error) == "version_not_found", describe(error)


def test_new_commits_are_found(local_table: Path, tmp_path: Path) -> None:
    root = tmp_path / "growing"
    shutil.copytree(local_table, root)
    with serve(tmp_path) as files:
        table = deltaic.DeltaTable(f"{files.url}/growing", storage_options=ALLOW)
        assert table.version() == 1
        writer = LogTable(root)
        writer.commit(2, writer.data("p=a/three.parquet", {"x": [6]}, {"p": "a"}))
        table.update_incremental()
        assert table.version() == 2
        assert sorted(collect(table.scan()).column("x").to_pylist()) == [1, 2, 3, 4, 5, 6]


def test_log_behind_a_checkpoint(tmp_path: Path) -> None:
    """`_last_checkpoint` says where to start; the commits before it are not there."""
    table = LogTable(tmp_path / "table")
    columns = metadata(field("x", "long"))
    first = table.data("a.parquet", {"x": [1]})
    table.checkpoint(10, PROTOCOL, columns, first)
    table.last_checkpoint({"version": 10, "size": 3})
    table.commit(10)
    table.commit(11, table.data("b.parquet", {"x": [2]}))
    with serve(tmp_path) as files:
        opened = deltaic.DeltaTable(f"{files.url}/table", storage_options=ALLOW)
        assert opened.version() == 11
        assert sorted(collect(opened.scan()).column("x").to_pylist()) == [1, 2]
        assert all(method != "PROPFIND" for method, _ in files.requests)
