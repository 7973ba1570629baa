"""Random filters in the two forms of Python: lists in disjunctive normal form, and expressions."""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from harness.delta_kind import Value, arrow_type
from properties.random_expression import Conditions, operands
from properties.random_table import Table
from properties.sql_text import quoted

Literal = tuple[str, str, Any]
Filters = list[Literal] | list[list[Literal]]

_FLOATS = ("float", "double")
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class RowFilters:
    """Makes filters over the columns of a table that are not nested."""

    def __init__(self, dice: random.Random, table: Table) -> None:
        self._dice = dice
        by_sql = {str(operand.sql): operand for operand in operands(table)}
        named = {column.name: by_sql[quoted(column.name)] for column in table.schema.columns}
        self._columns = {name: each for name, each in named.items() if not each.is_nested}
        self._near = Conditions(dice, list(self._columns.values()))

    def lists(self) -> Filters:
        """Filters as `to_pyarrow_table` takes them."""
        dice = self._dice
        conjunction = [self._literal() for _ in range(dice.randint(1, 3))]
        if dice.random() < 0.5:
            return conjunction
        return [conjunction, [self._literal() for _ in range(dice.randint(1, 2))]]

    def _literal(self) -> Literal:
        dice = self._dice
        name = dice.choice(list(self._columns))
        operand = self._columns[name]
        if dice.random() < 0.25:
            values: list[Value] = [self._near.near(operand) for _ in range(dice.randint(1, 4))]
            if operand.kind.name in _FLOATS:  # The two zeros are two members of a list.
                values = [each for each in values if each != 0] or [1.5]
            if dice.random() < 0.2:
                values.append(None)
            return name, dice.choice(["in", "not in"]), values
        if dice.random() < 0.1:
            return name, dice.choice(["=", "!="]), None
        return name, dice.choice(list(_COMPARISONS)), self._near.near(operand)

    def expression(self, depth: int = 2) -> ds.Expression:
        """A condition of pyarrow."""
        dice = self._dice
        choice = dice.random()
        if depth == 0 or choice < 0.3:
            return self._simple(dice.choice(list(self._columns)))
        if choice < 0.9:
            one, other = self.expression(depth - 1), self.expression(depth - 1)
            return one & other if dice.random() < 0.6 else one | other
        # Not of floats: pyarrow rules out row groups by bounds that do not know of NaN.
        ordered = [n for n, each in self._columns.items() if each.kind.name not in _FLOATS]
        return ~self._simple(dice.choice(ordered))

    def _simple(self, name: str) -> ds.Expression:
        dice = self._dice
        column, operand = ds.field(name), self._columns[name]
        kind = arrow_type(operand.kind, False)
        if dice.random() < 0.15:
            return column.is_null() if dice.random() < 0.5 else column.is_valid()
        if dice.random() < 0.2 and operand.kind.name not in _FLOATS:
            values = [self._near.near(operand) for _ in range(dice.randint(1, 4))]
            return column.isin(pa.array(values, kind))
        words = ["=", "<", "<=", ">", ">="]
        words += [] if operand.kind.name in _FLOATS else ["!="]
        compare: Any = _COMPARISONS[dice.choice(words)]
        found: ds.Expression = compare(column, pa.scalar(self._near.near(operand), kind))
        return found


def holds(filters: Filters, row: dict[str, Value]) -> bool:
    """Whether a row passes filters."""
    conjunctions: Any = [filters] if isinstance(filters[0], tuple) else filters
    return any(all(_literal_holds(each, row) for each in one) for one in conjunctions)


def _literal_holds(literal: Literal, row: dict[str, Value]) -> bool:
    name, word, other = literal
    found = row[name]
    if word in ("in", "not in"):
        is_in = any(_is_member(found, each) for each in other)
        return is_in if word == "in" else not is_in
    if other is None:
        return (found is None) == (word != "!=")
    if found is None:
        return False
    return _COMPARISONS[word](_placed(found), _placed(other))


def _is_member(found: Value, member: Value) -> bool:
    if found is None or member is None:
        return found is member
    return bool(_placed(found) == _placed(member))


def _placed(value: Value) -> Any:
    """A value that is in order: NaN is above all numbers."""
    if isinstance(value, float):
        return (1, 0.0) if math.isnan(value) else (0, value)
    return value
