"""Random rows of Arrow: every type that Delta has, in every layout that holds it."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

TEXTS = ["", "a", "A", "é", "漢字" * 20, "😀", "a b", "x=y", "100%", "a/b", "'", '"', "\\", "\n"]
TEXTS += ["null", "__HIVE_DEFAULT_PARTITION__", "x" * 40, "z" * 31 + "\ud7ff" * 3, "\x01", "#?:*"]
DAYS = [date(1, 1, 1), date(1969, 12, 31), date(1970, 1, 1), date(2024, 2, 29), date(9999, 12, 31)]
BITS = {"byte": 8, "short": 16, "integer": 32, "long": 64}
NUMBERS = {"byte": pa.int8(), "short": pa.int16(), "integer": pa.int32(), "long": pa.int64()}

LAYOUTS: dict[str, list[pa.DataType]] = {
    "boolean": [pa.bool_()],
    "byte": [pa.int8()],
    "short": [pa.int16(), pa.uint8()],
    "integer": [pa.int32(), pa.uint16(), pa.dictionary(pa.int8(), pa.int32())],
    "long": [pa.int64(), pa.uint32(), pa.uint64()],
    "float": [pa.float32(), pa.float16()],
    "double": [pa.float64()],
    "decimal(5,2)": [pa.decimal128(5, 2), pa.decimal32(5, 2), pa.decimal256(5, 2)],
    "decimal(38,10)": [pa.decimal128(38, 10), pa.decimal256(38, 10)],
    "string": [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int16(), pa.string()),
    ],
    "binary": [pa.binary(), pa.large_binary(), pa.binary_view()],
    "date": [pa.date32(), pa.date64()],
    "timestamp": [pa.timestamp("us", "UTC"), pa.timestamp("us", "Europe/Paris")],
    "timestamp_ntz": [pa.timestamp("us")],
}


@dataclass
class Kind:
    """A type: a primitive one, or one with parts."""

    name: str
    parts: list[Kind] = field(default_factory=list)

    def layout(self, dice: random.Random) -> pa.DataType:
        if self.name == "struct":
            return pa.struct([(f"f{i}", part.layout(dice)) for i, part in enumerate(self.parts)])
        if self.name == "array":
            make = dice.choice([pa.list_, pa.large_list, pa.list_view])
            return make(self.parts[0].layout(dice))
        if self.name == "map":
            return pa.map_(pa.string(), self.parts[0].layout(dice))
        return dice.choice(LAYOUTS[self.name])

    def plain(self) -> pa.DataType:
        """The layout that holds all values."""
        if self.name == "struct":
            return pa.struct([(f"f{i}", part.plain()) for i, part in enumerate(self.parts)])
        if self.name == "array":
            return pa.list_(self.parts[0].plain())
        if self.name == "map":
            return pa.map_(pa.string(), self.parts[0].plain())
        return LAYOUTS[self.name][0]

    def value(self, dice: random.Random) -> Any:
        if dice.random() < 0.15:
            return None
        if self.name == "struct":
            return {f"f{i}": part.value(dice) for i, part in enumerate(self.parts)}
        if self.name == "array":
            return [self.parts[0].value(dice) for _ in range(dice.randint(0, 3))]
        if self.name == "map":
            keys = dice.sample(TEXTS, dice.randint(0, 3))
            return [(key, self.parts[0].value(dice)) for key in keys]
        return _primitive(self.name, dice)


def _primitive(name: str, dice: random.Random) -> Any:
    if name in BITS:
        limit = 2 ** (BITS[name] - 1)
        return dice.choice([0, 1, -1, limit - 1, -limit, dice.randrange(-limit, limit)])
    if name in ("float", "double"):
        value = dice.choice(
            [0.0, -0.0, float("nan"), float("inf"), float("-inf"), 1.5, dice.gauss(0, 1e6), 1e-40]
        )
        return struct.unpack("f", struct.pack("f", value))[0] if name == "float" else value
    if name.startswith("decimal"):
        precision, scale = (int(part) for part in name[8:-1].split(","))
        limit = 10**precision
        digits = dice.choice([0, 1, -1, limit - 1, 1 - limit, dice.randrange(1 - limit, limit)])
        return Decimal(digits).scaleb(-scale) if precision < 28 else _scaled(digits, scale)
    if name == "string":
        return dice.choice(TEXTS)
    if name == "binary":
        return dice.choice([b"", b"a", "é".encode(), b"x" * 40, b"a=/b"])
    if name == "date":
        return dice.choice([*DAYS, date(1970, 1, 1) + timedelta(dice.randint(-40_000, 40_000))])
    if name == "boolean":
        return dice.random() < 0.5
    day = dice.choice(DAYS[1:-1])
    moment = datetime(day.year, day.month, day.day) + timedelta(microseconds=dice.randrange(10**11))
    return moment.replace(tzinfo=UTC) if name == "timestamp" else moment


def _scaled(digits: int, scale: int) -> Decimal:
    sign, text = ("-", str(-digits)) if digits < 0 else ("", str(digits))
    text = text.rjust(scale + 1, "0")
    return Decimal(f"{sign}{text[:-scale]}.{text[-scale:]}")


def random_kind(dice: random.Random, depth: int = 2) -> Kind:
    if depth == 0 or dice.random() < 0.7:
        return Kind(dice.choice(list(LAYOUTS)))
    name = dice.choice(["struct", "array", "map"])
    count = dice.randint(1, 3) if name == "struct" else 1
    return Kind(name, [random_kind(dice, depth - 1) for _ in range(count)])


def random_array(dice: random.Random, kind: Kind, values: list[Any]) -> pa.Array:
    """The values in some layout, as a slice of more."""
    before, after = dice.randint(0, 3), dice.randint(0, 3)
    padded = [kind.value(dice) for _ in range(before)] + values
    padded += [kind.value(dice) for _ in range(after)]
    for layout in (kind.layout(dice), kind.plain()):
        try:
            array = pa.array(padded, layout)
            if array.to_pylist() and plain_values(array) != plain_values(padded):
                continue  # The layout rounds, as half floats do.
            return array.slice(before, len(values))
        except (pa.ArrowException, OverflowError, ValueError, TypeError):
            continue
    return pa.array(padded, kind.plain()).slice(before, len(values))


def plain_values(values: Any) -> list[str]:
    """Texts that are the same for equal values, whoever read them."""
    found = values.to_pylist() if hasattr(values, "to_pylist") else values
    return [_text(value) for value in found]


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{_text(part)}" for key, part in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_text(part) for part in value) + "]"
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    return repr(value)
