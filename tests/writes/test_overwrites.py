"""Overwrites: of all rows, of those of a predicate, and of the schema."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from deltaic import DeltaTable, write_deltalake
from deltaic.exceptions import CommitFailedError, DeltaError

from writes.readers import rows


def table(**columns: object) -> pa.Table:
    return pa.table(columns)


def test_overwrite_replaces_all_rows_in_one_commit(tmp_path: Path) -> None:
    write_deltalake(tmp_path, table(a=[1, 2]))
    write_deltalake(tmp_path, table(a=[3]), mode="overwrite")
    assert rows(tmp_path) == [(3,)]
    assert DeltaTable(tmp_path).version() == 1
    assert DeltaTable(tmp_path, version=0).count() == 2


def test_a_predicate_says_which_rows_are_replaced(tmp_path: Path) -> None:
    write_deltalake(tmp_path, table(a=[1, 2, 3, 4], b=[1, 1, 2, None]))
    write_deltalake(tmp_path, table(a=[9], b=[1]), mode="overwrite", predicate="b = 1")
    # A row of which the predicate is null is not replaced.
    assert rows(tmp_path) == [(3, 2), (4, None), (9, 1)]


def test_rows_must_satisfy_the_predicate_that_they_replace(tmp_path: Path) -> None:
    write_deltalake(tmp_path, table(a=[1], b=[1]))
    for bad in ([2], [None]):
        with pytest.raises(DeltaError, match="b = 1"):
            write_deltalake(
                tmp_path,
                table(a=[9], b=pa.array(bad, pa.int64())),
                mode="overwrite",
                predicate="b = 1",
            )
    assert rows(tmp_path) == [(1, 1)]
    assert DeltaTable(tmp_path).version() == 0


def test_a_predicate_of_partitions_reads_no_file(tmp_path: Path) -> None:
    write_deltalake(tmp_path, table(p=["a", "a", "b"], n=[1, 2, 3]), partition_by=["p"])
    for file in (tmp_path / "p=a").iterdir():
        file.write_bytes(b"not Parquet")
    write_deltalake(tmp_path, table(p=["a"], n=[7]), mode="overwrite", predicate="p = 'a'")
    assert rows(tmp_path) == [("a", 7), ("b", 3)]


def test_only_files_with_replaced_rows_are_written_again(tmp_path: Path) -> None:
    for n in range(4):
        write_deltalake(tmp_path, table(n=[n * 10, n * 10 + 1]), mode="append")
    before = set(DeltaTable(tmp_path).files())
    write_deltalake(tmp_path, table(n=[21]), mode="overwrite", predicate="n = 21")
    after = set(DeltaTable(tmp_path).files())
    assert len(before - after) == 1
    assert rows(tmp_path) == [(0,), (1,), (10,), (11,), (20,), (21,), (30,), (31,)]


def test_predicate_and_schema_merge_keep_the_columns_of_the_table(tmp_path: Path) -> None:
    write_deltalake(tmp_path, table(a=[1, 2, 3, 4], b=[1, 1, 2, 2], c=[10, 11, 12, 13]))
    write_deltalake(
        tmp_path,
        table(a=[100, 200], b=[1, 1]),
        mode="overwrite",
        predicate="b = 1",
        schema_mode="merge",
    )
    write_deltalake(
        tmp_path,
        table(a=[5], b=[2], d=["x"]),
        mode="overwrite",
        predicate="b = 2",
        schema_mode="merge",
    )
    assert rows(tmp_path) == [(100, 1, None, None), (200, 1, None, None), (5, 2, None, "x")]


def test_schema_and_partitioning_can_be_overwritten(tmp_path: Path) -> None:
    write_deltalake(tmp_path, table(a=[1], b=["x"]), partition_by=["b"])
    write_deltalake(
        tmp_path,
        table(c=[2.5], a=["now a text"]),
        mode="overwrite",
        schema_mode="overwrite",
        partition_by=["a"],
    )
    assert rows(tmp_path) == [(2.5, "now a text")]
    assert DeltaTable(tmp_path).metadata().partition_columns == ["a"]
    assert DeltaTable(tmp_path).metadata().id == DeltaTable(tmp_path, version=0).metadata().id


def test_a_different_partitioning_is_refused_elsewhere(tmp_path: Path) -> None:
    write_deltalake(tmp_path, table(a=[1], b=["x"]), partition_by=["b"])
    for mode in ("append", "overwrite"):
        with pytest.raises(ValueError, match="partitioned by"):
            write_deltalake(tmp_path, table(a=[1], b=["x"]), mode=mode, partition_by=["a"])


def pair(key: str, value: int) -> pa.Table:
    return table(p=[key] * 2, v=[value, value])


def test_an_overwrite_conflicts_with_what_it_has_not_seen(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.concat_tables([pair("a", 0), pair("b", 0)]), partition_by=["p"])
    first, second, third = (DeltaTable(tmp_path) for _ in range(3))
    write_deltalake(first, pair("a", 1), mode="overwrite", predicate="p = 'a'")
    with pytest.raises(CommitFailedError, match=r"(?i)version 1"):
        write_deltalake(second, pair("a", 2), mode="overwrite", predicate="p = 'a'")
    # Other partitions are no conflict.
    write_deltalake(third, pair("b", 3), mode="overwrite", predicate="p = 'b'")
    assert rows(tmp_path) == [("a", 1), ("a", 1), ("b", 3), ("b", 3)]


def test_a_full_overwrite_never_keeps_a_concurrent_append(tmp_path: Path) -> None:
    write_deltalake(tmp_path, table(v=["a"]))
    stale = DeltaTable(tmp_path)
    write_deltalake(tmp_path, table(v=["c"]), mode="append")
    with pytest.raises(CommitFailedError):
        write_deltalake(stale, table(v=["z"]), mode="overwrite")
    assert rows(tmp_path) == [("a",), ("c",)]
    stale.update_incremental()
    write_deltalake(stale, table(v=["z"]), mode="overwrite")
    assert rows(tmp_path) == [("z",)]


def test_the_files_of_a_lost_overwrite_are_removed(tmp_path: Path) -> None:
    write_deltalake(tmp_path, table(v=["a"]))
    stale = DeltaTable(tmp_path)
    write_deltalake(tmp_path, table(v=["c"]), mode="append")
    before = set(tmp_path.iterdir())
    with pytest.raises(CommitFailedError):
        write_deltalake(stale, table(v=["z"]), mode="overwrite")
    assert set(tmp_path.iterdir()) == before


def test_arguments_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    write_deltalake(tmp_path, table(v=[1]))
    for wrong in (
        {"mode": "append", "predicate": "v = 1"},
        {"mode": "append", "schema_mode": "overwrite"},
        {"mode": "overwrite", "schema_mode": "overwrite", "predicate": "v = 1"},
        {"mode": "overwrite", "predicate": "v = random()"},
        {"mode": "overwrite", "predicate": "nope = 1"},
        {"mode": "overwrite", "predicate": "v +"},
        {"mode": "append", "target_file_size": 0},
        {"mode": "add"},
        {"mode": "append", "schema_mode": "none"},
    ):
        with pytest.raises(ValueError, match=r"\w"):
            write_deltalake(tmp_path, table(v=[1]), **wrong)
    assert DeltaTable(tmp_path).version() == 0


def test_modes_where_there_is_a_table(tmp_path: Path) -> None:
    write_deltalake(tmp_path, table(v=[1]))
    with pytest.raises(DeltaError, match="already"):
        write_deltalake(tmp_path, table(v=[2]))
    write_deltalake(tmp_path, table(v=[2]), mode="ignore")
    assert rows(tmp_path) == [(1,)]
    with pytest.raises(ValueError, match="property"):
        write_deltalake(
            tmp_path, table(v=[2]), mode="append", configuration={"delta.appendOnly": "true"}
        )


def test_append_only_tables_take_no_overwrite(tmp_path: Path) -> None:
    write_deltalake(tmp_path, table(v=[1]), configuration={"delta.appendOnly": "true"})
    write_deltalake(tmp_path, table(v=[2]), mode="append")
    with pytest.raises(DeltaError, match=r"[Aa]ppend"):
        write_deltalake(tmp_path, table(v=[3]), mode="overwrite")
    assert rows(tmp_path) == [(1,), (2,)]


def test_a_dynamic_overwrite_conflicts_in_its_partitions_only(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.concat_tables([pair("a", 0), pair("b", 0)]), partition_by=["p"])
    first, second = DeltaTable(tmp_path), DeltaTable(tmp_path)
    write_deltalake(tmp_path, pair("a", 1), mode="append")
    write_deltalake(first, pair("b", 2), mode="overwrite", partition_overwrite_mode="dynamic")
    with pytest.raises(CommitFailedError):
        write_deltalake(second, pair("a", 3), mode="overwrite", partition_overwrite_mode="dynamic")
    assert rows(tmp_path) == [("a", 0)] * 2 + [("a", 1)] * 2 + [("b", 2)] * 2


def test_a_partitioning_can_be_given_up(tmp_path: Path) -> None:
    write_deltalake(tmp_path, table(a=[1], b=["x"]), partition_by=["b"])
    for lacking in (table(a=[2]), table(a=[2], b=[[1]])):
        with pytest.raises(DeltaError, match="'b'"):
            write_deltalake(tmp_path, lacking, mode="overwrite", schema_mode="overwrite")
    write_deltalake(
        tmp_path, table(a=[2]), mode="overwrite", schema_mode="overwrite", partition_by=[]
    )
    assert DeltaTable(tmp_path).metadata().partition_columns == []
    assert rows(tmp_path) == [(2,)]
