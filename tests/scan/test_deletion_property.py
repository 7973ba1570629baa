"""Random tables with random deletion vectors, asked with every setting that could mislay a row:
splits, pushdown, page pruning, limits; against the rows that are left, computed by hand."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import datafusion
import deltaic
import pyarrow as pa
import pytest

from harness import deletion_vectors as dv
from harness.arrow import collect
from harness.log_table import Action, LogTable, field, metadata, protocol

METADATA = metadata(field("id", "long"), field("k", "integer"), field("s", "string"))


def _deleted(dice: random.Random, rows: int) -> set[int]:
    if rows == 0:
        return set()
    start, length = dice.randrange(rows), dice.randrange(1, rows + 1)
    step = dice.choice([1, 2, 3, 10, 100])
    patterns = [
        set[int](),
        {dice.randrange(rows)},
        set(range(rows)),
        set(range(start, min(rows, start + length))),
        set(range(0, rows, step)),
        {row for row in range(rows) if dice.random() < 0.1},
        {0, rows - 1},
    ]
    return dice.choice(patterns) | (dice.choice(patterns) if dice.random() < 0.3 else set())


def _vector(dice: random.Random, root: Path, place: Path, deleted: set[int]) -> dv.Descriptor:
    as_runs = dice.random() < 0.5 and bool(deleted)
    kind = dice.randrange(3)
    if kind == 0:
        return dv.inline(deleted, as_runs)
    if kind == 1:
        return dv.relative(root, [{3}, deleted], "p", as_runs)[1]
    return dv.absolute(place, deleted, as_runs)


def _make(dice: random.Random, root: Path) -> tuple[Path, pa.Table]:
    """A table, and the rows that it has."""
    table = LogTable(root)
    left: list[dict[str, Any]] = []
    actions: list[Action] = []
    next_id = 0
    for number in range(dice.randrange(1, 5)):
        count = dice.choice([0, 1, 7, 500, 3000])
        rows: list[dict[str, Any]] = [
            {
                "id": next_id + row,
                "k": None if dice.random() < 0.1 else dice.randrange(5),
                "s": f"{dice.randrange(100):03d}" * dice.randrange(1, 3),
            }
            for row in range(count)
        ]
        next_id += count
        deleted = _deleted(dice, count)
        kept = [row for at, row in enumerate(rows) if at not in deleted]
        left += kept
        schema = pa.schema([("id", pa.int64()), ("k", pa.int32()), ("s", pa.string())])
        ids = [row["id"] for row in rows]
        stats = {
            "numRecords": count,
            "tightBounds": not deleted,
            "minValues": {"id": min(ids)} if ids else {},
            "maxValues": {"id": max(ids)} if ids else {},
            "nullCount": {"id": 0, "k": sum(row["k"] is None for row in rows)},
        }
        action = table.data(
            f"{number}.parquet",
            pa.Table.from_pylist(rows, schema),
            stats=stats if dice.random() < 0.8 else None,
            row_group_size=dice.choice([1, 100, 333, 10_000]) if count < 1000 else 700,
            data_page_size=dice.choice([100, 100_000]),
            write_batch_size=20,
            write_page_index=dice.random() < 0.7,
        )
        if deleted or dice.random() < 0.2:
            place = root / "x" / f"{number}.bin"
            action["add"]["deletionVector"] = _vector(dice, root, place, deleted)
        actions.append(action)
    table.commit(0, protocol("deletionVectors"), METADATA, *actions)
    return table.root, pa.Table.from_pylist(left, schema)


def _queries(dice: random.Random, rows: int) -> list[str]:
    low = dice.randrange(max(rows, 1) + 1)
    conditions = [
        "true",
        f"id >= {low}",
        f"id BETWEEN {low} AND {low + dice.randrange(600)}",
        f"k = {dice.randrange(6)}",
        "k IS NULL",
        f"s < '{dice.randrange(100):03d}' AND k > 1",
        f"id % {dice.randrange(2, 9)} = 0 OR s LIKE '%7%'",
    ]
    queries = []
    for condition in conditions:
        queries += [
            f"SELECT * FROM t WHERE {condition} ORDER BY id",
            f"SELECT s FROM t WHERE {condition} ORDER BY s",
            f"SELECT count(*), count(k), min(id), max(id), max(s) FROM t WHERE {condition}",
            f"SELECT id FROM t WHERE {condition} ORDER BY id DESC LIMIT {dice.randrange(1, 30)}",
        ]
    return queries


def _sessions() -> dict[str, dict[str, str]]:
    sessions = {}
    for partitions in ("1", "3"):
        for pushdown in ("false", "true"):
            sessions[f"{partitions} partitions, pushdown {pushdown}"] = {
                "datafusion.execution.target_partitions": partitions,
                "datafusion.execution.parquet.pushdown_filters": pushdown,
                "datafusion.optimizer.repartition_file_min_size": "1",
                "datafusion.execution.batch_size": "97",
            }
    return sessions


def _check(seed: int, folder: Path) -> None:
    dice = random.Random(seed)
    root, left = _make(dice, folder / str(seed))
    brute_force = datafusion.SessionContext()
    brute_force.from_arrow(left, "t")
    table = deltaic.DeltaTable(str(root))
    wheel = datafusion.SessionContext()
    wheel.register_table("t", table)
    assert table.count() == left.num_rows, seed
    asked = {name: deltaic.QueryBuilder(s).register("t", table) for name, s in _sessions().items()}
    everything = {tuple(row.values()) for row in left.to_pylist()}
    for sql in _queries(dice, left.num_rows):
        expected = collect(brute_force.sql(sql)).to_pylist()
        for name, builder in asked.items():
            found = collect(builder.execute(sql)).to_pylist()
            assert found == expected, f"seed {seed}, {name}: {sql}"
        assert collect(wheel.sql(sql)).to_pylist() == expected, f"seed {seed}, wheel: {sql}"
    limit = dice.randrange(1, 2000)
    for name, builder in asked.items():
        some = collect(builder.execute(f"SELECT * FROM t LIMIT {limit}")).to_pylist()
        assert len(some) == min(limit, left.num_rows), f"seed {seed}, {name}"
        assert {tuple(row.values()) for row in some} <= everything, f"seed {seed}, {name}"


@pytest.mark.parametrize("seed", range(12))
def test_deleted_rows_are_gone_and_no_others(seed: int, tmp_path: Path) -> None:
    _check(seed, tmp_path)


@pytest.mark.long
def test_deleted_rows_are_gone_and_no_others_at_length(tmp_path: Path) -> None:
    for seed in range(1000, 1300):
        _check(seed, tmp_path)
