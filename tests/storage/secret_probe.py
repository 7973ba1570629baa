"""Hands credentials over in every way, and prints every text that comes of it.

Usage: secret_probe.py URI OPTIONS, the options as JSON. What is refused is printed as well.
"""

from __future__ import annotations

import json
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator

import datafusion
import deltaic
import pyarrow as pa

STATEMENTS = [
    "SELECT * FROM {name}",
    "SELECT nothing FROM {name}",
    "SELECT * FROM {name} VERSION AS OF 77",
    "EXPLAIN SELECT count(*) FROM {name} WHERE x > 1",
    "EXPLAIN VERBOSE SELECT * FROM {name}",
    "EXPLAIN ANALYZE SELECT * FROM {name}",
    "EXPLAIN FORMAT TREE SELECT * FROM {name}",
    "EXPLAIN FORMAT PGJSON SELECT * FROM {name}",
    "DESCRIBE {name}",
    "SHOW COLUMNS FROM {name}",
    "SELECT * FROM delta_detail({text})",
    "SELECT * FROM delta_files({text})",
    "SELECT * FROM delta_history({text})",
    "INSERT INTO {name} VALUES (1)",
]

GENERAL = [
    "SHOW ALL",
    "SHOW TABLES",
    "SHOW CREATE TABLE t",
    "SHOW CREATE TABLE v",
    *(
        f"SELECT * FROM information_schema.{view}"
        for view in ("tables", "columns", "views", "df_settings", "schemata", "routines")
    ),
]


def creations(uri: str, options: dict[str, str]) -> Iterator[str]:
    """Statements with the options in them, most of which are wrong somewhere."""
    pairs = [f"'{key}' '{value}'" for key, value in options.items()]
    head = f"CREATE EXTERNAL TABLE t STORED AS DELTATABLE LOCATION '{uri}'"
    listed = ", ".join(pairs)
    yield f"{head} OPTIONS ({listed})"
    yield f"{head.replace('EXTERNAL', 'OR REPLACE EXTERNAL')} OPTIONS ({listed})"
    yield f"EXPLAIN {head} OPTIONS ({listed})"
    yield f"{head} OPTIONS ({listed}, 'no_such_option' 'x')"
    yield f"{head} OPTIONS ({listed}"
    yield f"{head} OPTIONS {listed})"
    yield f"{head} OPTIONS ({' '.join(pairs)})"
    yield f"{head} OPTIONS ({listed.replace(' ', ' = ')})"
    yield f"{head} OPTIONS ({listed}) WITH ORDER (x)"
    yield f"{head} OPTIONS ({listed}) nonsense"
    yield f"{head.replace('DELTATABLE', 'PARQUET')} OPTIONS ({listed})"
    yield f"COPY (SELECT 1 AS a) TO '{uri}/x.parquet' STORED AS PARQUET OPTIONS ({listed})"
    for key, value in options.items():
        yield f"{head} OPTIONS ('{key}', '{value}')"
        yield f"{head} OPTIONS ('{key}' = {value})"
        yield f"{head} OPTIONS ({key.replace('_', '.')} '{value}' '{value}')"


def show(action: Callable[[], object]) -> None:
    """Prints what an action gives, or all that its error says."""
    try:
        print(action())
    except Exception as error:
        print(type(error), repr(error), str(error), error.args, vars(error))
        traceback.print_exc()


def rows(builder: deltaic.QueryBuilder, sql: str) -> object:
    """What a statement gives; the text of the statement itself is ours, and is not shown."""
    return pa.RecordBatchReader.from_stream(builder.execute(sql)).read_all().to_pylist()


def show_table(table: deltaic.DeltaTable) -> None:
    show(lambda: (repr(table), str(table), table.table_uri, table.metadata(), table.protocol()))
    show(table.file_uris)
    show(table.history)
    show(table.detail)
    show(lambda: repr(table.to_pyarrow_dataset()))
    show(lambda: repr(pickle.loads(pickle.dumps(table))))
    context = datafusion.SessionContext()
    show(lambda: context.register_table("t", table))
    show(lambda: (repr(context), str(context.table("t").logical_plan())))
    show(lambda: context.sql("SELECT * FROM t").execution_plan().display_indent())


def main() -> int:
    uri, options = sys.argv[1], json.loads(sys.argv[2])
    show(lambda: show_table(deltaic.DeltaTable(uri, storage_options=options)))
    show(lambda: deltaic.DeltaTable.is_deltatable(uri, options))
    # A credential in the place of a setting.
    show(lambda: deltaic.QueryBuilder(options))
    builder = deltaic.QueryBuilder(storage_options=options)
    show(lambda: (repr(builder), str(builder)))
    show(lambda: builder.register_catalog("c", uri, options))
    show(lambda: rows(builder, "SELECT * FROM c.a.b"))
    for sql in creations(uri, options):
        show(lambda sql=sql: rows(builder, sql))  # type: ignore[misc]
    show(lambda: rows(builder, f"CREATE VIEW v AS SELECT * FROM '{uri}'"))
    for name, text in ((f"'{uri}'", f"'{uri}'"), ("t", "'t'")):
        for sql in STATEMENTS:
            made = sql.format(name=name, text=text)
            show(lambda sql=made: rows(builder, sql))  # type: ignore[misc]
    for sql in GENERAL:
        show(lambda sql=sql: rows(builder, sql))  # type: ignore[misc]
    show(lambda: rows(builder, f"DROP TABLE '{uri}'"))
    for key, value in options.items():
        show(lambda k=key, v=value: rows(builder, f"SET {k} = '{v}'"))  # type: ignore[misc]
    return 0


if __name__ == "__main__":
    sys.exit(main())
