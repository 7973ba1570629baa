"""What independent readers see in a table that was written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import deltaic
import deltalake
import pyarrow as pa

Row = tuple[Any, ...]


def sorted_rows(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=repr)


def _tuples(table: pa.Table) -> list[Row]:
    columns = [column.to_pylist() for column in table.columns]
    return list(zip(*columns, strict=True))


def ours(path: Path | str) -> list[Row]:
    """All rows of the newest version, in the order of the table's columns, sorted."""
    return sorted_rows(_tuples(pa.table(deltaic.DeltaTable(path).scan())))


def of_deltalake(path: Path | str) -> list[Row]:
    # The package reads deletion vectors and mapped columns by its engine only.
    builder = deltalake.QueryBuilder().register("t", deltalake.DeltaTable(path))
    return sorted_rows(_tuples(pa.table(builder.execute("SELECT * FROM t"))))


def rows(path: Path | str) -> list[Row]:
    """All rows, sorted, on which ours and `deltalake` agree."""
    found = ours(path)
    assert of_deltalake(path) == found
    return found
