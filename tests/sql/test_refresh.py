"""Which version a statement sees of a table that another process writes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engine import Engine

PROJECT = Path(__file__).resolve().parents[2]
COMMITS = PROJECT / "examples" / "data" / "orders" / "_delta_log"


class Orders:
    """The example table, whose commits arrive one by one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(COMMITS.parent, folder)
        for commit in (folder / "_delta_log").iterdir():
            if not commit.name.endswith("00.json"):
                commit.unlink()

    def commit(self, version: int) -> None:
        name = f"{version:020}.json"
        shutil.copy(COMMITS / name, self.folder / "_delta_log" / name)


@pytest.fixture
def orders(tmp_path: Path) -> Orders:
    (tmp_path / "shop").mkdir()
    return Orders(tmp_path / "shop" / "orders")


@pytest.fixture
def engine(shell: Path, tmp_path: Path, orders: Orders) -> Iterator[Engine]:
    engine = Engine(shell, tmp_path, "--catalog", "shop=./shop")
    yield engine
    engine.close()


CREATE = "CREATE EXTERNAL TABLE {} STORED AS DELTATABLE LOCATION './shop/orders' OPTIONS ({})"


def test_pinned_tables_stay_and_others_move(engine: Engine, orders: Orders) -> None:
    engine.rows(CREATE.format("pinned", "'version' '0'"))
    engine.rows("CREATE EXTERNAL TABLE plain STORED AS DELTATABLE LOCATION './shop/orders'")
    engine.rows(CREATE.format("moving", "'refresh' 'true'"))
    names = ["pinned", "plain", "moving", "'./shop/orders'", "shop.default.orders"]
    counts = {name: f"SELECT count(*) FROM {name}" for name in names}
    assert [engine.number(sql) for sql in counts.values()] == [40] * 5
    orders.commit(1)
    assert [engine.number(sql) for sql in counts.values()] == [40, 40, 80, 80, 80]
    orders.commit(2)
    assert engine.number("SELECT count(*) FROM moving VERSION AS OF 1") == 80
    assert engine.number("SELECT count(*) FROM delta_scan('moving')") == 120
    assert engine.number("SELECT count(*) FROM delta_files('moving')") == 12
    assert engine.rows("DROP TABLE moving") == []


def test_views_and_prepared_statements_move_with_their_tables(
    engine: Engine, orders: Orders
) -> None:
    engine.rows(CREATE.format("moving", "'refresh' 'true'"))
    engine.rows("CREATE VIEW v AS SELECT country, order_id FROM moving WHERE order_id > 0")
    engine.rows("CREATE VIEW p AS SELECT * FROM './shop/orders'")
    engine.rows("PREPARE q AS SELECT count(*) FROM moving WHERE country <> 'XX'")
    queries = ["SELECT count(*) FROM v", "SELECT count(*) FROM p", "EXECUTE q"]
    assert [engine.number(sql) for sql in queries] == [40] * 3
    orders.commit(1)
    assert [engine.number(sql) for sql in queries] == [80] * 3
    same = "SELECT (SELECT count(*) FROM v) - (SELECT count(*) FROM moving)"
    assert engine.number(same) == 0


def test_a_table_that_is_gone_can_be_dropped(engine: Engine, orders: Orders) -> None:
    engine.rows(CREATE.format("moving", "'refresh' 'true'"))
    shutil.rmtree(orders.folder)
    assert "table_not_found" in engine.error("SELECT * FROM moving")
    assert engine.rows("DROP TABLE moving") == []


def test_many_paths_are_read_right(engine: Engine, orders: Orders, tmp_path: Path) -> None:
    for number in range(70):
        shutil.copytree(orders.folder, tmp_path / f"t{number}")
    for _ in range(2):
        for number in range(70):
            assert engine.number(f"SELECT count(*) FROM './t{number}'") == 40
