"""What statistics say of a file never takes the place of what is in it."""

from __future__ import annotations

import math
from pathlib import Path

import deltaic
import pyarrow as pa
from deltalake import write_deltalake

from harness.arrow import collect


def test_nan_is_not_replaced_by_the_only_number_of_its_file(tmp_path: Path) -> None:
    root = str(tmp_path / "table")
    write_deltalake(root, pa.table({"id": [1, 2], "d": [5.0, math.nan]}))
    session = deltaic.QueryBuilder().register("t", deltaic.DeltaTable(root))
    values = collect(session.execute("SELECT d FROM t ORDER BY id")).column("d").to_pylist()
    assert values[0] == 5.0 and math.isnan(values[1])
    found = collect(session.execute("SELECT id FROM t WHERE isnan(d)"))
    assert found.column("id").to_pylist() == [2]


def test_minimum_beside_a_maximum_sees_every_file(tmp_path: Path) -> None:
    root = str(tmp_path / "table")
    for number, text in [(None, "z"), (None, "z"), (5, "a"), (-7, "b")]:
        rows = pa.table({"i": pa.array([number], pa.int64()), "k": [text]})
        write_deltalake(root, rows, mode="append")
    session = deltaic.QueryBuilder().register("t", deltaic.DeltaTable(root))
    for _ in range(10):
        found = collect(session.execute("SELECT min(i + 0) AS i, max(k) AS k FROM t"))
        assert found.to_pylist() == [{"i": -7, "k": "z"}]
