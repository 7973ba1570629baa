"""Runs queries that end badly, and tells as JSON what is left of them.

Usage: leftovers.py KIND TABLE SPILL_FOLDER, where the table has a data file that cannot be read.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import deltaic

ENDLESS = (
    "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b "
    "WHERE a.value * b.value % 7 = 3"
)
# Needs more memory than the session may have: the one can spill, the other cannot.
SORT = "SELECT value, repeat('x', 100) AS y FROM generate_series(1, 400000) ORDER BY y, value DESC"
ROWS = "(SELECT value, repeat('x', 100) AS y FROM generate_series(1, 400000))"
JOIN = f"SELECT count(*) FROM {ROWS} a JOIN {ROWS} b ON a.y = b.y AND a.value = b.value"
WARM_UP = 4
ROUNDS = 16


def session(memory: str = "64M", spill: str | None = None) -> deltaic.QueryBuilder:
    settings = {
        "datafusion.runtime.memory_limit": memory,
        "datafusion.execution.target_partitions": "2",
    }
    if spill is not None:
        settings["datafusion.runtime.temp_directory"] = spill
    return deltaic.QueryBuilder(settings)


def fail(action: Callable[[], object]) -> str:
    """The code of the error that an action ends with."""
    try:
        action()
    except KeyboardInterrupt:
        return "interrupted"
    except Exception as error:
        return str(getattr(error, "code", repr(error)))
    return "none"


def drain(builder: deltaic.QueryBuilder, sql: str) -> int:
    return sum(batch.num_rows for batch in builder.execute(sql))


def fails_midway(table: str, spill: str) -> str:
    builder = session(spill=spill).register("t", deltaic.DeltaTable(table))
    return fail(lambda: drain(builder, "SELECT x FROM t ORDER BY x"))


def fails_while_scanned(table: str, spill: str) -> str:
    return fail(lambda: [batch.num_rows for batch in deltaic.DeltaTable(table).scan()])


def interrupted(table: str, spill: str) -> str:
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    code = fail(lambda: drain(session(spill=spill), ENDLESS))
    timer.join()
    return code


def interrupted_while_it_spills(table: str, spill: str) -> str:
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    many = SORT.replace("400000", "40000000")
    code = fail(lambda: drain(session("24M", spill), many))
    timer.join()
    return code


def abandoned(table: str, spill: str) -> str:
    """The reader is dropped after a batch: nobody waits for the rest."""
    reader = iter(session(spill=spill).execute("SELECT * FROM generate_series(1, 100000000)"))
    next(reader)
    return "none"


def out_of_memory(table: str, spill: str) -> str:
    return fail(lambda: drain(session("8M", spill), JOIN))


def out_of_disk(table: str, spill: str) -> str:
    builder = session("24M", spill)
    drain(builder, "SET datafusion.runtime.max_temp_directory_size = '1M'")
    return fail(lambda: drain(builder, SORT))


KINDS = {
    kind.__name__: kind
    for kind in (
        fails_midway,
        fails_while_scanned,
        interrupted,
        interrupted_while_it_spills,
        abandoned,
        out_of_memory,
        out_of_disk,
    )
}


def settled(count: Callable[[], int], seconds: float = 5) -> int:
    """The least count of a while: work that was stopped ends a little later."""
    least = count()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.05)
        now = count()
        if now >= least and time.monotonic() > deadline - seconds + 0.5:
            return min(least, now)
        least = min(least, now)
    return least


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def spilled(folder: str) -> int:
    return sum(1 for path in Path(folder).rglob("*") if path.is_file())


def main() -> int:
    kind, table, spill = KINDS[sys.argv[1]], sys.argv[2], sys.argv[3]
    codes = {kind(table, spill) for _ in range(WARM_UP)}
    before = {"threads": settled(threads), "descriptors": settled(descriptors)}
    codes |= {kind(table, spill) for _ in range(ROUNDS)}
    after = {"threads": settled(threads), "descriptors": settled(descriptors)}
    told = {
        "codes": sorted(codes),
        "before": before,
        "after": after,
        "spilled": settled(lambda: spilled(spill)),
        "rows": drain(session(spill=spill), "SELECT * FROM generate_series(1, 10)"),
    }
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
