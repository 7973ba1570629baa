"""Filters of files, as `deltalake` takes them, in the form of the native library."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from datetime import date, datetime, timezone
from typing import Any, TypeAlias

from deltaic.filters import FilterDNFType, FilterLiteralType, FilterType

FilePruningPredicateType: TypeAlias = str | FilterType
NativeFilters: TypeAlias = list[list[tuple[str, str, list[str | None]]]]

_SEVERAL = ("in", "not in")


def choose(
    partition_filters: FilterType | None, file_pruning_predicate: FilePruningPredicateType | None
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
            stacklevel=3,
        )
        return to_native(partition_filters), None
    if file_pruning_predicate is None:
        return None, None
    if isinstance(file_pruning_predicate, str):
        return None, file_pruning_predicate
    return to_native(file_pruning_predicate), None


def to_native(filters: FilterType) -> NativeFilters:
    """Writes the values of filters as the log writes partition values; None is null.

    Raises:
        ValueError: for malformed filters and values of unsupported types.
    """
    return [
        [
            (column, operator, [_text(one) for one in (value if operator in _SEVERAL else [value])])
            for column, operator, value in conjunction
        ]
        for conjunction in _conjunctions(filters)
    ]


def to_row_filters(filters: FilterType) -> FilterDNFType:
    """Spells filters of partitions as filters of rows, see `deltaic.filters.to_predicate`.

    The empty text is how the log writes null, and "not in" leaves nulls out.

    Raises:
        ValueError: for malformed filters.
    """
    return [
        [_row_filter(*comparison) for comparison in conjunction]
        for conjunction in _conjunctions(filters)
    ]


def _row_filter(column: str, operator: str, value: Any) -> FilterLiteralType:  # noqa: ANN401
    if operator not in _SEVERAL:
        return column, operator, None if value == "" else value
    values = [None if one == "" else one for one in value]
    return column, operator, [*values, None] if values and operator == "not in" else values


def _conjunctions(filters: object) -> FilterDNFType:
    """Returns the alternatives of filters; lists of values are lists."""
    if not isinstance(filters, (list, tuple)):
        raise ValueError("malformed filters: a list of tuples, or a list of such lists")
    if not filters:
        return []
    if isinstance(filters, tuple) and not isinstance(filters[0], tuple):  # One comparison alone.
        filters = [filters]
    conjunctions: Iterable[Any] = (
        [filters] if all(isinstance(item, tuple) for item in filters) else filters
    )
    return [_conjunction(item) for item in conjunctions]


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


def _text(value: object) -> str | None:
    # The order matters: bool is an int and datetime is a date.
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            value = value.astimezone(timezone.utc).replace(tzinfo=None)
        # Those of pandas may have nanoseconds.
        unit = "nanoseconds" if getattr(value, "nanosecond", 0) else "microseconds"
        return value.isoformat(sep=" ", timespec=unit)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (list, tuple, set, dict)):
        raise ValueError(f"a filter has a value of a type that is not supported: {type(value)}")
    return str(value)
