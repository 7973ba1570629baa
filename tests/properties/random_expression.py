"""Random conditions over the columns of tables."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Context, Decimal
from typing import Any

from harness.delta_kind import Kind, Value
from properties.random_table import Table
from properties.random_value import value
from properties.sql_text import (
    Sql,
    alike,
    bare,
    condition,
    joined,
    listed,
    literal,
    only_datafusion,
    quoted,
)

INTEGERS = ("byte", "short", "integer", "long")
NESTED = ("struct", "array", "map")
_EXACT = Context(prec=76)


@dataclass(frozen=True)
class Operand:
    """A column, or a field in a struct, that a condition can be about."""

    sql: Sql
    kind: Kind
    values: Sequence[Value]
    """Some of its values."""

    @property
    def is_nested(self) -> bool:
        return self.kind.name in NESTED


def operands(table: Table, alias: str | None = None) -> list[Operand]:
    """What there is to compare in a table that a statement calls `alias`."""
    found = []
    for column in table.schema.columns:
        name = f"{alias}.{quoted(column.name)}" if alias else quoted(column.name)
        values = [v for v in table.pools[column.name] if v is not None]
        found += _below(Operand(alike(name), column.kind, values))
    return found


def _below(operand: Operand) -> list[Operand]:
    found = [operand]
    for field in operand.kind.fields:
        values = [v[field.name] for v in operand.values if v.get(field.name) is not None]
        inner = joined("{}['" + field.name + "']", operand.sql)
        found += _below(Operand(inner, field.kind, values))
    return found


class Conditions:
    """Makes conditions over operands."""

    def __init__(self, dice: random.Random, over: Sequence[Operand]) -> None:
        self._dice = dice
        self._over = list(over)
        self._plain = [operand for operand in self._over if not operand.is_nested]

    def tree(self, depth: int = 3) -> Sql:
        """A condition of AND, OR, NOT and the like over simple ones."""
        dice = self._dice
        choice = dice.random()
        if depth == 0 or choice < 0.3:
            return condition("({})", self.simple())
        if choice < 0.8:
            word = dice.choice(["AND", "OR"])
            return condition(f"({{}} {word} {{}})", self.tree(depth - 1), self.tree(depth - 1))
        if choice < 0.9:
            return condition("(NOT {})", self.tree(depth - 1))
        if choice < 0.95:
            parts = [self.tree(depth - 1) for _ in range(3)]
            return condition("(CASE WHEN {} THEN {} ELSE {} END)", *parts)
        test = dice.choice(["TRUE", "NOT TRUE", "FALSE", "NOT FALSE", "NULL", "NOT NULL"])
        return condition(f"({{}} IS {test})", self.tree(depth - 1))

    def simple(self) -> Sql:
        dice = self._dice
        if dice.random() < 0.08:
            return self._nested_test()
        operand = dice.choice(self._plain)
        forms = [self._comparison] * 4 + [self._membership] * 2
        forms += [self._null_test, self._range, self._defaulted, self._chosen, self._pair]
        forms += [self._computed] * 3
        return dice.choice(forms)(operand)

    def equation(self, operand: Operand) -> Sql:
        return joined("{} = {}", operand.sql, self._literal(operand))

    def _nested_test(self) -> Sql:
        dice = self._dice
        operand = dice.choice([each for each in self._over if each.is_nested] or self._over)
        if operand.kind.name in ("array", "map") and dice.random() < 0.7:
            return only_datafusion(self._content_test(operand))
        return joined(f"{{}} IS {dice.choice(['NULL', 'NOT NULL'])}", operand.sql)

    def _content_test(self, operand: Operand) -> Sql:
        """A condition on what is in a list or a map."""
        dice, kind = self._dice, operand.kind
        if kind.name == "map":
            # DataFusion cannot read by its key what a map within a struct holds.
            if dice.random() < 0.5 or operand.sql.datafusion.endswith("']"):
                return joined(f"cardinality({{}}) > {dice.randint(0, 2)}", operand.sql)
            key = literal(value(dice, kind.keys()), kind.keys())
            return joined("{}[{}] IS NOT NULL", operand.sql, key)
        part = kind.inner()
        if part.name in NESTED or dice.random() < 0.4:
            return joined(f"array_length({{}}) > {dice.randint(0, 2)}", operand.sql)
        member = literal(value(dice, part), part)
        # DataFusion's functions of lists do not take bytes for a list of views of bytes.
        forms = ["{}[1] = {}", *(["array_has({}, {})"] if part.name != "binary" else [])]
        return joined(dice.choice(forms), operand.sql, member)

    def near(self, operand: Operand) -> Value:
        """A value to compare with: one that there is, or a neighbour of one, or any."""
        dice = self._dice
        if not operand.values or dice.random() < 0.15:
            return value(dice, operand.kind)
        found = dice.choice(list(operand.values))
        return found if dice.random() < 0.75 else _neighbour(dice, found, operand.kind)

    def _literal(self, operand: Operand) -> Sql:
        make = bare if self._dice.random() < 0.4 else literal
        return make(self.near(operand), operand.kind)

    def _comparison(self, operand: Operand) -> Sql:
        words = ["=", "=", "<>", "<", "<=", ">", ">="]
        words += ["IS DISTINCT FROM", "IS NOT DISTINCT FROM"]
        word, other = self._dice.choice(words), self._literal(operand)
        if self._dice.random() < 0.15 and not word.startswith("IS"):
            return joined(f"{{}} {word} {{}}", other, operand.sql)
        return joined(f"{{}} {word} {{}}", operand.sql, other)

    def _membership(self, operand: Operand) -> Sql:
        dice = self._dice
        count = dice.choice([1, 2, 3, 4, 25])
        members = [literal(self.near(operand), operand.kind) for _ in range(count)]
        if dice.random() < 0.15:
            members.append(alike("NULL"))
        word = dice.choice(["IN", "NOT IN"])
        test = joined(f"{{}} {word} ({{}})", operand.sql, listed(members))
        # The two zeros are two members to DataFusion.
        return only_datafusion(test) if operand.kind.name in ("float", "double") else test

    def _null_test(self, operand: Operand) -> Sql:
        return joined(f"{{}} IS {self._dice.choice(['NULL', 'NOT NULL'])}", operand.sql)

    def _range(self, operand: Operand) -> Sql:
        if operand.kind.name == "boolean":
            return self._null_test(operand)
        word = self._dice.choice(["BETWEEN", "BETWEEN", "NOT BETWEEN"])
        low, high = self._literal(operand), self._literal(operand)
        return joined(f"{{}} {word} {{}} AND {{}}", operand.sql, low, high)

    def _defaulted(self, operand: Operand) -> Sql:
        default = literal(self.near(operand), operand.kind)
        word = self._dice.choice(["=", "<", ">="])
        # DataFusion has no type for coalesce of a view of bytes and a literal.
        is_binary = operand.kind.name == "binary"
        function = "nullif" if is_binary else self._dice.choice(["coalesce", "nullif"])
        left = joined(f"{function}({{}}, {{}})", operand.sql, default)
        if operand.kind.name in ("float", "double"):
            left = only_datafusion(left)  # Which zero it is may matter.
        return joined(f"{{}} {word} {{}}", left, literal(self.near(operand), operand.kind))

    def _chosen(self, operand: Operand) -> Sql:
        dice = self._dice
        other = literal(self.near(operand), operand.kind)
        when = self._comparison(dice.choice(self._plain))
        parts = [operand.sql, other] if dice.random() < 0.5 else [other, operand.sql]
        chosen = joined("CASE WHEN {} THEN {} ELSE {} END", when, *parts)
        return joined("{} = {}", chosen, literal(self.near(operand), operand.kind))

    def _pair(self, operand: Operand) -> Sql:
        others = [o for o in self._plain if o.kind.name == operand.kind.name]
        other = self._dice.choice(others)
        word = self._dice.choice(["=", "<>", "<", ">=", "IS NOT DISTINCT FROM"])
        return joined(f"{{}} {word} {{}}", operand.sql, other.sql)

    def _computed(self, operand: Operand) -> Sql:
        """A function, an operator or a cast, compared with what it can give."""
        dice, column = self._dice, operand.sql
        word = dice.choice(["=", "<>", "<", ">="])
        match operand.kind.name:
            case "byte" | "short" | "integer":
                number = joined("CAST({} AS BIGINT)", column)
                made = dice.choice(["abs({})", "{} + 3", "{} * -2", "{} % 4", "{} - 1", "-{}"])
                return joined(f"{made} {word} {dice.randint(-4, 8)}", number)
            case "long":
                made = dice.choice(["{} + 1", "{} % 4", "CAST({} AS DOUBLE)"])
                return only_datafusion(joined(f"{made} {word} {dice.randint(-4, 8)}", column))
            case "float" | "double":
                made = dice.choice(["abs({})", "{} * 2", "isnan({}) OR {}", "CAST({} AS DOUBLE)"])
                made = made.replace("{}", column.datafusion)
                return Sql(f"{made} {word} {dice.randint(-8, 8) / 2}", None)
            case "string":
                return self._text_test(operand)
            case "date":
                return self._date_test(column, word)
            case "timestamp" | "timestamp_ntz":
                return self._instant_test(operand, word)
            case "boolean":
                return column if dice.random() < 0.5 else joined("NOT {}", column)
            case "binary":
                return Sql(f"length(encode({column}, 'hex')) {word} {2 * dice.randint(0, 3)}", None)
            case _:
                return self._decimal_test(operand, word)

    def _text_test(self, operand: Operand) -> Sql:
        dice, column = self._dice, operand.sql
        text = str(self.near(operand))
        choice = dice.randrange(6)
        if choice <= 2:
            part = text[: dice.randint(0, len(text))]
            pattern = dice.choice(["{}%", "{}%", "%{}", "%{}%", "{}_", "{}"]).format(part)
            word = dice.choice(["LIKE", "LIKE", "NOT LIKE", "ILIKE"])
            test = joined(f"{{}} {word} {{}}", column, literal(pattern, operand.kind))
            # duckdb has no escape character where DataFusion has one, and other small letters.
            return only_datafusion(test) if "\\" in pattern or word == "ILIKE" else test
        if choice == 3:
            start = literal(text[: dice.randint(0, 3)], operand.kind)
            return joined("starts_with({}, {})", column, start)
        if choice == 4:
            made = dice.choice(["upper", "lower", "trim", "reverse"])
            return only_datafusion(
                joined(f"{made}({{}}) = {{}}", column, literal(text, operand.kind))
            )
        if dice.random() < 0.5:
            return joined(f"length({{}}) > {len(text)}", column)
        count = dice.randint(1, 33)
        beginning = literal(text[:count], operand.kind)
        return joined(f"substr({{}}, 1, {count}) = {{}}", column, beginning)

    def _date_test(self, column: Sql, word: str) -> Sql:
        choice = self._dice.randrange(4)
        if choice == 0:
            return joined(f"date_part('year', {{}}) {word} 2024", column)
        if choice == 1:
            return joined(f"date_trunc('month', {{}}) {word} DATE '2024-02-01'", column)
        if choice == 2:
            return joined(f"date_part('month', {{}}) {word} 2", column)
        return only_datafusion(
            joined(f"arrow_cast({{}}, 'Timestamp(Second, None)') {word} DATE '2024-02-01'", column)
        )

    def _instant_test(self, operand: Operand, word: str) -> Sql:
        dice, column = self._dice, operand.sql
        choice = dice.randrange(4)
        if choice == 0:
            return joined(f"CAST({{}} AS DATE) {word} DATE '2024-02-01'", column)
        if choice == 1:
            return joined(f"date_part('year', {{}}) {word} 2024", column)
        unit, kind = dice.choice(["hour", "day", "month", "second"]), operand.kind
        moment = literal(datetime(2024, 2, 1) if unit == "month" else self.near(operand), kind)
        if choice == 2:
            return only_datafusion(
                joined(f"date_trunc('{unit}', {{}}) {word} {{}}", column, moment)
            )
        return only_datafusion(joined(f"{{}} {word} {{}} - INTERVAL '1 {unit}'", column, moment))

    def _decimal_test(self, operand: Operand, word: str) -> Sql:
        dice, column = self._dice, operand.sql
        choice = dice.randrange(3)
        if choice == 0:
            return only_datafusion(joined(f"abs({{}}) {word} {{}}", column, self._literal(operand)))
        if choice == 1:
            return only_datafusion(joined(f"-{{}} {word} {{}}", column, self._literal(operand)))
        return only_datafusion(
            joined(f"CAST({{}} AS DOUBLE) {word} {float(self.near(operand))!r}", column)
        )


def _neighbour(dice: random.Random, found: Any, kind: Kind) -> Value:
    """A value that hardly differs."""
    sign = dice.choice([-1, 1])
    if isinstance(found, bool):
        return not found
    if isinstance(found, int):
        bits = {"byte": 7, "short": 15, "integer": 31, "long": 63}[kind.name]
        return max(-(2**bits), min(2**bits - 1, found + sign))
    if isinstance(found, float):
        return found + sign / 2
    if isinstance(found, Decimal):
        precision, scale = kind.digits()
        limit = 10**precision - 1
        unscaled = int(found.scaleb(scale, context=_EXACT)) + sign
        return Decimal(max(-limit, min(limit, unscaled))).scaleb(-scale, context=_EXACT)
    if isinstance(found, datetime):
        if not 1 < found.year < 9999:
            return found
        return found + sign * timedelta(microseconds=dice.choice([1, 999, 1000]))
    if isinstance(found, str):
        return found[: dice.choice([1, 16, 31, 32, 33])] if sign < 0 else found + "a"
    return found
