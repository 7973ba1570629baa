"""Ends of processes, forks and threads."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from children import run_child

from deltaic import DeltaTable, QueryBuilder

# What is alive when the interpreter exits.
ALIVE = {
    "nothing": "session.execute('SELECT count(*) FROM orders').read_all()",
    "a stream begun": "reader = session.execute(CHATTY); next(reader)",
    "a stream in a cycle": "a = [session.execute(CHATTY)]; a.append(a)",
    "a daemon thread that waits": """
threading.Thread(target=lambda: session.execute(SILENT).read_all(), daemon=True).start()
time.sleep(0.05)""",
    "a daemon thread that iterates": """
threading.Thread(target=lambda: list(session.execute(CHATTY)), daemon=True).start()
time.sleep(0.05)""",
    "a session of datafusion": """
import datafusion
context = datafusion.SessionContext()
context.register_table('orders', orders)
frame = context.sql('SELECT * FROM orders')
frame.collect()""",
}


@pytest.mark.parametrize("alive", ALIVE)
def test_exits_cleanly(alive: str, request: pytest.FixtureRequest) -> None:
    runs = 1000 if request.config.getoption("--long") else 18
    for _ in range(runs // len(ALIVE) + 1):
        ended = run_child(ALIVE[alive])
        assert (ended.code, ended.output, ended.errors) == (0, "", "")


def test_handles_are_refused_after_a_fork() -> None:
    ended = run_child(
        """
        reader = session.execute(CHATTY)
        next(reader)
        child = os.fork()
        if child == 0:
            codes = []
            for use in (orders.update_incremental, lambda: orders.scan().read_all(),
                        lambda: next(reader),
                        lambda: session.execute("SELECT count(*) FROM orders").read_all()):
                try:
                    use()
                    codes.append("worked")
                except deltaic.exceptions.DeltaError as error:
                    codes.append(error.code)
            print(codes, deltaic.DeltaTable(ORDERS).count(), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(status, next(reader).num_rows > 0)
        """
    )
    assert ended.errors == ""
    assert ended.output == f"{['forked'] * 4} 120\n0 True\n"


def test_tables_go_to_other_processes(orders: DeltaTable) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(DeltaTable.count, (orders,)) == 120


def test_threads_share_sessions_and_tables(data: Path) -> None:
    table = DeltaTable(data / "orders")
    session = QueryBuilder().register("orders", table)

    def work(i: int) -> int:
        table.load_as_version(i % 3)
        table.update_incremental()
        session.register(f"t{i % 4}", table)
        rows = session.execute("SELECT * FROM orders WHERE order_id >= 1000").read_all()
        return rows.num_rows

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(200))) == {120}


def test_threads_share_a_reader(orders: DeltaTable) -> None:
    sql = "SELECT a.order_id FROM orders a, orders b, orders c"
    stream = QueryBuilder().register("orders", orders)._session.execute(sql)

    def drain() -> int:
        return sum(batch.num_rows for batch in stream)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: drain(), range(4))) == 120**3
