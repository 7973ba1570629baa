"""What is right: engines over tables in memory, without files, statistics and Delta."""

from __future__ import annotations

import re
from collections.abc import Mapping

import datafusion
import duckdb
import pyarrow as pa

from harness.arrow import collect
from properties.random_query import Query
from properties.sql_text import quoted

MAX_ROWS = 3000


def as_texts(sql: str, schema: pa.Schema) -> str:
    """A statement that prints what another answers, but for nested columns."""
    printed = [
        f"CAST(o.{quoted(field.name)} AS VARCHAR) AS p{i}"
        for i, field in enumerate(schema)
        if not pa.types.is_nested(field.type) and not pa.types.is_binary(field.type)
    ]
    return f"SELECT {', '.join(printed) or '1 AS p'} FROM ({sql}) o"


def is_limit(error: Exception) -> bool:
    """Whether an error is DataFusion's over any table, though its tables in memory have none.

    Its `date_trunc` does not take one far instant, as a partition column of a file is, where it
    takes a column of them.
    """
    return re.search(r"Timestamp -?\d+ out of range", str(error)) is not None


class UndecidedError(Exception):
    """The engines in memory cannot tell the answer."""


class Reference:
    """Knows the answers over rows in memory."""

    def __init__(self, rows: Mapping[str, pa.Table]) -> None:
        self._datafusion = datafusion.SessionContext()
        self._last: tuple[Query, dict[str, pa.Table]] | None = None
        self._duckdb = duckdb.connect(":memory:")
        # What its optimizer does not touch is what the statement says.
        self._duckdb.execute("SET TimeZone = 'UTC'; SET threads = 1; PRAGMA disable_optimizer")
        for name, table in rows.items():
            self._datafusion.from_arrow(table, name)
            self._duckdb.register("from_arrow", table)
            # A table of its own: its scans of Arrow have filters of their own.
            self._duckdb.execute(f"CREATE TABLE {name} AS SELECT * FROM from_arrow")
            self._duckdb.unregister("from_arrow")

    def answers(self, query: Query) -> dict[str, pa.Table]:
        """The answer by every engine that knows it.

        DataFusion knows it unless it joins: its joins are not independent of what is tested.
        """
        if self._last is None or self._last[0] != query:
            self._last = query, self._find(query)
        return self._last[1]

    def _find(self, query: Query) -> dict[str, pa.Table]:
        found = {}
        errors = []
        if not query.has_join:
            try:
                found["DataFusion"] = collect(self._datafusion.sql(query.sql.datafusion))
            except Exception as error:
                # Such as an overflow, which a file that is left out keeps from happening.
                raise UndecidedError(f"DataFusion: {error}") from error
        if query.sql.duckdb is not None:
            try:
                found["duckdb"] = self._duckdb.sql(query.sql.duckdb).to_arrow_table()
            except duckdb.Error as error:
                errors.append(f"duckdb: {error}")
        if any(table.num_rows > MAX_ROWS for table in found.values()):
            raise UndecidedError("the answer is long")
        if not found:
            raise UndecidedError(
                "; ".join(errors) or "the statement joins, in words of DataFusion only"
            )
        return found

    def fails(self, query: Query, error: Exception) -> bool:
        """Whether DataFusion cannot run a statement, which gave an error, in memory either."""
        if is_limit(error):
            return True
        try:
            collect(self._datafusion.sql(query.text()))
        except Exception:
            return True
        return False

    def texts(self, answer: pa.Table) -> pa.Table:
        """The texts of what is not nested in an answer, as DataFusion prints them."""
        self._datafusion.deregister_table("answer")
        self._datafusion.from_arrow(answer, "answer")
        return collect(self._datafusion.sql(as_texts("SELECT * FROM answer", answer.schema)))
