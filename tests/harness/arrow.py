"""Results of the package as pyarrow tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datafusion
import deltaic
import pyarrow as pa


def collect(stream: Any) -> pa.Table:
    """Reads a result (anything with an Arrow C stream) to its end."""
    return pa.RecordBatchReader.from_stream(stream).read_all()


def exhaust(reader: Any) -> None:
    """Reads a result of the package to its end; raises the exceptions of the package."""
    for _ in reader:
        pass


def query(sql: str, **tables: deltaic.DeltaTable) -> pa.Table:
    """Runs SQL over tables that are named by keyword."""
    builder = deltaic.QueryBuilder()
    for name, table in tables.items():
        builder.register(name, table)
    return collect(builder.execute(sql))


def read_both(root: Path, sql: str = "SELECT * FROM t") -> list[dict[str, Any]]:
    """The rows of a query of a table t, the same in our session and in one of datafusion."""
    table = deltaic.DeltaTable(str(root))
    found: list[dict[str, Any]] = query(sql, t=table).to_pylist()
    wheel = datafusion.SessionContext()
    wheel.register_table("t", table)
    assert collect(wheel.sql(sql)).to_pylist() == found
    return found
