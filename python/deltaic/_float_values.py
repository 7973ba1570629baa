"""Numbers among the values of columns of floats, most of which such columns cannot hold."""

from __future__ import annotations

import math
import struct
import sys
from decimal import Decimal
from numbers import Real
from typing import Any

from deltaic.filters import FilterLiteralType


def among_floats(
    kind: str, comparison: FilterLiteralType, of_partitions: bool
) -> FilterLiteralType:
    """The same comparison of a column of the type `kind`, with numbers that the column can hold.

    A number is the double next to it, unless it is beyond all of them. Texts stay as they are.
    """
    column, operator, value = comparison
    if operator in ("in", "not in"):
        held = [number for one in value for number in _held(kind, one)]
        if operator == "not in" and of_partitions and value and not held:
            return column, "!=", None  # A list leaves nulls out, and an empty list does not.
        return column, operator, held
    if not _is_number(value):
        return comparison
    below, above = _neighbors(kind, value)
    if below == above or math.isnan(below):
        return column, operator, below
    match operator:
        case "=" | "==":
            return column, "in", []
        case "!=":
            return column, "!=", None
        case "<" | "<=":
            return column, "<=", below
        case ">" | ">=":
            return column, ">=", above
    return comparison


def _held(kind: str, value: Any) -> list[Any]:  # noqa: ANN401
    if not _is_number(value):
        return [value]
    below, above = _neighbors(kind, value)
    return [below] if below == above or math.isnan(below) else []


def _is_number(value: object) -> bool:
    return isinstance(value, (Real, Decimal)) and not isinstance(value, bool)


def _neighbors(kind: str, value: Any) -> tuple[float, float]:  # noqa: ANN401
    """The greatest float that is not greater than a number, and the least that is not less."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf if value > 0 else -math.inf
    if math.isinf(number) and value != number:
        most = sys.float_info.max
        number = math.copysign(most, number)
        if kind == "double":
            return (most, math.inf) if number > 0 else (-math.inf, -most)
    if kind == "double":
        return number, number
    nearest = _nearest_single(number)
    if nearest < number:
        return nearest, _single_after(nearest, 1)
    return (_single_after(nearest, -1) if nearest > number else nearest), nearest


def _nearest_single(number: float) -> float:
    try:
        return float(struct.unpack("<f", struct.pack("<f", number))[0])
    except OverflowError:
        return math.copysign(math.inf, number)


def _single_after(number: float, steps: int) -> float:
    """The single-precision float so many steps above one that is no NaN."""
    (bits,) = struct.unpack("<i", struct.pack("<f", number))
    place = (bits if bits >= 0 else -(bits & 0x7FFFFFFF)) + steps
    bits = place if place >= 0 else -place | 0x80000000
    return float(struct.unpack("<f", struct.pack("<I", bits))[0])
