"""What every store must give for the table of the fixture `local_table`."""

from __future__ import annotations

import deltaic

from harness.arrow import collect, query

# Opens a table with nothing but environment variables and prints its rows.
BY_ENVIRONMENT = """
import sys
import deltaic
table = deltaic.DeltaTable(sys.argv[1])
print(table.version(), sum(batch.num_rows for batch in table.scan()))
"""


def check_table(uri: str, options: dict[str, str]) -> None:
    """Reads both versions by the object and by SQL."""
    table = deltaic.DeltaTable(uri, storage_options=options)
    assert table.version() == 1
    rows = [(row["x"], row["p"]) for row in collect(table.scan()).to_pylist()]
    assert sorted(rows) == [(1, "a"), (2, "a"), (3, "b c"), (4, "b c"), (5, "b c")]
    found = query("SELECT p, sum(x) AS s FROM t WHERE x > 2 GROUP BY p", t=table)
    assert found.to_pylist() == [{"p": "b c", "s": 12}]
    first = deltaic.DeltaTable(uri, version=0, storage_options=options)
    assert query("SELECT sum(x) AS s FROM t", t=first).to_pylist() == [{"s": 3}]
    assert deltaic.DeltaTable.is_deltatable(uri, options)
