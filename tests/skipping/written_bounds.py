"""Bounds of values as writers write them into statistics: whole, cut, rounded, saturated.

Each way takes the values that a column of one file has, without nulls, and returns their least and
greatest as a writer spells them in JSON; nothing where it gives no bounds.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from functools import partial
from typing import Any

Bounds = tuple[Any, Any] | None
Way = Callable[[Sequence[Any]], Bounds]


class Token(str):
    """A number of JSON as it is spelled."""


def to_json(value: Any) -> str:
    if isinstance(value, Token):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{to_json(v)}" for k, v in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


# Strings. Writers order them by their bytes in UTF-8, as Python does by code points.

LAST = "\U0010ffff"


def whole(values: Sequence[Any]) -> Bounds:
    return min(values), max(values)


def cut_to_bytes(size: int, values: Sequence[str]) -> Bounds:
    """As arrow-rs: between characters, and the greatest is raised; what cannot be is not cut."""

    def cut(text: str) -> str:
        return text.encode()[:size].decode(errors="ignore")

    low, high = min(values), max(values)
    short = cut(high)
    if len(high.encode()) > size:
        high = _raised(short) or high
    return (cut(low) or low), high


def _raised(text: str) -> str | None:
    for end in range(len(text), 0, -1):
        code = ord(text[end - 1]) + 1
        code = 0xE000 if 0xD800 <= code <= 0xDFFF else code
        if code <= 0x10FFFF and len(chr(code).encode()) == len(text[end - 1].encode()):
            return text[: end - 1] + chr(code)
    return None


def _units(text: str) -> list[str]:
    """The UTF-16 units of a text."""
    raw = text.encode("utf-16-le")
    return [raw[i : i + 2].decode("utf-16-le", "surrogatepass") for i in range(0, len(raw), 2)]


def _joined(units: Sequence[str]) -> str:
    """Units as a text; Java writes a question mark for half a character."""
    raw = "".join(units).encode("utf-16-le", "surrogatepass")
    text = raw.decode("utf-16-le", "surrogatepass")
    return "".join("?" if 0xD800 <= ord(letter) <= 0xDFFF else letter for letter in text)


def cut_by_spark(size: int, values: Sequence[str]) -> Bounds:
    """Delta Spark until 2024: units of UTF-16 are cut, and compared to U+FFFD."""
    low, high = _units(min(values)), _units(max(values))
    end = size
    while end < len(high) and high[end] >= "\ufffd":
        end += 1
    tied = _joined(high[:end]) + "\ufffd" if end < len(high) else _joined(high)
    return _joined(low[:size]), tied


def cut_by_new_spark(size: int, values: Sequence[str]) -> Bounds:
    """Delta Spark since: whole characters, and what is put after them is above the next one."""

    def prefix(text: str, length: int) -> str:
        units = _units(text)[:length]
        if units and 0xD800 <= ord(units[-1]) <= 0xDBFF:
            units.pop()
        return _joined(units)

    low, high = min(values), max(values)
    end = len(prefix(high, size))
    while end < len(high) and high[end] == LAST:
        end += 1
    if end == len(high) or len(_units(high)) <= size:
        return prefix(low, size), high
    return prefix(low, size), high[:end] + ("\x7f" if high[end] < "\x7f" else LAST)


def cut_to_characters(size: int, values: Sequence[str]) -> Bounds:
    """What the protocol says, and no more."""
    return min(values)[:size], max(values)[:size]


def cut_to_units(size: int, values: Sequence[str]) -> Bounds:
    return _joined(_units(min(values))[:size]), _joined(_units(max(values))[:size])


def cut_anywhere(size: int, values: Sequence[str]) -> Bounds:
    """Within characters, whose halves are replaced."""
    low, high = (text.encode()[:size].decode(errors="replace") for text in whole(values) or ())
    return low, high


STRINGS: list[Way] = [
    whole,
    partial(cut_to_bytes, 64),
    partial(cut_to_bytes, 8),
    partial(cut_by_spark, 32),
    partial(cut_by_spark, 5),
    partial(cut_by_new_spark, 32),
    partial(cut_by_new_spark, 5),
    *(partial(cut_to_characters, size) for size in (1, 5, 16, 32)),
    *(partial(cut_to_units, size) for size in (1, 7, 32)),
    *(partial(cut_anywhere, size) for size in (3, 10, 32)),
]


# Decimals.

_LIMIT = 2**63


def _digits(value: Decimal) -> str:
    return format(value, "f")


def in_full(values: Sequence[Decimal]) -> Bounds:
    return Token(_digits(min(values))), Token(_digits(max(values)))


def in_full_as_text(values: Sequence[Decimal]) -> Bounds:
    return _digits(min(values)), _digits(max(values))


def through_double(values: Sequence[Decimal]) -> Bounds:
    return Token(repr(float(min(values)))), Token(repr(float(max(values))))


def through_double_as_text(values: Sequence[Decimal]) -> Bounds:
    return repr(float(min(values))), repr(float(max(values)))


def through_double_to_integer(values: Sequence[Decimal]) -> Bounds:
    """As deltalake for scale 0: what is out of range becomes the limit."""
    if any(value.as_tuple().exponent != 0 for value in values):
        return through_double(values)
    numbers = [int(float(value)) for value in (min(values), max(values))]
    low, high = (max(-_LIMIT, min(_LIMIT - 1, number)) for number in numbers)
    return low, high


DECIMALS: list[Way] = [
    in_full,
    in_full_as_text,
    through_double,
    through_double_as_text,
    through_double_to_integer,
]


# Floats.


def _spelled(value: float) -> Any:
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return Token(repr(value))


def without_nan(values: Sequence[float]) -> Bounds:
    numbers = [value for value in values if not math.isnan(value)]
    return (_spelled(min(numbers)), _spelled(max(numbers))) if numbers else None


def with_other_zeros(values: Sequence[float]) -> Bounds:
    numbers = [-value if value == 0 else value for value in values if not math.isnan(value)]
    return (_spelled(min(numbers)), _spelled(max(numbers))) if numbers else None


def with_nan(values: Sequence[float]) -> Bounds:
    bounds = without_nan(values)
    has_nan = any(math.isnan(value) for value in values)
    return ((bounds or ("NaN", None))[0], "NaN") if has_nan else bounds


FLOATS: list[Way] = [without_nan, with_other_zeros, with_nan]


# Instants and wall-clock times.

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _micros(moment: datetime) -> int:
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1)


def _clock(micros: int, digits: int) -> str:
    moment = _EPOCH + timedelta(microseconds=micros)
    fraction = f"{micros % 1_000_000:06d}"[:digits]
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "." + fraction


def in_microseconds(zone: str, values: Sequence[datetime]) -> Bounds:
    low, high = (_clock(_micros(moment), 6) + zone for moment in whole(values) or ())
    return low, high


def in_milliseconds(zone: str, values: Sequence[datetime]) -> Bounds:
    low, high = (_clock(_micros(moment), 3) + zone for moment in whole(values) or ())
    return low, high


def towards_zero(zone: str, values: Sequence[datetime]) -> Bounds:
    moments = [_micros(moment) for moment in whole(values) or ()]
    cut = [-(-micros // 1000) * 1000 if micros < 0 else micros for micros in moments]
    return _clock(cut[0], 3) + zone, _clock(cut[1], 3) + zone


# Since then, offsets of all zones are whole minutes.
_LAST_SECONDS = datetime(1972, 1, 7, 0, 44, 30, tzinfo=UTC)


def with_offset(seconds: int, values: Sequence[datetime]) -> Bounds:
    """As Delta Spark in a zone with that offset from UTC, of which it writes hours and minutes."""

    def spelled(moment: datetime) -> str:
        minutes = abs(seconds) // 60
        sign = -1 if seconds < 0 else 1
        offset = seconds if moment < _LAST_SECONDS else sign * minutes * 60
        zone = f"{'-' if seconds < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
        return _clock(_micros(moment) + offset * 1_000_000, 3) + zone

    return spelled(min(values)), spelled(max(values))


# Kabul's, New York's, Monrovia's, Kolkata's mean time, and whole offsets.
OFFSETS = [4 * 3600 + 36 * 60 + 48, -17762, -2670, 21208, 7200, -12600, 59, -59]
INSTANTS: list[Way] = [
    partial(in_microseconds, "Z"),
    partial(in_milliseconds, "Z"),
    partial(towards_zero, "Z"),
    *(partial(with_offset, seconds) for seconds in OFFSETS),
]
CLOCK_TIMES: list[Way] = [
    partial(in_microseconds, ""),
    partial(in_milliseconds, ""),
    partial(in_milliseconds, "Z"),
    partial(towards_zero, ""),
]


# What no writer cuts.


def as_dates(values: Sequence[date]) -> Bounds:
    return min(values).isoformat(), max(values).isoformat()


PLAIN: list[Way] = [whole]
DATES: list[Way] = [as_dates]


# The typed form of bounds in checkpoints, which writers make from the JSON.


_CONTEXT = Context(prec=60)


def typed(kind: str, bound: Any) -> Any:
    """A bound as a value for a column of `stats_parsed`; None where it is no value of the type."""
    if bound is None:
        return None
    if kind in ("timestamp", "timestamp_ntz"):
        moment = datetime.fromisoformat(bound)
        if kind == "timestamp_ntz":
            return moment.replace(tzinfo=None)
        return moment.astimezone(UTC)
    if kind == "date":
        return date.fromisoformat(bound)
    if kind.startswith("decimal"):
        precision, scale = (int(part) for part in kind[8:-1].split(","))
        number = Decimal(str(bound))
        steps = number.scaleb(scale, _CONTEXT)
        is_value = steps == steps.to_integral_value() and steps.copy_abs() < 10**precision
        return number.quantize(Decimal(1).scaleb(-scale), context=_CONTEXT) if is_value else None
    if kind in ("float", "double"):
        return float(bound)
    return bound
