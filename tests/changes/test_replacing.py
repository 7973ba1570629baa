"""Overwrites of the rows for which a condition is true, on tables with a change data feed."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pytest
from deltaic import DeltaTable, write_deltalake
from deltaic.exceptions import DeltaProtocolError

from changes.layouts import (
    LAYOUTS,
    Layout,
    actions_of,
    change_rows,
    make_table,
    random_rows,
    read,
    row_ids,
    sorted_rows,
    where,
)
from writes.refusals import refused


@pytest.mark.parametrize("layout", [layout for layout in LAYOUTS if layout.feed], ids=str)
def test_the_feed_has_what_goes_and_what_comes(tmp_path: Path, layout: Layout) -> None:
    dice = random.Random(str(layout))
    make_table(tmp_path, layout, *(random_rows(dice, 40, first) for first in (0, 40)))
    before = read(tmp_path)
    ids = row_ids(tmp_path) if layout.tracked else {}
    condition = "id % 4 = 1"
    comes = random_rows(dice, 6, 1001)
    comes = comes.set_column(0, "id", pa.array([1001 + 4 * number for number in range(6)]))
    write_deltalake(tmp_path, comes, mode="overwrite", predicate=condition)
    gone, stays = where(before, condition), where(before, f"({condition}) IS NOT TRUE")
    assert sorted_rows(read(tmp_path)) == sorted_rows(pa.concat_tables([stays, comes]))
    expected = [("delete", id) for id in gone.column("id").to_pylist()]
    expected += [("insert", id) for id in comes.column("id").to_pylist()]
    assert change_rows(DeltaTable(tmp_path), DeltaTable(tmp_path).version()) == sorted(expected)
    if layout.tracked:
        kept = stays.column("id").to_pylist()
        after = row_ids(tmp_path)
        assert {id: after[id] for id in kept} == {id: ids[id] for id in kept}


def test_whole_files_need_no_change_files(tmp_path: Path) -> None:
    layout = Layout(partitioned=True, feed=True)
    make_table(tmp_path, layout, random_rows(random.Random(1), 30))
    rows = where(random_rows(random.Random(2), 30, 100), "p = 'x'")
    write_deltalake(tmp_path, rows, mode="overwrite", predicate="p = 'x'")
    assert not [action for action in actions_of(tmp_path, 1) if "cdc" in action]


def test_the_schema_stays_where_rows_are_kept(tmp_path: Path) -> None:
    make_table(tmp_path, Layout(feed=True), random_rows(random.Random(3), 10))
    rows = random_rows(random.Random(4), 1, 1).append_column("more", pa.array([1]))
    with refused(tmp_path, "schema", error=DeltaProtocolError):
        write_deltalake(tmp_path, rows, mode="overwrite", predicate="id = 1", schema_mode="merge")
