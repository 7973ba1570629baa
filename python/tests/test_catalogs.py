"""Folders of tables as catalogs of a session."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deltaic import DeltaTable, QueryBuilder
from deltaic.exceptions import DeltaError, InvalidArgumentError, SqlError


@pytest.fixture
def folder(data: Path, tmp_path: Path) -> Path:
    """Of the tables `default.orders` and `sales.customers`."""
    shutil.copytree(data / "orders", tmp_path / "orders")
    shutil.copytree(data / "customers", tmp_path / "sales" / "customers")
    return tmp_path


def number(session: QueryBuilder, sql: str) -> int:
    (value,) = session.execute(sql).read_all().column(0).to_pylist()
    assert isinstance(value, int)
    return value


def test_a_catalog_needs_a_name_of_its_own(folder: Path) -> None:
    session = QueryBuilder().register("t", DeltaTable(folder / "orders"))
    for name in ["", "datafusion"]:
        with pytest.raises(InvalidArgumentError):
            session.register_catalog(name, str(folder))
    assert number(session, "SELECT count(*) FROM t") == 120
    named = {"datafusion.catalog.default_catalog": "mine"}
    session = QueryBuilder(named).register_catalog("datafusion", str(folder))
    assert number(session, "SELECT count(*) FROM datafusion.default.orders") == 120
    with pytest.raises(InvalidArgumentError):
        session.register_catalog("mine", str(folder))


def test_a_name_with_a_dot_is_reached_in_quotes(folder: Path) -> None:
    session = QueryBuilder().register_catalog("c.d", str(folder))
    assert number(session, 'SELECT count(*) FROM "c.d".default.orders') == 120


def test_a_qualified_name_is_never_a_path(folder: Path) -> None:
    session = QueryBuilder().register_catalog("shop", str(folder))
    path = folder / "orders"
    assert number(session, f'SELECT count(*) FROM "{path}" t, (SELECT 1) u') == 120
    for prefix in ["shop.sales", "shop.default", "datafusion.public", "public"]:
        for name in [f'{prefix}."{path}"', f'{prefix}."{path}@v0"', f'{prefix}."{path}"@v0']:
            with pytest.raises(SqlError, match="not found"):
                session.execute(f"SELECT count(*) FROM {name}")
        with pytest.raises(SqlError, match="no such Delta table"):
            session.execute(f"SELECT * FROM delta_scan('{prefix}.\"{path}\"')")


def test_a_table_beside_the_default_schema_hides_one_in_it(data: Path, folder: Path) -> None:
    shutil.copytree(data / "customers", folder / "default" / "orders")
    shutil.copytree(data / "customers", folder / "default" / "people")
    session = QueryBuilder().register_catalog("shop", str(folder))
    listing = session.execute(
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_catalog = 'shop' AND table_schema = 'default' ORDER BY 1"
    )
    assert listing.read_all().column(0).to_pylist() == ["orders", "people"]
    assert number(session, "SELECT count(order_id) FROM shop.default.orders") == 120


@pytest.mark.parametrize("view", ["columns", "views"])
def test_the_information_schema_names_the_table_that_is_broken(folder: Path, view: str) -> None:
    everything = f"SELECT count(*) FROM information_schema.{view}"
    assert number(QueryBuilder().register_catalog("shop", str(folder)), everything) > 0
    session = QueryBuilder().register_catalog("shop", str(folder))
    (folder / "sales" / "customers" / "_delta_log" / f"{0:020}.json").write_text("{")
    with pytest.raises(DeltaError, match=r"shop\.sales\.customers") as error:
        session.execute(everything).read_all()
    assert error.value.code == "corrupt_log"
