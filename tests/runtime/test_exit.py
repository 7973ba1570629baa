"""Processes end cleanly: right after a query, with results half read, with threads at work."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.child import run_python
from harness.log_table import PROTOCOL, LogTable, field, metadata

PREPARE = """
import sys, threading
import deltaic
table = deltaic.DeltaTable(sys.argv[1])
builder = deltaic.QueryBuilder().register("t", table)
"""

# How a program may end, each with its own state of affairs.
ENDINGS = {
    "after a query": "assert sum(b.num_rows for b in builder.execute('SELECT * FROM t')) == 3",
    "with a result half read": """
stream = builder.execute('SELECT * FROM generate_series(1, 10000000)')
next(iter(stream))
""",
    "with a result not read": "stream = builder.execute('SELECT * FROM t')",
    "with a cycle of garbage": """
class Holder: pass
holder = Holder(); holder.me = holder; holder.table = table; holder.builder = builder
del table, builder, holder
""",
    "with a thread at work": """
def work():
    while True:
        list(table.scan())
threading.Thread(target=work, daemon=True).start()
list(table.scan())
""",
    "beside pyarrow and the wheel": """
import datafusion, pyarrow as pa
context = datafusion.SessionContext()
context.register_table("t", table)
assert pa.RecordBatchReader.from_stream(context.sql('SELECT * FROM t')).read_all().num_rows == 3
""",
    "without a query": "pass",
    "by sys.exit": "sys.exit(0)",
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> str:
    table = LogTable(tmp_path_factory.mktemp("exit") / "table")
    columns = metadata(field("x", "long"))
    table.commit(0, PROTOCOL, columns, table.data("a.parquet", {"x": [1, 2, 3]}))
    return str(table.root)


def _exits(table: str, count: int) -> None:
    """Runs `count` processes, two at a time, over all endings; none may end otherwise than well."""
    names = [list(ENDINGS)[i % len(ENDINGS)] for i in range(count)]

    def run(name: str) -> str:
        ended = run_python(PREPARE + ENDINGS[name], [table], timeout=60)
        noisy = ended.stderr.strip()
        return "" if ended.returncode == 0 and not noisy else f"{name}: {ended}"

    with ThreadPoolExecutor(2) as pool:
        bad = [told for told in pool.map(run, names) if told]
    assert bad == [], f"{len(bad)} of {count} processes, the first: {bad[0]}"


def test_clean_exits(table: str) -> None:
    _exits(table, 32)


@pytest.mark.long
def test_a_thousand_clean_exits(table: str) -> None:
    _exits(table, 1000)
