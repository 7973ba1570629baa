"""Filters in disjunctive normal form, as `pyarrow` and `deltalake` take them, as SQL predicates."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, TypeAlias

__all__ = [
    "FilterConjunctionType",
    "FilterDNFType",
    "FilterLiteralType",
    "FilterType",
    "PartitionFilterType",
    "to_predicate",
]

FilterLiteralType: TypeAlias = tuple[str, str, Any]
FilterConjunctionType: TypeAlias = list[FilterLiteralType]
FilterDNFType: TypeAlias = list[FilterConjunctionType]
FilterType: TypeAlias = FilterConjunctionType | FilterDNFType
PartitionFilterType: TypeAlias = FilterType

_COMPARISONS = {"=": "=", "==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

# Text is compared with a column of another type by turning the text into that type, because that is
# how partition values are written down.
_ARROW_TYPES = {
    "long": "Int64",
    "integer": "Int32",
    "short": "Int16",
    "byte": "Int8",
    "float": "Float32",
    "double": "Float64",
    "boolean": "Boolean",
    "date": "Date32",
}
# The same for times: the unit and the zone of the type.
_UTC = 'Some("UTC")'
_TIMES = {
    "timestamp": ("Microsecond", _UTC),
    "timestamp_ntz": ("Microsecond", "None"),
    "timestamp_nanos": ("Nanosecond", _UTC),
    "timestamp_nanos_ntz": ("Nanosecond", "None"),
}


def to_predicate(filters: FilterType, types: Mapping[str, str]) -> str:
    """Writes filters as SQL.

    Args:
        filters: A list of (column, operator, value), all of which must hold, or a list of such
            lists, one of which must hold. Operators: =, ==, !=, <, <=, >, >=, in, not in. With
            None as value, = and != ask whether the column is null, and the others are never true.
            None in a list of values matches nulls. As in pyarrow, "not in" keeps nulls unless None
            is in the list.
        types: The columns that there are, each with its Delta type.

    Raises:
        ValueError: for malformed filters and unknown columns or operators.
    """
    if not filters:
        raise ValueError("malformed filters: an empty list")
    conjunctions: Sequence[Any] = (
        [filters] if all(isinstance(item, tuple) for item in filters) else filters
    )
    return " OR ".join(f"({_conjunction(item, types)})" for item in conjunctions)


def _conjunction(filters: object, types: Mapping[str, str]) -> str:
    if not isinstance(filters, (list, tuple)) or not filters:
        raise ValueError("malformed filters: each conjunction is a list of tuples")
    return " AND ".join(_literal(item, types) for item in filters)


def _literal(item: object, types: Mapping[str, str]) -> str:
    if not isinstance(item, tuple) or len(item) != 3:
        raise ValueError("malformed filters: a filter is a tuple (column, operator, value)")
    column, operator, value = item
    if column not in types:
        raise ValueError(f"a filter names a column that the table does not have: {column!r}")
    name, kind = quote_identifier(column), types[column]
    if operator in ("in", "not in"):
        if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
            raise ValueError("the value of the operators in and not in is a list")
        value = list(value)
        _check_values(column, kind, value)
        return _membership(name, kind, operator == "in", value)
    if operator not in _COMPARISONS:
        raise ValueError(f"not an operator of filters: {operator!r}")
    if value is None:
        if operator in ("=", "=="):
            return f"{name} IS NULL"
        return f"{name} IS NOT NULL" if operator == "!=" else "FALSE"
    _check_values(column, kind, [value])
    return f"{name} {_COMPARISONS[operator]} {_value(value, kind)}"


def _membership(name: str, kind: str, included: bool, listed: list[Any]) -> str:
    texts = [_value(value, kind) for value in listed if value is not None]
    tests = [f"{name} IN ({', '.join(texts)})"] if texts else []
    if None in listed:
        tests.append(f"{name} IS NULL")
    found = f"({' OR '.join(tests)})" if tests else "FALSE"
    # IN is null, not false, for a null column.
    return found if included else f"({found} IS NOT TRUE)"


def _check_values(column: str, kind: str, values: list[Any]) -> None:
    for value in values:
        if value is not None and not _fits(value, kind):
            raise ValueError(
                f"a filter compares the column {column!r} of type {kind} with a value of type "
                f"{type(value).__name__} that cannot be one: {value!r}"
            )


def _fits(value: object, kind: str) -> bool:
    """Whether a value can be compared with a column; types that are not known take any."""
    base = kind.split("(")[0]
    if isinstance(value, str):
        test = _TEXT_TESTS.get(base)
        return test is None or test(value)
    accepted = _PYTHON_TYPES.get(base)
    return accepted is None or (
        isinstance(value, accepted) and isinstance(value, bool) == (base == "boolean")
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _is_integer(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+", text) is not None


def _is_time(text: str) -> bool:
    return re.fullmatch(_DATE + _TIME, text) is not None


_DATE = r"[+-]?\d{4,6}-\d{2}-\d{2}"
_NANOSECONDS = re.compile(r"\.\d{6}\d*[1-9]")
_TIME = r"([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?\s?(Z|[+-]\d{2}(:?\d{2})?)?"

_TEXT_TESTS: dict[str, Callable[[str], bool]] = {
    "long": _is_integer,
    "integer": _is_integer,
    "short": _is_integer,
    "byte": _is_integer,
    "float": _is_number,
    "double": _is_number,
    "decimal": _is_number,
    "boolean": lambda text: text.lower() in ("true", "false", "t", "f", "1", "0", "yes", "no"),
    "date": _is_time,
    **dict.fromkeys(_TIMES, _is_time),
}

_NUMBERS = (Real, Decimal)
_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "long": _NUMBERS,
    "integer": _NUMBERS,
    "short": _NUMBERS,
    "byte": _NUMBERS,
    "float": _NUMBERS,
    "double": _NUMBERS,
    "decimal": _NUMBERS,
    "boolean": (bool,),
    "binary": (bytes, bytearray),
    "date": (date,),
    **dict.fromkeys(_TIMES, (date,)),
}


def quote_identifier(name: str) -> str:
    """Writes a name as SQL, exactly as it is."""
    return '"' + name.replace('"', '""') + '"'


def _quote_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _value(value: object, kind: str) -> str:
    # The order matters: bool is an int and datetime is a date.
    if isinstance(value, str):
        return _text_value(value, kind)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Decimal):
        return _decimal_value(value)
    if isinstance(value, Real):
        number = float(value)
        return repr(number) if math.isfinite(number) else f"CAST('{number}' AS DOUBLE)"
    if isinstance(value, datetime):
        return _datetime_value(value, kind)
    if isinstance(value, date):
        return f"arrow_cast('{value.isoformat()}', 'Date32')"
    if isinstance(value, (bytes, bytearray)):
        return f"X'{value.hex()}'"
    raise ValueError(f"a filter has a value of a type that is not supported: {type(value)}")


def _text_value(text: str, kind: str) -> str:
    if kind.startswith("decimal"):
        return f"CAST({_quote_text(text)} AS {kind})"
    if kind in _TIMES:
        return _time_value(text, *_TIMES[kind])
    if kind in _ARROW_TYPES:
        return f"arrow_cast({_quote_text(text)}, {_quote_text(_ARROW_TYPES[kind])})"
    return _quote_text(text)


def _decimal_value(value: Decimal) -> str:
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError("a filter has a decimal that is not a number")
    scale = max(0, -exponent)
    precision = max(len(digits) + max(0, exponent), scale, 1)
    if precision > 38:
        raise ValueError("a filter has a decimal of more than 38 digits")
    return f"CAST('{value:f}' AS DECIMAL({precision}, {scale}))"


def _datetime_value(value: datetime, kind: str) -> str:
    # Those of pandas may have nanoseconds, which are in their text.
    unit, _ = _TIMES.get(kind, _TIMES["timestamp"])
    if value.tzinfo is None:
        return _time_value(value.isoformat(), unit, "None")
    utc = value.astimezone(timezone.utc).replace(tzinfo=None)
    return _time_value(utc.isoformat(), unit, _UTC)


def _time_value(text: str, unit: str, zone: str) -> str:
    if _NANOSECONDS.search(text):
        unit = "Nanosecond"
    return f"arrow_cast({_quote_text(text)}, {_quote_text(f'Timestamp({unit}, {zone})')})"
