"""Runs the statements of a workload in one engine, in this process; prints what they cost as JSON.

Usage: workload_query.py ENGINE WORKLOAD, an engine of engines.py and a file of workload.py.
Each statement runs once to fill caches, its answer checked, and then a few times of which the least
counts, in seconds of wall clock and of CPU over all threads.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from engines import ENGINES
from workload import Workload

LEAST_RUNS = 3
# Statements that take no time run more often, for as long as this.
SECONDS = 0.2


def main() -> int:
    workload = Workload.load(Path(sys.argv[2]))
    query = ENGINES[sys.argv[1]].connect(workload.folders())
    told: dict[str, float] = {}
    for name, sql in workload.statements.items():
        workload.check(name, query(sql))
        walls: list[float] = []
        cpus: list[float] = []
        while len(walls) < LEAST_RUNS or sum(walls) < SECONDS:
            wall, cpu = time.perf_counter(), time.process_time()
            query(sql)
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
        told[f"{name} wall"], told[f"{name} cpu"] = min(walls), min(cpus)
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
