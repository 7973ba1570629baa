"""Writes the example tables `orders` and `customers` with the package deltalake.

The tables are checked in; this script is how they were made:

    pip install deltalake==1.6.6 pyarrow && python examples/data/generate.py

It refuses to run where the tables are: names of files and times in the log would change.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake

FOLDER = Path(__file__).resolve().parent
COUNTRIES = ("DE", "FR", "NO", "SE")
MONTHS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
STATUSES = ("paid", "paid", "shipped", "returned", "shipped")
NAMES = (
    ("Anna Weiß", "DE", "retail"),
    ("Müller & Söhne", "DE", "wholesale"),
    ("Kaufhaus Nord", "DE", "wholesale"),
    ("Zoë Lefèvre", "FR", "retail"),
    ("Atelier d'Aix", "FR", "retail"),
    ("Grand Marché", "FR", "wholesale"),
    ("Bjørn Ås", "NO", "retail"),
    ("Fjord Outfitters", "NO", "wholesale"),
    ("Ingrid Dahl", "NO", "retail"),
    ("Åsa Öberg", "SE", "retail"),
    ("Norrland Handel", "SE", "wholesale"),
    ("Nils Holm", "SE", None),
)


def customers() -> pa.Table:
    """Twelve customers, three a country; the segment of one is unknown."""
    return pa.table(
        {
            "customer_id": pa.array(range(1, len(NAMES) + 1), pa.int64()),
            "name": [name for name, _, _ in NAMES],
            "country": [country for _, country, _ in NAMES],
            "segment": [segment for _, _, segment in NAMES],
        }
    )


def orders(month: date, first_id: int) -> pa.Table:
    """Forty orders of one month, ten a country."""
    rows = []
    for i in range(40):
        country = i % 4
        rows.append(
            {
                "order_id": first_id + i,
                "customer_id": 3 * country + 1 + (i // 4) % 3,
                "country": COUNTRIES[country],
                "ordered_on": month + timedelta(days=(i * 5) % 28),
                "amount": Decimal((first_id + i) * 1777 % 90000 + 995) / 100,
                "status": STATUSES[i % len(STATUSES)],
            }
        )
    schema = pa.schema(
        [
            ("order_id", pa.int64()),
            ("customer_id", pa.int64()),
            ("country", pa.string()),
            ("ordered_on", pa.date32()),
            ("amount", pa.decimal128(10, 2)),
            ("status", pa.string()),
        ]
    )
    return pa.Table.from_pylist(rows, schema)


def main() -> None:
    for name in ("customers", "orders"):
        if (FOLDER / name).exists():
            sys.exit(f"{FOLDER / name} exists; remove it first")
    write_deltalake(FOLDER / "customers", customers(), name="customers")
    for i, month in enumerate(MONTHS):
        write_deltalake(
            FOLDER / "orders",
            orders(month, 1000 + 40 * i),
            name="orders",
            description="Orders of a quarter, a commit a month",
            partition_by=["country"],
            mode="append",
        )


if __name__ == "__main__":
    main()
