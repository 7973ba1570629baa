"""Spark reads a table and its change data feed after rows were deleted, and the other way round."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from deltaic import DeltaTable, write_deltalake

from changes.layouts import LAYOUTS, Layout, make_table, random_rows, read, row_ids, sorted_rows
from interop.spark import Spark


def _ids(spark: Spark, source: str) -> list[int]:
    return [row[0] for row in spark.sql(f"SELECT id FROM {source} ORDER BY id")]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_spark_sees_the_rows_that_are_left(tmp_path: Path, spark: Spark, layout: Layout) -> None:
    dice = random.Random(str(layout))
    table = make_table(tmp_path, layout, *(random_rows(dice, 30, first) for first in (0, 30)))
    source = f"delta.`{tmp_path}`"
    gone: list[int] = []
    for condition in ("id % 5 = 1", "p = 'x' OR id = 7", "id BETWEEN 20 AND 40"):
        before = read(tmp_path).column("id").to_pylist()
        table.delete(condition)
        left = read(tmp_path).column("id").to_pylist()
        assert _ids(spark, source) == sorted(left)
        gone += set(before) - set(left)
        if layout.feed:
            version = table.version()
            feed = f"table_changes_by_path('{tmp_path}', {version}, {version})"
            changes = spark.sql(f"SELECT _change_type, id FROM {feed} ORDER BY id")
            assert changes == [["delete", id] for id in sorted(set(before) - set(left))]
    if layout.tracked:
        found = spark.sql(
            f"SELECT id, _metadata.row_id, _metadata.row_commit_version FROM {source}"
        )
        assert {id: (row, version) for id, row, version in found} == row_ids(tmp_path)
    # Both go on.
    spark.sql(f"DELETE FROM {source} WHERE id % 5 = 2")
    write_deltalake(tmp_path, random_rows(dice, 5, 100), mode="append")
    table = DeltaTable(tmp_path)
    table.delete("id % 5 = 3")
    expected = [
        id for id in [*range(60), *range(100, 105)] if id not in gone and id % 5 not in (2, 3)
    ] + [102]
    assert sorted(row[0] for row in sorted_rows(read(tmp_path))) == sorted(expected)
    assert _ids(spark, source) == sorted(expected)
