"""Random values, most of them such as readers and writers have stumbled over."""

from __future__ import annotations

import math
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal

from harness.delta_kind import Kind, Value, float32

_BITS = {"byte": 7, "short": 15, "integer": 31, "long": 63}
_EXACT = Context(prec=76)

# Equal up to where writers cut texts: 32 characters, or 64 bytes.
_PREFIXES = [
    "x" * 31,
    "x" * 32,
    "漢" * 21,
    "é" * 32,
    "😀" * 16,
    "https://example.org/articles/2024",
]
_TAILS = [
    "",
    "a",
    "b",
    "z",
    "é",
    "漢",
    "😀",
    "\U0002070e",
    "\x7f",
    "\ufffd",
    "\uffff",
    "\U0010ffff",
]
_SHORT = [
    "a",
    "A",
    "ab",
    "b",
    "ba",
    "Z",
    "0",
    "-1",
    "a b",
    "100%",
    "_",
    "it's",
    'say "x"',
    "é",
    "漢",
]
_SHORT += ["😀", "\\", "null", "\t", "\x01"]
_PLACES = [
    "NO",
    "SE",
    "a/b",
    "a=b",
    "a b",
    "50%",
    "%2F",
    "é",
    "漢字",
    "..",
    "a:b",
    "#?",
    "it's",
    "\\",
]
_PLACES += ["__HIVE_DEFAULT_PARTITION__", "x" * 40]

_DAYS = [date(1, 1, 1), date(1582, 10, 4), date(1899, 12, 31), date(1970, 1, 1), date(9999, 12, 31)]
_OLD = [
    datetime(1849, 12, 31, 23, 48, 49),
    datetime(1870, 3, 1, 4, 56, 2),
    datetime(1, 1, 1),
    datetime(1969, 12, 31, 23, 59, 59, 999_999),
    datetime(9999, 12, 31, 23, 59, 59, 999_000),
]


def value(dice: random.Random, kind: Kind, in_folder: bool = False) -> Value:
    """Draws a value that is not null; of a partition if `in_folder`."""
    match kind.name:
        case "byte" | "short" | "integer" | "long":
            bits = _BITS[kind.name]
            edges = [-(2**bits), 2**bits - 1, 2**bits - 2, -(2 ** (bits - 10)) if bits > 10 else 9]
            edges += [2**53 + dice.randint(-2, 2)] if bits == 63 else []
            return dice.choice(edges) if dice.random() < 0.15 else dice.randint(-9, 9)
        case "float":
            return float32(_number(dice))
        case "double":
            return _number(dice)
        case "boolean":
            return dice.random() < 0.5
        case "string":
            return _place(dice) if in_folder else _text(dice)
        case "binary":
            return bytes(dice.choice([0, 1, 65, 127, 128, 255]) for _ in range(dice.randint(0, 3)))
        case "date":
            return dice.choice(_DAYS) if dice.random() < 0.2 else _day(dice)
        case "timestamp":
            return _instant(dice).replace(tzinfo=UTC)
        case "timestamp_ntz":
            return _instant(dice)
        case "struct":
            return {
                column.id: None if dice.random() < 0.2 else value(dice, column.kind)
                for column in kind.fields
            }
        case "array":
            return [
                None if dice.random() < 0.2 else value(dice, kind.inner())
                for _ in range(dice.randint(0, 3))
            ]
        case "map":
            keys = sorted({value(dice, kind.keys()) for _ in range(dice.randint(0, 3))})
            return {key: None if dice.random() < 0.2 else value(dice, kind.inner()) for key in keys}
        case _:
            return _decimal(dice, *kind.digits())


def _number(dice: random.Random) -> float:
    odd = [math.nan, math.inf, -math.inf, -0.0, 0.1, 16777217.0, 1e30, 1e-40]
    return dice.choice(odd) if dice.random() < 0.25 else dice.randint(-8, 8) / 2


def _text(dice: random.Random) -> str:
    if dice.random() < 0.5:
        return dice.choice(_SHORT)
    tail = "".join(dice.choice(_TAILS) for _ in range(dice.randint(0, 2)))
    return dice.choice(_PREFIXES) + tail + dice.choice(["", "", "y" * 30])


def _place(dice: random.Random) -> str:
    return dice.choice(_PLACES) if dice.random() < 0.6 else dice.choice(_SHORT)


def _day(dice: random.Random) -> date:
    return date(2024, 1, 15) + timedelta(days=dice.randint(0, 40))


def _instant(dice: random.Random) -> datetime:
    choice = dice.random()
    if choice < 0.2:
        return dice.choice(_OLD)
    if choice < 0.6:  # Less than the millisecond apart that statistics keep.
        return datetime(2024, 2, 29, 12) + timedelta(microseconds=dice.randint(0, 3000))
    return datetime(2024, 1, 1) + timedelta(hours=dice.randint(0, 2000))


def _decimal(dice: random.Random, precision: int, scale: int) -> Decimal:
    limit = 10**precision - 1
    choice = dice.random()
    if choice < 0.6:
        unscaled = dice.randint(-999, 999) * 10 ** dice.choice([0, 0, min(2, precision - 3)])
    else:
        # What a double, or an integer of 64 bits, cannot tell from its neighbours.
        power = dice.choice([2**53, 2**63, 10**17, 1212092628029698053, limit])
        unscaled = dice.choice([-1, 1]) * (power + dice.randint(-2, 2))
    return Decimal(max(-limit, min(limit, unscaled))).scaleb(-scale, context=_EXACT)


def pool(dice: random.Random, kind: Kind, size: int, in_folder: bool = False) -> list[Value]:
    """Draws values, in order where they have one: those of a file can be neighbours."""
    drawn = [value(dice, kind, in_folder) for _ in range(size)]
    if kind.name in ("struct", "array", "map"):
        return drawn
    return sorted(drawn, key=lambda each: _place_of(each))


def _place_of(each: Value) -> Value:
    return math.inf if isinstance(each, float) and math.isnan(each) else each
