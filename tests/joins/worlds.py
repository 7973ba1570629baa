"""Delta tables that share the names of their columns, in an independent engine too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import datafusion
import deltaic
import deltalake
import duckdb
import pyarrow as pa

from harness.arrow import collect

Rows = list[tuple[Any, ...]]


def rows_of(table: pa.Table) -> Rows:
    columns = [column.to_pylist() for column in table.columns]
    return list(zip(*columns, strict=True)) if columns else []


@dataclass
class World:
    """Tables on disk, and the same rows in DuckDB, which has none of our code and plans alike."""

    tables: dict[str, Path]
    reference: duckdb.DuckDBPyConnection

    def session(self, **settings: str) -> deltaic.QueryBuilder:
        """A session of ours; of a setting's name all after `datafusion.`, `__` for a dot."""
        named = {f"datafusion.{key.replace('__', '.')}": value for key, value in settings.items()}
        builder = deltaic.QueryBuilder(named)
        for name, root in self.tables.items():
            builder.register(name, deltaic.DeltaTable(str(root)))
        return builder

    def wheel(self) -> datafusion.SessionContext:
        """A session of the unmodified package `datafusion`."""
        context = datafusion.SessionContext()
        for name, root in self.tables.items():
            context.register_table(name, deltaic.DeltaTable(str(root)))
        return context

    def expected(self, sql: str) -> Rows:
        try:
            rows: Rows = self.reference.sql(sql).fetchall()
        except duckdb.InternalException:  # Its optimizer lost a column.
            self.reference.execute("PRAGMA disable_optimizer")
            rows = self.reference.sql(sql).fetchall()
            self.reference.execute("PRAGMA enable_optimizer")
        return rows


def write_world(folder: Path, files: dict[str, list[pa.Table]]) -> World:
    """Writes tables, each file in a commit of its own."""
    reference = duckdb.connect()
    for name, parts in files.items():
        for part in parts:
            deltalake.write_deltalake(folder / name, part, mode="append")
        rows = pa.concat_tables(parts)
        reference.register(f"{name}_rows", rows)
        reference.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_rows")
    return World({name: folder / name for name in files}, reference)


def countries(folder: Path) -> World:
    """A table of customers in one file, and one of orders in a file for each country."""
    customers = pa.table(
        {
            "cust": pa.array([1, 2, 3, 4, None], pa.int64()),
            "country": ["NO", "SE", "DK", None, "FI"],
        }
    )
    orders = [
        pa.table(
            {
                "ord": pa.array([10 * number + i for i in range(4)], pa.int64()),
                "cust": pa.array([1, 2, 3, 9], pa.int64()),
                "country": [country] * 4,
            }
        )
        for number, country in enumerate(["NO", "SE", "DK", "DE"])
    ]
    return write_world(folder, {"a": [customers], "b": orders})


COLUMNS = ("id", "k", "q", "s")


def random_world(folder: Path, seed: int) -> World:
    """Four tables of the columns COLUMNS: numbers `id`, `k` and `q`, texts `s`, nulls among them.

    `id` rises from file to file; in some tables it begins far from the others', so that a filter
    of the one table leaves no row of another. `k` is near some table's `id`.
    """
    random = Random(seed)
    starts = {name: random.choice([0, 0, 5000, 9000]) for name in ("few", "mid", "many", "odd")}
    files: dict[str, list[pa.Table]] = {}
    for name, count, height in (("few", 1, 4), ("mid", 6, 20), ("many", 10, 30), ("odd", 4, 10)):
        files[name] = []
        for number in range(count):
            first = starts[name] + number * height
            near = starts[random.choice(list(starts))]
            ids = [first + i if random.random() > 0.03 else None for i in range(height)]
            keys = [
                near + random.randrange(200) if random.random() > 0.1 else None
                for _ in range(height)
            ]
            texts = [random.choice(["NO", "SE", "DK", "x" * 40, None]) for _ in range(height)]
            numbers = [random.choice([*range(8), None]) for _ in range(height)]
            files[name].append(
                pa.table(
                    {
                        "id": pa.array(ids, pa.int64()),
                        "k": pa.array(keys, pa.int64()),
                        "q": pa.array(numbers, pa.int64()),
                        "s": pa.array(texts, pa.string()),
                    }
                )
            )
    return write_world(folder, files)


def difference(found: Rows, expected: Rows, is_ordered: bool) -> str | None:
    """What is wrong with a result; nothing if it is right."""
    if is_ordered:
        return None if found == expected else f"{found}, not {expected}"
    lost = _some((Counter(expected) - Counter(found)).elements())
    invented = _some((Counter(found) - Counter(expected)).elements())
    if not lost and not invented:
        return None
    return f"{len(found)} rows, not {len(expected)}; lost: {lost}; invented: {invented}"


def _some(rows: Iterable[tuple[Any, ...]]) -> Rows:
    return list(rows)[:5]


def ours(session: deltaic.QueryBuilder, sql: str) -> Rows:
    return rows_of(collect(session.execute(sql)))


def of_wheel(context: datafusion.SessionContext, sql: str) -> Rows:
    return rows_of(context.sql(sql).to_arrow_table())
