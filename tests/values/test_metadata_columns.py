"""Columns that tell where a row is from, on request: in SQL, in Python, in the wheel."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import datafusion
import deltaic
import pyarrow as pa
import pytest

from harness.arrow import collect, exhaust, query
from harness.errors import code_of, describe, error_of
from harness.log_table import PROTOCOL, LogTable, field, metadata


@pytest.fixture
def table(tmp_path: Path) -> deltaic.DeltaTable:
    log = LogTable(tmp_path / "t")
    files = [
        log.data("p=a/one.parquet", {"x": list(range(10))}, {"p": "a"}),
        log.data("p=b/two.parquet", {"x": list(range(100, 105))}, {"p": "b"}),
    ]
    columns = metadata(field("x", "long"), field("p", "string"), partition_columns=["p"])
    log.commit(0, PROTOCOL, columns, *files)
    return deltaic.DeltaTable(log.root)


def _routes(table: deltaic.DeltaTable, sql: str) -> list[pa.Table]:
    """A query over t, with the path column and `_metadata`, by each front."""
    name = "__delta_rs_path"
    context = datafusion.SessionContext()
    context.register_table("t", table.with_scan_options(file_column=name, metadata=True))
    registered = deltaic.QueryBuilder().register("t", table, file_column=name, metadata=True)
    moving = deltaic.QueryBuilder().register(
        "t", table, refresh=True, file_column=name, metadata=True
    )
    root = table.table_uri
    created = deltaic.QueryBuilder()
    list(
        created.execute(
            f"CREATE EXTERNAL TABLE t STORED AS DELTATABLE LOCATION '{root}' "
            f"OPTIONS ('file_column' '{name}', 'metadata' 'true')"
        )
    )
    called = sql.replace(
        "FROM t", f"FROM delta_scan('{root}', file_column => '{name}', metadata => true) AS t"
    )
    return [
        collect(context.sql(sql)),
        collect(registered.execute(sql)),
        collect(moving.execute(sql)),
        collect(created.execute(sql)),
        collect(deltaic.QueryBuilder().execute(called)),
    ]


def test_every_front_has_them(table: deltaic.DeltaTable) -> None:
    root = Path(table.file_uris()[0]).parents[1]
    sql = (
        "SELECT x, p, __delta_rs_path AS f, _metadata['file_path'] AS path, "
        "_metadata['file_name'] AS name, _metadata['file_size'] AS size, "
        "_metadata['file_modification_time'] AS time, _metadata['row_index'] AS row "
        "FROM t WHERE x IN (3, 104) ORDER BY x"
    )
    expected = [
        {
            "x": x,
            "p": p,
            "f": f"p={p}/{name}",
            "path": str(root / f"p={p}" / name),
            "name": name,
            "size": (root / f"p={p}" / name).stat().st_size,
            "time": datetime.fromtimestamp(1_700_000_000, UTC),
            "row": row,
        }
        for x, p, name, row in [(3, "a", "one.parquet", 3), (104, "b", "two.parquet", 4)]
    ]
    for found in _routes(table, sql):
        assert found.to_pylist() == expected


def test_filters_over_them(table: deltaic.DeltaTable) -> None:
    for condition, rows in [
        ("__delta_rs_path LIKE '%two.parquet'", 5),
        ("_metadata['file_name'] = 'one.parquet' AND _metadata['row_index'] >= 8", 2),
        ("_metadata['file_size'] < 0", 0),
    ]:
        for found in _routes(table, f"SELECT count(*) AS n FROM t WHERE {condition}"):
            assert found.to_pylist() == [{"n": rows}], condition


def test_a_scan_has_them(table: deltaic.DeltaTable) -> None:
    rows = collect(table.scan(file_column="f", metadata=True))
    assert rows.schema.names == ["x", "p", "f", "_metadata"]
    assert collect(table.scan()).schema.names == ["x", "p"]
    found = collect(table.scan(["x"], "f LIKE '%one.parquet'", file_column="f"))
    assert found.num_rows == 10


def test_a_name_that_is_taken(table: deltaic.DeltaTable) -> None:
    error = error_of(lambda: exhaust(table.scan(file_column="x")))
    assert code_of(error) == "invalid_argument", describe(error)
    error = error_of(
        lambda: query(f"SELECT * FROM delta_scan('{table.table_uri}', file_column => 'p')")
    )
    assert code_of(error) == "invalid_argument", describe(error)
