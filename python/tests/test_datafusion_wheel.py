"""Tables in the unmodified package `datafusion`."""

from __future__ import annotations

import gc
import importlib.metadata
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from deltaic import DeltaTable

datafusion = pytest.importorskip("datafusion")

FILTER = "country = 'NO' AND ordered_on >= DATE '2026-03-01'"


@pytest.fixture
def context(orders: DeltaTable, customers: DeltaTable) -> Any:
    context = datafusion.SessionContext()
    context.register_table("orders", orders)
    context.register_table("customers", customers)
    return context


def plan_of(context: Any, sql: str) -> str:
    return "\n".join(context.sql(f"EXPLAIN {sql}").to_pydict()["plan"])


def test_reads_all_rows(context: Any, orders: DeltaTable) -> None:
    rows = context.sql("SELECT * FROM orders").to_arrow_table()
    assert rows.num_rows == 120
    assert rows.column_names == [field.name for field in orders.schema().fields]
    by_id = rows.select(["order_id", "amount"]).sort_by("order_id").to_pylist()
    expected = orders.to_pyarrow_table(columns=["order_id", "amount"]).sort_by("order_id")
    assert by_id == expected.to_pylist()


def test_pushes_filters_down_and_skips_files(context: Any) -> None:
    sql = f"SELECT order_id FROM orders WHERE {FILTER}"
    plan = plan_of(context, sql)
    assert "files_listed=12" in plan
    assert "files_pruned_by_partition=9" in plan
    assert "files_pruned_by_statistics=2" in plan
    assert "files_read=1" in plan
    assert context.sql(sql).count() == 10


def test_reads_no_file_that_the_log_rules_out(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "orders"
    shutil.copytree(data / "orders", copy)
    table = DeltaTable(copy)
    context = datafusion.SessionContext()
    context.register_table("orders", table)
    wanted = set(table.files())
    for version in (0, 1):
        table.load_as_version(version)
        wanted -= set(table.files())
    march_in_norway = {file for file in wanted if file.startswith("country=NO")}
    for file in copy.glob("country=*/*.parquet"):
        if str(file.relative_to(copy)) not in march_in_norway:
            file.unlink()
    assert context.sql(f"SELECT order_id, amount FROM orders WHERE {FILTER}").count() == 10
    with pytest.raises(Exception, match="country="):
        context.sql("SELECT order_id, amount FROM orders").collect()


def test_joins_and_aggregates(context: Any) -> None:
    rows = context.sql(
        """SELECT c.segment, count(*) AS n FROM orders o
           JOIN customers c ON o.customer_id = c.customer_id
           GROUP BY c.segment ORDER BY c.segment NULLS LAST"""
    ).to_pydict()
    assert rows["segment"] == ["retail", "wholesale", None]
    assert sum(rows["n"]) == 120


def test_limits(context: Any) -> None:
    assert context.sql("SELECT * FROM orders LIMIT 3").count() == 3
    assert context.sql("SELECT * FROM orders ORDER BY amount DESC LIMIT 3").count() == 3


def test_keeps_the_version_of_registration(orders: DeltaTable) -> None:
    context = datafusion.SessionContext()
    orders.load_as_version(0)
    context.register_table("orders", orders)
    orders.update_incremental()
    assert context.sql("SELECT * FROM orders").count() == 40


def test_outlives_the_table(data: Path) -> None:
    context = datafusion.SessionContext()
    context.register_table("orders", DeltaTable(data / "orders"))
    gc.collect()
    assert context.sql("SELECT * FROM orders").count() == 120


def test_frame_outlives_its_context(orders: DeltaTable) -> None:
    def make() -> Any:
        context = datafusion.SessionContext()
        context.register_table("orders", orders)
        return context.sql(f"SELECT order_id FROM orders WHERE {FILTER}")

    frame = make()
    gc.collect()
    assert frame.count() == 10


def test_functions_of_the_host_filter_rows(context: Any, orders: DeltaTable) -> None:
    def is_even(values: pa.Array) -> pa.Array:
        return pa.array([value % 2 == 0 for value in values.to_pylist()])

    kind = pa.int64()
    function = datafusion.udf(is_even, [kind], pa.bool_(), "immutable", name="is_even_for_me")
    context.register_udf(function)
    rows = context.sql(
        """SELECT order_id FROM orders
           WHERE is_even_for_me(order_id) AND country = 'NO' AND lower(country) = 'no'
           ORDER BY order_id"""
    )
    norwegian = orders.to_pyarrow_table(columns=["order_id", "country"]).to_pylist()
    expected = [row["order_id"] for row in norwegian if row["country"] == "NO"]
    assert rows.to_pydict()["order_id"] == sorted(n for n in expected if n % 2 == 0)


def test_errors_reach_the_host(context: Any) -> None:
    with pytest.raises(Exception, match=r"(?i)zero"):
        context.sql("SELECT 1 / (order_id - 1050) FROM orders").collect()


def test_reads_our_streams(orders: DeltaTable) -> None:
    context = datafusion.SessionContext()
    assert context.from_arrow(orders.scan(["order_id"], FILTER)).count() == 10
    assert context.from_arrow(pa.table(orders)).count() == 120


def test_asks_for_the_session(orders: DeltaTable) -> None:
    with pytest.raises(RuntimeError, match="session"):
        orders.__datafusion_table_provider__()
    with pytest.raises(RuntimeError, match="session"):
        orders.__datafusion_table_provider__(object())


def test_refuses_a_capsule_of_another_kind(orders: DeltaTable) -> None:
    class Session:
        def __datafusion_logical_extension_codec__(self) -> object:
            return orders.scan().__arrow_c_stream__()

    with pytest.raises(ValueError, match="PyCapsule"):
        orders.__datafusion_table_provider__(Session())


@pytest.mark.parametrize("installed", ["54.1.0", "56.0.0", None])
def test_refuses_other_major_versions(
    orders: DeltaTable, monkeypatch: pytest.MonkeyPatch, installed: str | None
) -> None:
    def version(name: str) -> str:
        if installed is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed

    session = datafusion.SessionContext()
    monkeypatch.setattr(importlib.metadata, "version", version)
    with pytest.raises(RuntimeError, match=f"datafusion==55.*{installed or 'not installed'}"):
        orders.__datafusion_table_provider__(session)
