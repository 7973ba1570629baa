"""Of a large checkpoint with typed statistics, a query reads what its Parquet file does not rule
out by the bounds of pages or row groups, and it never takes them for more than they say."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from pathlib import Path

import deltaic
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.arrow import collect, query
from harness.checkpoint_files import V2_PROTOCOL, checkpoint_metadata, sidecar, write_v2
from harness.errors import code_of, error_of
from harness.log_table import LogTable, field, metadata
from harness.parquet_bytes import Value, change_footer

FILES = 80_000
ROWS = 10
METADATA = metadata(
    field("x", "long"), field("y", "long"), field("p", "integer"), partition_columns=["p"]
)


class Checkpoint:
    """A V2 checkpoint of one sidecar. File i has x from 10 i to 10 i + 9 and p = i / 1000; y is
    anywhere. None of the files is there."""

    def __init__(self, root: Path, *, unknown: Iterable[int] = (), removed: int = 0) -> None:
        self.table = LogTable(root)
        self.unknown = list(unknown)
        self.removed = removed
        self.sidecar = self.table.log / "_sidecars" / "one.parquet"
        self.sidecar.parent.mkdir(parents=True)

    def write(self, *, reverse: bool = False, index: bool = False, group: int = 20_000) -> None:
        numbers = np.arange(FILES)[::-1] if reverse else np.arange(FILES)
        generator = np.random.default_rng(3)
        noise = generator.integers(-(2**62), 2**62, (4, FILES))
        is_unknown = np.isin(numbers, self.unknown)

        def bounds(x: np.ndarray, y: np.ndarray) -> pa.StructArray:
            mask = pa.array(is_unknown)
            return pa.StructArray.from_arrays([pa.array(x), pa.array(y)], ["x", "y"], mask=mask)

        statistics = pa.StructArray.from_arrays(
            [
                pa.array(np.full(FILES, ROWS)),
                bounds(numbers * ROWS, np.minimum(noise[0], noise[1])),
                bounds(numbers * ROWS + ROWS - 1, np.maximum(noise[0], noise[1])),
            ],
            ["numRecords", "minValues", "maxValues"],
        )
        values = pa.array(
            [[("p", str(number // 1000))] for number in numbers], pa.map_(pa.string(), pa.string())
        )
        add = pa.StructArray.from_arrays(
            [
                pa.array([f"{number}.parquet" for number in numbers]),
                values,
                pa.array(numbers + 1),
                pa.array(numbers),
                pa.array(np.full(FILES, True)),
                statistics,
            ],
            ["path", "partitionValues", "size", "modificationTime", "dataChange", "stats_parsed"],
        )
        table = pa.table({"add": add})
        if self.removed:
            remove = pa.array([{"path": f"gone-{i}"} for i in range(self.removed)])
            gone = pa.table({"add": pa.nulls(self.removed, add.type), "remove": remove})
            table = pa.concat_tables(
                [gone, table.append_column("remove", pa.nulls(FILES, remove.type))]
            )
        pq.write_table(
            table,
            self.sidecar,
            row_group_size=group,
            data_page_size=4096,
            use_dictionary=False,
            write_page_index=index,
        )
        self.name_sidecar()

    def name_sidecar(self) -> None:
        named = sidecar(self.sidecar.name, self.sidecar.stat().st_size)
        write_v2(self.table, 0, [V2_PROTOCOL, METADATA, checkpoint_metadata(0), named], "json")

    def spoil_the_end(self) -> None:
        """Overwrites the last quarter of the statistics, in the last row group or in each."""
        footer = pq.ParquetFile(self.sidecar).metadata
        content = bytearray(self.sidecar.read_bytes())
        group = footer.row_group(footer.num_row_groups - 1)
        for column in range(footer.num_columns):
            chunk = group.column(column)
            if "stats_parsed" in chunk.path_in_schema:
                size = chunk.total_compressed_size
                end = chunk.data_page_offset + size
                begin = end - size // 4
                content[begin:end] = b"\xff" * (end - begin)
        stat = self.sidecar.stat()
        self.sidecar.write_bytes(bytes(content))
        os.utime(self.sidecar, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    def open(self) -> deltaic.DeltaTable:
        return deltaic.DeltaTable(self.table.root)


def _matching(table: deltaic.DeltaTable, predicate: str) -> list[int]:
    uris = table.file_uris(file_pruning_predicate=predicate)
    return sorted(int(uri.rsplit("/", 1)[1].removesuffix(".parquet")) for uri in uris)


@pytest.mark.parametrize(("index", "group"), [(False, 20_000), (True, FILES)])
def test_statistics_that_a_query_cannot_want_are_not_read(
    tmp_path: Path, index: bool, group: int
) -> None:
    checkpoint = Checkpoint(tmp_path / "t")
    checkpoint.write(index=index, group=group)
    checkpoint.spoil_the_end()
    table = checkpoint.open()
    assert _matching(table, "x = 50003") == [5000]
    assert _matching(table, "x BETWEEN 15 AND 34 AND y IS NOT NULL") == [1, 2, 3]
    assert _matching(table, "x < 0") == []
    assert _matching(table, "p = 3 AND x < 30012") == [3000, 3001]
    for predicate in (f"x = {FILES * ROWS - 10}", "y = 7", "x = 50003 OR y = 7", "x IS NULL"):
        error = error_of(lambda predicate=predicate: _matching(table, predicate))  # type: ignore[misc]
        assert code_of(error) == "corrupt_log"


def test_partitions_that_a_query_cannot_want_are_not_read(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "t")
    checkpoint.write()
    checkpoint.spoil_the_end()
    plan = query("EXPLAIN SELECT x FROM t WHERE p = 3 AND y > 0", t=checkpoint.open()).to_pylist()
    assert f"files_pruned_by_partition={FILES - 1000}" in str(plan)


@pytest.mark.parametrize("index", [False, True])
def test_a_file_without_statistics_is_among_those_that_may_match(
    tmp_path: Path, index: bool
) -> None:
    checkpoint = Checkpoint(tmp_path / "t", unknown=[4, 25_000])
    checkpoint.write(index=index)
    table = checkpoint.open()
    assert _matching(table, "x = 50003") == [4, 5000, 25_000]
    assert _matching(table, "x < 0") == [4, 25_000]


@pytest.mark.parametrize("index", [False, True])
def test_rows_of_other_actions_do_not_shift_the_bounds(tmp_path: Path, index: bool) -> None:
    checkpoint = Checkpoint(tmp_path / "t", removed=9_000)
    checkpoint.write(index=index, group=4096)
    table = checkpoint.open()
    for number in (0, 1, 5000, 20_000, 79_999):
        assert _matching(table, f"x = {number * ROWS}") == [number]


@pytest.mark.parametrize("index", [False, True])
def test_a_checkpoint_that_was_written_anew_keeps_its_files(tmp_path: Path, index: bool) -> None:
    checkpoint = Checkpoint(tmp_path / "t")
    checkpoint.write(index=index)
    table = checkpoint.open()
    checkpoint.write(reverse=True, index=index)
    os.utime(checkpoint.sidecar, (1, 1))
    for number in (5000, 34_000):
        assert _matching(table, f"x = {number * ROWS}") == [number]


def test_all_that_is_asked_later_is_read_later(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "t")
    checkpoint.write()
    table, fresh = checkpoint.open(), checkpoint.open()
    assert _matching(table, "x = 50003") == [5000]
    assert _matching(table, "x = 390003") == [39_000]
    assert _matching(table, "y IS NULL AND x = 390003") == [39_000]
    assert query("SELECT count(*) AS n FROM t", t=table).to_pylist() == [{"n": FILES * ROWS}]
    plan = query("EXPLAIN SELECT x FROM t LIMIT 100005", t=table).to_pylist()
    assert f"files_pruned_by_limit={FILES - 10_001}" in str(plan)
    actions = [collect(of.get_add_actions(flatten=True)).sort_by("path") for of in (table, fresh)]
    assert actions[0] == actions[1]
    assert actions[0].num_rows == FILES


def test_pruned_files_are_counted_as_if_each_had_been_looked_at(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "t")
    checkpoint.write()
    plan = str(
        query(
            "EXPLAIN SELECT x FROM t WHERE x = 50003 AND p IN (5, 6)", t=checkpoint.open()
        ).to_pylist()
    )
    assert f"files_pruned_by_partition={FILES - 2000}" in plan
    assert "files_pruned_by_statistics=1999" in plan
    assert "files_read=1" in plan


@pytest.mark.parametrize("index", [False, True])
def test_ranges_find_the_files_that_they_touch(tmp_path: Path, index: bool) -> None:
    checkpoint = Checkpoint(tmp_path / "t", unknown=[7777])
    checkpoint.write(index=index, group=7000)
    generator = random.Random(11)
    table = checkpoint.open()
    for number in range(40):
        if number % 10 == 0:
            table = checkpoint.open()
        low = generator.randrange(-100, FILES * ROWS + 100)
        high = low + generator.choice([0, 5, 1000, 100_000])
        found = _matching(table, f"x >= {low} AND x <= {high}")
        first, last = max(low // ROWS, 0), min(high // ROWS, FILES - 1)
        assert found == sorted({*range(first, last + 1), 7777})


@pytest.mark.parametrize("claims", [{0: 0}, {0: 17_000}, {1: -5}, {0: 17_000, 1: 23_000}])
def test_a_footer_that_is_wrong_about_its_rows_has_no_bounds(
    tmp_path: Path, claims: dict[int, int]
) -> None:
    checkpoint = Checkpoint(tmp_path / "t")
    checkpoint.write()

    def lie(footer: Value) -> None:
        for group, rows in claims.items():
            footer[4][group][3].value = rows

    change_footer(checkpoint.sidecar, lie)
    checkpoint.name_sidecar()
    table = checkpoint.open()
    for number in (5000, 25_000, 79_999):
        assert _matching(table, f"x = {number * ROWS}") == [number]


def test_bounds_of_another_file_are_not_kept(tmp_path: Path) -> None:
    """As where a cache in between hands out one file and then the other."""
    checkpoint = Checkpoint(tmp_path / "t")
    checkpoint.write(index=True, group=FILES)
    table = checkpoint.open()
    own, stat = checkpoint.sidecar.read_bytes(), checkpoint.sidecar.stat()
    checkpoint.write(reverse=True, index=True, group=FILES)
    other = bytearray(checkpoint.sidecar.read_bytes())
    other[: len(other) // 2] = b"\xff" * (len(other) // 2)
    checkpoint.sidecar.write_bytes(bytes(other))
    assert code_of(error_of(lambda: _matching(table, "x = 50003"))) == "corrupt_log"
    checkpoint.sidecar.write_bytes(own)
    os.utime(checkpoint.sidecar, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert _matching(table, "x = 50003") == [5000]


def test_a_query_that_was_answered_asks_nothing_of_the_checkpoint_again(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "t")
    checkpoint.write()
    table = checkpoint.open()
    assert _matching(table, "x = 50003") == [5000]
    checkpoint.sidecar.unlink()
    assert _matching(table, "x = 50003") == [5000]
    assert _matching(table, "x = 50013") == [5001]
    assert code_of(error_of(lambda: _matching(table, "x = 700003"))) == "corrupt_log"
