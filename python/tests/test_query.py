from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from arro3.core import RecordBatchReader

from deltaic import DeltaTable, QueryBuilder
from deltaic.exceptions import DeltaError, InvalidArgumentError, SqlError, TableNotFoundError

BY_SEGMENT = """
    SELECT c.segment, count(*) AS orders, sum(o.amount) AS revenue
    FROM orders o JOIN customers c ON o.customer_id = c.customer_id
    WHERE o.country <> 'DE' GROUP BY c.segment ORDER BY c.segment NULLS LAST"""


def test_joins_and_aggregates(session: QueryBuilder) -> None:
    reader = session.execute(BY_SEGMENT)
    assert isinstance(reader, RecordBatchReader)
    assert reader.schema.names == ["segment", "orders", "revenue"]
    rows = reader.read_all()
    assert rows.column("segment").to_pylist() == ["retail", "wholesale", None]
    assert sum(rows.column("orders").to_pylist()) == 90


def test_agrees_with_arrow(session: QueryBuilder, orders: DeltaTable) -> None:
    sums = session.sql("SELECT country, sum(amount) AS s FROM orders GROUP BY country").read_all()
    table = orders.to_pyarrow_table().group_by("country").aggregate([("amount", "sum")])
    expected = dict(
        zip(
            table.column("country").to_pylist(), table.column("amount_sum").to_pylist(), strict=True
        )
    )
    assert (
        dict(zip(sums.column("country").to_pylist(), sums.column("s").to_pylist(), strict=True))
        == expected
    )


def test_names_tables_by_path(data: Path) -> None:
    count = QueryBuilder().execute(f"SELECT count(*) AS n FROM '{data / 'orders'}'").read_all()
    assert count.column("n").to_pylist() == [120]
    with pytest.raises((TableNotFoundError, SqlError)):
        QueryBuilder().execute(f"SELECT * FROM '{data / 'nothing'}'")


def test_skips_files(session: QueryBuilder) -> None:
    filtered = "SELECT * FROM orders WHERE country = 'NO' AND ordered_on >= DATE '2026-03-01'"
    plan = " ".join(session.execute(f"EXPLAIN {filtered}").read_all().column("plan").to_pylist())
    assert "files_listed=12" in plan
    assert "files_pruned_by_partition=9" in plan
    assert "files_pruned_by_statistics=2" in plan
    assert "files_read=1" in plan
    assert session.execute(filtered).read_all().num_rows == 10


def test_registers_the_version_of_the_moment(orders: DeltaTable) -> None:
    orders.load_as_version(0)
    session = QueryBuilder().register("orders", orders)
    orders.update_incremental()
    session.register("newest", orders)
    sql = "SELECT (SELECT count(*) FROM orders) AS a, (SELECT count(*) FROM newest) AS b"
    row = session.execute(sql).read_all()
    assert (row.column("a").to_pylist(), row.column("b").to_pylist()) == ([40], [120])


def test_keeps_the_case_of_names(orders: DeltaTable) -> None:
    session = QueryBuilder().register("Orders", orders)
    assert session.execute("SELECT order_id AS Id FROM Orders").schema.names == ["Id"]
    with pytest.raises(SqlError):
        session.execute("SELECT * FROM orders")


def test_runs_statements_without_rows(session: QueryBuilder) -> None:
    session.execute("CREATE VIEW norway AS SELECT * FROM orders WHERE country = 'NO'").read_all()
    assert session.execute("SELECT * FROM norway").read_all().num_rows == 30


def test_shows(session: QueryBuilder, capsys: pytest.CaptureFixture[str]) -> None:
    session.show("SELECT order_id FROM orders ORDER BY order_id", max_rows=2)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "100" in line] == ["| 1000     |", "| 1001     |"]
    session.show("EXPLAIN SELECT 1")
    assert "plan" in capsys.readouterr().out


def test_takes_settings() -> None:
    session = QueryBuilder({"datafusion.execution.batch_size": "7"})
    batches = list(session.execute("SELECT * FROM (VALUES (1), (2)) AS t(a)"))
    assert [batch.num_rows for batch in batches] == [2]
    with pytest.raises(InvalidArgumentError):
        QueryBuilder({"datafusion.no_such_setting": "7"})


def test_limits_memory(orders: DeltaTable) -> None:
    session = QueryBuilder({"datafusion.runtime.memory_limit": "1M"}).register("orders", orders)
    sql = "SELECT DISTINCT a.order_id, b.order_id, c.order_id FROM orders a, orders b, orders c"
    with pytest.raises(MemoryError) as error:
        session.execute(sql).read_all()
    assert isinstance(error.value, DeltaError)
    assert error.value.code == "resources_exhausted"


def test_tells_bad_sql(session: QueryBuilder) -> None:
    for sql in ("SELEC 1", "SELECT nothing FROM orders", "SELECT * FROM nowhere", ""):
        with pytest.raises(SqlError) as error:
            session.execute(sql)
        assert error.value.code == "invalid_sql"


def test_tells_failures_of_a_running_query(session: QueryBuilder) -> None:
    sql = "SELECT 1 / (order_id - 1050) AS q FROM orders"
    with pytest.raises(DeltaError, match=r"(?i)zero") as error:
        session.execute(sql).read_all()
    assert error.value.code == "execution"
    with pytest.raises(DeltaError):
        for _ in session.execute(sql):
            pass
    # Through the Arrow C interface the message is all that is left.
    with pytest.raises(pa.ArrowException, match=r"(?i)zero"):
        pa.RecordBatchReader.from_stream(session.execute(sql)).read_all()


def test_tells_a_data_file_that_is_gone(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "orders"
    shutil.copytree(data / "orders", copy)
    table = DeltaTable(copy)
    gone = table.files()[0]
    (copy / gone).unlink()
    with pytest.raises(FileNotFoundError) as error:
        table.scan().read_all()
    assert isinstance(error.value, DeltaError)
    assert error.value.code == "file_not_found"
    assert Path(gone).name in str(error.value)


def test_registered_tables_stay_or_move(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "orders"
    shutil.copytree(data / "orders", folder)
    newest = folder / "_delta_log" / f"{2:020}.json"
    newest.rename(tmp_path / "later")
    table = DeltaTable(str(folder))
    session = QueryBuilder().register("pinned", table).register("moving", table, refresh=True)
    session.register_catalog("shop", str(tmp_path))
    count = "SELECT count(*) AS n FROM {}"

    def counts() -> list[int]:
        names = ["pinned", "moving", "shop.default.orders", "moving VERSION AS OF 0"]
        readers = [session.execute(count.format(name)) for name in names]
        return [reader.read_all().column("n").to_pylist()[0] for reader in readers]

    assert counts() == [80, 80, 80, 40]
    (tmp_path / "later").rename(newest)
    assert counts() == [80, 120, 120, 40]
