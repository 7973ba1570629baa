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


Options = dict[str, str] | None


def ours(path: Path | str, options: Options = None) -> list[Row]:
    """All rows of the newest version, in the order of the table's columns, sorted."""
    return sorted_rows(_tuples(pa.table(deltaic.DeltaTable(path, storage_options=options).scan())))


def of_deltalake(path: Path | str, options: Options = None) -> list[Row]:
    # The package reads deletion vectors and mapped columns by its engine only.
    table = deltalake.DeltaTable(path, storage_options=options)
    builder = deltalake.QueryBuilder().register("t", table)
    return sorted_rows(_tuples(pa.table(builder.execute("SELECT * FROM t"))))


def rows(path: Path | str, options: Options = None) -> list[Row]:
    """All rows, sorted, on which ours and `deltalake` agree."""
    found = ours(path, options)
    theirs = {name: value for name, value in (options or {}).items() if name != "durability"}
    assert of_deltalake(path, theirs) == found
    return found


def of_deltalake_if_it_can(path: Path | str) -> list[Row] | None:
    """As `of_deltalake`; nothing where the package lacks a feature of the table."""
    try:
        return of_deltalake(path)
    except Exception as error:
        if "nsupported" in str(error):
            return None
        raise
