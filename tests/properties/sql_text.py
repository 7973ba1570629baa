"""SQL in the words of DataFusion and, where it means the same there, in those of duckdb."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from harness.delta_kind import Kind, Value


@dataclass(frozen=True)
class Sql:
    """A piece of SQL. `duckdb` is None where duckdb means something else by it."""

    datafusion: str
    duckdb: str | None
    template: str = ""
    parts: tuple[Sql, ...] = ()
    """What `template` was filled with."""
    is_condition: bool = False

    def __str__(self) -> str:
        return self.datafusion


def alike(text: str) -> Sql:
    """SQL that both spell and mean alike."""
    return Sql(text, text)


def joined(template: str, *parts: Sql, is_condition: bool = False) -> Sql:
    """Puts parts into a template of `{}`s."""
    datafusion = template.format(*(part.datafusion for part in parts))
    texts = [part.duckdb for part in parts if part.duckdb is not None]
    duckdb = template.format(*texts) if len(texts) == len(parts) else None
    return Sql(datafusion, duckdb, template, parts, is_condition)


def condition(template: str, *parts: Sql) -> Sql:
    """A condition, of which `simpler` may leave something out."""
    return joined(template, *parts, is_condition=True)


def simpler(sql: Sql) -> Iterator[Sql]:
    """The same with one condition replaced by a part of it or by TRUE, greatest changes first."""
    if sql.is_condition:
        yield Sql("TRUE", "TRUE")
        yield from (part for part in sql.parts if part.is_condition)
    for at, part in enumerate(sql.parts):
        for less in simpler(part):
            parts = [*sql.parts[:at], less, *sql.parts[at + 1 :]]
            yield joined(sql.template, *parts, is_condition=sql.is_condition)


def listed(parts: list[Sql], separator: str = ", ") -> Sql:
    return joined(separator.join(["{}"] * len(parts)), *parts)


def only_datafusion(part: Sql) -> Sql:
    return Sql(part.datafusion, None)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def literal(value: Value, kind: Kind) -> Sql:
    """A value of a primitive type, of exactly this type."""
    if value is None:
        return alike("NULL")
    match kind.name:
        case "string":
            return alike(text_literal(value))
        case "binary":
            return Sql(f"X'{value.hex()}'", f"from_hex('{value.hex()}')")
        case "boolean":
            return alike(str(value).upper())
        case "float" | "double":
            return _float_literal(value, kind.name)
        case "date":
            return alike(f"DATE '{_day(value)}'")
        case "timestamp":
            text = _instant(value)
            return Sql(
                f"arrow_cast('{text}', 'Timestamp(Microsecond, Some(\"UTC\"))')",
                f"TIMESTAMPTZ '{text}+00'",
            )
        case "timestamp_ntz":
            text = _instant(value)
            return Sql(
                f"arrow_cast('{text}', 'Timestamp(Microsecond, None)')", f"TIMESTAMP '{text}'"
            )
        case "byte" | "short" | "integer" | "long":
            return alike(f"CAST('{value}' AS {SQL_TYPES[kind.name]})")
        case _:
            precision, scale = kind.digits()
            return alike(f"CAST('{value:f}' AS DECIMAL({precision},{scale}))")


SQL_TYPES = {"byte": "TINYINT", "short": "SMALLINT", "integer": "INTEGER", "long": "BIGINT"}


def bare(value: Value, kind: Kind) -> Sql:
    """A value the simplest way to write it, whose type is for the engine to find."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**62:
        return alike(str(value))
    if isinstance(value, Decimal) and abs(value) < 10**6 and value == round(value):
        return alike(str(int(value)))
    # A text becomes an instant in nanoseconds, which do not reach the far years.
    if kind.name == "timestamp_ntz" and 1700 < value.year < 2200:
        return Sql(text_literal(_instant(value)), f"TIMESTAMP '{_instant(value)}'")
    if isinstance(value, date) and kind.name == "date":
        return alike(text_literal(_day(value)))
    return literal(value, kind)


def _float_literal(value: float, kind: str) -> Sql:
    text = "inf" if math.isinf(value) and value > 0 else repr(value)
    if kind == "float":
        return Sql(f"arrow_cast('{text}', 'Float32')", f"CAST('{text}' AS FLOAT)")
    return alike(f"CAST('{text}' AS DOUBLE)")


def _day(value: date) -> str:
    return f"{value.year:04}-{value.month:02}-{value.day:02}"


def _instant(value: datetime) -> str:
    return value.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
