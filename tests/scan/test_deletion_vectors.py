"""Rows that deletion vectors delete are not there: by every storage type and route, and with
everything on that makes a scan fast."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datafusion
import deltaic
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow.fs import LocalFileSystem

from harness import deletion_vectors as dv
from harness.arrow import collect, query
from harness.errors import code_of, describe, error_of
from harness.log_table import Action, LogTable, field, metadata, protocol
from scan.plans import opened, plan, session

ROWS = 1000
ONE_BY_ONE = {"datafusion.execution.target_partitions": "1"}


def _stats(begin: int, rows: int = ROWS, **changes: Any) -> dict[str, Any]:
    stats = {
        "numRecords": rows,
        "minValues": {"id": begin, "name": f"{begin:06d}"},
        "maxValues": {"id": begin + rows - 1, "name": f"{begin + rows - 1:06d}"},
        "nullCount": {"id": 0, "name": 0, "rare": rows - rows // 10},
        "tightBounds": False,
    }
    return stats | changes


def _write(table: LogTable, number: int, rows: int = ROWS, stats: Any = True) -> Action:
    """File `number`: `id` from 1000 times the number on, `name` its text, `rare` null but for every
    tenth row. Row groups of 200 rows, pages of 50."""
    ids = range(number * ROWS, number * ROWS + rows)
    columns = pa.table(
        {
            "id": pa.array(ids, pa.int64()),
            "name": [f"{value:06d}" for value in ids],
            "rare": pa.array([v if v % 10 == 0 else None for v in ids], pa.int64()),
        }
    )
    return table.data(
        f"{number}.parquet",
        columns,
        stats=_stats(ids.start, rows) if stats else None,
        row_group_size=200,
        data_page_size=200,
        write_batch_size=50,
        write_page_index=True,
    )


METADATA = metadata(field("id", "long"), field("name", "string"), field("rare", "long"))


def _delete(action: Action, vector: dv.Descriptor) -> Action:
    return {"add": action["add"] | {"deletionVector": vector}}


def _make(
    root: Path, deleted: list[set[int]], vector: Callable[[Path, int, set[int]], dv.Descriptor]
) -> LogTable:
    """A table of a file for each of `deleted`; none is deleted where that is empty."""
    table = LogTable(root)
    actions = [_write(table, number) for number in range(len(deleted))]
    for number, rows in enumerate(deleted):
        if rows:
            actions[number] = _delete(actions[number], vector(root, number, rows))
    table.commit(0, protocol("deletionVectors"), METADATA, *actions)
    return table


def _in_log(_: Path, number: int, rows: set[int]) -> dv.Descriptor:
    return dv.inline(rows, as_runs=number % 2 == 1)


def _in_file(root: Path, _: int, rows: set[int]) -> dv.Descriptor:
    return dv.relative(root, [rows])[0]


def _with_prefix(root: Path, number: int, rows: set[int]) -> dv.Descriptor:
    return dv.relative(root, [rows], prefix=f"a%{number}")[0]


def _behind_others(root: Path, _: int, rows: set[int]) -> dv.Descriptor:
    far = set(range(0, 2 * 300_000, 2))  # Pushes the third one far behind the file's first byte.
    return dv.relative(root, [{1}, far, rows, {2}])[2]


def _absolute(root: Path, number: int, rows: set[int]) -> dv.Descriptor:
    return dv.absolute(root / "dv s%" / f"{number}.bin", rows)


KINDS = {
    "inline": _in_log,
    "relative": _in_file,
    "prefix": _with_prefix,
    "shared-file": _behind_others,
    "absolute": _absolute,
}
DELETED: list[set[int]] = [
    {0, 1, 2, 999},
    set(),
    set(range(100, 900)),
    set(range(0, 1000, 3)),
    set(range(1000)),
]


def _left(deleted: list[set[int]]) -> list[int]:
    return [
        number * ROWS + row
        for number, rows in enumerate(deleted)
        for row in range(ROWS)
        if row not in rows
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_storage_type_by_every_route(kind: str, tmp_path: Path) -> None:
    table = _make(tmp_path / "t", DELETED, KINDS[kind])
    left = _left(DELETED)
    opened_table = deltaic.DeltaTable(str(table.root))
    wheel = datafusion.SessionContext()
    wheel.register_table("t", opened_table)
    routes = {
        "scan": collect(opened_table.scan(["id"])),
        "QueryBuilder": query("SELECT id FROM t", t=opened_table),
        "wheel": collect(wheel.sql("SELECT id FROM t")),
        "to_pyarrow_table": opened_table.to_pyarrow_table(columns=["id"]),
    }
    for route, rows in routes.items():
        assert sorted(rows.column("id").to_pylist()) == left, route
    for count in (wheel.sql("SELECT count(*) FROM t"), wheel.sql("SELECT count(id) FROM t")):
        assert collect(count).column(0).to_pylist() == [len(left)]
    assert opened_table.count() == len(left)


def test_checkpoints_hold_them_too(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    actions = [_write(table, number) for number in range(3)]
    vectors = dv.relative(table.root, [DELETED[0], DELETED[2]])
    kept = [_delete(actions[0], vectors[0]), actions[1], _delete(actions[2], vectors[1])]
    table.commit(0, protocol("deletionVectors"), METADATA, *actions)
    table.commit(1, *kept)
    table.checkpoint(1, protocol("deletionVectors"), METADATA, *kept)
    (table.log / f"{0:020d}.json").unlink()
    opened_table = deltaic.DeltaTable(str(table.root))
    ids = collect(opened_table.scan(["id"])).column("id").to_pylist()
    assert sorted(ids) == _left([DELETED[0], set(), DELETED[2]])


def test_a_new_vector_replaces_the_old_one(tmp_path: Path) -> None:
    table = _make(tmp_path / "t", [{1, 2}], _in_file)
    lines = (table.log / f"{0:020d}.json").read_text().splitlines()
    (old,) = [json.loads(line)["add"] for line in lines if line.startswith('{"add"')]
    removed = {
        "remove": {
            "path": old["path"],
            "dataChange": True,
            "deletionVector": old["deletionVector"],
        }
    }
    new = {"add": old | {"deletionVector": dv.relative(table.root, [{1, 2, 3}])[0]}}
    table.commit(1, removed, new)
    root = str(table.root)
    assert deltaic.DeltaTable(root).count() == 997
    assert deltaic.DeltaTable(root, version=0).count() == 998
    old_table = deltaic.DeltaTable(root, version=0)
    old_table.update_incremental()
    assert collect(old_table.scan()).num_rows == 997


def test_counts_need_no_file(tmp_path: Path) -> None:
    table = _make(tmp_path / "t", DELETED, _in_file)
    left = _left(DELETED)
    for path in [*table.root.glob("*.parquet"), *table.root.glob("*.bin")]:
        path.unlink()
    opened_table = deltaic.DeltaTable(str(table.root))
    assert opened_table.count() == len(left)
    assert query("SELECT count(*) AS n FROM t", t=opened_table).to_pydict() == {"n": [len(left)]}
    assert query("SELECT count(id) AS n FROM t", t=opened_table).to_pydict() == {"n": [len(left)]}


def test_bounds_are_not_values(tmp_path: Path) -> None:
    opened_table = deltaic.DeltaTable(str(_make(tmp_path / "t", [{0, 1, 999}], _in_file).root))
    sql = "SELECT min(id), max(id), min(name), max(name), count(rare), max(rare) FROM t"
    row = next(iter(query(sql, t=opened_table).to_pylist()))
    assert list(row.values()) == [2, 998, "000002", "000998", 99, 990]


def test_tight_bounds_of_a_file_with_deleted_rows_are_not_believed(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    action = _write(table, 0)
    stats = _stats(0)
    del stats["tightBounds"]
    action["add"]["stats"] = json.dumps(stats)
    table.commit(0, protocol("deletionVectors"), METADATA, _delete(action, dv.inline({0, 999, 10})))
    opened_table = deltaic.DeltaTable(str(table.root))
    sql = "SELECT min(id), max(id), count(rare) FROM t"
    row = next(iter(query(sql, t=opened_table).to_pylist()))
    assert list(row.values()) == [1, 998, 98]


def test_counts_without_statistics(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    plain = _write(table, 0, stats=None)
    deleted = _delete(_write(table, 1, stats=None), dv.inline(range(5, 500)))
    table.commit(0, protocol("deletionVectors"), METADATA, plain, deleted)
    opened_table = deltaic.DeltaTable(str(table.root))
    assert opened_table.count() == 1505
    assert query("SELECT count(*) AS n FROM t", t=opened_table).to_pydict() == {"n": [1505]}
    limited = query("SELECT id FROM t LIMIT 1400", t=opened_table)
    assert limited.num_rows == 1400


def test_vectors_of_files_that_are_left_out_are_not_read(tmp_path: Path) -> None:
    table = _make(tmp_path / "t", [{5}] * 4, _with_prefix)
    for number in (0, 1, 3):
        for vector in (table.root / f"a%{number}").iterdir():
            vector.unlink()
    small = LogTable(tmp_path / "s")
    small.commit(
        0,
        protocol("deletionVectors"),
        metadata(field("key", "long")),
        small.data("s.parquet", {"key": [2005, 2500]}, stats={"numRecords": 2}),
    )
    builder = session(ONE_BY_ONE, t=table.root, s=small.root)
    for sql, expected in [
        ("SELECT sum(id) AS n FROM t WHERE id BETWEEN 2003 AND 2006", 2003 + 2004 + 2006),
        ("SELECT sum(t.id) AS n FROM t JOIN s ON t.id = s.key", 2500),
    ]:
        assert collect(builder.execute(sql)).to_pydict() == {"n": [expected]}, sql
    sql = "SELECT sum(t.id) AS n FROM t JOIN s ON t.id = s.key"
    assert opened(plan(builder, sql, analyze=True), "id") == 1
    error = error_of(lambda: list(builder.execute("SELECT sum(id) FROM t")))
    assert code_of(error) == "file_not_found", describe(error)
    assert ".parquet" in str(error)


def test_top_k_reads_one_vector(tmp_path: Path) -> None:
    table = _make(tmp_path / "t", [{5, 999}] * 4, _with_prefix)
    for number in (0, 1, 2):
        for vector in (table.root / f"a%{number}").iterdir():
            vector.unlink()
    builder = session(ONE_BY_ONE, t=table.root)
    found = collect(builder.execute("SELECT id FROM t ORDER BY id DESC LIMIT 2"))
    assert found.to_pydict() == {"id": [3998, 3997]}


def test_row_groups_and_pages_are_still_skipped(tmp_path: Path) -> None:
    table = _make(tmp_path / "t", [{5, 415, 999}], _in_file)
    builder = session(
        ONE_BY_ONE | {"datafusion.execution.parquet.pushdown_filters": "true"}, t=table.root
    )
    sql = "SELECT name FROM t WHERE id BETWEEN 410 AND 420"
    assert collect(builder.execute(sql)).num_rows == 10
    text = plan(builder, sql, analyze=True)
    assert "row_groups_pruned_statistics=5 total → 1 matched" in text, text
    assert "page_index_rows_pruned=200 total → 50 matched" in text, text
    assert "predicate=" in text


def test_limits_stay_in_the_scan(tmp_path: Path) -> None:
    table = _make(tmp_path / "t", [set(range(0, 1000, 2))] * 4, _in_file)
    builder = session(ONE_BY_ONE, t=table.root)
    sql = "SELECT id FROM t LIMIT 600"
    assert (
        collect(builder.execute(sql)).column("id").to_pylist()
        == [number * ROWS + row for number in (0, 1) for row in range(1, 1000, 2)][:600]
    )
    text = plan(builder, sql)
    assert "files_pruned_by_limit=2" in text, text
    assert "limit=600" in text, text


def test_many_files(tmp_path: Path) -> None:
    """So many that they are described only when the plan runs."""
    table = LogTable(tmp_path / "t")
    first = table.data("0.parquet", {"id": list(range(10))}, stats={"numRecords": 10})
    actions = []
    for number in range(1100):
        path = f"{number}.parquet"
        if number > 0:
            os.link(table.root / "0.parquet", table.root / path)
        vector = {} if number % 2 else {"deletionVector": dv.inline({number % 10})}
        actions.append({"add": first["add"] | {"path": path} | vector})
    table.commit(0, protocol("deletionVectors"), metadata(field("id", "long")), *actions)
    opened_table = deltaic.DeltaTable(str(table.root))
    rows = 550 * 10 + 550 * 9
    assert opened_table.count() == rows
    found = query("SELECT count(*) AS n, sum(id) AS s FROM t WHERE id >= 0", t=opened_table)
    deleted = sum(number % 10 for number in range(0, 1100, 2))
    assert found.to_pydict() == {"n": [rows], "s": [1100 * 45 - deleted]}
    wheel = datafusion.SessionContext()
    wheel.register_table("t", opened_table)
    assert collect(wheel.sql("SELECT sum(id) AS s FROM t")).to_pydict() == {
        "s": [1100 * 45 - deleted]
    }


def test_datasets_of_plain_files_are_refused(tmp_path: Path) -> None:
    opened_table = deltaic.DeltaTable(str(_make(tmp_path / "t", DELETED, _in_file).root))
    error = error_of(opened_table.to_pyarrow_dataset)
    assert code_of(error) == "unsupported_feature", describe(error)
    assert "deletionVectors" in str(error)


def test_expressions_of_pyarrow_see_the_rows_that_are_left(tmp_path: Path) -> None:
    opened_table = deltaic.DeltaTable(str(_make(tmp_path / "t", DELETED, _in_file).root))
    whole = opened_table.to_pyarrow_table()
    middle = whole["id"].to_pylist()[whole.num_rows // 2]
    wanted = pc.field("id") > middle
    found = opened_table.to_pyarrow_table(filters=wanted, columns=["id"])
    assert found.column_names == ["id"]
    assert sorted(found["id"].to_pylist()) == sorted(whole.filter(wanted)["id"].to_pylist())
    own = LocalFileSystem()
    error = error_of(lambda: opened_table.to_pyarrow_table(filters=wanted, filesystem=own))
    assert code_of(error) == "unsupported_feature", describe(error)


def test_vectors_are_shown(tmp_path: Path) -> None:
    root = _make(tmp_path / "t", DELETED, _in_file).root
    shown = collect(deltaic.DeltaTable(str(root)).deletion_vectors()).to_pylist()
    found = {
        row["filepath"]: {at for at, kept in enumerate(row["selection_vector"]) if not kept}
        for row in shown
    }
    assert found == {
        f"file://{root}/{number}.parquet": rows for number, rows in enumerate(DELETED) if rows
    }
    assert all(len(row["selection_vector"]) == ROWS for row in shown)
