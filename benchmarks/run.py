"""Benchmarks of Deltaic beside its peers, in one run on one machine.

    pip install -r benchmarks/requirements.txt
    python benchmarks/run.py needle --files 100000 [--layout json|checkpoint|v2-json|v2-struct]
    python benchmarks/run.py tpch [--scale 1]
    python benchmarks/run.py wheel [--scale 1]
    python benchmarks/run.py mapping [--rows 4000000]
    python benchmarks/run.py write [--scale 1] [--work stream memory months appends race delete …]

Prints a Markdown table of least costs and ratios; docs/performance.md keeps such tables. All take
--rounds, and the contenders; those whose packages are not installed are left out.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import column_mapping
from engines import ENGINES
from needle_log import LAYOUTS, needle_of, write_needle_table
from partitions import STATEMENTS, write_partitioned_table
from rounds import Contender, report, run_rounds
from tpch import QUERIES, write_tpch_tables
from workload import Rows, Workload, rows_of
from write_work import WORK

HERE = Path(__file__).parent
# Whose answers count as right.
ORACLE = "deltalake"


@contextmanager
def kept(folder: Path | None) -> Iterator[Path]:
    """The folder, or a new one that is removed afterwards."""
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="deltaic-benchmark-") as temporary:
        yield Path(temporary) / "data"


def _skip(name: str) -> None:
    print(f"{name} is left out: a package of it is not installed", file=sys.stderr)


def needle(arguments: argparse.Namespace) -> None:
    """Open and a needle query over a long log."""
    with kept(arguments.table) as root:
        if not root.exists():
            write_needle_table(root, arguments.files, arguments.layout)
        log = root / "_delta_log"
        size = sum(file.stat().st_size for file in log.iterdir()) / 1e6
        contenders = []
        for package in arguments.packages:
            needed = ENGINES[package].packages if package in ENGINES else (package,)
            if not all(importlib.util.find_spec(name) for name in needed):
                _skip(package)
                continue
            version = importlib.metadata.version(package)
            script = "needle_duckdb.py" if package == "duckdb" else "needle_query.py"
            command = [sys.executable, str(HERE / script), package, str(root)]
            contender = Contender(
                f"{package} {version}", [*command, str(needle_of(arguments.files))]
            )
            contenders.append(contender)
        title = f"needle: {arguments.files} files, {arguments.layout}, log of {size:.0f} MB"
        print(f"{title}, least of {arguments.rounds} rounds\n")
        print(report(run_rounds(contenders, arguments.rounds)))


def tpch(arguments: argparse.Namespace) -> None:
    """Queries of TPC-H over Delta tables, and over their files as bare Parquet."""
    with kept(arguments.data) as root:
        tables = write_tpch_tables(root / f"tpch-{arguments.scale:g}", arguments.scale)
        _run("TPC-H", arguments, root, Workload(tables, QUERIES, {}))


def wheel(arguments: argparse.Namespace) -> None:
    """Queries that need little, through the package datafusion and in sessions of the packages."""
    with kept(arguments.data) as root:
        tables = write_tpch_tables(root / f"tpch-{arguments.scale:g}", arguments.scale)
        write_partitioned_table(root / "events")
        tables = {"events": str(root / "events"), "lineitem": tables["lineitem"]}
        _run("few rows", arguments, root, Workload(tables, STATEMENTS, {}))


def mapping(arguments: argparse.Namespace) -> None:
    """Scans of one table with and without mapped columns, with and without widened types."""
    with kept(arguments.data) as root:
        folders = column_mapping.write_forms(root, arguments.rows)
        print(f"mapping: {arguments.rows} rows, least of {arguments.rounds} rounds")
        for pair in (("plain", "mapped"), ("narrow", "widened")):
            contenders = []
            answers: dict[str, Rows] = {}
            for form in pair:
                tables = {"t": str(folders[form])}
                workload = Workload(tables, column_mapping.STATEMENTS, answers)
                if not answers:
                    query = ENGINES["deltaic"].connect(workload.folders())
                    answers |= {n: rows_of(query(s)) for n, s in workload.statements.items()}
                file = root / f"{form}.json"
                workload.save(file)
                command = [sys.executable, str(HERE / "workload_query.py"), "deltaic", str(file)]
                contenders.append(Contender(form, command))
            print(f"\n{report(run_rounds(contenders, arguments.rounds))}")


def write(arguments: argparse.Namespace) -> None:
    """Writes of the rows of lineitem, of single rows, by several processes; rows deleted."""
    with kept(arguments.data) as root:
        tables = write_tpch_tables(root / f"tpch-{arguments.scale:g}", arguments.scale)
        for work in arguments.work:
            contenders = []
            for package in arguments.packages:
                if not importlib.util.find_spec(package):
                    _skip(package)
                    continue
                command = [sys.executable, str(HERE / "write_work.py"), package, work]
                version = importlib.metadata.version(package)
                contenders.append(Contender(f"{package} {version}", [*command, tables["lineitem"]]))
            print(f"write {work}: scale {arguments.scale:g}, least of {arguments.rounds} rounds\n")
            print(f"{report(run_rounds(contenders, arguments.rounds))}\n")


def _run(title: str, arguments: argparse.Namespace, root: Path, workload: Workload) -> None:
    oracle = ENGINES[ORACLE].connect(workload.folders())
    for name, sql in workload.statements.items():
        workload.answers[name] = rows_of(oracle(sql))
    file = root / "workload.json"
    workload.save(file)
    contenders = []
    for name in arguments.engines:
        if ENGINES[name].is_installed():
            command = [sys.executable, str(HERE / "workload_query.py"), name, str(file)]
            contenders.append(Contender(name, command))
        else:
            _skip(name)
    print(f"{title}: scale {arguments.scale:g}, least of {arguments.rounds} rounds\n")
    print(report(run_rounds(contenders, arguments.rounds)))


def _add_workload(parser: argparse.ArgumentParser, engines: Sequence[str]) -> None:
    parser.add_argument("--scale", type=float, default=1.0, help="the scale factor of TPC-H")
    parser.add_argument("--data", type=Path, help="a folder for the tables, to use them again")
    parser.add_argument(
        "--engines",
        nargs="+",
        default=list(engines),
        choices=list(ENGINES),
        help="who contends; the first one is held against the others",
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    benchmarks = parser.add_subparsers(required=True, metavar="BENCHMARK")
    parsers = {}
    for run in (needle, tpch, wheel, mapping, write):
        parsers[run] = benchmarks.add_parser(run.__name__, help=run.__doc__)
        parsers[run].add_argument("--rounds", type=int, default=7)
        parsers[run].set_defaults(run=run)
    parsers[needle].add_argument("--files", type=int, default=100_000)
    parsers[needle].add_argument("--layout", choices=LAYOUTS, default="json")
    parsers[needle].add_argument(
        "--table",
        type=Path,
        help="a folder for the table; one that is there is used again (same --files and --layout)",
    )
    parsers[needle].add_argument(
        "--packages",
        nargs="+",
        default=["deltaic", "deltalake", "duckdb"],
        help="duckdb, or packages with the API of deltalake; the first is held against the others",
    )
    parsers[write].add_argument("--scale", type=float, default=1.0, help="that of TPC-H")
    parsers[write].add_argument("--data", type=Path, help="a folder for the tables")
    parsers[write].add_argument("--packages", nargs="+", default=["deltaic", "deltalake"])
    parsers[write].add_argument("--work", nargs="+", default=list(WORK), choices=list(WORK))
    parsers[mapping].add_argument("--rows", type=int, default=4_000_000)
    parsers[mapping].add_argument("--data", type=Path, help="a folder for the tables")
    _add_workload(parsers[tpch], list(ENGINES))
    _add_workload(
        parsers[wheel],
        ["deltaic-in-datafusion", "deltaic", "deltalake-in-datafusion", "deltalake"],
    )
    arguments = parser.parse_args()
    arguments.run(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
