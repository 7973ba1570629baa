"""Random tables: many small files, and everything in a log that a reader must see through."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq

from harness import checkpoint_files, deletion_vectors
from harness.delta_kind import (
    Column,
    Kind,
    Value,
    arrow_field,
    arrow_type,
    schema_json,
    seen,
    widened,
)
from harness.log_table import Action, LogTable, protocol, remove
from harness.log_table import metadata as metadata_action
from properties import writer_statistics
from properties.random_schema import Schema, narrower
from properties.random_value import pool, value

Row = dict[int, Value]


@dataclass
class Table:
    """A table, its rows, and how it came to be."""

    root: Path
    schema: Schema
    rows: pa.Table
    pools: dict[str, list[Value]]
    """Values of each column, to ask for."""
    has_whole_files: bool = True
    """Whether every row of its files is live."""
    recipe: list[str] = field(default_factory=list)


@dataclass
class _Part:
    """A file."""

    rows: list[Row]
    kinds: dict[int, Kind]  # Of columns whose type is another now.
    partition: dict[str, str | None] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)

    @property
    def live(self) -> list[Row]:
        return [row for at, row in enumerate(self.rows) if at not in self.deleted]


def make_table(
    dice: random.Random, root: Path, schema: Schema, by_hand: bool, common: str
) -> Table:
    """Writes a table by `deltalake`, or by hand if so wanted or where `deltalake` cannot.

    Tables with one text `common` draw the values of columns of one name and type alike, so that
    rows of the one meet rows of the other.
    """
    is_beyond_deltalake = (
        schema.is_mapped
        or any(_has_inner_ntz(column.kind) for column in schema.columns)
        # It writes -0.000897 as 0.00-897.
        or any(column.kind.name.startswith("decimal") for column in schema.partitions)
    )
    return _Writer(dice, root, schema, common).write(by_hand or is_beyond_deltalake)


def _has_inner_ntz(kind: Kind) -> bool:
    """Whether it is nested and holds local times, whose feature `deltalake` then does not list."""
    parts = [column.kind for column in kind.fields]
    parts += [part for part in (kind.part, kind.key) if part is not None]
    return any(part.name == "timestamp_ntz" or _has_inner_ntz(part) for part in parts)


class _Writer:
    def __init__(self, dice: random.Random, root: Path, schema: Schema, common: str) -> None:
        self._dice = dice
        self._common = common
        self._root = root
        self._schema = schema
        self._recipe: list[str] = []
        self._wide: dict[int, Kind] = {}  # The types of columns before they were widened.
        self._pools: dict[int, list[Value]] = {}

    def write(self, by_hand: bool) -> Table:
        schema, dice = self._schema, self._dice
        if by_hand:
            self._choose_widenings()
        for column in schema.columns:
            common = random.Random(f"{self._common} {column.name} {column.kind.name}")
            is_folder = column.name in schema.partition_names
            kind = self._wide.get(column.id, column.kind)
            size = common.choice([2, 3, 8, 20])
            self._pools[column.id] = pool(common, kind, size, is_folder)
        parts = self._parts(by_hand)
        if by_hand:
            writer = _HandWriter(dice, self._root, schema, self._recipe)
            has_whole_files = writer.write(parts)
        else:
            _write_with_deltalake(dice, self._root, schema, parts, self._recipe)
            has_whole_files = True
        live = [row for part in parts for row in part.live]
        pools = {
            c.name: [seen(v, c.kind, False) for v in self._pools[c.id]] for c in schema.columns
        }
        rows = _as_arrow(schema.columns, live)
        return Table(self._root, schema, rows, pools, has_whole_files, self._recipe)

    def _choose_widenings(self) -> None:
        for column in self._schema.columns[1:]:
            before = narrower(self._dice, column.kind)
            column.changes = []
            if before.name != column.kind.name:
                self._wide[column.id] = before
                column.changes = [{"fromType": before.name, "toType": column.kind.name}]
                self._recipe.append(f"{column.name}: {before.name} became {column.kind.name}")

    def _parts(self, by_hand: bool) -> list[_Part]:
        dice = self._dice
        parts: list[_Part] = []
        count = dice.choice([1, 2, 4, 8, 14])
        widened_from = dice.randint(0, count)
        next_id = 0
        for number in range(count):
            rows = dice.choice([1, 2, 3, 3, 6, 6, 6, 10, 20, 100])
            is_old = number < widened_from
            part = _Part([], dict(self._wide) if is_old else {})
            choices = {c.id: self._choices(c, not is_old) for c in self._schema.columns[1:]}
            for _ in range(rows):
                row = {column: dice.choice(values) for column, values in choices.items()}
                row[self._schema.columns[0].id] = next_id
                next_id += 1
                part.rows.append(row)
            if by_hand and dice.random() < 0.3:
                part.deleted = _deleted(dice, rows)
            parts.append(part)
        return parts

    def _choices(self, column: Column, is_new: bool) -> list[Value]:
        """What a file draws a column's values from: few of them, so that statistics rule it out."""
        dice, values = self._dice, self._pools[column.id]
        if is_new and column.id in self._wide:
            values = [widened(each, column.kind.name) for each in values]
        is_partition = column.name in self._schema.partition_names
        if dice.random() < 0.1:
            return [None]
        start = dice.randrange(len(values))
        chosen = values[start : start + (1 if is_partition else dice.choice([1, 2, 3, 20]))]
        if is_new and column.id in self._wide and not is_partition and dice.random() < 0.5:
            chosen = [*chosen, value(dice, column.kind)]
        if not is_partition and dice.random() < 0.3:
            chosen = [*chosen, None]
        return chosen


def _deleted(dice: random.Random, rows: int) -> set[int]:
    chance = dice.choice([0.2, 0.5, 1.0])
    return {row for row in range(rows) if dice.random() < chance}


def _as_arrow(columns: Sequence[Column], rows: list[Row]) -> pa.Table:
    """What a reader sees of rows."""
    table = pa.table(
        [
            pa.array([seen(row[c.id], c.kind, False) for row in rows], arrow_type(c.kind, False))
            for c in columns
        ],
        schema=pa.schema([arrow_field(column, False) for column in columns]),
    )
    # Through Parquet: Arrow's builders leave values within null structs, which engines disagree on.
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return pq.read_table(buffer)


def _write_with_deltalake(
    dice: random.Random, root: Path, schema: Schema, parts: list[_Part], recipe: list[str]
) -> None:
    indexed = dice.choice([0, 2, 32, 32])
    cut = dice.choice([None, None, 8])
    group = dice.choice([1, 3, 1000])
    recipe.append(f"deltalake: {len(parts)} appends, {indexed} indexed, texts cut to {cut or 64}")
    properties = deltalake.WriterProperties(
        statistics_truncate_length=cut, max_row_group_size=group
    )
    for version, part in enumerate(parts):
        deltalake.write_deltalake(
            root,
            _as_arrow(schema.columns, part.rows),
            mode="append",
            partition_by=schema.partition_names or None,
            configuration={"delta.dataSkippingNumIndexedCols": str(indexed)}
            if not version
            else None,
            writer_properties=properties,
        )
        if dice.random() < 0.15:
            deltalake.DeltaTable(root).create_checkpoint()
            recipe.append(f"checkpoint {version}")


class _HandWriter:
    """Writes a table whose every byte is ours."""

    def __init__(
        self,
        dice: random.Random,
        root: Path,
        schema: Schema,
        recipe: list[str],
    ) -> None:
        self._dice = dice
        self._log = LogTable(root)
        self._schema = schema
        self._recipe = recipe
        self._is_v2 = dice.random() < 0.3
        self._typed: dict[str, writer_statistics.Statistics] = {}  # By path, for checkpoints.
        self._partitions: dict[str, dict[str, Value]] = {}

    def write(self, parts: list[_Part]) -> bool:
        """Returns whether every row of every file is live."""
        dice = self._dice
        live: dict[str, Action] = {}
        head = [self._protocol(), self._metadata()]
        commits: list[list[Action]] = [[]]
        later: list[list[Action]] = []  # What commits to come have.
        for number, part in enumerate(parts):
            first, *then = self._file(number, part)
            commits[-1].append(first)
            later += then
            if dice.random() < 0.5:
                commits.append([])
                while later and dice.random() < 0.5:
                    commits[-1] += later.pop()
        commits += [later.pop() for _ in range(len(later))]
        for version, actions in enumerate(commits):
            about = {"commitInfo": {"timestamp": 1700000000000 + version}}
            self._log.commit(version, about, *([] if version else head), *actions)
            for action in actions:
                if "add" in action:
                    live[action["add"]["path"]] = action
                else:
                    del live[action["remove"]["path"]]
            if dice.random() < 0.2:
                self._checkpoint(version, head, list(live.values()))
        return all("deletionVector" not in action["add"] for action in live.values())

    def _protocol(self) -> Action:
        features = ["timestampNtz", "deletionVectors", "typeWidening"]
        features += ["columnMapping"] if self._schema.is_mapped else []
        features += ["v2Checkpoint"] if self._is_v2 else []
        return protocol(*features)

    def _metadata(self) -> Action:
        configuration = {"delta.enableDeletionVectors": "true", "delta.enableTypeWidening": "true"}
        if self._schema.is_mapped:
            configuration["delta.columnMapping.mode"] = self._schema.mapping
            configuration["delta.columnMapping.maxColumnId"] = "1000"
        described = schema_json(Kind("struct", self._schema.columns), self._schema.is_mapped)
        return metadata_action(
            schema=json.dumps(described),
            partition_columns=self._schema.partition_names,
            configuration=configuration,
        )

    def _file(self, number: int, part: _Part) -> tuple[Action, *tuple[list[Action], ...]]:
        """Writes a file; returns what adds it, and what later commits do with it."""
        dice = self._dice
        writer = dice.choice(writer_statistics.WRITERS)
        stored = self._schema.stored
        name = f"{dice.choice(['', 'p=1/', 'a b/', 'ü%41/'])}part-{number}.parquet"
        partition = {
            c.physical: _partition_text(dice, part.rows[0][c.id]) for c in self._schema.partitions
        }
        typed = writer_statistics.collect(
            dice, stored, part.kinds, part.rows, writer, bool(part.deleted)
        )
        text = None
        if typed is not None:
            text = writer_statistics.to_json(typed, stored, part.kinds, writer)
        options = self._parquet_options(part)
        content = self._content(stored, part)
        action = self._log.data(name, content, partition, text, **options)
        path = _encoded(name)
        action["add"]["path"] = path
        self._recipe.append(
            f"{name}: {len(part.rows)} rows, {len(part.deleted)} deleted, statistics {writer}"
            f"{'' if typed else ' (none)'}, {options}"
        )
        if typed is not None:
            self._typed[path] = typed
        self._partitions[path] = {
            c.physical: seen(part.rows[0][c.id], c.kind, False) for c in self._schema.partitions
        }
        if not part.deleted:
            return (action,)
        if len(part.deleted) == len(part.rows) and dice.random() < 0.5:
            return action, [remove(path)]
        changed: Action = {"add": action["add"] | {"deletionVector": self._vector(part.deleted)}}
        if dice.random() < 0.5:
            return (changed,)
        return action, [remove(path), changed]

    def _vector(self, deleted: set[int]) -> deletion_vectors.Descriptor:
        if self._dice.random() < 0.5:
            return deletion_vectors.inline(deleted)
        return deletion_vectors.relative(self._log.root, [{1}, deleted])[1]

    def _content(self, stored: list[Column], part: _Part) -> pa.Table:
        schema, arrays = [], []
        for column in stored:
            kind = part.kinds.get(column.id, column.kind)
            of_file = Column(column.id, column.name, column.physical, kind)
            own = arrow_field(of_file, self._schema.is_mapped)
            schema.append(own)
            values = [seen(row[column.id], kind, self._schema.is_mapped) for row in part.rows]
            arrays.append(pa.array(values, own.type))
        return pa.table(arrays, schema=pa.schema(schema))

    def _parquet_options(self, part: _Part) -> dict[str, Any]:
        dice = self._dice
        options: dict[str, Any] = {
            "row_group_size": dice.choice([1, 3, 1000]) if len(part.rows) < 30 else 40,
            "write_statistics": dice.random() < 0.8,
            "use_dictionary": dice.random() < 0.5,
            "compression": dice.choice(["snappy", "none", "zstd"]),
            "store_schema": dice.random() < 0.5,
        }
        if dice.random() < 0.4:
            options |= {"write_page_index": True, "data_page_size": 64, "write_batch_size": 4}
        if dice.random() < 0.3:
            options["store_decimal_as_integer"] = True
        return options

    def _checkpoint(self, version: int, head: list[Action], live: list[Action]) -> None:
        dice = self._dice
        form = dice.choice(["json", "parquet", "classic"]) if self._is_v2 else "v1"
        has_structs = dice.random() < 0.5
        forms: dict[str, Any] = {}
        adds = live
        if has_structs and form != "json":
            forms = self._struct_forms()
            adds = [self._with_structs(action, forms) for action in live]
        if form == "v1":
            path = self._log.log / f"{version:020d}.checkpoint.parquet"
            checkpoint_files.write_parquet(path, [*head, *adds], **forms)
        else:
            about = [checkpoint_files.checkpoint_metadata(version), *head]
            if dice.random() < 0.5:
                sidecar = checkpoint_files.write_sidecar(
                    self._log, f"{version}.parquet", adds, **forms
                )
                checkpoint_files.write_v2(self._log, version, [*about, sidecar], form)
            else:
                checkpoint_files.write_v2(self._log, version, [*about, *adds], form, **forms)
        self._recipe.append(f"checkpoint {version}: {form}, {sorted(forms)}")
        if dice.random() < 0.5:
            for old in range(version):
                (self._log.log / f"{old:020d}.json").unlink(missing_ok=True)
            self._recipe.append(f"commits before {version} deleted")

    def _struct_forms(self) -> dict[str, Any]:
        forms: dict[str, Any] = {"stats": writer_statistics.parsed_type(self._schema.stored)}
        if self._schema.partitions:
            fields = [
                pa.field(c.physical, arrow_type(c.kind, True)) for c in self._schema.partitions
            ]
            forms["partition"] = pa.struct(fields)
            # Some writers name them as the table's columns are named, and find no values so.
            if self._schema.is_mapped and self._dice.random() < 0.3:
                logical = [
                    pa.field(c.name, arrow_type(c.kind, True)) for c in self._schema.partitions
                ]
                forms["partition"] = pa.struct(logical)
        forms["texts"] = self._dice.random() < 0.5
        return forms

    def _with_structs(self, action: Action, forms: dict[str, Any]) -> Action:
        path = action["add"]["path"]
        body = dict(action["add"])
        if path in self._typed:
            body["stats_parsed"] = _widened_bounds(self._typed[path], self._schema.stored)
        if "partition" in forms:
            body["partitionValues_parsed"] = self._partitions[path]
        return {"add": body}


def _widened_bounds(statistics: writer_statistics.Statistics, columns: list[Column]) -> Any:
    found = dict(statistics)
    kind = Kind("struct", columns)
    for side in ("minValues", "maxValues"):
        if side in found:
            found[side] = _by_kind(found[side], kind)
    return found


def _by_kind(bounds: dict[str, Any], kind: Kind) -> dict[str, Any]:
    found = {}
    for column in kind.fields:
        bound = bounds.get(column.physical)
        if isinstance(bound, dict):
            found[column.physical] = _by_kind(bound, column.kind)
        elif column.kind.name != "boolean":
            found[column.physical] = seen(bound, column.kind, True)
    return found


def _encoded(path: str) -> str:
    return path.replace("%", "%25").replace(" ", "%20").replace("ü", "%C3%BC")


def _partition_text(dice: random.Random, value: Value) -> str | None:
    """A value as `partitionValues` have it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        naive = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        text = naive.isoformat(sep=" ", timespec="microseconds")
        if value.tzinfo and dice.random() < 0.5:
            return text.replace(" ", "T") + "Z"
        return text
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)
