"""Writes tables once, in this process; prints what it cost as JSON.

Usage: write_work.py PACKAGE WORK SOURCE, where PACKAGE is `deltaic` or one with the same API, WORK
one of those below and SOURCE a folder with Parquet files of lineitem. The import is not counted.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from costs import Costs

APPENDS = 200
WRITERS, COMMITS = 8, 50


def rows_of(source: Path) -> pa.RecordBatchReader:
    """The rows of the files, one row group after the other: a reader that needs little memory."""
    files = [pq.ParquetFile(file) for file in sorted(source.rglob("*.parquet"))]

    def batches() -> Iterator[pa.RecordBatch]:
        for file in files:
            yield from file.iter_batches(batch_size=65_536)

    return pa.RecordBatchReader.from_batches(files[0].schema_arrow, batches())


def by_month(source: Path) -> pa.Table:
    """The rows with the month of shipping: 84 of them."""
    rows = ds.dataset(source, format="parquet").to_table()
    shipped = rows["l_shipdate"]
    month = pc.add(pc.multiply(pc.year(shipped), 100), pc.month(shipped)).cast(pa.int32())
    return rows.append_column("month", month)


def check(root: Path, expected: int) -> None:
    """Counts the rows of the files: a write that loses some must not look fast."""
    found = sum(pq.read_metadata(file).num_rows for file in root.rglob("*.parquet"))
    if found != expected:
        raise RuntimeError(f"{found} rows, not {expected}")


def stream(module: Any, source: Path, root: Path) -> None:
    expected = ds.dataset(source, format="parquet").count_rows()
    costs = Costs()
    module.write_deltalake(str(root), rows_of(source))
    costs.so_far("from Parquet")
    costs.print()
    check(root, expected)


def memory(module: Any, source: Path, root: Path) -> None:
    table = ds.dataset(source, format="parquet").to_table()
    costs = Costs()
    module.write_deltalake(str(root), table)
    costs.so_far("from memory")
    costs.print()
    check(root, table.num_rows)


def months(module: Any, source: Path, root: Path) -> None:
    table = by_month(source)
    costs = Costs()
    module.write_deltalake(str(root), table, partition_by=["month"])
    costs.so_far("84 partitions")
    costs.print()
    check(root, table.num_rows)


def _delete(module: Any, source: Path, root: Path, name: str, properties: dict[str, str]) -> None:
    module.write_deltalake(str(root), rows_of(source), configuration=properties)
    table = module.DeltaTable(str(root))
    before = ds.dataset(source, format="parquet").count_rows()
    costs = Costs()
    deleted = table.delete("l_orderkey % 100 = 7")["num_deleted_rows"]
    costs.so_far(name)
    costs.print()
    left = pa.table(
        module.QueryBuilder().register("t", table).execute("SELECT count(*) AS n FROM t")
    )
    if left["n"].to_pylist() != [before - deleted]:
        raise RuntimeError(f"{left} rows are left of {before}, and {deleted} went")


def delete(module: Any, source: Path, root: Path) -> None:
    """A row of a hundred, in all files: marked by ours, where the peer writes files again."""
    marks = module.__name__ == "deltaic"
    properties = {"delta.enableDeletionVectors": "true"} if marks else {}
    _delete(module, source, root, "delete 1 %", properties)


def delete_copying(module: Any, source: Path, root: Path) -> None:
    """The same where both write files again."""
    _delete(module, source, root, "delete 1 % by copying", {})


def appends(module: Any, _: Path, root: Path) -> None:
    """One row at a time, to a table that is open."""
    row = pa.table({"id": [1], "name": ["x"]})
    module.write_deltalake(str(root), row)
    table = module.DeltaTable(str(root))
    times = []
    for _number in range(APPENDS):
        begin = time.perf_counter()
        module.write_deltalake(table, row, mode="append")
        times.append(time.perf_counter() - begin)
    times.sort()
    told = {"append p50": times[len(times) // 2], "append p99": times[len(times) * 99 // 100]}
    print(json.dumps(told))


def _writer(package: str, root: str, failures: Any) -> None:
    module = importlib.import_module(package)
    row = pa.table({"id": [1], "name": ["x"]})
    for _ in range(COMMITS):
        try:
            module.write_deltalake(root, row, mode="append")
        except Exception:  # The peer gives up some; they are counted.
            with failures.get_lock():
                failures.value += 1


def race(module: Any, _: Path, root: Path) -> None:
    """Processes that append to one table at once."""
    module.write_deltalake(str(root), pa.table({"id": [0], "name": ["x"]}))
    context = multiprocessing.get_context("spawn")
    failures = context.Value("i", 0)
    arguments = (module.__name__, str(root), failures)
    writers = [context.Process(target=_writer, args=arguments) for _ in range(WRITERS)]
    begin = time.perf_counter()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    spent = time.perf_counter() - begin
    rows = module.DeltaTable(str(root)).to_pyarrow_table().num_rows
    if rows != 1 + WRITERS * COMMITS - failures.value:
        raise RuntimeError(f"{rows} rows, {failures.value} failures")
    print(json.dumps({"8 x 50 appends": spent, "appends that failed": float(failures.value)}))


WORK = {
    run.__name__: run for run in (stream, memory, months, appends, race, delete, delete_copying)
}


def main() -> int:
    package, work, source = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    module = importlib.import_module(package)
    with tempfile.TemporaryDirectory(prefix="deltaic-write-", dir=source.parent) as folder:
        WORK[work](module, source, Path(folder) / "table")
    return 0


if __name__ == "__main__":
    sys.exit(main())
