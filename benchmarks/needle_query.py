"""Opens a needle table and finds the needle, once, in this process; prints what it cost as JSON.

Usage: needle_query.py PACKAGE TABLE NEEDLE, where PACKAGE is `deltaic` or one with the same API.
The import is not counted.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from costs import Costs

WARM_QUERIES = 5


def find(builder: Any, needle: int) -> None:
    """Runs the query and checks its answer: a wrong one must not look fast."""
    sql = f"SELECT id, name, amount FROM t WHERE id = {needle}"
    rows = [row for batch in builder.execute(sql) for row in zip(*batch.columns, strict=True)]
    values = [tuple(column.as_py() for column in row) for row in rows]
    if values != [(needle, f"customer-{needle:012d}", needle / 8)]:
        raise RuntimeError(f"a wrong answer: {values}")


@contextmanager
def one_more_commit(root: Path, version: int) -> Iterator[None]:
    """Puts a commit after `version` that adds a file without the needle, and takes it away."""
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
    costs = Costs()

    table = module.DeltaTable(uri)
    costs.so_far("open")
    builder = module.QueryBuilder().register("t", table)
    find(builder, needle)
    costs.so_far("open and query")
    costs.least("query again", WARM_QUERIES, lambda: find(builder, needle))

    with one_more_commit(Path(uri), table.version()):
        version = table.version()
        costs.least("refresh", 1, table.update_incremental)
        if table.version() != version + 1:
            raise RuntimeError("the new commit was not seen")

    files = len(costs.least("file_uris", 2, table.file_uris))
    actions = costs.least("get_add_actions", 2, lambda: table.get_add_actions(flatten=True))
    rows = costs.least("count", 2, table.count)
    if not files == actions.num_rows <= rows:
        raise RuntimeError(f"{files} files, {actions.num_rows} add actions, {rows} rows")
    costs.least("history of 10", 2, lambda: table.history(10))
    costs.least("history", 2, table.history)
    costs.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
