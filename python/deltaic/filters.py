"""Filters in disjunctive normal form, as `pyarrow` and `deltalake` take them: their types.

A list of tuples (column, operator, value), all of which must hold, or a list of such lists, one of
which must hold. Operators: =, ==, !=, <, <=, >, >=, in, not in. With None as value, = and != ask
whether the column is null, and the others are never true; None in a list of values matches nulls.

Numbers of any type are compared with columns of numbers, and whole ones with columns of integers as
integers: 2022.0 is 2022. Columns of floats are compared with the double next to a number, so that
nothing in a column of the type float is 0.1. Decimals are compared with floats as these print.
Texts are read as the log writes partition values of the column's type. A value that the column
cannot be compared with is a `ValueError` that names both.
"""

from __future__ import annotations

from typing import Any, TypeAlias

__all__ = [
    "FilterConjunctionType",
    "FilterDNFType",
    "FilterLiteralType",
    "FilterType",
    "PartitionFilterType",
]

FilterLiteralType: TypeAlias = tuple[str, str, Any]
FilterConjunctionType: TypeAlias = list[FilterLiteralType]
FilterDNFType: TypeAlias = list[FilterConjunctionType]
FilterType: TypeAlias = FilterConjunctionType | FilterDNFType
PartitionFilterType: TypeAlias = FilterType
