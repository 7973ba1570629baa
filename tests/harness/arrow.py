"""Results of the package as pyarrow tables."""

from __future__ import annotations

from typing import Any

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
