"""SQL over tables on S3: named by URL, by statement, by catalog; each with its own credentials."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import deltaic
import pytest

from harness.arrow import collect
from harness.errors import code_of, describe, error_of
from services.seaweedfs import SeaweedFs

URI = "s3://lake/some/table"
WRONG = "canary-wrong-secret-5e77"


def _options_clause(options: dict[str, str]) -> str:
    return ", ".join(f"'{name}' '{value}'" for name, value in options.items())


def _create(name: str, options: dict[str, str], uri: str = URI) -> str:
    return (
        f"CREATE EXTERNAL TABLE {name} STORED AS DELTATABLE LOCATION '{uri}' "
        f"OPTIONS ({_options_clause(options)})"
    )


def _rows(session: deltaic.QueryBuilder, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in collect(session.execute(sql)).to_pylist()]


@pytest.fixture
def session(s3: SeaweedFs) -> deltaic.QueryBuilder:
    """A session with the server's credentials for what SQL names by URL."""
    return deltaic.QueryBuilder(storage_options=s3.options())


def test_table_named_by_url(session: deltaic.QueryBuilder) -> None:
    assert _rows(session, f"SELECT sum(x) FROM '{URI}'") == [(15,)]
    assert _rows(session, f"SELECT sum(x) FROM '{URI}' VERSION AS OF 0") == [(3,)]
    assert _rows(session, f"SELECT sum(x) FROM '{URI}@v0'") == [(3,)]
    assert _rows(session, f"SELECT x FROM '{URI}' WHERE p = 'b c' ORDER BY x LIMIT 1") == [(3,)]


def test_table_functions(session: deltaic.QueryBuilder) -> None:
    assert _rows(session, f"SELECT sum(x) FROM delta_scan('{URI}', version => 0)") == [(3,)]
    files = _rows(session, f"SELECT path, uri FROM delta_files('{URI}') ORDER BY path")
    assert files == [
        ("p=a/one.parquet", f"{URI}/p=a/one.parquet"),
        ("p=b c/two %25.parquet", f"{URI}/p=b c/two %25.parquet"),
    ]
    assert len(_rows(session, f"SELECT * FROM delta_history('{URI}')")) == 2
    assert _rows(session, f"SELECT location FROM delta_detail('{URI}')") == [(f"{URI}/",)]


def test_external_table_has_its_own_credentials(s3: SeaweedFs) -> None:
    session = deltaic.QueryBuilder(storage_options=s3.options(WRONG))
    collect(session.execute(_create("good", s3.options())))
    assert _rows(session, "SELECT sum(x) FROM good") == [(15,)]
    assert _rows(session, "SELECT count(*) FROM good VERSION AS OF 0") == [(2,)]
    error = error_of(lambda: collect(session.execute(f"SELECT * FROM '{URI}'")))
    assert code_of(error) == "permission_denied", describe(error)
    assert _rows(session, "SELECT sum(x) FROM good") == [(15,)]


def test_failed_replacement_keeps_the_table(s3: SeaweedFs) -> None:
    session = deltaic.QueryBuilder()
    collect(session.execute(_create("t", s3.options())))
    for uri, options in ((URI, s3.options(WRONG)), ("s3://lake/nothing", s3.options())):
        replacing = _create("t", options, uri).replace("CREATE", "CREATE OR REPLACE")
        error = error_of(lambda sql=replacing: collect(session.execute(sql)))  # type: ignore[misc]
        assert code_of(error) in ("permission_denied", "table_not_found"), describe(error)
        assert _rows(session, "SELECT sum(x) FROM t") == [(15,)]


def test_catalog_over_a_bucket(s3: SeaweedFs, local_table: Path) -> None:
    s3.upload(local_table, "lake", "catalog/plain")
    s3.upload(local_table, "lake", "catalog/sales/Orders")
    session = deltaic.QueryBuilder()
    session.register_catalog("shop", "s3://lake/catalog", s3.options())
    assert _rows(session, "SELECT sum(x) FROM shop.default.plain") == [(15,)]
    assert _rows(session, "SELECT sum(x) FROM shop.sales.Orders VERSION AS OF 0") == [(3,)]
    listed = _rows(
        session,
        "SELECT table_schema, table_name FROM information_schema.tables "
        "WHERE table_catalog = 'shop' AND table_schema <> 'information_schema' ORDER BY 1",
    )
    assert listed == [("default", "plain"), ("sales", "Orders")]
    error = error_of(lambda: collect(session.execute("SELECT * FROM shop.sales.nothing")))
    assert code_of(error) == "invalid_sql", describe(error)


def test_join_of_tables_with_different_credentials(s3: SeaweedFs, local_table: Path) -> None:
    session = deltaic.QueryBuilder(storage_options=s3.options())
    session.register("local", deltaic.DeltaTable(local_table))
    joined = f"SELECT count(*) FROM '{URI}' far JOIN local near ON far.x = near.x"
    assert _rows(session, joined) == [(5,)]


def test_shell_script(s3: SeaweedFs, shell: Path) -> None:
    script = (
        f"CREATE EXTERNAL TABLE t STORED AS DELTATABLE LOCATION '{URI}';"
        "SELECT sum(x) AS total FROM t;"
        "SELECT count(*) AS files FROM delta_files('t');"
        "SELECT sum(x) AS early FROM shop.some.table VERSION AS OF 0;"
    )
    done = subprocess.run(
        [shell, "--format", "csv", "--catalog", "shop=s3://lake"],
        input=script,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **s3.options()},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["total", "15", "files", "2", "early", "3"]
