"""Filters in the form of the native library, which knows what they mean."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, TypeAlias

from deltaic._float_values import among_floats
from deltaic.filters import FilterDNFType, FilterLiteralType, FilterType

FilePruningPredicateType: TypeAlias = str | FilterType
NativeFilters: TypeAlias = list[list[tuple[str, str, list[bytes | None]]]]

_SEVERAL = ("in", "not in")
_INTEGERS = ("long", "integer", "short", "byte")
_FLOATS = ("float", "double")

_NUMBERS = (Real, Decimal)
_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys((*_INTEGERS, *_FLOATS, "decimal"), _NUMBERS),
    "boolean": (bool,),
    "binary": (bytes, bytearray),
    "date": (date,),
    "timestamp": (date,),
    "timestamp_ntz": (date,),
    "timestamp_nanos": (date,),
    "timestamp_nanos_ntz": (date,),
}


def choose(
    partition_filters: FilterType | None,
    file_pruning_predicate: FilePruningPredicateType | None,
    types: Mapping[str, str],
) -> tuple[NativeFilters | None, str | None]:
    """Returns filters, or an SQL predicate, or neither where all files are wanted."""
    if partition_filters is not None:
        if file_pruning_predicate is not None:
            raise ValueError(
                "partition_filters is deprecated; pass only file_pruning_predicate, not both"
            )
        warnings.warn(
            "partition_filters is deprecated; pass the filters to file_pruning_predicate instead",
            DeprecationWarning,
            stacklevel=4,
        )
        return to_native(partition_filters, types, of_partitions=True), None
    if file_pruning_predicate is None:
        return None, None
    if isinstance(file_pruning_predicate, str):
        return None, file_pruning_predicate
    return to_native(file_pruning_predicate, types, of_partitions=True), None


def to_native(
    filters: FilterType, types: Mapping[str, str], *, of_partitions: bool
) -> NativeFilters:
    """Writes the values of filters as the log writes partition values; None is null.

    Args:
        filters: See `deltaic.filters`.
        types: The columns that may be named, each with its Delta type.
        of_partitions: Whether "not in" leaves nulls out.

    Raises:
        ValueError: for malformed filters, and values of types that a column is not compared with.
    """
    return [
        [_native(item, types, of_partitions) for item in items] for items in conjunctions(filters)
    ]


def for_pyarrow(filters: FilterType, types: Mapping[str, str]) -> FilterDNFType:
    """The filters with numbers that pyarrow takes as the native library does."""

    def converted(column: str, operator: str, value: Any) -> FilterLiteralType:  # noqa: ANN401
        kind = types.get(column, "")
        if kind in _FLOATS:
            return among_floats(kind, (column, operator, value), of_partitions=False)
        if operator in _SEVERAL:
            return column, operator, [_number(kind, one) for one in value]
        return column, operator, _number(kind, value)

    return [[converted(*item) for item in items] for items in conjunctions(filters)]


def _number(kind: str, value: Any) -> Any:  # noqa: ANN401
    """A whole float as an integer for integers, and a float as it prints for decimals."""
    if not isinstance(value, float) or not math.isfinite(value):
        return value
    if kind in _INTEGERS and value.is_integer():
        return int(value)
    return Decimal(repr(float(value))) if kind.startswith("decimal") else value


def _native(
    comparison: FilterLiteralType, types: Mapping[str, str], of_partitions: bool
) -> tuple[str, str, list[bytes | None]]:
    column = comparison[0]
    if column not in types:
        raise ValueError(f"a filter names a column that the table does not have: {column!r}")
    kind = types[column]
    if kind in _FLOATS:
        comparison = among_floats(kind, comparison, of_partitions)
    _, operator, value = comparison
    values = value if operator in _SEVERAL else [value]
    return column, operator, [_bytes(column, kind, _number(kind, one)) for one in values]


def conjunctions(filters: object) -> FilterDNFType:
    """Returns the alternatives of filters; lists of values are lists."""
    if not isinstance(filters, (list, tuple)):
        raise ValueError("malformed filters: a list of tuples, or a list of such lists")
    if not filters:
        return []
    if isinstance(filters, tuple) and not isinstance(filters[0], tuple):  # One comparison alone.
        filters = [filters]
    alternatives: Iterable[Any] = (
        [filters] if all(isinstance(item, tuple) for item in filters) else filters
    )
    return [_conjunction(item) for item in alternatives]


def _conjunction(filters: object) -> list[FilterLiteralType]:
    if not isinstance(filters, (list, tuple)) or not filters:
        raise ValueError("malformed filters: each conjunction is a list of tuples")
    return [_comparison(item) for item in filters]


def _comparison(item: object) -> FilterLiteralType:
    if not isinstance(item, tuple) or len(item) != 3:
        raise ValueError("malformed filters: a filter is a tuple (column, operator, value)")
    column, operator, value = item
    if not isinstance(column, str) or not isinstance(operator, str):
        raise ValueError("malformed filters: column and operator are texts")
    if operator not in _SEVERAL:
        return column, operator, value
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise ValueError(f"the value of the operators in and not in is a list; column: {column!r}")
    return column, operator, list(value)


def _bytes(column: str, kind: str, value: object) -> bytes | None:
    if value is None:
        return None
    accepted = _PYTHON_TYPES.get(kind.split("(")[0])
    if accepted is not None and not isinstance(value, str):
        is_accepted = isinstance(value, accepted)
        if not is_accepted or isinstance(value, bool) != (kind == "boolean"):
            raise ValueError(
                f"a filter compares the column {column!r} of type {kind} with a value of type "
                f"{type(value).__name__} that cannot be one: {value!r}"
            )
    return bytes(value) if isinstance(value, (bytes, bytearray)) else _text(value).encode()


def _text(value: object) -> str:
    # The order matters: bool is an int and datetime is a date.
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Real):
        return repr(float(value))
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            value = value.astimezone(timezone.utc).replace(tzinfo=None)
        if value == datetime.combine(value.date(), datetime.min.time()):
            return value.date().isoformat()
        # Those of pandas may have nanoseconds.
        unit = "nanoseconds" if getattr(value, "nanosecond", 0) else "microseconds"
        return value.isoformat(sep=" ", timespec=unit)
    if isinstance(value, date):
        return value.isoformat()
    raise ValueError(f"a filter has a value of a type that is not supported: {type(value)}")
