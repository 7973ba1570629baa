"""Rows that are deleted, through every way to say so, in every layout of a table."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import deltaic
import pyarrow as pa
import pytest
from deltaic import CommitProperties, DeltaTable, QueryBuilder, Transaction, write_deltalake
from deltaic.exceptions import CommitFailedError, DeltaError, SqlError

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
from harness.arrow import collect
from writes.readers import of_deltalake, ours
from writes.refusals import refused

CONDITIONS = [
    "id % 7 = 3",
    "n > 0",
    "NOT (n > 0)",
    "n <> 1",
    "n IS NULL",
    "t = 'it''s'",
    "t IN ('a', '', 'é')",
    "p = 'x'",
    "p IS NULL",
    "p <> 'x'",
    "p = 'x' OR n = 2",
    "day >= DATE '2024-01-03'",
    "f > 0 AND n < 2",
    "s.a = 3",
    "s IS NULL",
    "s.l IS NOT NULL",
    "id BETWEEN 10 AND 12",
    "id >= 0",
    "id < 0",
    "NULL",
    "true",
    "false",
    "n = NULL",
    "CASE WHEN n > 1 THEN p = 'y' ELSE t = 'a' END",
]


def by_method(root: Path, condition: str) -> int:
    return DeltaTable(root).delete(condition)["num_deleted_rows"]


def by_statement(root: Path, condition: str) -> int:
    rows = collect(QueryBuilder().execute(f"DELETE FROM '{root}' WHERE {condition}"))
    assert rows.column_names == ["count"]
    assert rows.num_rows == 1
    count: int = rows.column("count").to_pylist()[0]
    return count


WAYS: dict[str, Callable[[Path, str], int]] = {"method": by_method, "statement": by_statement}


def check_deletion(
    root: Path, layout: Layout, before: pa.Table, condition: str, count: int
) -> None:
    """Checks what a deletion did to a table with these rows."""
    gone = where(before, condition)
    stays = where(before, f"({condition}) IS NOT TRUE")
    assert count == gone.num_rows
    assert sorted_rows(read(root)) == sorted_rows(stays)
    table = DeltaTable(root)
    if count == 0:
        assert table.history(1)[0]["operation"] == "WRITE"
        return
    assert table.history(1)[0]["operation"] == "DELETE"
    actions = actions_of(root, table.version())
    adds = [action["add"] for action in actions if "add" in action]
    changes = change_rows(table, table.version())
    if any("cdc" in action for action in actions):
        assert layout.feed
        assert changes == [("delete", id) for id in sorted(gone.column("id").to_pylist())]
    else:
        assert not (adds and layout.feed), "rows are gone, and no reader of the feed is told"
    for add in adds:
        assert ("deletionVector" in add) == layout.vectors
    if layout.vectors:
        metrics = table.history(1)[0]["operationMetrics"]
        assert int(metrics["numCopiedRows"]) == 0


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_rows_for_which_the_condition_is_true_are_gone(
    tmp_path: Path, layout: Layout, way: str, long_run: bool
) -> None:
    dice = random.Random(f"{layout} {way}")
    conditions = CONDITIONS if long_run else dice.sample(CONDITIONS, 7)
    for number, condition in enumerate(conditions):
        root = tmp_path / str(number)
        parts = [random_rows(dice, 40, first) for first in (0, 40, 80)]
        make_table(root, layout, *parts)
        before = read(root)
        ids = row_ids(root) if layout.tracked else {}
        count = WAYS[way](root, condition)
        check_deletion(root, layout, before, condition, count)
        if layout.tracked:
            left = set(read(root).column("id").to_pylist())
            assert row_ids(root) == {id: ids[id] for id in left}, condition
        if not layout.tracked:
            assert of_deltalake(root) == ours(root)


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_deletions_after_each_other_add_up(tmp_path: Path, layout: Layout) -> None:
    dice = random.Random(str(layout))
    table = make_table(tmp_path, layout, *(random_rows(dice, 200, first) for first in (0, 200)))
    expected = read(tmp_path)
    for condition in dice.sample(CONDITIONS[:17], 6):
        gone = where(expected, condition)
        assert table.delete(condition)["num_deleted_rows"] == gone.num_rows
        expected = where(expected, f"({condition}) IS NOT TRUE")
        assert sorted_rows(read(tmp_path)) == sorted_rows(expected)
        assert table.count() == expected.num_rows
    table.create_checkpoint()
    assert sorted_rows(read(tmp_path)) == sorted_rows(expected)
    assert table.delete()["num_deleted_rows"] == expected.num_rows
    assert read(tmp_path).num_rows == 0
    assert table.files() == []
    write_deltalake(tmp_path, random_rows(dice, 3), mode="append")
    assert read(tmp_path).num_rows == 3


def test_a_condition_that_is_null_selects_no_row(tmp_path: Path) -> None:
    feed = {"delta.enableChangeDataFeed": "true"}
    write_deltalake(tmp_path, pa.table({"x": [1, 2, None, 4]}), configuration=feed)
    steps: list[tuple[str, int, list[int | None]]] = [
        ("x <> 1", 2, [None, 1]),
        ("not (x = 1)", 0, [None, 1]),
        ("x is null", 1, [1]),
    ]
    for condition, count, left in steps:
        assert DeltaTable(tmp_path).delete(condition)["num_deleted_rows"] == count
        assert sorted((x for (x,) in ours(tmp_path)), key=repr) == sorted(left, key=repr)
    assert DeltaTable(tmp_path).version() == 2


def test_where_nothing_is_deleted_nothing_is_committed(tmp_path: Path) -> None:
    table = make_table(tmp_path, Layout(vectors=True), random_rows(random.Random(1), 20))
    for condition in ("id < 0", "false", "n = NULL", "id = 5 AND id = 6", "p = 'no such'"):
        with_files = sorted(tmp_path.rglob("*"))
        metrics = table.delete(condition)
        assert metrics["num_deleted_rows"] == 0
        assert metrics["num_added_files"] == metrics["num_removed_files"] == 0
        assert by_statement(tmp_path, condition) == 0
        assert sorted(tmp_path.rglob("*")) == with_files
    assert table.version() == 0


def test_whole_files_go_unread(tmp_path: Path) -> None:
    layout = Layout(partitioned=True)
    table = make_table(tmp_path, layout, random_rows(random.Random(2), 50))
    for file in tmp_path.glob("p=x/*.parquet"):
        file.write_bytes(b"no Parquet")
    count = sum(row[3] == "x" for row in _rows_of_log(table))
    assert table.delete("p = 'x'")["num_deleted_rows"] == count
    assert "x" not in read(tmp_path).column("p").to_pylist()
    for file in tmp_path.glob("p=y/*.parquet"):
        file.write_bytes(b"no Parquet")
    assert by_statement(tmp_path, "p = 'y' AND p IS NOT NULL") > 0
    assert set(read(tmp_path).column("p").to_pylist()) == {"z w", None}


def _rows_of_log(table: DeltaTable) -> list[tuple[Any, ...]]:
    """A row of nulls, but for the partition, for each row of each file, as the log counts them."""
    found: list[tuple[Any, ...]] = []
    for action in pa.table(table.get_add_actions(flatten=True)).to_pylist():
        found += [(None, None, None, action["partition.p"])] * action["num_records"]
    return found


def test_rows_of_files_without_statistics_are_counted(tmp_path: Path) -> None:
    layout = Layout(partitioned=True)
    properties = {"delta.dataSkippingNumIndexedCols": "0"}
    for number in range(3):
        write_deltalake(
            tmp_path,
            random_rows(random.Random(3), 30, number * 30),
            mode="append",
            partition_by=["p"],
            configuration=properties,
        )
    log = tmp_path / "_delta_log"
    for commit in log.glob("*.json"):
        commit.write_text(commit.read_text().replace('"stats":', '"no_stats":'))
    for crc in log.glob("*.crc"):
        crc.unlink()
    before = read(tmp_path)
    count = by_statement(tmp_path, "p = 'x'")
    check_deletion(tmp_path, layout, before, "p = 'x'", count)
    left = read(tmp_path)
    assert DeltaTable(tmp_path).delete("n = 1")["num_deleted_rows"] == where(left, "n = 1").num_rows


def test_statements_may_ask_other_tables(tmp_path: Path) -> None:
    for number, layout in enumerate((Layout(), Layout(vectors=True, partitioned=True))):
        for at, (condition, expected) in enumerate(
            {
                "id IN (SELECT id FROM other WHERE flag)": "id IN (1, 3)",
                "id NOT IN (SELECT id FROM other)": "id NOT IN (1, 2, 3)",
                "EXISTS (SELECT 1 FROM other WHERE other.id = target.id)": "id IN (1, 2, 3)",
                "NOT EXISTS (SELECT 1 FROM other WHERE other.id = target.id AND flag)": (
                    "id NOT IN (1, 3)"
                ),
                "id = (SELECT max(id) FROM other)": "id = 3",
                "id = (SELECT max(id) FROM target)": "id = 49",
                "id IN (SELECT id FROM target WHERE n = 2) OR p = 'x'": "n = 2 OR p = 'x'",
                "n > (SELECT avg(n) FROM target AS inside WHERE inside.p = target.p)": (
                    "n > (SELECT avg(n) FROM rows AS inside WHERE inside.p = rows.p)"
                ),
            }.items()
        ):
            root = tmp_path / f"{number}-{at}"
            make_table(root, layout, random_rows(random.Random(4), 50))
            before = read(root)
            session = QueryBuilder()
            session.register("other", pa_table(tmp_path / f"other-{number}-{at}"))
            session.register("target", DeltaTable(root))
            count = collect(session.execute(f"DELETE FROM target WHERE {condition}"))
            check_deletion(root, layout, before, expected, count.column("count").to_pylist()[0])


def pa_table(root: Path) -> DeltaTable:
    write_deltalake(root, pa.table({"id": [1, 2, 3], "flag": [True, False, True]}))
    return DeltaTable(root)


def test_a_table_may_have_another_name_in_the_statement(tmp_path: Path) -> None:
    statements = {
        "DELETE FROM '{}' AS a WHERE a.id % 3 = 1": "id % 3 = 1",
        "DELETE FROM '{}' AS a": "true",
        "DELETE FROM '{}' AS a WHERE a.p = 'x'": "p = 'x'",
        "DELETE FROM '{0}' AS a WHERE a.id = (SELECT max(b.id) FROM '{0}' AS b)": "id = 39",
        "WITH some AS (SELECT 5 AS k) DELETE FROM '{}' WHERE id IN (SELECT k FROM some)": "id = 5",
        "WITH some AS (SELECT id FROM '{0}' WHERE n = 1) "
        "DELETE FROM '{0}' AS a WHERE EXISTS (SELECT 1 FROM some WHERE some.id = a.id)": "n = 1",
    }
    for number, (statement, condition) in enumerate(statements.items()):
        for at, layout in enumerate((Layout(), Layout(vectors=True, partitioned=True, feed=True))):
            root = tmp_path / f"{number}-{at}"
            make_table(root, layout, random_rows(random.Random(16), 40))
            before = read(root)
            sql = statement.format(root)
            plan = collect(QueryBuilder().execute(f"EXPLAIN {sql}"))
            assert "DeleteExec" in "".join(plan.column("plan").to_pylist())
            count = collect(QueryBuilder().execute(sql)).column("count").to_pylist()[0]
            check_deletion(root, layout, before, condition, count)
    make_table(tmp_path / "t", Layout(), random_rows(random.Random(16), 40))
    limited = f"DELETE FROM '{tmp_path}/t' AS a WHERE a.id > 4 LIMIT 3"
    assert collect(QueryBuilder().execute(limited)).to_pylist() == [{"count": 3}]
    with pytest.raises(SqlError, match="newest version"):
        QueryBuilder().execute(f"WITH a AS (SELECT 1) DELETE FROM '{tmp_path}/t' VERSION AS OF 0")


def test_truncate_removes_all_rows(tmp_path: Path) -> None:
    make_table(tmp_path, Layout(feed=True), random_rows(random.Random(5), 20))
    session = QueryBuilder()
    assert collect(session.execute(f"TRUNCATE TABLE '{tmp_path}'")).to_pylist() == [{"count": 20}]
    assert read(tmp_path).num_rows == 0
    assert collect(session.execute(f"DELETE FROM '{tmp_path}'")).to_pylist() == [{"count": 0}]
    assert DeltaTable(tmp_path).version() == 1


def test_explain_deletes_nothing(tmp_path: Path) -> None:
    make_table(tmp_path, Layout(), random_rows(random.Random(6), 20))
    plan = collect(QueryBuilder().execute(f"EXPLAIN DELETE FROM '{tmp_path}' WHERE id = 3"))
    text = "\n".join(plan.column("plan").to_pylist())
    assert "DeleteExec" in text
    assert DeltaTable(tmp_path).version() == 0


def test_a_prepared_statement_deletes_of_the_table_as_it_is(tmp_path: Path) -> None:
    make_table(tmp_path, Layout(vectors=True), random_rows(random.Random(7), 20))
    session = QueryBuilder()
    collect(session.execute(f"PREPARE gone(BIGINT) AS DELETE FROM '{tmp_path}' WHERE id = $1"))
    for id in (3, 4, 3):
        expected = int(id in read(tmp_path).column("id").to_pylist())
        found = collect(session.execute(f"EXECUTE gone({id})")).to_pylist()
        assert found == [{"count": expected}]
    write_deltalake(tmp_path, random_rows(random.Random(7), 1, 99), mode="append")
    assert collect(session.execute("EXECUTE gone(99)")).to_pylist() == [{"count": 1}]
    assert sorted(read(tmp_path).column("id").to_pylist()) == [
        id for id in range(20) if id not in (3, 4)
    ]


def test_a_limit_is_kept(tmp_path: Path) -> None:
    make_table(tmp_path, Layout(vectors=True), random_rows(random.Random(8), 20))
    sql = f"DELETE FROM '{tmp_path}' WHERE id > 4 LIMIT 3"
    assert collect(QueryBuilder().execute(sql)).to_pylist() == [{"count": 3}]
    left = read(tmp_path).column("id").to_pylist()
    assert len(left) == 17
    assert set(range(5)) <= set(left)


def test_other_versions_are_not_changed(tmp_path: Path) -> None:
    make_table(tmp_path, Layout(), *(random_rows(random.Random(9), 5, n * 5) for n in range(2)))
    for sql in (
        f"DELETE FROM '{tmp_path}@v0' WHERE id = 1",
        f"DELETE FROM '{tmp_path}' VERSION AS OF 0 WHERE id = 1",
    ):
        with refused(tmp_path, "newest version", error=SqlError):
            collect(QueryBuilder().execute(sql))


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    table = make_table(tmp_path, Layout(), random_rows(random.Random(10), 5))
    for condition, word in (
        ("nothing = 1", "nothing"),
        ("id = 1 AND", "expression"),
        ("random() < 0.5", "same answer"),
        ("id + 1", "boolean"),
        ("", "expression"),
        ("_metadata.file_number = 0", "_metadata"),
    ):
        with refused(tmp_path, word, error=DeltaError):
            table.delete(condition)
    for sql in ("WHERE nothing = 1", "WHERE id", "WHERE id ="):
        with refused(tmp_path, error=SqlError):
            collect(QueryBuilder().execute(f"DELETE FROM '{tmp_path}' {sql}"))


def test_an_append_only_table_keeps_its_rows(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"x": [1]}), configuration={"delta.appendOnly": "true"})
    for way in WAYS.values():
        with refused(tmp_path, "ppend", error=DeltaError):
            way(tmp_path, "x = 1")


def test_a_column_of_any_name_is_asked(tmp_path: Path) -> None:
    for number, name in enumerate(("_metadata", "_metadata.row_index", "a b", 'q"', "Id", "count")):
        for at, layout in enumerate((Layout(), Layout(vectors=True, feed=True, tracked=True))):
            root = tmp_path / f"{number}-{at}"
            rows = pa.table({name: [1, 2, 3], "other": ["a", "b", "c"]})
            write_deltalake(root, rows, configuration=layout.configuration())
            quoted = '"' + name.replace('"', '""') + '"'
            assert by_method(root, f"{quoted} = 2") == 1
            assert by_statement(root, f"{quoted} = 3") == 1
            assert ours(root) == [(1, "a")]


def test_an_application_deletes_once(tmp_path: Path) -> None:
    table = make_table(tmp_path, Layout(), random_rows(random.Random(11), 5))
    properties = CommitProperties(
        custom_metadata={"job": "nightly"},
        app_transactions=[Transaction("job", 1)],
        if_committed="skip",
    )
    assert table.delete("id = 1", commit_properties=properties)["num_deleted_rows"] == 1
    assert table.history(1)[0]["job"] == "nightly"
    assert table.delete("id = 2", commit_properties=properties)["num_deleted_rows"] == 0
    assert table.version() == 1


def test_a_row_that_came_meanwhile_is_a_conflict_if_it_would_go(tmp_path: Path) -> None:
    for number, (value, is_lost) in enumerate(((1, True), (7, False))):
        root = tmp_path / str(number)
        write_deltalake(root, pa.table({"x": [1, 2]}))
        late = DeltaTable(root)
        write_deltalake(root, pa.table({"x": [value]}), mode="append")
        if is_lost:
            with pytest.raises(CommitFailedError):
                late.delete("x = 1")
            assert len(ours(root)) == 3
        else:
            late.delete("x = 1")
            assert ours(root) == [(2,), (7,)]


def test_both_may_not_delete_of_one_file(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"x": [1, 2, 3]}))
    first, second = DeltaTable(tmp_path), DeltaTable(tmp_path)
    first.delete("x = 1")
    with pytest.raises(CommitFailedError):
        second.delete("x = 2")
    assert ours(tmp_path) == [(2,), (3,)]
    files = {file.name for file in tmp_path.glob("*.parquet")}
    named = {add["path"] for version in range(2) for add in _adds(tmp_path, version)}
    assert files == named, "a deletion that lost leaves its files"


def test_both_may_delete_other_rows_of_one_file_by_vectors(tmp_path: Path) -> None:
    layout = Layout(vectors=True, feed=True)
    make_table(tmp_path, layout, random_rows(random.Random(14), 40))
    tables = [DeltaTable(tmp_path) for _ in range(4)]
    for number, table in enumerate(tables):
        assert table.delete(f"id % 10 = {number}")["num_deleted_rows"] == 4
        assert table.version() == number + 1
        ids = range(number, 40, 10)
        assert change_rows(table, number + 1) == [("delete", id) for id in ids]
    left = [id for id in range(40) if id % 10 >= len(tables)]
    assert sorted(read(tmp_path).column("id").to_pylist()) == left
    assert of_deltalake(tmp_path) == ours(tmp_path)
    late, other = DeltaTable(tmp_path), DeltaTable(tmp_path)
    other.delete("id IN (5, 6)")
    with pytest.raises(CommitFailedError, match="delete a row"):
        late.delete("id IN (6, 7)")
    late.update_incremental()
    late.delete("id >= 0")
    assert late.files() == []


def test_what_is_left_of_a_file_goes_in_several_deletions(tmp_path: Path) -> None:
    make_table(tmp_path, Layout(vectors=True), random_rows(random.Random(15), 10))
    first, second = DeltaTable(tmp_path), DeltaTable(tmp_path)
    first.delete("id < 5")
    assert second.delete("id >= 5")["num_removed_files"] == 1
    assert second.files() == []
    assert read(tmp_path).num_rows == 0
    assert len(list(tmp_path.glob("*.bin"))) == 1, "the vectors of an attempt that was made anew"


def _adds(root: Path, version: int) -> list[dict[str, Any]]:
    return [action["add"] for action in actions_of(root, version) if "add" in action]


def test_the_history_shows_the_condition_of_a_statement(tmp_path: Path) -> None:
    make_table(tmp_path, Layout(), random_rows(random.Random(17), 9))
    assert by_statement(tmp_path, "id = 3 AND n IS NULL OR id = 4") > 0
    shown = DeltaTable(tmp_path).history(1)[0]["operationParameters"]["predicate"]
    assert shown == '["id = Int64(3) AND n IS NULL OR id = Int64(4)"]'


def test_the_history_tells_what_was_done(tmp_path: Path) -> None:
    table = make_table(tmp_path, Layout(feed=True), random_rows(random.Random(12), 30))
    metrics = table.delete("id < 10")
    entry = table.history(1)[0]
    assert entry["operation"] == "DELETE"
    assert entry["operationParameters"]["predicate"] == '["id < 10"]'
    assert {name: int(value) for name, value in entry["operationMetrics"].items()} == {
        "numRemovedFiles": 1,
        "numAddedFiles": 1,
        "numAddedChangeFiles": 1,
        "numDeletedRows": 10,
        "numCopiedRows": 20,
        "numRemovedBytes": metrics["num_removed_bytes"],
        "numAddedBytes": metrics["num_added_bytes"],
        "numDeletionVectorsAdded": 0,
        "numDeletionVectorsRemoved": 0,
        "numDeletionVectorsUpdated": 0,
        "executionTimeMs": metrics["execution_time_ms"],
        "scanTimeMs": metrics["scan_time_ms"],
        "rewriteTimeMs": metrics["rewrite_time_ms"],
    }
    assert metrics["num_deleted_rows"] == 10
    assert metrics["num_copied_rows"] == 20


def test_an_unmodified_session_of_datafusion_refuses(tmp_path: Path) -> None:
    import datafusion

    make_table(tmp_path, Layout(), random_rows(random.Random(13), 5))
    session = datafusion.SessionContext()
    session.register_table("t", DeltaTable(tmp_path))
    with pytest.raises(Exception, match=r"(?i)delete"):
        session.sql("DELETE FROM t WHERE id = 1").collect()
    assert read(tmp_path).num_rows == 5


def test_many_files_with_vectors_have_few_of_them(tmp_path: Path) -> None:
    layout = Layout(vectors=True)
    table = make_table(
        tmp_path, layout, *(random_rows(random.Random(n), 30, n * 30) for n in range(12))
    )
    table.delete("id % 3 = 0")
    assert len(list(tmp_path.glob("*.bin"))) <= 1
    assert deltaic.DeltaTable(tmp_path).count() == 240
    assert of_deltalake(tmp_path) == ours(tmp_path)
