"""Benchmarks of Deltaic beside its peers, in one run on one machine.

    python benchmarks/run.py needle --files 100000 [--layout json|checkpoint] [--rounds 7]

Prints a Markdown table of least costs and ratios; docs/performance.md keeps such tables.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import sys
import tempfile
from pathlib import Path

from needle_log import LAYOUTS, needle_of, write_needle_table
from rounds import Contender, report, run_rounds

QUERY = Path(__file__).with_name("needle_query.py")


def needle(arguments: argparse.Namespace) -> None:
    """Open and a needle query over a long log."""
    with tempfile.TemporaryDirectory(prefix="deltaic-benchmark-") as folder:
        root = arguments.table or Path(folder) / "table"
        if not root.exists():
            write_needle_table(root, arguments.files, arguments.layout)
        log = root / "_delta_log"
        size = sum(file.stat().st_size for file in log.iterdir()) / 1e6
        contenders = []
        for package in arguments.packages:
            version = importlib.metadata.version(package)
            command = [sys.executable, str(QUERY), package, str(root)]
            contender = Contender(
                f"{package} {version}", [*command, str(needle_of(arguments.files))]
            )
            contenders.append(contender)
        title = f"needle: {arguments.files} files, {arguments.layout}, log of {size:.0f} MB"
        print(f"{title}, least of {arguments.rounds} rounds\n")
        print(report(run_rounds(contenders, arguments.rounds)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    benchmarks = parser.add_subparsers(required=True, metavar="BENCHMARK")
    parser_of_needle = benchmarks.add_parser("needle", help=needle.__doc__)
    parser_of_needle.add_argument("--files", type=int, default=100_000)
    parser_of_needle.add_argument("--layout", choices=LAYOUTS, default="json")
    parser_of_needle.add_argument(
        "--table",
        type=Path,
        help="a folder for the table; one that is there is used again (same --files and --layout)",
    )
    parser_of_needle.add_argument("--rounds", type=int, default=7)
    parser_of_needle.add_argument(
        "--packages",
        nargs="+",
        default=["deltaic", "deltalake"],
        help="packages with the API of deltalake; the first one is held against the others",
    )
    parser_of_needle.set_defaults(run=needle)
    arguments = parser.parse_args()
    arguments.run(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
