"""Delta tables from Python: open, look, and query with SQL in Deltaic's own session."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from deltaic import DeltaTable, QueryBuilder
from deltaic.exceptions import TableNotFoundError

DATA = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "data"


def main() -> None:
    orders = DeltaTable(DATA / "orders")
    print(f"version {orders.version()}, {len(orders.files())} files, {orders.count()} rows")
    print("partitioned by", orders.metadata().partition_columns)
    for field in orders.schema().fields:
        print(" ", field)

    session = QueryBuilder().register("orders", orders)
    session.register("customers", DeltaTable(DATA / "customers"))
    print("\nRevenue by segment since February, returns left out")
    session.show(
        """
        SELECT c.segment, count(*) AS orders, sum(o.amount) AS revenue
        FROM orders o JOIN customers c ON o.customer_id = c.customer_id
        WHERE o.ordered_on >= DATE '2026-02-01' AND o.status <> 'returned'
        GROUP BY c.segment
        ORDER BY c.segment
        """
    )

    # EXPLAIN says how many files the log ruled out before any was opened.
    filtered = "SELECT * FROM orders WHERE country = 'NO' AND ordered_on >= DATE '2026-03-01'"
    plan = session.execute(f"EXPLAIN {filtered}").read_all()
    text = " ".join(plan.column("plan").to_pylist())
    print("\nThe scan:", ", ".join(re.findall(r"files_\w+=\d+", text)))

    # Rows stream as Arrow batches of arro3, for any library that reads Arrow.
    rows = sum(batch.num_rows for batch in orders.scan(["order_id"], "country = 'SE'"))
    print("\norders from Sweden:", rows)

    orders.load_as_version(0)
    print("rows at version 0:", orders.count())

    try:
        DeltaTable(DATA / "invoices")
    except TableNotFoundError as error:
        print("no such table:", error.code)


if __name__ == "__main__":
    main()
