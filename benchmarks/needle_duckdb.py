"""Finds the needle with duckdb's extension for Delta, once, in this process; prints what it cost.

Usage: needle_duckdb.py duckdb TABLE NEEDLE. The measures are those of needle_query.py that duckdb
has: it reads the log with the first query. Loading the extension is not counted.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from engines import attach_delta, connect_duckdb
from needle_query import WARM_QUERIES, resident_peak_mib


def find(connection: Any, needle: int) -> None:
    sql = f"SELECT id, name, amount FROM t WHERE id = {needle}"
    values = connection.execute(sql).fetchall()
    if values != [(needle, f"customer-{needle:012d}", needle / 8)]:
        raise RuntimeError(f"a wrong answer: {values}")


def main() -> int:
    root, needle = Path(sys.argv[2]), int(sys.argv[3])
    connection = connect_duckdb()
    resident = resident_peak_mib()
    told: dict[str, float] = {}

    wall, cpu = time.perf_counter(), time.process_time()
    attach_delta(connection, "t", root)
    find(connection, needle)
    told["open and query wall"] = time.perf_counter() - wall
    told["open and query cpu"] = time.process_time() - cpu
    told["open and query memory"] = resident_peak_mib() - resident

    walls, cpus = [], []
    for _ in range(WARM_QUERIES):
        wall, cpu = time.perf_counter(), time.process_time()
        find(connection, needle)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    told["query again wall"], told["query again cpu"] = min(walls), min(cpus)
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
