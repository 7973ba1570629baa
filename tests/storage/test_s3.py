"""Tables on S3: a real server with real signatures on loopback."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import deltaic
import pytest
from deltaic.exceptions import TableNotFoundError

from harness.child import run_python
from harness.errors import code_of, describe, error_of
from harness.log_table import PROTOCOL, LogTable, add, field, metadata
from reading import BY_ENVIRONMENT, check_table
from services.seaweedfs import SECRET_KEY, SeaweedFs

URI = "s3://lake/some/table"
WRONG = "canary-wrong-secret-5e77"


@pytest.mark.parametrize("uri", [URI, URI + "/", "s3a://lake/some/table"])
def test_read_with_options(s3: SeaweedFs, uri: str) -> None:
    check_table(uri, s3.options())


def test_options_in_lower_case(s3: SeaweedFs) -> None:
    check_table(URI, {name.lower(): value for name, value in s3.options().items()})


def test_read_with_environment_variables(s3: SeaweedFs) -> None:
    ended = run_python(BY_ENVIRONMENT, [URI], environment=s3.options(), timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == ["1", "5"]


def test_shell_reads_with_environment_variables(s3: SeaweedFs, shell: Path) -> None:
    done = subprocess.run(
        [shell, "--format", "csv", "-c", f"SELECT sum(x) AS total FROM '{URI}'"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **s3.options()},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["total", "15"]


def test_wrong_secret(s3: SeaweedFs) -> None:
    error = error_of(lambda: deltaic.DeltaTable(URI, storage_options=s3.options(WRONG)))
    assert code_of(error) == "permission_denied", describe(error)
    assert isinstance(error, OSError), describe(error)
    assert WRONG not in str(error) + repr(error)
    assert SECRET_KEY not in str(error) + repr(error)


@pytest.mark.parametrize("uri", ["s3://lake/no/such/table", "s3://lake/some"])
def test_missing_table(s3: SeaweedFs, uri: str) -> None:
    error = error_of(lambda: deltaic.DeltaTable(uri, storage_options=s3.options()))
    assert isinstance(error, TableNotFoundError), describe(error)
    assert code_of(error) == "table_not_found", describe(error)
    assert SECRET_KEY not in str(error)


def test_missing_bucket(s3: SeaweedFs) -> None:
    error = error_of(lambda: deltaic.DeltaTable("s3://no-bucket/t", storage_options=s3.options()))
    assert code_of(error) in ("table_not_found", "io"), describe(error)
    assert "no-bucket" in str(error)
    assert "NoSuchBucket" in str(error) and "<" not in str(error), describe(error)
    assert SECRET_KEY not in str(error)


def test_missing_table_is_no_delta_table(s3: SeaweedFs) -> None:
    assert not deltaic.DeltaTable.is_deltatable("s3://lake/no/such/table", s3.options())


def test_two_tables_with_different_credentials_in_one_query(s3: SeaweedFs) -> None:
    """Each table keeps its own store: a wrong one does not lend from its neighbour."""
    good = deltaic.DeltaTable(URI, storage_options=s3.options())
    builder = deltaic.QueryBuilder().register("good", good)
    error = error_of(lambda: deltaic.DeltaTable(URI, storage_options=s3.options(WRONG)))
    assert code_of(error) == "permission_denied", describe(error)
    rows = sum(batch.num_rows for batch in builder.execute("SELECT * FROM good"))
    assert rows == 5


def test_data_file_gone(s3: SeaweedFs, local_table: Path) -> None:
    s3.upload(local_table, "lake", "torn/table")
    s3.client.delete_object(Bucket="lake", Key="torn/table/p=a/one.parquet")
    table = deltaic.DeltaTable("s3://lake/torn/table", storage_options=s3.options())
    error = error_of(lambda: [batch.num_rows for batch in table.scan()])
    assert code_of(error) == "file_not_found", describe(error)
    assert "p=a/one.parquet" in str(error)


def test_long_log_is_listed_in_pages(s3: SeaweedFs, tmp_path: Path) -> None:
    """More commits than one page of a listing holds (1000)."""
    table = LogTable(tmp_path / "long")
    table.commit(0, PROTOCOL, metadata(field("x", "long")))
    for version in range(1, 1101):
        table.commit(version, add(f"{version}.parquet", 1))
    s3.upload(table.root, "lake", "long/table")
    opened = deltaic.DeltaTable("s3://lake/long/table", storage_options=s3.options())
    assert opened.version() == 1100
    assert len(opened.file_uris()) == 1100
