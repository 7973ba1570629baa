"""Answers in a form in which those of different engines can be compared."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pyarrow as pa

Cell = Any
Rows = list[tuple[Cell, ...]]


def rows_of(table: pa.Table) -> Rows:
    """The rows, with one NaN, one zero, and nested values as tuples."""
    if not table.column_names:
        return [()] * int(table.num_rows)
    columns = [[_cell(value) for value in column.to_pylist()] for column in table.columns]
    return list(zip(*columns, strict=True))


def _cell(value: Any) -> Cell:
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        return 0.0 if value == 0 else value
    if isinstance(value, dict):
        return tuple((name, _cell(each)) for name, each in value.items())
    if isinstance(value, list | tuple):
        return tuple(_cell(each) for each in value)
    return value


def difference(found: Rows, expected: Rows, is_ordered: bool) -> str | None:
    """Says in which rows an answer is wrong; None if in none."""
    if is_ordered and found != expected and Counter(found) == Counter(expected):
        return f"the order is {found[:8]}, not {expected[:8]}"
    lacking, spurious = Counter(expected), Counter(found)
    lacking.subtract(found)
    spurious.subtract(expected)
    texts = []
    for word, rows in (("lacks", +lacking), ("has wrongly", +spurious)):
        if rows:
            count = sum(rows.values())
            texts.append(f"{word} {count} rows, such as {list(rows)[:3]}")
    if not texts:
        return None
    return f"of {len(expected)} rows it {' and '.join(texts)}"
