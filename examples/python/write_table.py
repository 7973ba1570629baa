"""Writing Delta tables from Python: make, append, overwrite, and what is refused."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
from deltaic import DeltaTable, QueryBuilder, write_deltalake
from deltaic.exceptions import CommitFailedError, DeltaError, SchemaMismatchError


def main(folder: Path) -> None:
    root = folder / "orders"
    rows = pa.table({"id": [1, 2], "country": ["NO", "SE"], "amount": [10.0, 2.5]})
    write_deltalake(
        root,
        rows,
        partition_by=["country"],
        configuration={"delta.constraints.positive": "amount > 0"},
    )
    orders = DeltaTable(root)
    stale = DeltaTable(root)

    write_deltalake(
        orders, pa.table({"id": [3], "country": ["NO"], "amount": [7.0]}), mode="append"
    )
    print(f"version {orders.version()}, {orders.count()} rows")

    for what, bad in (
        ("a row that breaks a constraint", {"id": [4], "country": ["NO"], "amount": [-1.0]}),
        ("a value that does not fit", {"id": [4.5], "country": ["NO"], "amount": [1.0]}),
        ("a column that is not there", {"id": [4], "country": ["NO"], "amout": [1.0]}),
    ):
        try:
            write_deltalake(orders, pa.table(bad), mode="append")
        except SchemaMismatchError as error:
            print(f"{what} does not fit the table: {error}")
        except DeltaError as error:
            print(f"{what} is refused: {error}")

    norway = pa.table({"id": [9], "country": ["NO"], "amount": [1.0]})
    try:
        write_deltalake(stale, norway, mode="overwrite", predicate="country = 'NO'")
    except CommitFailedError:
        print("an overwrite does not take away rows that it has not seen")
        stale.update_incremental()
        write_deltalake(stale, norway, mode="overwrite", predicate="country = 'NO'")

    session = QueryBuilder().register("orders", orders, refresh=True)
    session.execute("INSERT INTO orders (id, country, amount) VALUES (10, 'DK', 3.25)")
    session.show("SELECT * FROM orders ORDER BY id")
    print([entry["operation"] for entry in orders.history()])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(Path(temporary))
