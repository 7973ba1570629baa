"""Filters that move times by an interval skip no file that holds a row they select. Months cut the
day to the last one of a month and keep the time of the day, so a later time may be moved to an
earlier one. The answer comes from the same condition as a column, which skips nothing."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import datafusion
import deltaic
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from harness.arrow import collect, query

INTERVALS = [
    "1 month",
    "-1 month",
    "11 months",
    "1 year",
    "1 month -1 day",
    "1 day",
    "36 hours",
    "1 month 5 hours",
    "-2 months 90 minutes",
]
FILES = 12
ROWS = 4
TYPES = {
    "timestamp": (
        pa.timestamp("us", "UTC"),
        "arrow_cast('{}', 'Timestamp(Microsecond, Some(\"UTC\"))')",
    ),
    "timestamp_ntz": (pa.timestamp("us"), "TIMESTAMP '{}'"),
    "date": (pa.date32(), "DATE '{}'"),
}


def _times(rng: random.Random) -> list[datetime]:
    """Times of one file: within two days around the end of a month."""
    month_end = datetime(2024, rng.randint(1, 12), 28, tzinfo=UTC)
    return [
        month_end + timedelta(days=rng.randint(0, 4), minutes=30 * rng.randint(0, 47))
        for _ in range(ROWS)
    ]


@pytest.fixture(scope="module", params=TYPES)
def table(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    rng = random.Random(7)
    root = tmp_path_factory.mktemp("intervals") / request.param
    arrow_type = TYPES[request.param][0]
    for file in range(FILES):
        times = pa.array(_times(rng), pa.timestamp("us", "UTC")).cast(arrow_type)
        ids = pa.array(range(file * ROWS, file * ROWS + ROWS))
        write_deltalake(root, pa.table({"id": ids, "t": times}), mode="append")
    return request.param, root


@pytest.mark.parametrize("interval", INTERVALS)
def test_no_matching_file_is_skipped(table: tuple[str, Path], interval: str) -> None:
    kind, root = table
    delta = deltaic.DeltaTable(root)
    ours = deltaic.QueryBuilder().register("t", delta)
    wheel = datafusion.SessionContext()
    wheel.register_table("t", delta)
    moved = collect(ours.execute(f"SELECT DISTINCT t + INTERVAL '{interval}' AS m FROM t"))
    limits = [str(m).replace("+00:00", "") for m in moved.column("m").to_pylist()]
    for limit in random.Random(interval).sample(sorted(limits), 8):
        literal = TYPES[kind][1].format(limit)
        for left in (f"t + INTERVAL '{interval}'", f"INTERVAL '{interval}' + t"):
            for op in ("<", "<=", "=", ">", ">="):
                condition = f"{left} {op} {literal}"
                marked = query(f"SELECT id, {condition} AS is_met FROM t", t=delta)
                rows = zip(
                    marked.column("id").to_pylist(),
                    marked.column("is_met").to_pylist(),
                    strict=True,
                )
                expected = sorted(id for id, is_met in rows if is_met)
                assert expected or op in "<>", condition
                sql = f"SELECT id FROM t WHERE {condition}"
                for route in (ours.execute(sql), wheel.sql(sql)):
                    assert sorted(collect(route).column("id").to_pylist()) == expected, condition
        back = f"t - INTERVAL '{interval}' <= {literal}"
        marked = query(f"SELECT id, {back} AS is_met FROM t", t=delta)
        count = sum(marked.column("is_met").to_pylist())
        assert query(f"SELECT count(*) AS n FROM t WHERE {back}", t=delta).column(
            "n"
        ).to_pylist() == [count]


def test_days_still_skip_files(table: tuple[str, Path]) -> None:
    kind, root = table
    literal = TYPES[kind][1].format("2024-03-15")
    condition = f"t + INTERVAL '2 days' < {literal}"
    kept = deltaic.DeltaTable(root).file_uris(file_pruning_predicate=condition)
    assert len(kept) < FILES
