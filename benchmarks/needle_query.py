"""Opens a needle table and finds the needle, once, in this process; prints what it cost as JSON.

Usage: needle_query.py PACKAGE TABLE NEEDLE, where PACKAGE is `deltaic` or one with the same API.
Times are seconds of wall clock and of CPU over all threads; the import is not counted. Memory is
the highest resident size so far, less that after the import, in MiB.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WARM_QUERIES = 5


def resident_peak_mib() -> float:
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status has no VmHWM")


def find(builder: Any, needle: int) -> None:
    """Runs the query and checks its answer: a wrong one must not look fast."""
    sql = f"SELECT id, name, amount FROM t WHERE id = {needle}"
    rows = [row for batch in builder.execute(sql) for row in zip(*batch.columns, strict=True)]
    values = [tuple(column.as_py() for column in row) for row in rows]
    if values != [(needle, f"customer-{needle:012d}", needle / 8)]:
        raise RuntimeError(f"a wrong answer: {values}")


@contextmanager
def one_more_commit(root: Path, version: int) -> Iterator[None]:
    """Puts a commit behind `version` that adds a file without the needle, and takes it away."""
    statistics = {"numRecords": 1, "minValues": {"id": -1}, "maxValues": {"id": -1}}
    add = {
        "path": "day=2023-12-31/later.parquet",
        "partitionValues": {"day": "2023-12-31"},
        "size": 1,
        "modificationTime": 1_704_067_200_000,
        "dataChange": True,
        "stats": json.dumps(statistics),
    }
    commit = root / "_delta_log" / f"{version + 1:020d}.json"
    commit.write_text(json.dumps({"add": add}) + "\n", encoding="utf-8")
    try:
        yield
    finally:
        commit.unlink()


def main() -> int:
    package, uri, needle = sys.argv[1], sys.argv[2], int(sys.argv[3])
    module = importlib.import_module(package)
    resident = resident_peak_mib()
    told: dict[str, float] = {}

    wall, cpu = time.perf_counter(), time.process_time()
    table = module.DeltaTable(uri)
    told["open wall"] = time.perf_counter() - wall
    told["open cpu"] = time.process_time() - cpu
    told["open memory"] = resident_peak_mib() - resident

    builder = module.QueryBuilder().register("t", table)
    find(builder, needle)
    told["open and query wall"] = time.perf_counter() - wall
    told["open and query cpu"] = time.process_time() - cpu
    told["open and query memory"] = resident_peak_mib() - resident

    walls, cpus = [], []
    for _ in range(WARM_QUERIES):
        wall, cpu = time.perf_counter(), time.process_time()
        find(builder, needle)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    told["query again wall"] = min(walls)
    told["query again cpu"] = min(cpus)

    with one_more_commit(Path(uri), table.version()):
        version = table.version()
        wall, cpu = time.perf_counter(), time.process_time()
        table.update_incremental()
        told["refresh wall"] = time.perf_counter() - wall
        told["refresh cpu"] = time.process_time() - cpu
        if table.version() != version + 1:
            raise RuntimeError("the new commit was not seen")
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
