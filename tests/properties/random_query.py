"""Random statements over the tables t, u and w."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from properties.random_expression import INTEGERS, Conditions, Operand, operands
from properties.random_table import Table
from properties.sql_text import Sql, alike, joined, listed, only_datafusion, quoted

JOINS = ["JOIN", "LEFT JOIN", "RIGHT JOIN", "RIGHT JOIN", "FULL JOIN"]


@dataclass(frozen=True)
class Query:
    """A statement and what its answer is held against."""

    sql: Sql
    is_ordered: bool = False
    """Whether the order of its rows is told."""
    has_join: bool = False
    """Whether DataFusion joins tables for it, which duckdb must do too to know the answer."""
    limit: int | None = None
    """Any so many rows of the statement's are right."""

    def text(self) -> str:
        return self.sql.datafusion + (f" LIMIT {self.limit}" if self.limit is not None else "")


class Queries:
    """Makes statements over tables by their names."""

    def __init__(self, dice: random.Random, tables: Mapping[str, Table]) -> None:
        self._dice = dice
        self._tables = tables

    def one(self) -> Query:
        forms: list[Callable[[], Query]] = [self._rows] * 5
        forms += [self._top, self._top, self._totals, self._totals, self._groups, self._groups]
        forms += [self._distinct, self._some, self._window]
        forms += [self._join] * 4 + [self._join_of_join] * 2 + [self._chain, self._semi, self._semi]
        forms += [self._within, self._set, self._set, self._whole_sets]
        while True:
            query = self._dice.choice(forms)()
            if not query.has_join or query.sql.duckdb is not None:
                return query

    # One table.

    def _from(self, alias: str | None = None) -> tuple[str, list[Operand]]:
        name = self._dice.choice(list(self._tables))
        return f"{name} {alias}" if alias else name, operands(self._tables[name], alias)

    def where(self, over: list[Operand]) -> Sql:
        """A condition, or none."""
        if self._dice.random() < 0.1:
            return alike("")
        return joined(" WHERE {}", Conditions(self._dice, over).tree())

    def _some_of(self, over: list[Operand], most: int = 4) -> list[Operand]:
        return self._dice.sample(over, self._dice.randint(1, min(most, len(over))))

    def _shown(self, over: list[Operand]) -> Sql:
        """Operands under names of the statement's own."""
        return listed([joined(f"{{}} AS c{i}", each.sql) for i, each in enumerate(over)])

    def _rows(self) -> Query:
        source, over = self._from()
        if self._dice.random() < 0.2:
            return Query(joined(f"SELECT * FROM {source}{{}}", self.where(over)))
        shown = self._some_of(over)
        sql = joined(f"SELECT {{}} FROM {source}{{}}", self._shown(shown), self.where(over))
        return Query(sql)

    def _direction(self) -> str:
        order = self._dice.choice(["ASC", "DESC"])
        return f"{order} NULLS {self._dice.choice(['FIRST', 'LAST'])}"

    def _top(self) -> Query:
        """The first rows in an order that no two rows share."""
        dice = self._dice
        source, over = self._from()
        keys = [_zero_apart(each) for each in over if not each.is_nested]
        chosen = [*dice.sample(keys, dice.randint(0, min(2, len(keys)))), over[0]]
        order = listed([joined(f"{{}} {self._direction()}", key.sql) for key in chosen])
        shown = [*chosen, *self._some_of(over, 2)]
        end = dice.choice(["", f" LIMIT {dice.randint(1, 12)}", f" LIMIT {dice.randint(1, 5)}"])
        if end and dice.random() < 0.2:
            end += f" OFFSET {dice.randint(1, 3)}"
        parts = [self._shown(shown), self.where(over), order]
        sql = joined(f"SELECT {{}} FROM {source}{{}} ORDER BY {{}}{end}", *parts)
        return Query(sql, is_ordered=True)

    def _some(self) -> Query:
        source, over = self._from()
        shown = self._shown([over[0], *self._some_of(over, 2)])
        sql = joined(f"SELECT {{}} FROM {source}{{}}", shown, self.where(over))
        return Query(sql, limit=self._dice.choice([0, 1, 3, 10, 100]))

    def _aggregate(self, over: list[Operand], is_of_groups: bool) -> Sql:
        dice = self._dice
        operand = dice.choice([each for each in over if not each.is_nested])
        forms = ["count({})", "min({})", "max({})", "min({})", "max({})", "count(DISTINCT {})"]
        if operand.kind.name in _FLOATS:
            # The extremes of groups with NaN are a matter of order to DataFusion.
            forms = ["count({})"] if is_of_groups else ["count({})", "min({})", "max({})"]
        if operand.kind.name == "boolean":
            forms = ["count({})", "count(DISTINCT {})", "bool_or({})", "bool_and({})"]
        if operand.kind.name in INTEGERS[:3]:
            forms.append("sum(CAST({} AS BIGINT))")
        return dice.choice([alike("count(*)"), joined(dice.choice(forms), operand.sql)])

    def _aggregates(self, over: list[Operand], first: int = 0) -> Sql:
        count = self._dice.randint(1, 4)
        made = [self._aggregate(over, first > 0) for _ in range(count)]
        return listed([joined(f"{{}} AS c{first + i}", each) for i, each in enumerate(made)])

    def _totals(self) -> Query:
        source, over = self._from()
        made, where = self._aggregates(over), self.where(over)
        return Query(joined(f"SELECT {{}} FROM {source}{{}}", made, where))

    def _keys(self, over: list[Operand]) -> list[Operand]:
        """What to group by."""
        return self._some_of([_zero_apart(each) for each in over if not each.is_nested], 2)

    def _groups(self) -> Query:
        source, over = self._from()
        keys = self._keys(over)
        shown, made = self._shown(keys), self._aggregates(over, len(keys))
        having = alike("")
        if self._dice.random() < 0.3:
            having = joined(" HAVING {}", Conditions(self._dice, keys).tree(1))
        parts = [shown, made, self.where(over), listed([key.sql for key in keys]), having]
        sql = joined(f"SELECT {{}}, {{}} FROM {source}{{}} GROUP BY {{}}{{}}", *parts)
        return Query(sql)

    def _distinct(self) -> Query:
        source, over = self._from()
        shown = self._shown(self._keys(over))
        return Query(joined(f"SELECT DISTINCT {{}} FROM {source}{{}}", shown, self.where(over)))

    def _window(self) -> Query:
        dice = self._dice
        source, over = self._from()
        key = self._keys(over)[0]
        made = dice.choice(["row_number()", "count(*)", "lag({})", "first_value({})"])
        made = made.replace("{}", f"{over[0].sql}")
        parts = [self._shown([over[0], key]), key.sql, over[0].sql, self.where(over)]
        inner = joined(
            f"SELECT {{}}, {made} OVER (PARTITION BY {{}} ORDER BY {{}}) AS c2 FROM {source}{{}}",
            *parts,
        )
        named = [
            Operand(alike(name), each.kind, each.values)
            for name, each in (("c0", over[0]), ("c1", key), ("c2", over[0]))
        ]
        return Query(joined("SELECT * FROM ({}) q{}", inner, self.where(named)))

    # Several tables. What they are joined by is named alike in both, or is their id.

    def _pair(self, left: list[Operand], right: list[Operand]) -> Sql:
        """An equation of columns of one name and type."""
        pairs = []
        for one in left:
            name = one.sql.datafusion.partition(".")[2]
            for other in right:
                is_same = other.sql.datafusion.partition(".")[2] == name
                if is_same and one.kind.name == other.kind.name and not one.is_nested:
                    pairs.append((one, other))
        one, other = self._dice.choice(pairs[1:] or pairs)
        return joined("{} = {}", one.sql, other.sql)

    def _on(self, left: list[Operand], right: list[Operand]) -> Sql:
        on = self._pair(left, right)
        if self._dice.random() < 0.2:
            on = joined("{} AND {}", on, Conditions(self._dice, [*left, *right]).tree(1))
        return on

    def _ends(self, ids: list[Operand]) -> tuple[Sql, bool]:
        """Sometimes an order of rows, and the first of them."""
        dice = self._dice
        if dice.random() < 0.75:
            return alike(""), False
        order = listed([joined(f"{{}} {self._direction()}", each.sql) for each in ids])
        return joined(f" ORDER BY {{}} LIMIT {dice.randint(1, 9)}", order), True

    def _join(self) -> Query:
        (one, left), (two, right) = self._from("l"), self._from("r")
        over = [*left, *right]
        shown = self._shown([left[0], right[0], *self._some_of(over, 2)])
        on, where = self._on(left, right), self.where(over)
        ends, is_ordered = self._ends([left[0], right[0]])
        kind = self._dice.choice(JOINS)
        head = f"SELECT {{}} FROM {one} {kind} {two} ON {{}}{{}}{{}}"
        if self._dice.random() < 0.25:
            counted = joined(
                f"SELECT count(*) AS c0 FROM {one} {kind} {two} ON {{}}{{}}", on, where
            )
            return Query(counted, has_join=True)
        return Query(joined(head, shown, on, where, ends), is_ordered, has_join=True)

    def _join_of_join(self) -> Query:
        """A join with a filtered join, which keeps columns of one name of both its sides."""
        dice = self._dice
        (one, left), (two, right) = self._from("l"), self._from("r")
        over = [*left, *right]
        kept = [left[0], right[0], *self._some_of([o for o in over if not o.is_nested], 3)]
        inner = joined(
            f"SELECT {{}} FROM {one} {dice.choice(JOINS)} {two} ON {{}}{{}}",
            self._shown(kept),
            self._pair(left, right),
            self.where(over),
        )
        named = [Operand(alike(f"q.c{i}"), each.kind, each.values) for i, each in enumerate(kept)]
        third, outer = self._from("s")
        pairs = [
            (a, b) for a in outer for b in named if a.kind.name == b.kind.name and not a.is_nested
        ]
        a, b = dice.choice(pairs)
        parts = [outer[0].sql, inner, a.sql, b.sql, self.where([*outer, *named])]
        return Query(
            joined(
                f"SELECT {{}} AS s0, q.* FROM {third} {dice.choice(JOINS[:3])} ({{}}) q"
                " ON {} = {}{}",
                *parts,
            ),
            has_join=True,
        )

    def _chain(self) -> Query:
        dice = self._dice
        (one, a), (two, b), (three, c) = self._from("x"), self._from("y"), self._from("z")
        over = [*a, *b, *c]
        shown = self._shown([a[0], b[0], c[0]])
        first, second = dice.choice(JOINS), dice.choice(JOINS)
        parts = [shown, self._pair(a, b), self._pair(dice.choice([a, b]), c), self.where(over)]
        sql = joined(
            f"SELECT {{}} FROM {one} {first} {two} ON {{}} {second} {three} ON {{}}{{}}", *parts
        )
        return Query(sql, has_join=True)

    def _semi(self) -> Query:
        dice = self._dice
        (one, left), (two, right) = self._from("l"), self._from("r")
        shown, on = self._shown(self._some_of(left)), self._on(left, right)
        if dice.random() < 0.5:
            word = dice.choice(["SEMI", "ANTI"])
            parts = [shown, Sql(f"LEFT {word} JOIN", f"{word} JOIN"), on, self.where(left)]
            sql = joined(f"SELECT {{}} FROM {one} {{}} {two} ON {{}}{{}}", *parts)
        else:
            word = dice.choice(["EXISTS", "NOT EXISTS"])
            more = Conditions(dice, right).tree(1)
            inner = joined(f"SELECT 1 FROM {two} WHERE {{}} AND {{}}", on, more)
            other = Conditions(dice, left).tree(1)
            parts = [shown, inner, other]
            sql = joined(
                f"SELECT {{}} FROM {one} WHERE {word} ({{}}) {dice.choice(['AND', 'OR'])} {{}}",
                *parts,
            )
        return Query(sql, has_join=True)

    def _within(self) -> Query:
        """A subquery gives the values to compare with."""
        dice = self._dice
        (one, left), (two, right) = self._from("l"), self._from("r")
        fit = [o for o in left if not o.is_nested and o.kind.name not in (*_FLOATS, "boolean")]
        operand = dice.choice(fit)
        others = [o for o in right if o.kind.name == operand.kind.name]
        other = dice.choice(others or right[:1])
        operand = operand if others else left[0]
        where = self.where(right)
        if dice.random() < 0.5:
            inner = joined(f"SELECT {{}} FROM {two}{{}}", other.sql, where)
            test = joined("{} IN ({})", operand.sql, inner)
        else:
            made = dice.choice(["min", "max"])
            inner = joined(f"SELECT {made}({{}}) FROM {two}{{}}", other.sql, where)
            test = joined(f"{{}} {dice.choice(['=', '<', '>='])} ({{}})", operand.sql, inner)
        if dice.random() < 0.4:
            word = dice.choice(["AND", "OR"])
            test = joined(f"{{}} {word} {{}}", test, Conditions(dice, left).tree(1))
        shown = self._shown(self._some_of(left))
        return Query(joined(f"SELECT {{}} FROM {one} WHERE {{}}", shown, test), has_join=True)

    def _set(self) -> Query:
        """A set operation over columns of the same types."""
        dice = self._dice
        (one, left), (two, right) = self._from(), self._from()
        pairs = [
            (a, b)
            for a in left
            for b in right
            if a.kind.name == b.kind.name and not a.is_nested and a.kind.name not in _FLOATS
        ]
        chosen = dice.sample(pairs, dice.randint(1, min(3, len(pairs))))
        word = dice.choice(["UNION ALL", "UNION ALL", "UNION", "EXCEPT", "INTERSECT"])
        parts = [
            self._shown([a for a, _ in chosen]),
            self.where(left),
            self._shown([b for _, b in chosen]),
            self.where(right),
        ]
        sql = joined(f"SELECT {{}} FROM {one}{{}} {word} SELECT {{}} FROM {two}{{}}", *parts)
        if dice.random() < 0.4:
            named = [Operand(alike(f"c{i}"), a.kind, a.values) for i, (a, _) in enumerate(chosen)]
            sql = joined("SELECT * FROM ({}) q{}", sql, self.where(named))
        return Query(sql, has_join=word not in ("UNION ALL", "UNION"))

    def _whole_sets(self) -> Query:
        """A set operation over all columns of tables that have the same, partitioned otherwise."""
        dice = self._dice
        same = [
            (one, two)
            for one in self._tables
            for two in self._tables
            if _signature(self._tables[one]) == _signature(self._tables[two])
        ]
        one, two = dice.choice(same)
        over = operands(self._tables[one])
        can_be_told_apart = all(
            not each.is_nested and each.kind.name not in _FLOATS for each in over
        )
        words = ["UNION ALL", *(["EXCEPT", "INTERSECT"] if can_be_told_apart else [])]
        word = dice.choice(words)
        parts = [self.where(over), self.where(over)]
        sql = joined(f"SELECT * FROM {one}{{}} {word} SELECT * FROM {two}{{}}", *parts)
        return Query(sql, has_join=word != "UNION ALL")


_FLOATS = ("float", "double")


def _zero_apart(operand: Operand) -> Operand:
    """The operand as a key. Whether the two zeros are one, duckdb and DataFusion disagree on."""
    if operand.kind.name not in _FLOATS:
        return operand
    return Operand(only_datafusion(operand.sql), operand.kind, operand.values)


def _signature(table: Table) -> list[tuple[str, str]]:
    return [(quoted(column.name), str(column.kind)) for column in table.schema.columns]
