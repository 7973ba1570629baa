"""What deletion vectors cost a scan: the same files with and without deleted rows, in one run.

    python benchmarks/deletion_vectors.py [--rows 6000000] [--rounds 7] [--package deltaic]

Prints a Markdown table: the plain table, and tables of which a share of the rows is deleted, either
scattered or in runs of a thousand. Called with --query ROOT it runs the queries once and prints
their costs as JSON, which is how the rounds use it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rounds import Contender, report, run_rounds

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from harness import deletion_vectors as dv
from harness.log_table import LogTable, add, field, metadata, protocol

FILES = 4
RUN = 1000

QUERIES = {
    "count": "SELECT count(*) FROM t",
    "sum": "SELECT sum(amount) FROM t",
    "group": "SELECT flag, count(*), sum(amount), avg(price) FROM t GROUP BY flag",
    "filter": "SELECT sum(amount * price) FROM t WHERE price < 0.1 AND flag < 4",
    "text": "SELECT max(length(text)) FROM t",
    "needle": "SELECT text FROM t WHERE id = 4321098",
}


def write_data(root: Path, rows: int) -> list[Path]:
    """Writes the data files; `id` rises from file to file."""
    dice = np.random.default_rng(7)
    paths = []
    for number in range(FILES):
        count = rows // FILES
        ids = np.arange(number * count, (number + 1) * count)
        table = pa.table(
            {
                "id": ids,
                "flag": dice.integers(0, 8, count),
                "amount": dice.random(count) * 1000,
                "price": dice.random(count),
                "text": pa.array(ids).cast(pa.string()),
            }
        )
        path = root / f"{number}.parquet"
        pq.write_table(table, path, row_group_size=500_000, write_page_index=True)
        paths.append(path)
    return paths


def deleted_rows(rows: int, share: float, in_runs: bool, seed: int) -> np.ndarray:
    dice = np.random.default_rng(seed)
    if not in_runs:
        return np.flatnonzero(dice.random(rows) < share)
    begins = np.flatnonzero(dice.random(rows // RUN) < share) * RUN
    return (begins[:, None] + np.arange(RUN)).ravel()


def write_table(root: Path, data: list[Path], rows: int, share: float, in_runs: bool) -> None:
    """A table of the data files, linked, and of deletion vectors in files of its own."""
    table = LogTable(root)
    fields = [("id", "long"), ("flag", "long"), ("amount", "double"), ("price", "double")]
    columns = [field(*of) for of in [*fields, ("text", "string")]]
    count = rows // FILES
    actions = []
    for number, path in enumerate(data):
        os.link(path, root / path.name)
        bounds = {"numRecords": count, "tightBounds": share == 0, "nullCount": {"id": 0}}
        bounds |= {"minValues": {"id": number * count}}
        bounds |= {"maxValues": {"id": (number + 1) * count - 1}}
        action = add(path.name, path.stat().st_size, stats=bounds)
        if share > 0:
            deleted = deleted_rows(count, share, in_runs, number)
            (action["add"]["deletionVector"],) = dv.relative(root, [deleted.tolist()])
        actions.append(action)
    table.commit(0, protocol("deletionVectors"), metadata(*columns), *actions)


def ask(package: str, root: str) -> None:
    module = importlib.import_module(package)
    builder = module.QueryBuilder().register("t", module.DeltaTable(root))
    told = {}
    for name, sql in QUERIES.items():
        walls, cpus = [], []
        for _ in range(3):
            wall, cpu = time.perf_counter(), time.process_time()
            pa.RecordBatchReader.from_stream(builder.execute(sql)).read_all()
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
        told[f"{name} wall"], told[f"{name} cpu"] = min(walls), min(cpus)
    print(json.dumps(told))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=6_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--package", default="deltaic", help="deltaic, or one with its API")
    parser.add_argument("--query", metavar="ROOT", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.query:
        ask(arguments.package, arguments.query)
        return 0
    with tempfile.TemporaryDirectory(prefix="deltaic-benchmark-") as folder:
        data = write_data(Path(folder), arguments.rows)
        contenders: list[Contender] = []
        for share, in_runs in [
            (0, False),
            (0.001, False),
            (0.01, False),
            (0.1, False),
            (0.1, True),
        ]:
            name = (
                "no vectors" if share == 0 else f"{share:.1%} {'runs' if in_runs else ''}".strip()
            )
            root = Path(folder) / f"table-{len(contenders)}"
            write_table(root, data, arguments.rows, share, in_runs)
            command = [
                sys.executable,
                __file__,
                "--package",
                arguments.package,
                "--query",
                str(root),
            ]
            contenders.append(Contender(name, command))
        print(f"{arguments.package}: {arguments.rows} rows, least of {arguments.rounds} rounds\n")
        print(report(run_rounds(contenders, arguments.rounds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
