"""Logs that are wide, deep or long."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from cases import COMMIT_0, COMMIT_1, Case, add_with, first_commit
from harness.log_table import PROTOCOL, LogTable, add, field, metadata, schema_string

MANY = 100_000


def _columns(count: int) -> Callable[[LogTable], object]:
    """As many columns, one of which has values."""

    def build(table: LogTable) -> None:
        schema = schema_string(*(field(f"c{i}", "long") for i in range(count)))
        table.commit(0, PROTOCOL, metadata(schema=schema), table.data("a.parquet", {"c7": [1, 2]}))

    return build


def _partition_columns(count: int) -> Callable[[LogTable], object]:
    def build(table: LogTable) -> None:
        names = [f"p{i}" for i in range(count)]
        columns = [field("x", "long"), *(field(name, "integer") for name in names)]
        values = {name: str(i) for i, name in enumerate(names)}
        first = table.data("a.parquet", {"x": [1, 2]}, values)
        table.commit(0, PROTOCOL, metadata(*columns, partition_columns=names), first)

    return build


def nested_type(levels: int) -> Any:
    kind: Any = "long"
    for _ in range(levels):
        kind = {"type": "struct", "fields": [field("a", kind)]}
    return kind


def _schema(levels: int) -> Callable[[LogTable], object]:
    opening = '{"type":"struct","fields":[{"name":"a","type":'
    closing = ',"nullable":true,"metadata":{}}]}'
    text = opening * (levels + 1) + '"long"' + closing * (levels + 1)
    return lambda table: table.commit(0, PROTOCOL, metadata(schema=text))


def _nested_rows(levels: int) -> Callable[[LogTable], object]:
    """Rows of structs within structs, in the file too."""

    def build(table: LogTable) -> None:
        kind: pa.DataType = pa.int64()
        value: Any = 1
        for _ in range(levels):
            kind, value = pa.struct([("a", kind)]), {"a": value}
        rows = pa.table({"s": pa.array([value, None], kind)})
        columns = metadata(field("s", nested_type(levels)))
        table.commit(0, PROTOCOL, columns, table.data("a.parquet", rows))

    return build


def _line_of(size: int) -> Callable[[LogTable], object]:
    """A commit of one line, which is as long as that and takes no room on the disk."""

    def build(table: LogTable) -> None:
        first_commit(table)
        with open(table.log / COMMIT_1, "wb") as commit:
            commit.write(b'{"someday":"')
            commit.truncate(size)

    return build


def _lines(line: Callable[[int], Any]) -> Callable[[LogTable], object]:
    """A commit of very many actions."""

    def build(table: LogTable) -> None:
        first_commit(table)
        table.commit(1, *(line(i) for i in range(MANY)))

    return build


def _many_commits(table: LogTable) -> None:
    first_commit(table)
    for version in range(1, 3000):
        table.commit(version, add(f"{version}.parquet", 1))
    table.commit(
        3000, *({"remove": {"path": f"{i}.parquet", "dataChange": True}} for i in range(1, 3000))
    )


def _many_parts(table: LogTable) -> None:
    """Two hundred checkpoints that say they have two milliard parts; the commits are there."""
    first_commit(table)
    for part in range(1, 200):
        name = f"{0:020d}.checkpoint.{part:010d}.2147483647.parquet"
        (table.log / name).write_bytes(b"")
    table.last_checkpoint({"version": 0, "size": 1, "parts": 2147483647})


def _last_version(table: LogTable) -> None:
    """The newest commit has the greatest number that there is; all before are missing."""
    first_commit(table)
    (table.log / f"{2**63 - 1:020d}.json").write_bytes(json.dumps({"txn": {}}).encode())


LARGE_CASES = [
    # DataFusion plans a query of all columns in the square of their number: 100,000 take a minute.
    Case("20 000 columns", _columns(20_000), rows=2, growth_kib=768 * 1024),
    Case("2000 partition columns", _partition_columns(2000), rows=2),
    Case("rows nested 100 deep", _nested_rows(100), rows=2),
    Case("schema nested 501 deep", _schema(501), "corrupt_log", (COMMIT_0,)),
    Case("path of a million letters", add_with(path="x" * 1_000_000), "corrupt_log", ("xxxx",)),
    Case("path of many folders", add_with(path="x/" * 500_000 + "y"), "corrupt_log", ("x/x",)),
    Case(
        "property of 16 MB",
        lambda t: t.commit(
            0, PROTOCOL, metadata(field("x", "long"), configuration={"a": "b" * (16 << 20)})
        ),
        rows=0,
    ),
    Case(
        "statistics of 16 MB",
        add_with(stats=json.dumps({"numRecords": 1, "minValues": {"x": "y" * (16 << 20)}})),
        rows=4,
    ),
    Case(
        "statistics of 100 000 columns",
        add_with(
            stats=json.dumps({"numRecords": 1, "minValues": {f"c{i}": i for i in range(MANY)}})
        ),
        rows=4,
    ),
    Case(
        "line of 1 GB",
        _line_of(1 << 30),
        "resources_exhausted",
        (COMMIT_1,),
        growth_kib=64 * 1024,
    ),
    Case(
        "100 000 adds of one path",
        _lines(lambda i: add("b.parquet", i)),
        "corrupt_log",
        (COMMIT_1,),
    ),
    Case(
        "100 000 transactions", _lines(lambda i: {"txn": {"appId": str(i), "version": i}}), rows=3
    ),
    Case("3000 commits", _many_commits, rows=3),
    Case("checkpoints of many parts", _many_parts, rows=3),
    Case("last version that there is", _last_version, "corrupt_log", ("9223372036854775807",)),
]
