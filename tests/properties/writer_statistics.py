"""Statistics of a file, cut and printed the ways writers do it."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa

from harness.delta_kind import Column, Kind, Value, arrow_type, shortest

Statistics = dict[str, Any]

_DIGITS = "the digits "

# How a writer cuts and prints. `spark` and `rust` are today's, the others have been.
WRITERS = ["spark", "spark", "rust", "old spark", "local time", "exact"]
# What is lost on the way.
LOSSES = ["nothing", "nothing", "nothing", "all", "bounds", "null counts", "rows", "some columns"]


def collect(
    dice: random.Random,
    columns: list[Column],
    kinds: dict[int, Kind],
    rows: list[dict[int, Value]],
    writer: str,
    is_wide: bool,
) -> Statistics | None:
    """Returns what a writer logs about rows, as Python values; None for no statistics.

    `kinds` are the columns' types in the file. If `is_wide`, not all of the rows are live.
    """
    loss = dice.choice(LOSSES)
    if loss == "all":
        return None
    indexed = columns
    if loss == "some columns":
        indexed = [column for column in columns if dice.random() < 0.5]
    lows = _measured(indexed, kinds, rows, lambda kind, known: _bound(kind, known, writer, False))
    highs = _measured(indexed, kinds, rows, lambda kind, known: _bound(kind, known, writer, True))
    nulls = _null_counts(indexed, rows)
    found: Statistics = {"numRecords": len(rows), "minValues": lows, "maxValues": highs}
    found["nullCount"] = nulls
    if is_wide:
        found["tightBounds"] = False
    if loss == "bounds":
        del found["minValues"], found["maxValues"]
    elif loss == "null counts":
        del found["nullCount"]
    elif loss == "rows" and not is_wide:
        del found["numRecords"]
    return found


Measure = Callable[[Kind, list[Value]], Any]


def _measured(
    columns: list[Column], kinds: dict[int, Kind], rows: list[dict[int, Value]], measure: Measure
) -> dict[str, Any]:
    found = {}
    for column in columns:
        kind = kinds.get(column.id, column.kind)
        values = [row[column.id] for row in rows if row and row.get(column.id) is not None]
        if kind.name == "struct":
            below = _measured(kind.fields, {}, values, measure)
            if below:
                found[column.physical] = below
        elif values:
            bound = measure(kind, values)
            if bound is not None:
                found[column.physical] = bound
    return found


def _null_counts(columns: list[Column], rows: Sequence[dict[int, Value] | None]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column in columns:
        values = [None if row is None else row.get(column.id) for row in rows]
        if column.kind.name == "struct":
            found[column.physical] = _null_counts(column.kind.fields, values)
        elif column.kind.name not in ("array", "map"):
            found[column.physical] = sum(each is None for each in values)
    return found


def _bound(kind: Kind, values: list[Value], writer: str, is_max: bool) -> Value:
    pick = max if is_max else min
    match kind.name:
        case "array" | "map" | "binary":
            return None
        case "boolean":
            return pick(values) if writer == "exact" else None
        case "float" | "double":
            return _float_bound(values, writer, is_max)
        case "string":
            return _cut_text(pick(values), writer, is_max)
        case "timestamp" | "timestamp_ntz":
            bound = pick(values)
            if writer in ("rust", "exact"):
                return bound
            return bound.replace(microsecond=bound.microsecond // 1000 * 1000)
        case _:
            return pick(values)


def _float_bound(values: list[float], writer: str, is_max: bool) -> float | None:
    numbers = [value for value in values if not math.isnan(value)]
    if writer in ("spark", "old spark", "local time") and is_max and len(numbers) < len(values):
        return math.nan  # Greater than every number, in Spark.
    if not numbers:
        return None
    bound = (max if is_max else min)(numbers)
    if writer == "rust" and math.isinf(bound):
        return None
    return bound


def _cut_text(text: str, writer: str, is_max: bool) -> str | None:
    if writer == "exact":
        return text
    if writer == "rust":
        return _cut_bytes(text, is_max)
    kept = _characters_in_units(text, 32)
    if kept == len(text):
        return text
    cut = text[:kept]
    if not is_max:
        return cut
    if writer == "old spark":  # Until August 2024, whatever came next.
        return cut + "\ufffd"
    # The breaker must be above what it replaces; where it is not, more of the text is kept.
    for length in range(kept, len(text)):
        if text[length] < "\x7f":
            return text[:length] + "\x7f"
        if text[length] < "\U0010ffff":
            return text[:length] + "\U0010ffff"
    return text


def _characters_in_units(text: str, units: int) -> int:
    """How many characters the first code units of UTF-16 hold."""
    for at, character in enumerate(text):
        units -= 2 if ord(character) > 0xFFFF else 1
        if units < 0:
            return at
    return len(text)


def _cut_bytes(text: str, is_max: bool) -> str | None:
    data = text.encode()
    if len(data) <= 64:
        return text
    cut = data[:64].decode(errors="ignore")
    if not is_max:
        return cut
    for at in reversed(range(len(cut))):
        raised = ord(cut[at]) + 1
        if raised < 0xD800 or 0xE000 <= raised < 0x110000:
            candidate = cut[:at] + chr(raised)
            if len(candidate.encode()) <= 64:
                return candidate
    return None


def to_json(
    statistics: Statistics, columns: list[Column], kinds: dict[int, Kind], writer: str
) -> str:
    """The statistics as text of JSON."""
    by_name = {column.physical: kinds.get(column.id, column.kind) for column in columns}

    def printed(kind: Kind, value: Value) -> Any:
        if isinstance(value, dict):
            below = {column.physical: column.kind for column in kind.fields}
            return {name: printed(below[name], each) for name, each in value.items()}
        return _json_value(kind, value, writer)

    found = dict(statistics)
    for side in ("minValues", "maxValues"):
        if side in found:
            found[side] = {name: printed(by_name[name], v) for name, v in found[side].items()}
    # Python has no number of JSON with more digits than a double.
    return re.sub(rf'"{_DIGITS}([-0-9.]+)"', r"\1", json.dumps(found))


def _json_value(kind: Kind, value: Value, writer: str) -> Any:
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return shortest(value) if kind.name == "float" else value
    if isinstance(value, Decimal):
        return _json_decimal(kind, value, writer)
    if isinstance(value, datetime):
        return _json_instant(value, writer)
    if isinstance(value, date):
        return value.isoformat()
    return value


def _json_decimal(kind: Kind, value: Decimal, writer: str) -> Any:
    _, scale = kind.digits()
    if writer != "rust":
        return f"{_DIGITS}{value:f}"
    if scale == 0:  # Through a double into 64 bits, where all that is greater ends.
        return max(-(2**63), min(2**63 - 1, int(float(value))))
    return float(value)


def _json_instant(value: datetime, writer: str) -> str:
    digits = "milliseconds" if value.microsecond % 1000 == 0 else "microseconds"
    naive = value.replace(tzinfo=None)
    if value.tzinfo is None:
        return naive.isoformat(timespec=digits)
    if writer != "local time" or value.year in (1, 9999):
        return naive.isoformat(timespec=digits) + "Z"
    # A zone whose local mean time has seconds, of which the offset keeps none.
    offset = timedelta(hours=1, minutes=12, seconds=12) if value.year < 1880 else timedelta(hours=2)
    local = value.astimezone(timezone(offset)).replace(tzinfo=None)
    hours, minutes = divmod(int(offset.total_seconds()) // 60, 60)
    return local.isoformat(timespec=digits) + f"+{hours:02}:{minutes:02}"


def parsed_type(columns: list[Column]) -> pa.DataType:
    """The type of `stats_parsed`."""

    bounds = _leaves(columns, lambda kind: arrow_type(kind, True), ("binary", "boolean"))
    counts = _leaves(columns, lambda _: pa.int64(), ())
    members = [pa.field("numRecords", pa.int64()), pa.field("tightBounds", pa.bool_())]
    members += [pa.field(side, pa.struct(bounds)) for side in ("minValues", "maxValues") if bounds]
    members += [pa.field("nullCount", pa.struct(counts))]
    return pa.struct(members)


def _leaves(
    columns: list[Column], type_of: Callable[[Kind], pa.DataType], without: Sequence[str]
) -> list[pa.Field]:
    """Columns with statistics. A struct without any is left out: Parquet has no empty ones."""
    found = []
    for column in columns:
        if column.kind.name == "struct":
            below = _leaves(column.kind.fields, type_of, without)
            found += [pa.field(column.physical, pa.struct(below))] if below else []
        elif column.kind.name not in ("array", "map", *without):
            found.append(pa.field(column.physical, type_of(column.kind)))
    return found
