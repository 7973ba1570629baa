"""Statements that write files, and where they may not."""

from __future__ import annotations

import shutil
from pathlib import Path

import deltaic
import pytest

from harness.arrow import collect
from harness.errors import code_of, error_of

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example table, which is the folder `t` of the working directory."""
    root = tmp_path / "t"
    shutil.copytree(PROJECT / "examples" / "data" / "orders", root)
    (root / "_delta_log" / "deep").mkdir()
    (tmp_path / "link").symlink_to(root / "_delta_log")
    monkeypatch.chdir(tmp_path)
    return root


def contents(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


FORBIDDEN = (
    "{root}/_delta_log/x.csv",
    "{root}/_delta_log/",
    "{root}/_delta_log",
    "{root}/_delta_log/deep/deeper/x.csv",
    "{root}/a/../_delta_log/x.csv",
    "{root}//_delta_log//x.csv",
    "file://{root}/_delta_log/x.csv",
    "file://{root}/%5Fdelta_log/x.csv",
    "file://{root}/%5fdelta%5Flog/x.csv",
    "file://{root}/a/%2E%2E/_delta_log/x.csv",
    "t/_delta_log/x.csv",
    "./t/./_delta_log/x.csv",
    "link/x.csv",
    "link/new/x.csv",
    "s3://bucket/t/_delta_log/x.csv",
)


@pytest.mark.parametrize("target", FORBIDDEN)
@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1 AS a) TO '{}' STORED AS CSV",
        "EXPLAIN COPY (SELECT 1 AS a) TO '{}' STORED AS CSV",
        "EXPLAIN ANALYZE COPY (SELECT 1 AS a) TO '{}' STORED AS CSV",
        "COPY (SELECT 1 AS a, 'x' AS b) TO '{}' STORED AS PARQUET PARTITIONED BY (b)",
    ],
)
def test_nothing_writes_into_a_log(table: Path, target: str, statement: str) -> None:
    before = contents(table)
    sql = statement.format(target.format(root=table))
    error = error_of(lambda: collect(deltaic.QueryBuilder().execute(sql)))
    assert code_of(error) == "invalid_argument", (sql, error)
    assert contents(table) == before


@pytest.mark.parametrize("place", ["{root}/_delta_log/deep/", "link/deep/"])
def test_nothing_is_inserted_into_a_log(table: Path, place: str) -> None:
    builder = deltaic.QueryBuilder()
    location = place.format(root=table)
    builder.execute(f"CREATE EXTERNAL TABLE e (a INT) STORED AS CSV LOCATION '{location}'")
    before = contents(table)
    error = error_of(lambda: collect(builder.execute("INSERT INTO e VALUES (1)")))
    assert code_of(error) == "invalid_argument", error
    assert contents(table) == before


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1 AS a) TO 'x.parquet' OPTIONS ({})",
        "EXPLAIN ANALYZE COPY (SELECT 1 AS a) TO 'x.parquet' OPTIONS ({})",
        "CREATE EXTERNAL TABLE e (a INT) STORED AS PARQUET LOCATION 'x/' OPTIONS ({})",
    ],
)
def test_files_are_not_written_in_the_clear_where_encryption_is_asked_for(
    table: Path, statement: str
) -> None:
    key = "'format.crypto.file_encryption.footer_key_as_hex' '30313233343536373839303132333435'"
    error = error_of(lambda: collect(deltaic.QueryBuilder().execute(statement.format(key))))
    assert code_of(error) == "not_implemented", error
    assert not Path("x.parquet").exists()


@pytest.mark.parametrize("target", ["out/x.csv", "t_delta_log/x.csv", "t/x.csv", "out/_delta_logs"])
def test_other_places_are_written(table: Path, target: str) -> None:
    sql = f"COPY (SELECT count(*) AS n FROM '{table}') TO '{target}' STORED AS CSV"
    assert collect(deltaic.QueryBuilder().execute(sql)).to_pydict() == {"count": [1]}
    path = Path(target)
    (file,) = [path] if path.is_file() else path.iterdir()
    assert file.read_text() == "n\n120\n"
