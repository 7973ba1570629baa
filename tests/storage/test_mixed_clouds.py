"""Tables of several kinds of storage in one session, and one set of options for all of them."""

from __future__ import annotations

from pathlib import Path

import deltaic
import pytest

from harness.arrow import collect
from harness.errors import code_of, describe, error_of
from services.azurite import Azurite
from services.http_files import HttpFiles
from services.seaweedfs import SeaweedFs

S3_URI = "s3://lake/some/table"
AZURE_URI = "az://lake/some/table"
# What a writer needs, and what only other clouds know.
FOREIGN = {
    "AWS_S3_ALLOW_UNSAFE_RENAME": "true",
    "AWS_S3_LOCKING_PROVIDER": "dynamodb",
    "DELTA_DYNAMO_TABLE_NAME": "locks",
    "MOUNT_ALLOW_UNSAFE_RENAME": "true",
    "GOOGLE_SERVICE_ACCOUNT": "/nowhere.json",
    "max_retries": "3",
}


@pytest.fixture
def shared(s3: SeaweedFs, azure: Azurite) -> dict[str, str]:
    """One dict for all stores."""
    return {**s3.options(), **azure.options(), **FOREIGN}


def _rows(session: deltaic.QueryBuilder, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in collect(session.execute(sql)).to_pylist()]


def test_one_dict_serves_every_store(
    shared: dict[str, str], http: HttpFiles, local_table: Path
) -> None:
    for uri in (S3_URI, AZURE_URI, f"{http.url}/table", str(local_table)):
        table = deltaic.DeltaTable(uri, storage_options=shared)
        assert sum(collect(table.scan()).column("x").to_pylist()) == 15, uri


def test_one_dict_serves_a_session(shared: dict[str, str], http: HttpFiles) -> None:
    session = deltaic.QueryBuilder(storage_options=shared)
    session.register_catalog("shop", "az://lake/some", shared)
    sql = f"""
        SELECT sum(a.x), sum(b.x), sum(c.x), sum(d.x) FROM '{S3_URI}' a
        JOIN '{AZURE_URI}' b ON a.x = b.x JOIN '{http.url}/table' c ON a.x = c.x
        JOIN shop.default.table d ON a.x = d.x
    """
    assert _rows(session, sql) == [(15, 15, 15, 15)]


@pytest.mark.parametrize("uri", [S3_URI, AZURE_URI, "http://127.0.0.1:1/t", "memory://x", "./x"])
def test_a_typo_is_refused_by_every_store(shared: dict[str, str], uri: str) -> None:
    options = {**shared, "aws_regoin": "x"}
    error = error_of(lambda: deltaic.DeltaTable(uri, storage_options=options))
    assert code_of(error) == "invalid_argument", describe(error)
    assert "aws_regoin; the nearest is aws_region" in str(error), describe(error)


def test_tables_keep_their_own_options_in_a_session(s3: SeaweedFs, azure: Azurite) -> None:
    session = deltaic.QueryBuilder()
    session.register("a", deltaic.DeltaTable(S3_URI, storage_options=s3.options()))
    session.register("b", deltaic.DeltaTable(AZURE_URI, storage_options=azure.options()), True)
    assert _rows(session, "SELECT sum(a.x), sum(b.x) FROM a JOIN b ON a.x = b.x") == [(15, 15)]


def test_external_tables_of_two_clouds(s3: SeaweedFs, azure: Azurite) -> None:
    session = deltaic.QueryBuilder(storage_options={"AWS_REGION": "nowhere", "max_retries": "1"})
    for name, uri, options in (("a", S3_URI, s3.options()), ("b", AZURE_URI, azure.options())):
        pairs = {**options, **FOREIGN, "backoff_config.init_backoff": "1ms", "aws.timeout": "20s"}
        clause = ", ".join(f"'{key}' '{value}'" for key, value in pairs.items())
        session.execute(
            f"CREATE EXTERNAL TABLE {name} STORED AS DELTATABLE LOCATION '{uri}' OPTIONS ({clause})"
        ).read_all()
    assert _rows(session, "SELECT sum(a.x), sum(b.x) FROM a JOIN b ON a.x = b.x") == [(15, 15)]


def test_options_of_a_statement_count_before_those_of_the_session(s3: SeaweedFs) -> None:
    wrong = {"access_key_id": "w", "secret_access_key": "canary-wrong", "session_token": "canary"}
    session = deltaic.QueryBuilder(storage_options={**wrong, "endpoint_url": "http://127.0.0.1:1"})
    clause = ", ".join(f"'{key}' '{value}'" for key, value in s3.options().items())
    session.execute(
        f"CREATE EXTERNAL TABLE t STORED AS DELTA LOCATION '{S3_URI}' OPTIONS ({clause})"
    ).read_all()
    assert _rows(session, "SELECT sum(x) FROM t") == [(15,)]
