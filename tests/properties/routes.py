"""The ways in which a user gets at a table."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import datafusion
import deltaic
import duckdb
import pyarrow as pa

from harness.arrow import collect

_PUSHDOWN = "datafusion.execution.parquet.pushdown_filters"
_PARTITIONS = "datafusion.execution.target_partitions"
_BATCH = "datafusion.execution.batch_size"

# What is seldom set otherwise than it is.
_SELDOM = {
    "datafusion.optimizer.repartition_file_min_size": "1",
    "datafusion.optimizer.enable_dynamic_filter_pushdown": "false",
    "datafusion.execution.collect_statistics": "false",
    "datafusion.execution.parquet.reorder_filters": "true",
    "datafusion.execution.parquet.pruning": "false",
    "datafusion.execution.parquet.enable_page_index": "false",
    "datafusion.execution.parquet.schema_force_view_types": "false",
}


@dataclass(frozen=True)
class Route:
    """A way in which SQL is run."""

    name: str
    run: Callable[[str], pa.Table]
    over_rows: Callable[[Mapping[str, pa.Table], str], pa.Table] | None = None
    """The same over tables in memory, where not all is in our hands."""


def draw_settings(dice: random.Random) -> dict[str, str]:
    """Settings of a session that must not change an answer."""
    settings = {
        _PUSHDOWN: dice.choice(["false", "true"]),
        _PARTITIONS: dice.choice(["1", "2", "7"]),
        _BATCH: dice.choice(["64", "8192"]),
    }
    for name, value in _SELDOM.items():
        if dice.random() < 0.12:
            settings[name] = value
    return settings


def sql_routes(dice: random.Random, tables: Mapping[str, deltaic.DeltaTable]) -> list[Route]:
    """A session of ours with the usual settings, one with others, and one of `datafusion`."""
    settings = draw_settings(dice)
    routes = [_session({}, tables), _session(settings, tables)]
    return [*routes, _wheel(draw_settings(dice), tables)]


def _session(settings: dict[str, str], tables: Mapping[str, deltaic.DeltaTable]) -> Route:
    builder = deltaic.QueryBuilder(settings)
    for name, table in tables.items():
        builder.register(name, table)
    return Route(f"QueryBuilder({settings})", lambda sql: collect(builder.execute(sql)))


def _wheel(settings: dict[str, str], tables: Mapping[str, deltaic.DeltaTable]) -> Route:
    context = datafusion.SessionContext(datafusion.SessionConfig(settings))
    for name, table in tables.items():
        context.register_table(name, table)

    def over_rows(rows: Mapping[str, pa.Table], sql: str) -> pa.Table:
        plain = datafusion.SessionContext(datafusion.SessionConfig(settings))
        for name, table in rows.items():
            plain.from_arrow(table, name)
        return collect(plain.sql(sql))

    return Route(f"SessionContext({settings})", lambda sql: collect(context.sql(sql)), over_rows)


def shell_rows(
    shell: Path, folder: Path, tables: Sequence[str], statement: str
) -> list[dict[str, str]]:
    """Runs a statement in the shell over tables that are folders.

    Raises:
        RuntimeError: with what the shell says, if it fails.
    """
    script = "".join(
        f"CREATE EXTERNAL TABLE {name} STORED AS DELTATABLE LOCATION './{name}';\n"
        for name in tables
    )
    path = folder / "statement.sql"
    path.write_text(f"{script}{statement};\n", encoding="utf-8")
    command = [str(shell.resolve()), "--format", "ndjson", "-q", "-f", path.name]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise RuntimeError(ended.stderr)
    return [json.loads(line) for line in ended.stdout.splitlines()]


def through_duckdb(stream: object, sql: str) -> pa.Table:
    """Runs SQL of duckdb over a stream or dataset that it knows as `arrow`."""
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("arrow", stream)
    return connection.sql(sql).to_arrow_table()
