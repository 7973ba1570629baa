"""A Delta table about itself, without reading its rows: versions, files, statistics, history."""

from __future__ import annotations

import sys
from pathlib import Path

from deltaic import DeltaTable

DATA = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "data"


def main() -> None:
    orders = DeltaTable(DATA / "orders")
    for table in (orders, DeltaTable(DATA / "orders", version=0)):
        print(f"version {table.version()}: {table.count()} rows in {len(table.files())} files")

    print("\npartitions:", [values["country"] for values in orders.partitions()])
    # Filters compare partition values exactly; other columns by the statistics of the log.
    nordic = orders.file_uris(file_pruning_predicate=[("country", "in", ["NO", "SE"])])
    print("files of Norway or Sweden:", len(nordic))
    since_march = "country = 'NO' AND ordered_on >= DATE '2026-03-01'"
    recent = orders.files(file_pruning_predicate=since_march)
    print("files that can hold orders of Norway since March:", len(recent))

    actions = orders.get_add_actions(flatten=True)
    wanted = ["partition.country", "num_records", "min.order_id", "max.order_id"]
    columns = (actions.column(name).to_pylist() for name in wanted)
    print("\n" + ", ".join(wanted))
    for row in sorted(zip(*columns, strict=True))[:3]:
        print(*row)

    print()
    for commit in orders.history(limit=2):
        print(f"commit {commit['version']}: {commit['operation']}")
    detail = orders.detail()
    print(detail["format"], "table", detail["name"], "with features", detail["tableFeatures"])


if __name__ == "__main__":
    main()
