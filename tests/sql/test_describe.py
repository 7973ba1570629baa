"""DESCRIBE HISTORY and DESCRIBE DETAIL, from Python, the shell, and against deltalake."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import deltaic
import deltalake
import pyarrow as pa
import pytest

from harness.engine import Engine

DATA = Path(__file__).resolve().parents[2] / "examples" / "data"
HISTORY_COLUMNS = [
    "version",
    "timestamp",
    "userId",
    "userName",
    "operation",
    "operationParameters",
    "job",
    "notebook",
    "clusterId",
    "readVersion",
    "isolationLevel",
    "isBlindAppend",
    "operationMetrics",
    "userMetadata",
    "engineInfo",
]
DETAIL_COLUMNS = [
    "format",
    "id",
    "name",
    "description",
    "location",
    "createdAt",
    "lastModified",
    "partitionColumns",
    "clusteringColumns",
    "numFiles",
    "sizeInBytes",
    "properties",
    "minReaderVersion",
    "minWriterVersion",
    "tableFeatures",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DATA / "orders", tmp_path / "Or ders")
    shutil.copytree(DATA / "orders", tmp_path / "shop" / "sales" / "Orders")
    return tmp_path


@pytest.fixture
def engine(shell: Path, folder: Path) -> Iterator[Engine]:
    engine = Engine(shell, folder, "--catalog", "shop=./shop")
    yield engine
    engine.close()


def read(builder: deltaic.QueryBuilder, sql: str) -> pa.Table:
    return pa.RecordBatchReader.from_stream(builder.execute(sql)).read_all()


def entries(table: pa.Table) -> list[dict[str, Any]]:
    """The rows, their maps as dictionaries."""
    maps = [field.name for field in table.schema if pa.types.is_map(field.type)]
    rows: list[dict[str, Any]] = table.to_pylist()
    return [
        {k: dict(v) if k in maps and v is not None else v for k, v in row.items()} for row in rows
    ]


def test_history_is_that_of_the_log(folder: Path) -> None:
    path = folder / "Or ders"
    builder = deltaic.QueryBuilder()
    history = read(builder, f"DESCRIBE HISTORY '{path}'")
    listed = read(builder, f"SELECT * FROM delta_history('{path}')")
    assert history.column("timestamp").equals(listed.column("timestamp"))
    rows = entries(history)
    assert [list(row) for row in rows] == [HISTORY_COLUMNS] * 3
    for row, expected in zip(rows, deltalake.DeltaTable(path).history(), strict=True):
        assert row["version"] == expected["version"]
        assert row["operation"] == expected["operation"]
        assert row["engineInfo"] == expected.get("engineInfo")
        parameters = expected["operationParameters"]
        assert row["operationParameters"] == {
            key: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            for key, value in parameters.items()
            if value is not None
        }


def test_detail_is_that_of_the_function(folder: Path) -> None:
    builder = deltaic.QueryBuilder().register("orders", deltaic.DeltaTable(folder / "Or ders"))
    detail = read(builder, "DESCRIBE DETAIL orders")
    assert detail.schema.names == DETAIL_COLUMNS
    assert detail.equals(read(builder, "SELECT * FROM delta_detail('orders')"))
    older = read(builder, "DESC DETAIL orders VERSION AS OF 0")
    assert older.equals(read(builder, "SELECT * FROM delta_detail('orders', version => 0)"))
    assert not older.equals(detail)


@pytest.mark.parametrize(
    "table",
    ["'./Or ders'", '"./Or ders"', "`./Or ders`", "shop.sales.Orders", '"shop".sales.`Orders`'],
)
def test_tables_are_named_as_in_queries(engine: Engine, table: str) -> None:
    assert len(engine.rows(f"DESCRIBE HISTORY {table}")) == 3
    assert [row[0] for row in engine.rows(f"desc history {table} limit 2;")] == ["2", "1"]
    files = [engine.rows(f"DESCRIBE DETAIL {table} VERSION AS OF {v}")[0][9] for v in range(3)]
    assert files == sorted(set(files), key=int)
    assert engine.rows(f"DESCRIBE DETAIL {table}")[0][9] == files[-1]
    assert engine.rows(f"DESCRIBE DETAIL {table}@v1")[0][9] == files[1]
    assert engine.rows(f"DESCRIBE DETAIL {table} FOR VERSION AS OF '1'")[0][9] == files[1]
    later = engine.rows(f"DESCRIBE DETAIL {table} TIMESTAMP AS OF now() + INTERVAL '1' DAY")
    assert later[0][9] == files[-1]


def test_names_follow_the_settings_of_the_session(engine: Engine) -> None:
    engine.rows("SET datafusion.sql_parser.enable_ident_normalization = true")
    assert "DESCRIBE HISTORY: there is no such Delta table" in engine.error(
        "DESCRIBE HISTORY shop.sales.Orders"
    )
    assert len(engine.rows('DESCRIBE HISTORY SHOP.Sales."Orders"')) == 3


def test_a_table_of_that_name_is_described_as_any_other(engine: Engine) -> None:
    for name in ("history", "detail"):
        engine.rows(f"CREATE VIEW {name} AS SELECT 1 AS x")
        assert engine.rows(f"DESCRIBE {name}") == [["x", "Int64", "NO"]]


def test_what_has_no_history_is_refused(engine: Engine) -> None:
    engine.rows("CREATE VIEW v AS SELECT 1 AS x")
    assert "no such Delta table" in engine.error("DESCRIBE HISTORY v")
    assert "no such Delta table" in engine.error("DESCRIBE DETAIL nothing_such")
    assert "[table_not_found]" in engine.error("DESCRIBE HISTORY './nowhere'")
    assert "[version_not_found]" in engine.error("DESCRIBE DETAIL './Or ders' VERSION AS OF 99")
    assert "cannot say a version here" in engine.error("DESCRIBE HISTORY './Or ders@v1'")
    assert "Expected: LIMIT" in engine.error("DESCRIBE HISTORY './Or ders' VERSION AS OF 1")
