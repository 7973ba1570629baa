"""A table of many partitions, a file each, and statements that need few rows of it or of TPC-H."""

from __future__ import annotations

from pathlib import Path

import deltalake
import pyarrow as pa

PARTITIONS = 60
ROWS_PER_PARTITION = 20_000

STATEMENTS = {
    "one partition": "SELECT sum(x) AS n FROM events WHERE p = 7",
    "range of rows": "SELECT count(*) AS n FROM events WHERE x BETWEEN 150000 AND 150500",
    "full scan": "SELECT s, count(*) AS n FROM events GROUP BY s ORDER BY s",
    "point": "SELECT * FROM lineitem WHERE l_orderkey = 3 AND l_linenumber = 2",
    "min and max": "SELECT min(l_orderkey) AS low, max(l_orderkey) AS high FROM lineitem",
    "count": "SELECT count(*) AS n FROM lineitem",
    "count of a partition": "SELECT count(*) AS n FROM events WHERE p = 7",
}


def write_partitioned_table(root: Path) -> None:
    """Writes the table, unless it is there: `x` rises from partition to partition."""
    if (root / "_delta_log").is_dir():
        return
    rows = PARTITIONS * ROWS_PER_PARTITION
    table = pa.table(
        {
            "p": pa.array([row // ROWS_PER_PARTITION for row in range(rows)], pa.int32()),
            "x": pa.array(range(rows), pa.int64()),
            "s": [f"kind-{row % 10}" for row in range(rows)],
        }
    )
    deltalake.write_deltalake(root, table, partition_by=["p"])
