"""The package from many threads at once: our session, and the unmodified `datafusion` wheel."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import datafusion
import deltaic
import pyarrow as pa
import pytest

from harness.arrow import collect, query
from harness.errors import code_of, describe, error_of
from harness.log_table import PROTOCOL, LogTable, add, field, metadata

THREADS = 8
ROUNDS = 10


@pytest.fixture
def table(tmp_path: Path) -> Path:
    table = LogTable(tmp_path / "table")
    files = [table.data(f"{i}.parquet", {"x": range(i * 100, i * 100 + 100)}) for i in range(10)]
    table.commit(0, PROTOCOL, metadata(field("x", "long")), *files)
    return table.root


def _everywhere(work: Callable[[int], object]) -> None:
    """Runs `work` in many threads that start together; the first error is raised."""
    start = threading.Barrier(THREADS)

    def run(number: int) -> None:
        start.wait()
        for _ in range(ROUNDS):
            work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(run, number) for number in range(THREADS)]:
            done.result(timeout=120)


def test_one_table_in_many_threads(table: Path) -> None:
    shared = deltaic.DeltaTable(str(table))

    def work(number: int) -> None:
        first = number * 100
        found = query(
            f"SELECT count(*) AS n FROM t WHERE x BETWEEN {first} AND {first + 9}", t=shared
        )
        assert found.to_pylist() == [{"n": 10}]
        assert len(shared.file_uris()) == 10
        assert collect(shared.scan()).num_rows == 1000

    _everywhere(work)


def test_one_session_in_many_threads(table: Path) -> None:
    builder = deltaic.QueryBuilder()

    def work(number: int) -> None:
        builder.register(f"t{number}", deltaic.DeltaTable(str(table)))
        found = collect(builder.execute(f"SELECT sum(x) AS s FROM t{number}"))
        assert found.to_pylist() == [{"s": 499500}]

    _everywhere(work)


def test_the_wheel_in_many_threads(table: Path) -> None:
    context = datafusion.SessionContext()
    context.register_table("t", deltaic.DeltaTable(str(table)))

    def work(number: int) -> None:
        batches = context.sql(f"SELECT x FROM t WHERE x = {number * 111}").collect()
        assert pa.Table.from_batches(batches).to_pydict() == {"x": [number * 111]}

    _everywhere(work)


def test_errors_in_many_threads(tmp_path: Path) -> None:
    broken = LogTable(tmp_path / "broken")
    broken.commit(0, PROTOCOL, metadata(field("x", "long")), add("gone.parquet", 100))
    shared = deltaic.DeltaTable(str(broken.root))

    def work(number: int) -> None:
        error = error_of(lambda: collect(shared.scan()))
        assert "gone.parquet" in str(error)
        missing = error_of(lambda: deltaic.DeltaTable(str(tmp_path / f"missing{number}")))
        assert code_of(missing) == "table_not_found", describe(missing)

    _everywhere(work)


def test_waiting_lets_other_threads_run(table: Path) -> None:
    """Python code goes on while a query runs: the interpreter's lock is not held."""
    ticks = 0
    done = threading.Event()

    def slow() -> None:
        try:
            query(
                "SELECT count(*) AS n FROM generate_series(1, 30000) a, "
                "generate_series(1, 10000) b WHERE (a.value * b.value) % 7 = 3"
            )
        finally:
            done.set()

    worker = threading.Thread(target=slow)
    worker.start()
    while not done.wait(0.005):
        ticks += 1
    worker.join()
    assert ticks > 10
