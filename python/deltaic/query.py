"""SQL over Delta tables."""

from __future__ import annotations

from arro3.core import RecordBatchReader

from deltaic import _internal
from deltaic._options import check_options
from deltaic._reader import make_reader
from deltaic.table import DeltaTable

__all__ = ["QueryBuilder"]


class QueryBuilder:
    """A DataFusion session for SQL over Delta tables.

    Tables are named by `register`, by `register_catalog`, or by their path or URL in quotes
    (`SELECT * FROM './orders'`), which is read at its newest version. `VERSION AS OF 3` and
    `TIMESTAMP AS OF '…'` after a name read earlier ones. Column names keep their case. Several
    threads may use a session.
    """

    def __init__(
        self,
        session_config: dict[str, str] | None = None,
        storage_options: dict[str, str] | None = None,
    ) -> None:
        """Makes a session.

        Args:
            session_config: Settings of DataFusion by their names, such as
                "datafusion.execution.batch_size", and "datafusion.runtime.memory_limit".
            storage_options: Storage options for tables that SQL names by path or URL.
        """
        self._session = _internal.make_session(
            check_options("session_config", session_config),
            check_options("storage_options", storage_options),
        )

    def register(
        self,
        table_name: str,
        delta_table: DeltaTable,
        refresh: bool = False,
        file_column: str | None = None,
        metadata: bool = False,
        partition_time_zone: str | None = None,
    ) -> QueryBuilder:
        """Makes a table known by a name.

        Args:
            table_name: The name in SQL; it keeps its case.
            delta_table: The table, at the version it has now.
            refresh: Whether each statement sees the newest version instead, one and the same in
                all of the statement.
            file_column: Adds a column of that name with the file of each row; "__delta_rs_path" is
                usual.
            metadata: Adds the struct `_metadata`, see `DeltaTable.scan`.
            partition_time_zone: See `DeltaTable.scan`.
        """
        options = _internal.ScanOptions(file_column, metadata, partition_time_zone)
        self._session.register_table(table_name, delta_table._table, refresh, options)
        return self

    def register_catalog(
        self, name: str, uri: str, storage_options: dict[str, str] | None = None
    ) -> QueryBuilder:
        """Makes the tables of a folder known.

        `uri/table` is `name.default.table`, and `uri/schema/table` is `name.schema.table`. They are
        opened when a statement names them, and seen at their newest version. An empty name and that
        of the session's own catalog raise `InvalidArgumentError`.
        """
        options = check_options("storage_options", storage_options)
        self._session.register_catalog(name, uri, options)
        return self

    def execute(self, sql: str) -> RecordBatchReader:
        """Runs one SQL statement.

        Returns:
            A reader that gets rows as they are produced; its iteration raises the exceptions
            of this package, and KeyboardInterrupt upon Ctrl-C. A library that takes the reader
            through the Arrow C interface, as `pyarrow.table(reader)` does, raises its own exception
            with their text instead.
        """
        return make_reader(self._session.execute(sql))

    def sql(self, sql: str) -> RecordBatchReader:
        """Same as `execute`."""
        return self.execute(sql)

    def show(self, sql: str, max_rows: int = 20) -> None:
        """Runs one SQL statement and prints its first rows as a table."""
        print(self._session.first_rows_as_text(sql, max_rows))  # noqa: T201
