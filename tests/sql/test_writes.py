"""Statements that make tables and add rows to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import deltaic
import pyarrow as pa
import pytest
from deltaic import DeltaTable, QueryBuilder, write_deltalake
from deltaic.exceptions import DeltaError, SqlError

from harness.arrow import collect


def run(session: QueryBuilder, sql: str) -> list[tuple[Any, ...]]:
    table = collect(session.execute(sql))
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


@pytest.fixture
def session() -> QueryBuilder:
    return QueryBuilder()


def test_a_table_is_made_filled_and_read(session: QueryBuilder, tmp_path: Path) -> None:
    run(
        session,
        f"""CREATE TABLE orders (
              id BIGINT NOT NULL COMMENT 'the key', country STRING DEFAULT 'NO',
              amount DECIMAL(10, 2), double_amount DECIMAL(11, 2)
                GENERATED ALWAYS AS (CAST(amount * 2 AS DECIMAL(11, 2))),
              CONSTRAINT positive CHECK (amount > 0)
            ) USING DELTA PARTITIONED BY (country) COMMENT 'all orders'
            TBLPROPERTIES ('delta.appendOnly' = 'true') LOCATION '{tmp_path}'""",
    )
    table = DeltaTable(tmp_path)
    assert table.metadata().partition_columns == ["country"]
    assert table.metadata().description == "all orders"
    assert table.metadata().configuration["delta.appendOnly"] == "true"
    assert table.schema().fields[0].metadata == {"comment": "the key"}
    assert run(session, "INSERT INTO orders (id, amount) VALUES (1, 10.5)") == [(1,)]
    assert run(session, "INSERT INTO orders (amount, id, country) SELECT 2, 2, 'SE'") == [(1,)]
    rows = run(session, "SELECT id, country, amount, double_amount FROM orders ORDER BY id")
    assert [tuple(map(str, row)) for row in rows] == [
        ("1", "NO", "10.50", "21.00"),
        ("2", "SE", "2.00", "4.00"),
    ]
    with pytest.raises(DeltaError, match="positive"):
        run(session, "INSERT INTO orders (id, amount) VALUES (3, -1)")
    with pytest.raises(DeltaError, match="id"):
        run(session, "INSERT INTO orders (amount) VALUES (1)")
    with pytest.raises(DeltaError, match="[Aa]ppend"):  # noqa: RUF043
        run(session, "INSERT OVERWRITE orders SELECT * FROM orders")
    assert DeltaTable(tmp_path).version() == 2


def test_values_go_by_the_order_of_the_table(session: QueryBuilder, tmp_path: Path) -> None:
    rows = pa.table({"p": [1], "a": ["x"], "q": [2.5]})
    write_deltalake(tmp_path, rows, partition_by=["p"])
    run(session, f"INSERT INTO '{tmp_path}' VALUES (2, 'y', 3.5)")
    assert run(session, f"SELECT * FROM '{tmp_path}' ORDER BY p") == [(1, "x", 2.5), (2, "y", 3.5)]


def test_a_statement_runs_once_whatever_is_read(session: QueryBuilder, tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"a": [1]}))
    session.execute(f"INSERT INTO '{tmp_path}' VALUES (2)")
    reader = session.execute(f"INSERT INTO '{tmp_path}' VALUES (3)")
    assert collect(reader).to_pylist() == [{"count": 1}]
    assert run(session, f"SELECT sum(a) FROM '{tmp_path}'") == [(6,)]
    assert DeltaTable(tmp_path).version() == 2


def test_explain_writes_nothing(session: QueryBuilder, tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"a": [1]}))
    assert run(session, f"EXPLAIN INSERT INTO '{tmp_path}' VALUES (2)")
    assert DeltaTable(tmp_path).version() == 0


def test_values_are_stored_exactly_or_refused(session: QueryBuilder, tmp_path: Path) -> None:
    schema = pa.schema([("i", pa.int32()), ("d", pa.date32()), ("t", pa.timestamp("us", "UTC"))])
    DeltaTable.create(tmp_path, schema)
    run(session, f"INSERT INTO '{tmp_path}' (i, d) VALUES (7, '2024-02-29'), (8.0, NULL)")
    run(session, f"INSERT INTO '{tmp_path}' (t) VALUES ('2024-05-01 10:00:00')")
    for values in ("(2.7, NULL)", "(3000000000, NULL)", "('x', NULL)", "(1, '2024-02-30')"):
        with pytest.raises(DeltaError, match=r"\w"):
            run(session, f"INSERT INTO '{tmp_path}' (i, d) VALUES {values}")
    assert DeltaTable(tmp_path).version() == 2


def test_rows_may_come_from_the_table_itself(session: QueryBuilder, tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"a": [1, 2, 3]}))
    run(session, f"INSERT INTO '{tmp_path}' SELECT a + 10 FROM '{tmp_path}'")
    assert run(session, f"SELECT count(*), sum(a) FROM '{tmp_path}'") == [(6, 42)]
    run(session, f"INSERT OVERWRITE '{tmp_path}' SELECT a FROM '{tmp_path}' WHERE a > 10")
    assert run(session, f"SELECT a FROM '{tmp_path}' ORDER BY a") == [(11,), (12,), (13,)]
    run(
        session,
        f"INSERT INTO '{tmp_path}' WITH b AS (SELECT max(a) AS m FROM '{tmp_path}') "
        "SELECT m FROM b",
    )
    assert run(session, f"SELECT count(*) FROM '{tmp_path}' WHERE a = 13") == [(2,)]


def test_inserts_by_name_and_by_predicate(session: QueryBuilder, tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"a": [1, 2], "b": ["x", "y"]}))
    session.register("t", DeltaTable(tmp_path), refresh=True)
    run(session, "INSERT INTO t BY NAME SELECT 'z' AS b, 3 AS a")
    run(session, "INSERT INTO t BY NAME SELECT 4 AS a")
    with pytest.raises(DeltaError, match="'c'"):
        run(session, "INSERT INTO t BY NAME SELECT 4 AS c")
    run(session, "INSERT INTO t REPLACE WHERE a >= 3 SELECT 5, 'v'")
    assert run(session, "SELECT * FROM t ORDER BY a") == [(1, "x"), (2, "y"), (5, "v")]


def test_tables_of_queries(session: QueryBuilder, tmp_path: Path) -> None:
    place = tmp_path / "t"
    assert run(
        session,
        f"CREATE TABLE t USING DELTA PARTITIONED BY (p) LOCATION '{place}' AS "
        "SELECT 1 AS a, 'x' AS p UNION ALL SELECT 2, 'y'",
    ) == [(2,)]
    assert run(session, "SELECT * FROM t ORDER BY a") == [(1, "x"), (2, "y")]
    with pytest.raises(DeltaError, match="t"):
        run(session, f"CREATE TABLE t USING DELTA LOCATION '{place}' AS SELECT 1 AS a")
    run(session, f"CREATE TABLE IF NOT EXISTS t USING DELTA LOCATION '{place}' AS SELECT 9 AS a")
    assert run(session, "SELECT count(*) FROM t") == [(2,)]
    run(session, f"CREATE OR REPLACE TABLE t USING DELTA LOCATION '{place}' AS SELECT true AS only")
    assert run(session, "SELECT * FROM t") == [(True,)]
    assert DeltaTable(place).metadata().partition_columns == []
    assert DeltaTable(place).version() == 1


def test_tables_by_path(session: QueryBuilder, tmp_path: Path) -> None:
    run(session, f"CREATE TABLE '{tmp_path}/a' (x INT) USING DELTA")
    run(session, f"CREATE TABLE delta.`{tmp_path}/b` (x INT) USING DELTA")
    run(session, f"INSERT INTO '{tmp_path}/b' VALUES (1)")
    assert run(session, f"SELECT x FROM '{tmp_path}/b'") == [(1,)]


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("CREATE TABLE t (a INT) USING DELTA", "LOCATION"),
        ("CREATE TABLE t (a NUMBR) USING DELTA LOCATION '{}'", "NUMBR"),
        ("CREATE TABLE t (a INT) USING ICEBERG LOCATION '{}'", "ICEBERG"),
        ("CREATE TABLE t (a INT) USING DELTA CLUSTER BY (a) LOCATION '{}'", "CLUSTER"),
        ("INSERT INTO nowhere VALUES (1)", "nowhere"),
        ("INSERT INTO nowhere BY NAME SELECT 1 AS a", "nowhere"),
    ],
)
def test_statements_that_make_no_sense(
    session: QueryBuilder, tmp_path: Path, sql: str, text: str
) -> None:
    with pytest.raises(SqlError, match=text):
        run(session, sql.format(tmp_path / "t"))
    assert not (tmp_path / "t").exists()


def test_inserts_of_the_package_datafusion(tmp_path: Path) -> None:
    import datafusion

    write_deltalake(
        tmp_path, pa.table({"a": [1], "b": ["x"]}), configuration={"delta.constraints.c": "a < 9"}
    )
    context = datafusion.SessionContext()
    context.register_table("t", deltaic.DeltaTable(tmp_path))
    counts = context.sql("INSERT INTO t VALUES (2, 'y')").to_pydict()
    assert counts == {"count": [1]}
    with pytest.raises(Exception, match="c"):
        context.sql("INSERT INTO t VALUES (10, 'z')").to_pydict()
    assert DeltaTable(tmp_path).version() == 1
    assert DeltaTable(tmp_path).count() == 2


def test_columns_of_a_query_may_be_null_later(session: QueryBuilder, tmp_path: Path) -> None:
    """What a query knows of its own rows is not asked of later ones."""
    source = tmp_path / "source"
    required = pa.schema([pa.field("id", pa.int64(), nullable=False)])
    write_deltalake(source, pa.table({"id": [1]}, schema=required))
    for verb in ("CREATE TABLE", "CREATE OR REPLACE TABLE"):
        place = tmp_path / verb.replace(" ", "")
        run(
            session,
            f"{verb} '{place}' USING DELTA AS SELECT id, 1 AS one, named_struct('x', 2) AS s, "
            f"make_array(3) AS l FROM '{source}'",
        )
        assert '"nullable":false' not in DeltaTable(place).schema().to_json()
        assert '"containsNull":false' not in DeltaTable(place).schema().to_json()
        run(session, f"INSERT INTO '{place}' (id) VALUES (NULL)")
        assert run(session, f"SELECT count(*) FROM '{place}' WHERE one IS NULL") == [(1,)]


def test_an_insert_is_a_write_like_any_other(session: QueryBuilder, tmp_path: Path) -> None:
    """Constraints, identities, generated columns and the feed's table are heeded by all forms."""
    run(
        session,
        f"""CREATE TABLE t (
              id BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 5),
              v BIGINT NOT NULL, w BIGINT GENERATED ALWAYS AS (v * 2), n STRING DEFAULT 'none',
              CONSTRAINT small CHECK (v < 100)
            ) USING DELTA TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')
            LOCATION '{tmp_path}'""",
    )
    assert run(session, "INSERT INTO t (v) VALUES (1), (2)") == [(2,)]
    assert run(session, "INSERT INTO t BY NAME SELECT 3 AS v, 'x' AS n") == [(1,)]
    assert run(session, "INSERT INTO t (v, w) SELECT 4, 8 WHERE true") == [(1,)]
    assert run(session, "INSERT INTO t (v) SELECT v FROM t WHERE v > 100") == [(0,)]
    rows = run(session, "SELECT * FROM t ORDER BY v")
    assert rows == [(5, 1, 2, "none"), (10, 2, 4, "none"), (15, 3, 6, "x"), (20, 4, 8, "none")]
    for sql, text in (
        ("INSERT INTO t (v) VALUES (200)", "small"),
        ("INSERT INTO t (v) VALUES (NULL)", "v"),
        ("INSERT INTO t (n) VALUES ('x')", "v"),
        ("INSERT INTO t (v, w) VALUES (5, 11)", "w"),
        ("INSERT INTO t (id, v) VALUES (1, 5)", "id"),
        ("INSERT INTO t VALUES (1, 5, 10, 'x')", "id"),
        ("INSERT INTO t (v, v) VALUES (1, 2)", "v"),
        ("INSERT INTO t (nope) VALUES (1)", "nope"),
        ("INSERT INTO t BY NAME SELECT 1 AS v, 2 AS nope", "nope"),
        ("INSERT INTO t (v) VALUES (9223372036854775808)", "9223372036854775808"),
        ("INSERT INTO t (v) VALUES (1.5)", "1.5"),
        ("INSERT INTO t (v) VALUES (true)", "v"),
        ("INSERT INTO t (v, n) VALUES (1, 2)", "n"),
        ("INSERT INTO t (v) VALUES ('x')", "x"),
        ("INSERT INTO t REPLACE WHERE v = 1 SELECT 2", "v"),
    ):
        with pytest.raises(DeltaError, match=text):
            run(session, sql)
    table = DeltaTable(tmp_path)
    assert run(session, "SELECT count(*) FROM t") == [(4,)]
    assert {entry["operation"] for entry in table.history()} == {"CREATE TABLE", "WRITE"}
    assert len(list(tmp_path.glob("*.parquet"))) == len(table.files())


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ("(a INT, A INT) USING DELTA", "'A'"),
        ("(é INT, É INT) USING DELTA", "'É'"),
        ("(a STRUCT<x: INT, X: INT>) USING DELTA", r"a\.X"),
        ("(a TIME) USING DELTA", "a type"),
        ("(a DECIMAL(39, 2)) USING DELTA", "38"),
        ("(a DECIMAL(5, 6)) USING DELTA", "6"),
        ("(a INT) USING DELTA PARTITIONED BY (b)", "'b'"),
        ("(a INT) USING DELTA PARTITIONED BY (a)", "no partition column"),
        ("(a INT GENERATED ALWAYS AS IDENTITY) USING DELTA", "long"),
        ("(a BIGINT GENERATED ALWAYS AS IDENTITY (INCREMENT BY 0), b INT) USING DELTA", "step"),
        ("(a INT, b INT GENERATED ALWAYS AS (c)) USING DELTA", "'b'"),
        ("(a INT, CONSTRAINT c CHECK (b > 0)) USING DELTA", "'c'"),
        ("(a INT, CONSTRAINT c CHECK (a)) USING DELTA", "'c'"),
        ("(a INT DEFAULT b) USING DELTA", "'a'"),
        ("(a INT) USING DELTA TBLPROPERTIES ('delta.nope' = '1')", "delta.nope"),
        ("(a INT) USING DELTA TBLPROPERTIES ('delta.appendOnly' = 'maybe')", "appendOnly"),
        ("(a INT PRIMARY KEY) USING DELTA", "PRIMARY|primary"),
        ("USING DELTA AS SELECT 1 AS a, 2 AS A", "'A'"),
        ("USING DELTA AS SELECT 1 AS a, INTERVAL '1 day' AS b", "'b'"),
        ("USING DELTA AS SELECT 1 AS a, CAST('10:00:00' AS TIME) AS b", "'b'.*time64"),
        ("USING DELTA PARTITIONED BY (z) AS SELECT 1 AS a", "'z'"),
        ("USING DELTA AS SELECT NULL AS a", "void"),
    ],
)
def test_tables_that_cannot_be(
    session: QueryBuilder, tmp_path: Path, columns: str, text: str
) -> None:
    for verb in ("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", "CREATE OR REPLACE TABLE"):
        with pytest.raises(Exception, match=text) as raised:
            run(session, f"{verb} '{tmp_path}/t' {columns}")
        assert isinstance(raised.value, (DeltaError, SqlError, ValueError)), raised.value
        assert not (tmp_path / "t").exists()
