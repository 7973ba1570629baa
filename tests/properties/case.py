"""A case: three random tables, and what is asked of them in every way."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import deltaic
import pyarrow as pa

from harness.arrow import collect
from properties.answer import Rows, difference, rows_of
from properties.random_expression import Conditions, operands
from properties.random_filter import RowFilters, holds
from properties.random_query import Queries, Query
from properties.random_schema import make_schema, repartitioned
from properties.random_table import Table, make_table
from properties.reference import Reference, UndecidedError, as_texts, is_limit
from properties.routes import Route, shell_rows, sql_routes, through_duckdb
from properties.sql_text import Sql, joined, quoted, simpler

QUERIES = 14
FILTERS = 3
BY_SHELL = 3


def make_tables(dice: random.Random, seed: int, folder: Path) -> dict[str, Table]:
    """Writes a table t, one that shares columns with it, and one that has the same columns."""
    mapping = dice.choice(["none", "none", "name", "id"])
    schema = make_schema(dice, mapping=mapping)
    schemas = {
        "t": schema,
        "u": make_schema(dice, schema, dice.choice(["none", "none", mapping])),
        "w": repartitioned(dice, schema),
    }
    return {
        name: make_table(dice, folder / name, each, dice.random() < 0.5, str(seed))
        for name, each in schemas.items()
    }


class Case:
    """Asks of tables, and compares. `counts` tells how often."""

    def __init__(self, seed: int, folder: Path, shell: Path | None) -> None:
        self.counts: Counter[str] = Counter()
        self._seed, self._folder, self._shell = seed, folder, shell
        self._dice = random.Random(f"case {seed}")
        self._tables = make_tables(self._dice, seed, folder)
        self._opened: dict[str, deltaic.DeltaTable] = {}
        self._reference = Reference({name: table.rows for name, table in self._tables.items()})
        self.counts["tables"] += len(self._tables)

    def check(self) -> list[str]:
        """Returns what is wrong."""
        for name, table in self._tables.items():
            self._opened[name] = deltaic.DeltaTable(table.root)
        failures = self._check_sql()
        for name in self._tables:
            failures += self._check_table(name)
        return failures

    def _told(self, route: str, what: str, wrong: str) -> str:
        return f"{route}: {wrong}\n    {what}"

    def recipe(self) -> str:
        """How the tables came to be."""
        lines = [f"seed {self._seed}, tables in {self._folder}"]
        for name, table in self._tables.items():
            columns = [f"{c.name} {c.kind.name}" for c in table.schema.columns]
            lines.append(f"{name}: {', '.join(columns)}; by {table.schema.partition_names}")
            lines.append(f"  mapping {table.schema.mapping}; " + "; ".join(table.recipe))
        return "\n".join(lines)

    # SQL.

    def _check_sql(self) -> list[str]:
        failures: list[str] = []
        queries = Queries(self._dice, self._tables)
        routes = sql_routes(self._dice, self._opened)
        for number in range(QUERIES):
            query = queries.one()
            try:
                answers = self._reference.answers(query)
            except UndecidedError:
                self.counts["undecided"] += 1
                continue
            self.counts["queries"] += 1
            failures += self._disagreement(query, answers)
            for route in routes:
                self.counts["comparisons"] += 1
                failures += self._run(route, query)
            if query.limit is None and number < BY_SHELL:
                failures += self._check_shell(query, next(iter(answers.values())))
        return failures

    def _disagreement(self, query: Query, answers: dict[str, pa.Table]) -> list[str]:
        """Whether the engines in memory disagree: the statement then means two things."""
        (one, right), *others = [(name, rows_of(answer)) for name, answer in answers.items()]
        for other, found in others:
            wrong = difference(found, right, query.is_ordered)
            if wrong:
                what = f"{query.sql.datafusion}\n    {query.sql.duckdb}"
                return [self._told(f"{other} beside {one}", what, wrong)]
        return []

    def _run(self, route: Route, query: Query) -> list[str]:
        """Returns what is wrong with a route's answer, and the simplest statement that shows it."""
        wrong = self._wrong(route, query)
        if wrong is None:
            return []
        for _ in range(100):
            for sql in simpler(query.sql):
                less = replace(query, sql=sql)
                still_wrong = self._wrong(route, less)
                if still_wrong is not None:
                    query, wrong = less, still_wrong
                    break
            else:
                break
        return [self._told(route.name, query.text(), wrong)]

    def _wrong(self, route: Route, query: Query) -> str | None:
        try:
            right = rows_of(next(iter(self._reference.answers(query).values())))
        except UndecidedError:
            return None
        try:
            found = rows_of(route.run(query.text()))
        except Exception as error:
            # What fails in memory too is the engine's limit. It is not found out by duckdb.
            return None if self._reference.fails(query, error) else repr(error)[:500]
        wrong = _judged(query, found, right)
        if wrong and query.has_join and self._is_misplaced(route, query, found, right):
            self.counts["misplaced"] += 1
            return None
        return wrong

    def _is_misplaced(self, route: Route, query: Query, found: Rows, right: Rows) -> bool:
        """Whether a wrong answer is that of the same session over the rows in memory.

        Sessions of the package `datafusion` misplace conditions of joins over any table.
        """
        if route.over_rows is None:
            return False
        rows = rows_of(route.over_rows({n: t.rows for n, t in self._tables.items()}, query.text()))
        return difference(rows, right, False) is not None and Counter(rows) == Counter(found)

    def _check_shell(self, query: Query, answer: pa.Table) -> list[str]:
        if self._shell is None:
            return []
        statement = as_texts(query.text(), answer.schema)
        self.counts["comparisons"] += 1
        try:
            rows = shell_rows(self._shell, self._folder, list(self._tables), statement)
        except RuntimeError as error:
            if self._reference.fails(query, error):
                return []
            return [self._told("shell", statement, str(error))]
        texts = self._reference.texts(answer)
        found = [tuple(_text(row.get(name)) for name in texts.column_names) for row in rows]
        expected = [tuple(_text(cell) for cell in row) for row in rows_of(texts)]
        wrong = difference(found, expected, is_ordered=False)
        return [self._told("shell", statement, wrong)] if wrong else []

    # One table.

    def _check_table(self, name: str) -> list[str]:
        table, opened = self._tables[name], self._opened[name]
        failures: list[str] = []

        def hold(route: str, what: object, found: Rows, expected: Rows) -> None:
            self.counts["comparisons"] += 1
            wrong = difference(found, expected, is_ordered=False)
            if wrong:
                failures.append(self._told(f"{name}.{route}", str(what), wrong))

        hold("count()", "", [(opened.count(),)], [(table.rows.num_rows,)])
        everything = rows_of(table.rows)
        hold("to_pyarrow_table()", "", rows_of(opened.to_pyarrow_table()), everything)
        filters = RowFilters(self._dice, table)
        rows = table.rows.to_pylist()
        for _ in range(FILTERS):
            chosen = self._dice.sample(table.rows.column_names, 2)
            some = table.rows.select(chosen)
            lists = filters.lists()
            kept = some.filter(pa.array([holds(lists, row) for row in rows], pa.bool_()))
            found = opened.to_pyarrow_table(columns=chosen, filters=lists)
            hold("to_pyarrow_table(filters)", lists, rows_of(found), rows_of(kept))
            expression = filters.expression()
            right = rows_of(table.rows.filter(expression).select(chosen))
            found = opened.to_pyarrow_table(columns=chosen, filters=expression)
            hold("to_pyarrow_table(expression)", expression, rows_of(found), right)
            if table.has_whole_files and not table.schema.is_mapped:
                dataset = opened.to_pyarrow_dataset()
                found = dataset.to_table(columns=chosen, filter=expression)
                hold("to_pyarrow_dataset()", expression, rows_of(found), right)
                if "nan" in str(expression):  # pyarrow counts all rows of a file for `< NaN`.
                    continue
                counted = dataset.count_rows(filter=expression)
                hold("count_rows()", expression, [(counted,)], [(len(right),)])
        failures += self._check_predicates(name)
        return failures

    def _check_predicates(self, name: str) -> list[str]:
        """What the log rules out, and what streams give to others."""
        table = self._tables[name]
        failures: list[str] = []
        conditions = Conditions(self._dice, operands(table))
        for _ in range(FILTERS):
            condition = conditions.tree()
            query = Query(joined(f"SELECT * FROM {name} WHERE {{}}", condition))
            try:
                answers = self._reference.answers(query)
            except UndecidedError:
                self.counts["undecided"] += 1
                continue
            try:
                failures += self._check_condition(name, condition, rows_of(answers["DataFusion"]))
            except Exception as error:
                if not is_limit(error):
                    raise
        return failures

    def _check_condition(self, name: str, condition: Sql, right: Rows) -> list[str]:
        names, opened = self._tables[name].rows.column_names, self._opened[name]
        failures = []
        found = collect(opened.scan(predicate=condition.datafusion))
        self.counts["comparisons"] += 1
        wrong = difference(rows_of(found.select(names)), right, False)
        if wrong:
            failures.append(self._told(f"{name}.scan()", condition.datafusion, wrong))
        if condition.duckdb is not None:
            shown = ", ".join(quoted(column) for column in names)
            sql = f"SELECT {shown} FROM arrow WHERE {condition.duckdb}"
            streamed = rows_of(through_duckdb(opened.scan(), sql))
            self.counts["comparisons"] += 1
            wrong = difference(streamed, right, False)
            if wrong:
                failures.append(self._told(f"duckdb over {name}.scan()", sql, wrong))
        return failures + self._check_files(name, condition.datafusion)

    def _check_files(self, name: str, condition: str) -> list[str]:
        """A file with a row for which a condition is true is not left out."""
        opened = self._opened[name]
        session = deltaic.QueryBuilder().register(name, opened, file_column="of file")
        sql = f'SELECT DISTINCT "of file" AS f FROM {name} WHERE ({condition}) IS TRUE'
        needed = set(collect(session.execute(sql))["f"].to_pylist())
        lacking = needed - set(opened.files(file_pruning_predicate=condition))
        self.counts["comparisons"] += 1
        return [self._told(f"{name}.files()", condition, f"lacks {lacking}")] if lacking else []


def _text(cell: object) -> object:
    return "0.0" if cell == "-0.0" else cell


def _judged(query: Query, found: Rows, right: Rows) -> str | None:
    if query.limit is None:
        return difference(found, right, query.is_ordered)
    if len(found) != min(query.limit, len(right)):
        return f"{len(found)} rows with a limit of {query.limit}, of {len(right)}"
    spurious = Counter(found) - Counter(right)
    return f"has wrongly {list(spurious)[:3]}" if spurious else None
