"""Tables of every layout that changes of rows must get right, and what readers see in them."""

from __future__ import annotations

import json
import random
import urllib.parse
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import deltaic
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from harness.arrow import collect

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Layout:
    """What a table has."""

    partitioned: bool = False
    vectors: bool = False
    feed: bool = False
    mapped: bool = False
    tracked: bool = False

    def configuration(self) -> dict[str, str]:
        wanted = {
            "delta.enableDeletionVectors": self.vectors,
            "delta.enableChangeDataFeed": self.feed,
            "delta.enableRowTracking": self.tracked,
        }
        found = {name: "true" for name, is_wanted in wanted.items() if is_wanted}
        if self.mapped:
            found["delta.columnMapping.mode"] = "name"
        return found

    def __str__(self) -> str:
        return "-".join(name for name, value in vars(self).items() if value) or "plain"


LAYOUTS = [
    Layout(),
    Layout(partitioned=True),
    Layout(vectors=True),
    Layout(vectors=True, partitioned=True, feed=True),
    Layout(feed=True),
    Layout(feed=True, partitioned=True),
    Layout(mapped=True, feed=True),
    Layout(mapped=True, vectors=True, partitioned=True),
    Layout(tracked=True),
    Layout(tracked=True, vectors=True, feed=True),
    Layout(True, True, True, True, True),
    Layout(partitioned=True, feed=True, mapped=True, tracked=True),
]

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("n", pa.int32()),
        ("t", pa.string()),
        ("p", pa.string()),
        ("day", pa.date32()),
        ("f", pa.float64()),
        ("s", pa.struct([("a", pa.int64()), ("l", pa.list_(pa.string()))])),
    ]
)


def random_rows(dice: random.Random, count: int, first: int = 0) -> pa.Table:
    """Rows with an id of their own, and values that repeat or are null."""

    def maybe(value: Any) -> Any:
        return None if dice.random() < 0.2 else value

    rows = [
        {
            "id": first + number,
            "n": maybe(dice.randint(-3, 3)),
            "t": maybe(dice.choice(["a", "b", "", "it's", "é"])),
            "p": maybe(dice.choice(["x", "y", "z w"])),
            "day": maybe(date(2024, 1, 1) + timedelta(days=dice.randint(0, 3))),
            "f": maybe(dice.choice([0.0, -0.5, 1e300, float("inf")])),
            "s": maybe({"a": maybe(dice.randint(0, 5)), "l": maybe(["q", None])}),
        }
        for number in range(count)
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


def make_table(root: Path, layout: Layout, *files: pa.Table) -> deltaic.DeltaTable:
    """A table with a commit, and a file where it is not partitioned, for each of the parts."""
    for number, rows in enumerate(files):
        deltaic.write_deltalake(
            root,
            rows,
            mode="append",
            partition_by=["p"] if layout.partitioned else None,
            configuration=layout.configuration() if number == 0 else None,
        )
    return deltaic.DeltaTable(root)


def where(rows: pa.Table, condition: str) -> pa.Table:
    """The rows for which an SQL condition is true, as duckdb judges."""
    with duckdb.connect() as session:
        return session.sql(f"SELECT * FROM rows WHERE {condition}").to_arrow_table()


def sorted_rows(table: pa.Table) -> list[Row]:
    columns = (table.column(name).to_pylist() for name in SCHEMA.names)
    return sorted(zip(*columns, strict=True), key=repr)


def read(root: Path) -> pa.Table:
    return pa.table(deltaic.DeltaTable(root).scan())


def row_ids(root: Path) -> dict[int, tuple[int, int]]:
    """The row ids and commit versions of rows, by their own ids."""
    session = deltaic.QueryBuilder().register("t", deltaic.DeltaTable(root), metadata=True)
    rows = collect(
        session.execute(
            "SELECT id, _metadata['row_id'] AS r, _metadata['row_commit_version'] AS v FROM t"
        )
    )
    return {row["id"]: (row["r"], row["v"]) for row in rows.to_pylist()}


def actions_of(root: Path, version: int) -> list[dict[str, Any]]:
    text = (root / "_delta_log" / f"{version:020d}.json").read_text()
    return [json.loads(line) for line in text.splitlines()]


def change_rows(table: deltaic.DeltaTable, version: int) -> list[tuple[str, int]]:
    """The changes of a version by its change files: their types and the ids of their rows."""
    root = Path(table.table_uri.removeprefix("file://"))
    fields = json.loads(table.schema().to_json())["fields"]
    physical = {
        field["name"]: field["metadata"].get("delta.columnMapping.physicalName", field["name"])
        for field in fields
    }
    found: list[tuple[str, int]] = []
    for action in actions_of(root, version):
        if "cdc" in action:
            assert action["cdc"]["dataChange"] is False
            path = root / urllib.parse.unquote(action["cdc"]["path"])
            assert "_change_data" in str(path)
            rows = pq.ParquetFile(path).read()
            partitions = set(action["cdc"]["partitionValues"])
            assert set(rows.column_names) == (set(physical.values()) - partitions) | {
                "_change_type"
            }
            kinds = rows.column("_change_type").to_pylist()
            found += zip(kinds, rows.column(physical["id"]).to_pylist(), strict=True)
    return sorted(found)
