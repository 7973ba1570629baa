"""Files of CSV, JSON and Parquet, by their path in a statement: read, and loaded into tables."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltaic import DeltaTable, QueryBuilder, write_deltalake
from deltaic.exceptions import DeltaError, SchemaMismatchError, TableNotFoundError

from harness.arrow import collect

CSV = 'id,name,day\n1,"Å, ""x""",2024-05-01\n2,,2024-05-02\n'
JSON = '{"id":1,"name":"Å, \\"x\\"","day":"2024-05-01"}\n{"id":2,"name":null,"day":"2024-05-02"}\n'


def run(sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = collect(QueryBuilder().execute(sql)).to_pylist()
    return rows


FILES = {
    "a.csv": CSV.encode(),
    "a.csv.gz": gzip.compress(CSV.encode()),
    "a.csv.bz2": bz2.compress(CSV.encode()),
    "a.json": JSON.encode(),
    "a.ndjson": JSON.encode(),
    "a.jsonl": JSON.encode(),
    "a.jsonl.gz": gzip.compress(JSON.encode()),
}


@pytest.mark.parametrize("name", FILES)
def test_texts_are_read_and_loaded(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    found = run(f"SELECT id, name, day::text AS day FROM '{path}' ORDER BY id")
    assert found == [
        {"id": 1, "name": 'Å, "x"', "day": "2024-05-01"},
        {"id": 2, "name": None, "day": "2024-05-02"},
    ]
    table = tmp_path / "t"
    run(f"CREATE TABLE '{table}' (id INT, name STRING, day DATE) USING DELTA")
    assert run(f"INSERT INTO '{table}' (id, name, day) SELECT id, name, day FROM '{path}'") == [
        {"count": 2}
    ]
    assert run(f"SELECT max(day)::text AS day FROM '{table}'") == [{"day": "2024-05-02"}]


def test_parquet_files_are_read_one_or_many(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1, 2]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"id": [3]}), tmp_path / "b.parquet")
    assert run(f"SELECT sum(id) AS s FROM '{tmp_path}/a.parquet'") == [{"s": 3}]
    assert run(f"SELECT sum(id) AS s FROM '{tmp_path}/*.parquet'") == [{"s": 6}]
    run(f"CREATE TABLE '{tmp_path}/t' USING DELTA AS SELECT * FROM '{tmp_path}/*.parquet'")
    assert DeltaTable(tmp_path / "t").count() == 3


def test_a_delta_table_goes_first(tmp_path: Path) -> None:
    table = tmp_path / "t.parquet"
    write_deltalake(table, pa.table({"id": [1]}))
    write_deltalake(table, pa.table({"id": [2]}), mode="overwrite")
    assert run(f"SELECT id FROM '{table}'") == [{"id": 2}]


@pytest.mark.parametrize("name", ["nothing.csv", "nothing.parquet", "*.json", "folder", "a.txt"])
def test_what_is_not_there_is_no_table(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    pq.write_table(pa.table({"id": [1]}), tmp_path / "folder" / "a.parquet")
    (tmp_path / "a.txt").write_text(CSV)
    with pytest.raises(TableNotFoundError):
        run(f"SELECT * FROM '{tmp_path}/{name}'")


def test_values_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    table, source = tmp_path / "t", tmp_path / "a.csv"
    run(f"CREATE TABLE '{table}' (id INT, zip STRING) USING DELTA")
    source.write_text("id,zip\nx,y\n")
    with pytest.raises(DeltaError, match="id"):
        run(f"INSERT INTO '{table}' SELECT * FROM '{source}'")
    # The engine takes the texts for numbers, and would lose the zeros.
    source.write_text("id,zip\n1,0070\n")
    with pytest.raises(SchemaMismatchError, match="zip"):
        run(f"INSERT INTO '{table}' SELECT * FROM '{source}'")
    assert DeltaTable(table).version() == 0


def test_types_may_be_said(tmp_path: Path) -> None:
    table, source = tmp_path / "t", tmp_path / "a.csv"
    source.write_text("1;0070\n2;\n")
    session = QueryBuilder()
    session.execute(f"CREATE TABLE '{table}' (id INT, zip STRING) USING DELTA")
    session.execute(
        f"CREATE EXTERNAL TABLE new (id INT, zip VARCHAR) STORED AS CSV LOCATION '{source}' "
        "OPTIONS (has_header 'false', delimiter ';')"
    )
    session.execute(f"INSERT INTO '{table}' SELECT * FROM new")
    rows = collect(session.execute(f"SELECT zip FROM '{table}' ORDER BY id")).to_pylist()
    assert rows == [{"zip": "0070"}, {"zip": None}]
