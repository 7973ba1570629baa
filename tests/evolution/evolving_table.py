"""A table whose schema changes while files are added, and a model of what it must read as.

Files are written by pyarrow under the schema of their time: physical names, field ids, types as
they were. The model keeps each row by the ids of its columns, so that renaming, dropping, adding,
reordering and widening are as simple there as they should be.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from harness.delta_kind import (
    PRIMITIVES,
    WIDER,
    Column,
    Kind,
    Value,
    arrow_field,
    arrow_type,
    float32,
    schema_json,
    seen,
    shortest,
)
from harness.log_table import Action, LogTable, add
from harness.log_table import metadata as metadata_action

_EPOCH = date(1970, 1, 1)


class EvolvingTable:
    """The table, its log, and the model of its rows."""

    def __init__(self, root: Path, mode: str, chance: random.Random) -> None:
        self.mode = mode
        self._chance = chance
        self._table = LogTable(root)
        self._next_id = 0
        self._version = 0
        self._rows: list[tuple[dict[int, Value], int]] = []  # With the row's file.
        self._files = 0
        self.schema = Kind("struct", [self._column("id", Kind("long"))])
        self.schema.fields.append(self._column("part", Kind("integer")))
        for _ in range(chance.randint(1, 4)):
            self.schema.fields.append(self._column(None, self._kind(2)))
        self._table.commit(0, self._protocol(), self._metadata())

    # Schemas.

    @property
    def mapped(self) -> bool:
        return self.mode != "none"

    def _column(self, name: str | None, kind: Kind) -> Column:
        self._next_id += 1
        name = name or f"c{self._next_id}"
        # The names of dropped columns come back, and physical names look like other logical ones.
        physical = name
        if self.mapped and name not in ("id",):
            physical = self._chance.choice([f"col-{self._next_id}", f"c{self._next_id + 1}"])
        return Column(self._next_id, name, physical, kind)

    def _kind(self, depth: int) -> Kind:
        choice = self._chance.random()
        if depth == 0 or choice < 0.55:
            return Kind(self._chance.choice(PRIMITIVES))
        if choice < 0.8:
            count = self._chance.randint(1, 3)
            return Kind("struct", [self._column(None, self._kind(depth - 1)) for _ in range(count)])
        return Kind("array" if choice < 0.9 else "map", part=self._kind(depth - 1))

    def _protocol(self) -> Action:
        readers = ["timestampNtz", "typeWidening", *(["columnMapping"] if self.mapped else [])]
        return {
            "protocol": {
                "minReaderVersion": 3,
                "minWriterVersion": 7,
                "readerFeatures": readers,
                "writerFeatures": readers,
            }
        }

    def _metadata(self) -> Action:
        configuration = {"delta.enableTypeWidening": "true"}
        if self.mapped:
            configuration["delta.columnMapping.mode"] = self.mode
            configuration["delta.columnMapping.maxColumnId"] = str(self._next_id)
        return metadata_action(
            schema=json.dumps(schema_json(self.schema, self.mapped)),
            partition_columns=["part"],
            configuration=configuration,
        )

    def _structs(self, kind: Kind) -> Iterator[Kind]:
        if kind.name == "struct":
            yield kind
            for column in kind.fields:
                yield from self._structs(column.kind)
        elif kind.part is not None:
            yield from self._structs(kind.part)

    def evolve(self) -> str:
        """Changes the schema in one way and returns what was done."""
        fields = self._chance.choice(list(self._structs(self.schema))).fields
        free = [column for column in fields if column.name not in ("id", "part")]
        change = self._chance.choice(["add", "widen", "widen", "reorder", "rename", "drop"])
        done = self._change(change, fields, free)
        self._version += 1
        self._table.commit(self._version, self._metadata())
        return done

    def _change(self, change: str, fields: list[Column], free: list[Column]) -> str:
        if change == "widen":
            return self._widen()
        if change == "reorder":
            self._chance.shuffle(fields)
            return f"reorder {[column.name for column in fields]}"
        if change == "rename" and free and self.mapped:
            column = self._chance.choice(free)
            before, column.name = column.name, f"r{self._chance.randint(0, 10**6)}"
            return f"rename {before} to {column.name}"
        if change == "drop" and free and self.mapped and len(fields) > 1:
            column = self._chance.choice(free)
            fields.remove(column)
            if self._chance.random() < 0.5:
                again = self._column(column.name, self._kind(0))
                fields.append(again)
                return f"drop {column.name} and add it as {again.kind.name}"
            return f"drop {column.name}"
        added = self._column(None, self._kind(1))
        fields.insert(self._chance.randint(0, len(fields)), added)
        return f"add {added.name}"

    def _widen(self) -> str:
        candidates: list[tuple[Column, Kind, str]] = []
        for each in self._structs(self.schema):
            for column in each.fields:
                kind, path = column.kind, ""
                while kind.part is not None:
                    path += ("." if path else "") + ("element" if kind.name == "array" else "value")
                    kind = kind.part
                if kind.name in WIDER and column.name != "id":
                    candidates.append((column, kind, path))
        if not candidates:
            return "nothing to widen"
        column, kind, path = self._chance.choice(candidates)
        before, kind.name = kind.name, self._chance.choice(WIDER[kind.name])
        change = {"fromType": before, "toType": kind.name}
        if path:
            change["fieldPath"] = path
        column.changes.append(change)
        return f"widen {column.name}.{path} from {before} to {kind.name}"

    # Rows.

    def add_file(self) -> None:
        """Adds a file of the schema as it is now."""
        columns = {column.name: column for column in self.schema.fields}
        part = self._value(columns["part"].kind)
        rows: list[dict[int, Any]] = []
        for _ in range(self._chance.randint(1, 4)):
            row = {column.id: self._value(column.kind) for column in self.schema.fields}
            row[columns["id"].id] = len(self._rows) + len(rows)
            row[columns["part"].id] = part
            rows.append(row)
        stored = [column for column in self.schema.fields if column.name != "part"]
        table = pa.table(
            [
                pa.array([seen(row[c.id], c.kind, True) for row in rows], arrow_type(c.kind, True))
                for c in stored
            ],
            schema=pa.schema([arrow_field(column, True) for column in stored]),
        )
        name = f"part-{self._files}.parquet"
        path = self._table.root / name
        pq.write_table(table, path, row_group_size=2, write_page_index=True)
        text = None if part is None else str(part)
        stats = self._statistics(stored, rows) if self._chance.random() < 0.8 else None
        action = add(name, path.stat().st_size, {columns["part"].physical: text}, stats)
        self._version += 1
        self._table.commit(self._version, action)
        self._rows += [(row, self._files) for row in rows]
        self._files += 1

    def _value(self, kind: Kind) -> Value:
        if self._chance.random() < 0.15:
            return None
        small = self._chance.randint(-100, 100)
        count = self._chance.randint(0, 3)
        match kind.name:
            case "struct":
                return {column.id: self._value(column.kind) for column in kind.fields}
            case "array":
                return [self._value(kind.inner()) for _ in range(count)]
            case "map":
                return {f"k{i}": self._value(kind.inner()) for i in range(count)}
            case "byte" | "short" | "integer" | "long" | "decimal(10,0)" | "decimal(20,0)":
                bits = {"byte": 7, "short": 15, "integer": 31, "long": 63}.get(kind.name, 30)
                edge = self._chance.choice([-(2**bits), 2**bits - 1])
                number = edge if self._chance.random() < 0.1 else small
                return Decimal(number) if kind.name.startswith("decimal") else number
            case "float":
                return float32(small / 10)
            case "double":
                return small / 10
            case "date":
                return _EPOCH + timedelta(days=small)
            case "timestamp_ntz":
                return datetime(1970, 1, 1) + timedelta(hours=small, microseconds=small)
            case "string":
                return f"s{small}"
            case "binary":
                return bytes([abs(small)])
            case "boolean":
                return small > 0
            case name:
                scale = int(name[:-1].split(",")[1])
                return Decimal(small).scaleb(-scale)

    def _statistics(self, columns: list[Column], rows: list[dict[int, Value]]) -> dict[str, Any]:
        def of(kind: Kind, values: list[Value], measure: Callable[[Kind, list[Value]], Any]) -> Any:
            if kind.name != "struct":
                return measure(kind, values)
            found = {
                c.physical: of(c.kind, [v.get(c.id) if v else None for v in values], measure)
                for c in kind.fields
            }
            return {name: each for name, each in found.items() if each is not None}

        def bound(pick: Callable[..., Value]) -> Callable[[Kind, list[Value]], Any]:
            def measure(kind: Kind, values: list[Value]) -> Any:
                known = [value for value in values if value is not None]
                if not known or kind.name in ("array", "map", "binary", "boolean"):
                    return None
                return _json_bound(pick(known), kind.name, pick is max)

            return measure

        root = Kind("struct", columns)
        return {
            "numRecords": len(rows),
            "minValues": of(root, rows, bound(min)),
            "maxValues": of(root, rows, bound(max)),
            "nullCount": of(root, rows, lambda _, values: sum(v is None for v in values)),
        }

    def expected(self) -> pa.Table:
        """What the table reads as."""
        columns = self.schema.fields
        return pa.table(
            [
                pa.array(
                    [seen(row.get(c.id), c.kind, False) for row, _ in self._rows],
                    arrow_type(c.kind, False),
                )
                for c in columns
            ],
            schema=pa.schema([arrow_field(column, False) for column in columns]),
        )


def _json_bound(value: Value, kind: str, is_max: bool) -> Any:
    if kind == "float":
        return shortest(value)
    if kind == "date":
        return value.isoformat()
    if kind == "timestamp_ntz":
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value
