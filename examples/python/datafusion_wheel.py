"""Delta tables in the package `datafusion`, unmodified: register, query, see what is skipped."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from datafusion import SessionContext
from deltaic import DeltaTable

DATA = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "data"


def main() -> None:
    context = SessionContext()
    context.register_table("orders", DeltaTable(DATA / "orders"))
    context.register_table("customers", DeltaTable(DATA / "customers"))

    print("Best customers of the quarter")
    context.sql(
        """
        SELECT c.name, count(*) AS orders, sum(o.amount) AS revenue
        FROM orders o JOIN customers c ON o.customer_id = c.customer_id
        WHERE o.amount >= 100 AND c.segment IS NOT NULL
        GROUP BY c.name
        ORDER BY revenue DESC, c.name
        LIMIT 5
        """
    ).show()

    # Filters reach the table: the log rules files out, here all but one of twelve.
    filtered = "SELECT * FROM orders WHERE country = 'NO' AND ordered_on >= DATE '2026-03-01'"
    rows = context.sql(filtered).count()
    plan = context.sql(f"EXPLAIN {filtered}").to_pydict()["plan"]
    print(f"\n{rows} rows; the scan:", ", ".join(re.findall(r"files_\w+=\d+", " ".join(plan))))


if __name__ == "__main__":
    main()
