"""Statements that join tables which share the names of their columns."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from joins.worlds import COLUMNS

CONDITIONS = (
    "a.country = 'NO' OR b.country = 'SE'",
    "a.country IS NULL OR b.country = 'SE'",
    "a.country <> b.country",
    "a.cust = 1 OR b.cust = 2",
    "coalesce(a.country, b.country) = 'NO'",
    "NOT (a.country = 'NO' AND b.country = 'SE')",
    "a.cust IS NULL OR b.ord > 10",
    "b.country IN ('NO', 'DK') OR a.country IN ('SE', 'FI')",
    "a.country IS NOT DISTINCT FROM b.country",
    "(a.country = 'NO') IS NOT TRUE OR b.country = 'DK'",
    "CASE WHEN a.cust IS NULL THEN b.country = 'SE' ELSE a.country = 'NO' END",
    "a.country LIKE 'N%' OR b.country LIKE 'S%'",
    "a.country < b.country OR b.ord < 3",
)


def matrix() -> list[str]:
    """Every condition, with every kind of join, from either side: over `countries`.

    Once with all columns and once with none: what is kept decides where a column is in a plan.
    """
    columns = "a.cust AS ac, a.country AS an, b.ord AS bo, b.cust AS bc, b.country AS bn"
    statements = []
    for condition in CONDITIONS:
        for one, other in (("a", "b"), ("b", "a")):
            joins = [
                f"{one} {kind} JOIN {other} ON a.cust = b.cust WHERE {condition}"
                for kind in ("INNER", "LEFT", "RIGHT", "FULL")
            ]
            joins.append(f"{one}, {other} WHERE a.cust = b.cust AND ({condition})")
            for joined in joins:
                statements.append(f"SELECT {columns} FROM {joined}")
                statements.append(f"SELECT count(*) FROM {joined}")
            inner = f"SELECT 1 FROM {other} WHERE a.cust = b.cust AND ({condition})"
            for exists in ("EXISTS", "NOT EXISTS"):
                semi = f"FROM {one} WHERE {exists} ({inner})"
                statements.append(f"SELECT {one}.* {semi}")
                statements.append(f"SELECT count(*) {semi}")
    return statements


@dataclass(frozen=True)
class Statement:
    sql: str
    # Whether the order of its rows is known.
    is_ordered: bool


TABLES = ("few", "mid", "many", "odd")
KINDS = ("JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")


class Generator:
    """Random statements over `random_world`."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def statement(self) -> Statement:
        shape = self._random.choice(
            [self._flat, self._nested, self._nested, self._grouped, self._semi, self._united]
        )
        return self._ended(*shape())

    # Every shape returns the columns of its result and what comes after them.

    def _flat(self) -> tuple[list[str], str]:
        aliases = self._random.choice([["a", "b"], ["a", "b", "c"]])
        source = f"{self._table()} {aliases[0]}"
        for number, alias in enumerate(aliases[1:], start=1):
            other = self._random.choice(aliases[:number])
            on = self._on(other, alias)
            source += f" {self._kind()} {self._table()} {alias} ON {on}"
        return self._some_columns(aliases), f"FROM {source}{self._where(aliases)}"

    def _nested(self) -> tuple[list[str], str]:
        """The probed side is a join that keeps two columns of one name, one of them the key."""
        inner = self._inner("")
        name = self._random.choice(["ai", "bi", "ak", "bk"])
        on = f"s.{self._key()} = q.{name}"
        source = f"FROM {self._table()} s {self._kind()} ({inner}) q ON {on}"
        where = self._random.choice(["", "", " WHERE s.q > 2 OR q.bi IS NULL"])
        columns = [f"s.{self._key()}", "q.ai", "q.bi", "q.ak", "q.bk"]
        return columns, f"{source}{where}"

    def _grouped(self) -> tuple[list[str], str]:
        inner = self._inner(" GROUP BY a.id, b.id, a.k, b.k")
        on = f"s.{self._key()} = q.{self._random.choice(['ai', 'bi', 'bk'])}"
        source = f"FROM {self._table()} s {self._kind()} ({inner}) q ON {on}"
        return ["s.id", "q.ai", "q.bi", "q.ak", "q.bk"], source

    def _inner(self, end: str) -> str:
        joined = f"{self._table()} a {self._kind()} {self._table()} b ON {self._on('a', 'b')}"
        columns = "a.id AS ai, b.id AS bi, a.k AS ak, b.k AS bk"
        return f"SELECT {columns} FROM {joined}{self._where(['a', 'b'])}{end}"

    def _semi(self) -> tuple[list[str], str]:
        """The side that is not in the result has the key's name for another column."""
        exists = self._random.choice(["EXISTS", "EXISTS", "NOT EXISTS"])
        one, other = self._random.choice([("id", "k"), ("k", "id"), ("id", "id")])
        more = self._random.choice(["", " AND b.id > a.q", " AND b.k > a.q", " AND b.s = a.s"])
        inner = f"SELECT 1 FROM {self._table()} b WHERE b.{other} = a.{one}{more}"
        condition = f"{exists} ({inner})"
        if self._random.random() < 0.25:
            condition = f"({condition} OR a.q = 3)"
        kept = f"SELECT a.id, a.k, a.q FROM {self._table()} a WHERE {condition}"
        on = f"s.{self._key()} = p.{self._key()}"
        source = f"FROM {self._table()} s {self._kind()} ({kept}) p ON {on}"
        return ["s.id", "p.id", "p.k", "p.q"], source

    def _united(self) -> tuple[list[str], str]:
        """The branches of a union have each other's names."""
        one, other = self._table(), self._table()
        union = f"SELECT id, k FROM {one} UNION ALL SELECT k, id FROM {other} WHERE q < 6"
        on = f"s.{self._key()} = u.{self._key()}"
        source = f"FROM {self._table()} s {self._kind()} ({union}) u ON {on}"
        return ["s.id", "u.id", "u.k"], source

    def _table(self) -> str:
        return self._random.choice(TABLES)

    def _kind(self) -> str:
        return self._random.choice(KINDS)

    def _key(self) -> str:
        return self._random.choice(["id", "k"])

    def _on(self, one: str, other: str) -> str:
        on = f"{one}.{self._key()} = {other}.{self._key()}"
        return on + self._random.choice(["", "", "", f" AND {one}.s = {other}.s"])

    def _some_columns(self, aliases: list[str]) -> list[str]:
        every = [f"{alias}.{column}" for alias in aliases for column in COLUMNS]
        return self._random.sample(every, self._random.randint(2, 5))

    def _where(self, aliases: list[str]) -> str:
        if self._random.random() < 0.2:
            return ""
        one, other = self._random.sample(aliases, 2)
        return " WHERE " + self._random.choice(
            [
                f"{one}.s = 'NO' OR {other}.s = 'SE'",
                f"{other}.q IS NOT NULL OR {one}.q < 5",
                f"{one}.k IS NULL OR {other}.id > 40",
                f"coalesce({one}.k, {other}.q, 7) > 3",
                f"NOT (coalesce({one}.k, {one}.q, 7) > 100) OR NOT ({other}.s = '{'x' * 40}')",
                f"{one}.s IS DISTINCT FROM {other}.s",
                f"{one}.q + {other}.q > 6 OR {one}.id IS NULL",
                f"{one}.s IN ('NO', 'DK')",
            ]
        )

    def _ended(self, columns: list[str], source: str) -> Statement:
        names = [f"{column} AS {column.replace('.', '_')}" for column in columns]
        select = f"SELECT {', '.join(names)} {source}"
        if self._random.random() < 0.6:
            return Statement(select, is_ordered=False)
        keys = [str(number + 1) for number in range(len(columns))]
        self._random.shuffle(keys)
        order = [
            f"{key} {self._random.choice(['ASC', 'DESC'])} NULLS "
            f"{self._random.choice(['FIRST', 'LAST'])}"
            for key in keys
        ]
        limit = self._random.choice([1, 3, 5, 20])
        return Statement(f"{select} ORDER BY {', '.join(order)} LIMIT {limit}", is_ordered=True)
