"""Statements that define something return nothing."""

from __future__ import annotations

from pathlib import Path

import deltaic
import pyarrow as pa

ORDERS = Path(__file__).resolve().parents[2] / "examples" / "data" / "orders"


def test_definitions_return_no_batch() -> None:
    builder = deltaic.QueryBuilder()
    for sql in (
        f"CREATE EXTERNAL TABLE t STORED AS DELTATABLE LOCATION '{ORDERS}'",
        f"CREATE OR REPLACE EXTERNAL TABLE t STORED AS DELTATABLE LOCATION '{ORDERS}'",
        "CREATE VIEW v AS SELECT * FROM t",
        "CREATE TABLE m AS SELECT * FROM t",
        "DROP VIEW v",
        "DROP TABLE t",
    ):
        assert list(pa.RecordBatchReader.from_stream(builder.execute(sql))) == [], sql
