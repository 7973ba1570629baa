"""Finds the needle with duckdb's extension for Delta, once, in this process; prints what it cost.

Usage: needle_duckdb.py duckdb TABLE NEEDLE. The measures are those of needle_query.py that duckdb
has: it reads the log with the first query. Loading the extension is not counted.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from costs import Costs
from engines import attach_delta, connect_duckdb
from needle_query import WARM_QUERIES


def find(connection: Any, needle: int) -> None:
    sql = f"SELECT id, name, amount FROM t WHERE id = {needle}"
    values = connection.execute(sql).fetchall()
    if values != [(needle, f"customer-{needle:012d}", needle / 8)]:
        raise RuntimeError(f"a wrong answer: {values}")


def main() -> int:
    root, needle = Path(sys.argv[2]), int(sys.argv[3])
    connection = connect_duckdb()
    costs = Costs()
    attach_delta(connection, "t", root)
    find(connection, needle)
    costs.so_far("open and query")
    costs.least("query again", WARM_QUERIES, lambda: find(connection, needle))
    costs.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
