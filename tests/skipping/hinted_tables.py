"""Random tables of every type that has bounds, with statistics as some known writer makes them, and
questions about them that plain Python answers."""

from __future__ import annotations

import math
import operator
import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

import written_bounds
from harness.checkpoint_files import write_v2
from harness.log_table import LogTable, metadata, protocol
from harness.log_table import field as log_field
from written_bounds import Way, to_json

Rows = list[dict[str, Any]]
_EXACT = Context(prec=60)


# Values that writers cut or round, and their neighbours.

_STARTS = [
    "",
    "a",
    "b",
    "漢" * 10,
    "x" * 31,
    "x" * 32,
    "https://example.org/articles/2024",
    "é" * 32,
]
_ENDS = ["", "a", "b", "z", "😀", "漢字", "?", "\x7f", "\ufffd", "\U0010ffff", "\uffff😀", " "]


def _text(choice: random.Random) -> str:
    return choice.choice(_STARTS) + choice.choice(_ENDS) * choice.choice([1, 1, 1, 3, 30])


_WHOLE_NUMBERS = [
    1212092628029698048,
    1212092628029698053,
    1212092628029698061,
    2**50 - 1,
    2**50,
    2**53 + 1,
    2**63 - 1,
    -(2**63) + 1,
    -(2**63),
    2**63,
    10**20 - 1,
    54042109103592729709849,
    -3040118689109923159480,
]


def _decimal(precision: int, scale: int) -> Callable[[random.Random], Decimal]:
    def make(choice: random.Random) -> Decimal:
        kind = choice.randrange(4)
        if kind == 0:
            number = choice.randrange(-300, 300)
        elif kind == 1:
            number = choice.randrange(-(10**precision) + 1, 10**precision)
        else:
            number = choice.choice(_WHOLE_NUMBERS) * choice.choice([1, 1, 10**scale])
            number += choice.randrange(-6, 7)
        if abs(number) >= 10**precision:
            number %= 10**precision
        return Decimal(number).scaleb(-scale, _EXACT)

    return make


def _integer(bits: int) -> Callable[[random.Random], int]:
    limit = 1 << (bits - 1)
    return lambda choice: choice.choice([*range(-3, 4), -limit, limit - 1])


def _double(choice: random.Random) -> float:
    return choice.choice([-1.5, -0.0, 0.0, 0.1, 3.0, 15.0, math.nan, math.inf, -math.inf, 1e300])


def _float(choice: random.Random) -> float:
    value = choice.choice([-1.5, -0.0, 0.0, 0.1, 16777217.0, 15.0, math.nan, math.inf])
    return float(struct.unpack("f", struct.pack("f", value))[0])


_TIMES = [
    datetime(2024, 1, 1, tzinfo=UTC),
    datetime(1849, 12, 31, 23, 48, 49, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
    datetime(1972, 1, 7, tzinfo=UTC),
    datetime(2, 1, 1, tzinfo=UTC),
    datetime(9998, 12, 30, tzinfo=UTC),
]


def _instant(choice: random.Random) -> datetime:
    return choice.choice(_TIMES) + timedelta(
        microseconds=choice.choice([0, 1, 999, 1500, 61_000_000])
    )


def _clock_time(choice: random.Random) -> datetime:
    return _instant(choice).replace(tzinfo=None)


def _day(choice: random.Random) -> date:
    return choice.choice([date(1, 1, 1), date(1969, 12, 31), date(9999, 12, 31), date(2024, 2, 29)])


@dataclass(frozen=True)
class Column:
    """A column: its names here and there, its values, and how writers write their bounds."""

    name: str
    kind: str
    arrow: pa.DataType
    value: Callable[[random.Random], Any]
    ways: Sequence[Way]
    parent: str | None = None

    @property
    def sql(self) -> str:
        return self.name if self.parent is None else f"{self.parent}['{self.name}']"

    @property
    def is_float(self) -> bool:
        return self.kind in ("float", "double")

    @property
    def expression(self) -> ds.Expression:
        return ds.field(self.name) if self.parent is None else ds.field(self.parent, self.name)

    def of(self, row: dict[str, Any]) -> Any:
        return row[self.name] if self.parent is None else (row[self.parent] or {}).get(self.name)


_W = written_bounds
COLUMNS = [
    Column("i8", "byte", pa.int8(), _integer(8), _W.PLAIN),
    Column("i16", "short", pa.int16(), _integer(16), _W.PLAIN),
    Column("i32", "integer", pa.int32(), _integer(32), _W.PLAIN),
    Column("i64", "long", pa.int64(), _integer(64), _W.PLAIN),
    Column("f32", "float", pa.float32(), _float, _W.FLOATS),
    Column("f64", "double", pa.float64(), _double, _W.FLOATS),
    Column("cents", "decimal(9,2)", pa.decimal128(9, 2), _decimal(9, 2), _W.DECIMALS),
    Column("key", "decimal(20,0)", pa.decimal128(20, 0), _decimal(20, 0), _W.DECIMALS),
    Column("wide", "decimal(38,0)", pa.decimal128(38, 0), _decimal(38, 0), _W.DECIMALS),
    Column("fine", "decimal(38,10)", pa.decimal128(38, 10), _decimal(38, 10), _W.DECIMALS),
    Column("flag", "boolean", pa.bool_(), lambda choice: choice.random() < 0.5, _W.PLAIN),
    Column("day", "date", pa.date32(), _day, _W.DATES),
    Column("ts", "timestamp", pa.timestamp("us", "UTC"), _instant, _W.INSTANTS),
    Column("ntz", "timestamp_ntz", pa.timestamp("us"), _clock_time, _W.CLOCK_TIMES),
    Column("s", "string", pa.string(), _text, _W.STRINGS),
    Column("n", "decimal(20,0)", pa.decimal128(20, 0), _decimal(20, 0), _W.DECIMALS, "st"),
    Column("t", "string", pa.string(), _text, _W.STRINGS, "st"),
    Column("u", "timestamp", pa.timestamp("us", "UTC"), _instant, _W.INSTANTS, "st"),
]
_PLAIN = [column for column in COLUMNS if column.parent is None]
_NESTED = [column for column in COLUMNS if column.parent is not None]
SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64()),
        *(pa.field(column.name, column.arrow) for column in _PLAIN),
        pa.field("st", pa.struct([pa.field(column.name, column.arrow) for column in _NESTED])),
        pa.field("bin", pa.binary()),
    ]
)
_METADATA = metadata(
    log_field("id", "long"),
    *(log_field(column.name, column.kind) for column in _PLAIN),
    log_field(
        "st",
        {"type": "struct", "fields": [log_field(column.name, column.kind) for column in _NESTED]},
    ),
    log_field("bin", "binary"),
    log_field("p", "string"),
    partition_columns=["p"],
)
FORMS = ["commits", "texts", "typed"]


@dataclass
class HintedTable:
    """A table, its rows, the values that they are made of, and the statistics in the log."""

    root: Path
    form: str = ""
    statistics: list[str] = field(default_factory=list)
    rows: Rows = field(default_factory=list)
    pool: dict[str, list[Any]] = field(default_factory=dict)


def _file_rows(choice: random.Random, pool: dict[str, list[Any]]) -> Rows:
    """Rows of one file; columns of one value are those that could be taken for constants."""
    size = choice.randrange(1, 5)
    columns: dict[str, list[Any]] = {}
    for column in COLUMNS:
        values = [choice.choice(pool[column.name]) for _ in range(size)]
        shape = choice.randrange(6)
        if shape <= 2:
            values = values[:1] * size
        elif shape == 3:
            values = [None if choice.random() < 0.4 else value for value in values]
        elif shape == 4 and choice.random() < 0.3:
            values = [None] * size
        columns[column.name] = values
    rows: Rows = []
    for i in range(size):
        row = {column.name: columns[column.name][i] for column in _PLAIN}
        row["st"] = {column.name: columns[column.name][i] for column in _NESTED}
        if choice.random() < 0.1:
            row["st"] = None
        row["bin"] = choice.choice(pool["s"]).encode()
        rows.append(row)
    return rows


def _statistics(choice: random.Random, rows: Rows) -> dict[str, Any]:
    sections: dict[str, dict[str, Any]] = {"minValues": {}, "maxValues": {}, "nullCount": {}}

    def put(section: str, column: Column, value: Any) -> None:
        members = sections[section]
        if column.parent is not None:
            members = members.setdefault(column.parent, {})
        members[column.name] = value

    for column in COLUMNS:
        if choice.random() < 0.05:
            continue
        values = [column.of(row) for row in rows]
        present = [value for value in values if value is not None]
        put("nullCount", column, len(values) - len(present))
        bounds = choice.choice(column.ways)(present) if present else None
        if bounds is not None:
            put("minValues", column, bounds[0])
            put("maxValues", column, bounds[1])
    return {"numRecords": len(rows), **sections}


def _typed_statistics(statistics: dict[str, Any]) -> tuple[dict[str, Any], pa.DataType]:
    """Statistics as a checkpoint has them in `stats_parsed`, and their type."""

    def members(section: dict[str, Any], columns: list[Column]) -> dict[str, Any]:
        return {
            column.name: written_bounds.typed(column.kind, section.get(column.name))
            for column in columns
        }

    def struct_of(columns: list[Column], kind: pa.DataType | None = None) -> list[pa.Field]:
        return [pa.field(column.name, kind or column.arrow) for column in columns]

    found: dict[str, Any] = {"numRecords": statistics["numRecords"]}
    fields = [pa.field("numRecords", pa.int64())]
    for name in ("minValues", "maxValues"):
        section = statistics[name]
        found[name] = members(section, _PLAIN) | {"st": members(section.get("st", {}), _NESTED)}
        st = pa.field("st", pa.struct(struct_of(_NESTED)))
        fields.append(pa.field(name, pa.struct([*struct_of(_PLAIN), st])))
    found["nullCount"] = statistics["nullCount"]
    st = pa.field("st", pa.struct(struct_of(_NESTED, pa.int64())))
    fields.append(pa.field("nullCount", pa.struct([*struct_of(_PLAIN, pa.int64()), st])))
    return found, pa.struct(fields)


def make_table(seed: int, root: Path) -> HintedTable:
    choice = random.Random(seed)
    table = HintedTable(root)
    for column in COLUMNS:
        table.pool[column.name] = [column.value(choice) for _ in range(choice.randrange(2, 6))]
    log = LogTable(root)
    form = table.form = choice.choice(FORMS)
    actions = []
    typed = None
    for number in range(choice.randrange(1, 6)):
        rows = _file_rows(choice, table.pool)
        partition = choice.choice(["p", "01", None])
        for row in rows:
            row["id"] = len(table.rows)
            table.rows.append(row | {"p": partition})
        statistics = _statistics(choice, rows)
        data = pa.Table.from_pylist(rows, schema=SCHEMA)
        table.statistics.append(to_json(statistics))
        action = log.data(f"{number}.parquet", data, {"p": partition}, table.statistics[-1])
        if form == "typed":
            parsed, typed = _typed_statistics(statistics)
            action["add"]["stats_parsed"] = parsed
            action["add"]["partitionValues_parsed"] = {"p": partition}
        actions.append(action)
    head = [protocol("timestampNtz"), _METADATA]
    log.commit(0, *head, *(_without_typed(action) for action in actions))
    if form != "commits":
        forms: dict[str, Any] = {}
        if typed is not None:
            partition_type = pa.struct([("p", pa.string())])
            forms = {"stats": typed, "partition": partition_type, "texts": False}
        write_v2(log, 0, [*head, *actions], "classic", **forms)
        log.commit(1, {"commitInfo": {"timestamp": 1}})
        (log.log / f"{0:020d}.json").unlink()
    return table


def _without_typed(action: dict[str, Any]) -> dict[str, Any]:
    members = {k: v for k, v in action["add"].items() if not k.endswith("_parsed")}
    return {"add": members}


# Questions.


def literal(column: Column, value: Any) -> str:
    """A value as SQL of the column's type."""
    if column.kind == "string":
        return "'" + str(value).replace("'", "''") + "'"
    if column.kind in ("timestamp", "timestamp_ntz"):
        zone = 'Some("UTC")' if column.kind == "timestamp" else "None"
        return f"arrow_cast('{value.isoformat()}', 'Timestamp(Microsecond, {zone})')"
    if column.kind.startswith("decimal"):
        return f"CAST('{value:f}' AS {column.kind})"
    if column.kind == "date":
        return f"DATE '{value.isoformat()}'"
    if column.kind == "boolean":
        return str(value).lower()
    types = {"byte": "TINYINT", "short": "SMALLINT", "integer": "INT", "long": "BIGINT"}
    types |= {"float": "REAL", "double": "DOUBLE"}
    return f"CAST('{value!r}' AS {types[column.kind]})"


def _order(value: Any) -> Any:
    """The place of a value where NaN is greater than every number, as in SQL."""
    if isinstance(value, float):
        return (math.isnan(value), 0.0 if math.isnan(value) else value)
    return value


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Question:
    """A condition as SQL and as an expression of pyarrow, with the rows that it is true for: they
    differ in what NaN is."""

    column: Column
    sql: str
    expression: ds.Expression
    by_sql: list[int]
    by_pyarrow: list[int]


def _ids(rows: Rows, column: Column, is_true: Callable[[Any], bool]) -> list[int]:
    values = [(row["id"], column.of(row)) for row in rows]
    return [number for number, value in values if value is not None and is_true(value)]


def question(choice: random.Random, table: HintedTable) -> Question:
    column = choice.choice(COLUMNS)
    form = choice.randrange(8)
    if form == 2 and column.is_float:
        form = 3  # In lists of SQL, the two zeros differ.
    nulls = [row["id"] for row in table.rows if column.of(row) is None]
    others = [row["id"] for row in table.rows if column.of(row) is not None]
    if form == 0:
        return Question(column, f"{column.sql} IS NULL", column.expression.is_null(), nulls, nulls)
    if form == 1:
        is_valid = column.expression.is_valid()
        return Question(column, f"{column.sql} IS NOT NULL", is_valid, others, others)
    values = [choice.choice(table.pool[column.name])]
    if choice.random() < 0.2:
        values = [column.value(choice)]
    if form == 2:
        values.append(choice.choice(table.pool[column.name]))
        sql = ", ".join(literal(column, value) for value in values)
        found = _ids(table.rows, column, lambda of: of in values)
        expression = ds.scalar(False)
        for value in values:
            expression = expression | (column.expression == pa.scalar(value, column.arrow))
        return Question(column, f"{column.sql} IN ({sql})", expression, found, found)
    name = choice.choice(sorted(_OPERATORS))
    holds = _OPERATORS[name]
    by_sql = _ids(table.rows, column, lambda of: holds(_order(of), _order(values[0])))
    by_pyarrow = _ids(table.rows, column, lambda of: holds(of, values[0]))
    scalar = pa.scalar(values[0], column.arrow)
    expression = holds(column.expression, scalar)
    sql = f"{column.sql} {name} {literal(column, values[0])}"
    return Question(column, sql, expression, by_sql, by_pyarrow)


def bounds_of(rows: Rows, column: Column) -> tuple[Any, Any]:
    """The least and the greatest value; NaN is the greatest."""
    values = [value for row in rows if (value := column.of(row)) is not None]
    return (min(values, key=_order), max(values, key=_order)) if values else (None, None)


def sorted_values(rows: Rows, column: Column, descending: bool) -> list[Any]:
    """All values in the order of `ORDER BY`: nulls are greater than all others."""
    values = sorted((v for row in rows if (v := column.of(row)) is not None), key=_order)
    nulls = [None] * (len(rows) - len(values))
    return nulls + values[::-1] if descending else values + nulls


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return str({name: _shown(member) for name, member in sorted(value.items())})
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, (date, datetime)) else repr(value)


def comparable(rows: Rows) -> list[str]:
    """Rows as texts, in which NaN is NaN and a zero has its sign, by their ids."""
    return [_shown(row) for row in sorted(rows, key=lambda row: row["id"])]


def describe(table: HintedTable) -> str:
    """A table for the report of a failure."""
    return "\n".join([table.form, *table.statistics, *comparable(table.rows)])
