"""Random rows of random types through every mode: what is read is what was given.

Read by ours, by deltalake, and by pyarrow from the files alone. A case is a seed: `--seed`.
"""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltaic import DeltaTable, write_deltalake

from writes.random_rows import Kind, plain_values, random_array, random_kind

Row = dict[str, Any]
NAMES = ["a", "B", "col 3", "größe", "x.y", "select", "it's", "%41"]


class Model:
    """A table, and the rows that it must have."""

    def __init__(self, root: Path, dice: random.Random) -> None:
        self._root = root
        self._dice = dice
        names = dice.sample(NAMES, dice.randint(1, 5))
        self._kinds = {"id": Kind("long")} | {name: random_kind(dice) for name in names}
        flat = [name for name in names if not self._kinds[name].parts]
        count = min(dice.choice([0, 0, 1, 2]), len(flat))
        self._partition_by = dice.sample(flat, count)
        self._mapping = dice.choice(["none", "none", "name"])
        self._rows: list[Row] = []
        self._last_id = 0
        self.log: list[str] = []

    def _new_rows(self, ids: list[int] | None = None) -> list[Row]:
        if ids is None:
            ids = [self._last_id + 1 + i for i in range(self._dice.choice([0, 1, 5, 40]))]
        self._last_id = max([self._last_id, *ids])
        return [
            {"id": number, **{n: k.value(self._dice) for n, k in self._kinds.items() if n != "id"}}
            for number in ids
        ]

    def _data(self, given: list[Row], names: list[str]) -> pa.Table | list[pa.RecordBatch]:
        columns = [
            random_array(self._dice, self._kinds[name], [row[name] for row in given])
            for name in names
        ]
        table = pa.Table.from_arrays(columns, names=names)
        if self._dice.random() < 0.3 and len(given) > 1:
            return table.to_batches(max_chunksize=max(1, len(given) // 3))
        return table

    def _write(self, given: list[Row], names: list[str] | None = None, **options: Any) -> None:
        names = list(self._kinds) if names is None else names
        self.log.append(f"{options} {len(given)} rows of {names}")
        write_deltalake(self._root, self._data(given, names), **options)

    def _stored(self, row: Row) -> Row:
        """The log has no empty text of a partition."""
        empty = {name for name in self._partition_by if row[name] in ("", b"")}
        return {name: None if name in empty else value for name, value in row.items()}

    def create(self) -> None:
        given = self._new_rows()
        configuration = {"delta.columnMapping.mode": self._mapping}
        self._write(given, partition_by=self._partition_by or None, configuration=configuration)
        self._rows = [self._stored(row) for row in given]

    def append(self) -> None:
        given = self._new_rows()
        names = list(self._kinds)
        self._dice.shuffle(names)
        self._write(given, names, mode="append", target_file_size=self._dice.choice([None, 1]))
        self._rows += [self._stored(row) for row in given]

    def merge(self) -> None:
        """Some columns are lacking, another one is new."""
        dropped = {name for name in self._kinds if name != "id" and self._dice.random() < 0.3}
        new = f"n{len(self._kinds)}"
        self._kinds[new] = random_kind(self._dice)
        given = [
            {name: None if name in dropped else value for name, value in row.items()}
            for row in self._new_rows()
        ]
        names = [name for name in self._kinds if name not in dropped]
        self._write(given, names, mode="append", schema_mode="merge")
        self._rows = [{**row, new: None} for row in self._rows]
        self._rows += [self._stored(row) for row in given]

    def overwrite(self) -> None:
        given = self._new_rows()
        self._write(given, mode="overwrite")
        self._rows = [self._stored(row) for row in given]

    def replace_where(self) -> None:
        begin = self._dice.randint(0, self._last_id + 1)
        end = begin + self._dice.randint(0, 10)
        given = self._new_rows(
            [number for number in range(begin, end) if self._dice.random() < 0.7]
        )
        self._write(given, mode="overwrite", predicate=f"id >= {begin} AND id < {end}")
        self._rows = [row for row in self._rows if not begin <= row["id"] < end]
        self._rows += [self._stored(row) for row in given]

    def _partition(self, row: Row) -> tuple[str, ...]:
        return tuple(plain_values([row[name] for name in self._partition_by]))

    def replace_partitions(self) -> None:
        if not self._partition_by:
            return
        given = self._new_rows()
        self._write(given, mode="overwrite", partition_overwrite_mode="dynamic")
        stored = [self._stored(row) for row in given]
        replaced = {self._partition(row) for row in stored}
        self._rows = [row for row in self._rows if self._partition(row) not in replaced] + stored

    def check(self) -> None:
        names = list(self._kinds)
        expected = _sorted(self._rows, names)
        assert _sorted_table(pa.table(DeltaTable(self._root).scan()), names) == expected
        builder = deltalake.QueryBuilder().register("t", deltalake.DeltaTable(self._root))
        assert _sorted_table(pa.table(builder.execute("SELECT * FROM t")), names) == expected
        if self._mapping == "none":
            stored = [name for name in names if name not in self._partition_by]
            assert self._in_files(stored) == _sorted(self._rows, stored)

    def _in_files(self, names: list[str]) -> list[list[str]]:
        rows: list[Row] = []
        for path in DeltaTable(self._root).files():
            file = pq.ParquetFile(self._root / path)
            rows += file.read().to_pylist()
        return _sorted([{name: row.get(name) for name in names} for row in rows], names)


def _sorted(rows: list[Row], names: list[str]) -> list[list[str]]:
    return sorted(plain_values([row[name] for name in names]) for row in rows)


def _sorted_table(table: pa.Table, names: list[str]) -> list[list[str]]:
    assert table.column_names == names
    return sorted(map(list, zip(*(plain_values(table[name]) for name in names), strict=True)))


def _run(seed: int, folder: Path) -> None:
    dice = random.Random(seed)
    model = Model(folder / str(seed), dice)
    steps = [
        model.append,
        model.append,
        model.merge,
        model.overwrite,
        model.replace_where,
        model.replace_where,
        model.replace_partitions,
    ]
    try:
        model.create()
        model.check()
        for _ in range(dice.randint(1, 5)):
            dice.choice(steps)()
            model.check()
    except BaseException as error:
        error.add_note(f"--seed {seed}: " + "; ".join(model.log))
        raise


def test_random_rows_come_back(tmp_path: Path, seed: int | None) -> None:
    for number in range(25) if seed is None else [seed]:
        _run(number, tmp_path)


@pytest.mark.long
def test_more_random_rows_come_back(tmp_path: Path, seconds: int) -> None:
    end = time.monotonic() + min(seconds, 600)
    number = 1000
    while time.monotonic() < end:
        _run(number, tmp_path)
        number += 1
    assert number > 1000
