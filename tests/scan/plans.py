"""Plans of queries as text."""

from __future__ import annotations

import re
from pathlib import Path

import deltaic

from harness.arrow import collect


def session(settings: dict[str, str] | None = None, **tables: Path) -> deltaic.QueryBuilder:
    builder = deltaic.QueryBuilder(settings or {})
    for name, root in tables.items():
        builder.register(name, deltaic.DeltaTable(str(root)))
    return builder


def plan(builder: deltaic.QueryBuilder, sql: str, analyze: bool = False) -> str:
    """The physical plan; with `analyze`, that of a run with its metrics."""
    rows = collect(builder.execute(f"EXPLAIN {'ANALYZE ' if analyze else ''}{sql}")).to_pylist()
    return str(next(row["plan"] for row in rows if row["plan_type"] != "logical_plan"))


def scan_of(text: str, column: str) -> str:
    """The line of the scan that reads `column`."""
    lines = [line for line in text.splitlines() if "DataSourceExec" in line]
    (line,) = [line for line in lines if re.search(rf"projection=\[[^]]*\b{column}\b", line)]
    return line


def opened(text: str, column: str) -> int:
    """How many files the scan of `column` opened, by the metrics of the run."""
    match = re.search(
        r"files_ranges_pruned_statistics=(\d+) total → (\d+) matched", scan_of(text, column)
    )
    assert match is not None, text
    return int(match.group(2))
