"""Engines that answer SQL over the same tables, each through the same interface.

Those named `…-parquet` read the data files of a table as bare Parquet: what they cost is the floor
for a table without deletions and mapped columns.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

Query = Callable[[str], pa.Table]


@dataclass(frozen=True)
class Engine:
    """What makes a session over tables, given by name and folder; `packages` are needed for it."""

    packages: tuple[str, ...]
    connect: Callable[[Mapping[str, Path]], Query]

    def is_installed(self) -> bool:
        return all(importlib.util.find_spec(package) for package in self.packages)


def _read_stream(stream: Any) -> pa.Table:
    return pa.RecordBatchReader.from_stream(stream).read_all()


def _query_builder(package: str) -> Callable[[Mapping[str, Path]], Query]:
    def connect(tables: Mapping[str, Path]) -> Query:
        module = importlib.import_module(package)
        session = module.QueryBuilder()
        for name, root in tables.items():
            session.register(name, module.DeltaTable(root))
        return lambda sql: _read_stream(session.execute(sql))

    return connect


def _in_datafusion(package: str) -> Callable[[Mapping[str, Path]], Query]:
    def connect(tables: Mapping[str, Path]) -> Query:
        import datafusion

        module = importlib.import_module(package)
        context = datafusion.SessionContext()
        for name, root in tables.items():
            context.register_table(name, module.DeltaTable(root))
        return lambda sql: context.sql(sql).to_arrow_table()

    return connect


def _deltaic_parquet(tables: Mapping[str, Path]) -> Query:
    import deltaic

    session = deltaic.QueryBuilder()
    for name, root in tables.items():
        _read_stream(
            session.execute(f"CREATE EXTERNAL TABLE {name} STORED AS PARQUET LOCATION '{root}/'")
        )
    return lambda sql: _read_stream(session.execute(sql))


def _datafusion_parquet(tables: Mapping[str, Path]) -> Query:
    import datafusion

    context = datafusion.SessionContext()
    for name, root in tables.items():
        context.register_parquet(name, f"{root}/")
    return lambda sql: context.sql(sql).to_arrow_table()


def connect_duckdb() -> Any:
    """A connection of duckdb with its extension for Delta, which is loaded from its package."""
    import duckdb
    import duckdb_extension_delta

    version = f"v{duckdb.__version__}"
    folder = Path(duckdb_extension_delta.__file__).parent / "extensions" / version
    connection = duckdb.connect()
    connection.execute(f"LOAD '{folder / 'delta.duckdb_extension'}'")
    return connection


def attach_delta(connection: Any, name: str, root: Path) -> None:
    """Makes a table known by a name, at the version that it has when it is first used."""
    connection.execute(f"ATTACH '{root}' AS {name} (TYPE delta, PIN_SNAPSHOT)")


def _duckdb(tables: Mapping[str, Path]) -> Query:
    connection = connect_duckdb()
    for name, root in tables.items():
        attach_delta(connection, name, root)
    return lambda sql: connection.execute(sql).to_arrow_table()


ENGINES = {
    "deltaic": Engine(("deltaic",), _query_builder("deltaic")),
    "deltaic-parquet": Engine(("deltaic",), _deltaic_parquet),
    "deltaic-in-datafusion": Engine(("deltaic", "datafusion"), _in_datafusion("deltaic")),
    "datafusion-parquet": Engine(("datafusion",), _datafusion_parquet),
    "deltalake": Engine(("deltalake",), _query_builder("deltalake")),
    "deltalake-in-datafusion": Engine(("deltalake", "datafusion"), _in_datafusion("deltalake")),
    "duckdb": Engine(("duckdb", "duckdb_extension_delta"), _duckdb),
}
