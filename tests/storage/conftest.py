"""The table that is read from all servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.log_table import PROTOCOL, LogTable, field, metadata
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
def s3(s3_server: SeaweedFs, local_table: Path) -> SeaweedFs:
    s3_server.make_bucket("lake")
    s3_server.upload(local_table, "lake", "some/table")
    return s3_server


@pytest.fixture(scope="session")
def azure(azure_server: Azurite, local_table: Path) -> Azurite:
    azure_server.make_container("lake")
    azure_server.upload(local_table, "lake", "some/table")
    return azure_server


@pytest.fixture(scope="session")
def http(local_table: Path) -> Iterator[HttpFiles]:
    with serve(local_table.parent) as files:
        yield files
