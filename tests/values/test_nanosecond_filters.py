"""Filters over random nanoseconds, in tables that `deltalake` writes, against Python's integers."""

from __future__ import annotations

import operator
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datafusion
import deltaic
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.arrow import collect
from harness.nanosecond_writer import NanosecondWriter

from .nanosecond_texts import GREATEST, LEAST, literal, text_of

ZONED, WALL = pa.timestamp("ns", "UTC"), pa.timestamp("ns")
TYPES = {"z": ZONED, "n": WALL, "s.z": ZONED}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "!=": operator.ne,
}


def _values() -> st.SearchStrategy[int]:
    """Values that differ by less than statistics tell, around several times, and the ends."""
    origins = st.sampled_from([0, 1_700_000_000_123_456_789, -5_000_000_000_000_000_123])
    near = st.tuples(origins, st.integers(-2_500_000, 2_500_000)).map(sum)
    close = st.tuples(origins, st.integers(-2, 2)).map(sum)
    ends = st.sampled_from([LEAST, LEAST + 1, GREATEST - 1, GREATEST])
    return st.one_of(near, near, close, ends)


@dataclass(frozen=True)
class Filter:
    """A comparison; `listed` is what IN has, or the one value."""

    column: str
    sign: str
    listed: tuple[int, ...]

    def holds(self, value: int | None) -> bool:
        if self.sign in ("IS NULL", "IS NOT NULL"):
            return (value is None) == (self.sign == "IS NULL")
        if value is None:
            return False
        if self.sign == "IN":
            return value in self.listed
        return bool(COMPARISONS[self.sign](value, self.listed[0]))

    def sql(self) -> str:
        if not self.listed:
            return f"{self.column} {self.sign}"
        zoned = TYPES[self.column] == ZONED
        values = [literal(value, zoned) for value in self.listed]
        if self.sign == "IN":
            return f"{self.column} IN ({', '.join(values)})"
        return f"{self.column} {self.sign} {values[0]}"

    def triple(self) -> tuple[str, str, Any]:
        if not self.listed:
            return self.column, "=" if self.sign == "IS NULL" else "!=", None
        zone = "Z" if TYPES[self.column] == ZONED else ""
        texts = [text_of(value) + zone for value in self.listed]
        return (
            (self.column, "in", texts) if self.sign == "IN" else (self.column, self.sign, texts[0])
        )

    def expression(self) -> pc.Expression:
        column, kind = pc.field(self.column), TYPES[self.column]
        if not self.listed:
            return column.is_null() if self.sign == "IS NULL" else column.is_valid()
        if self.sign == "IN":
            return column.isin(pa.array(self.listed, kind))
        return COMPARISONS[self.sign](column, pa.scalar(self.listed[0], kind))


@dataclass(frozen=True)
class Spec:
    commits: list[list[tuple[int | None, int | None]]]
    partition_by: list[str]
    checkpoint: bool
    filters: list[Filter]


@st.composite
def _specs(draw: st.DrawFn) -> Spec:
    pool = draw(st.lists(_values(), min_size=1, max_size=6))
    value = st.one_of(st.none(), *[st.sampled_from(pool)] * 4)
    rows = st.lists(st.tuples(value, value), min_size=1, max_size=4)
    commits = draw(st.lists(rows, min_size=1, max_size=4))
    beside = st.tuples(st.sampled_from(pool), st.sampled_from([-1000, -1, 1, 999, 10**6]))
    wanted = st.one_of(
        st.sampled_from(pool),
        beside.map(lambda pair: min(max(sum(pair), LEAST), GREATEST)),
        _values(),
    )
    filters = []
    for _ in range(4):
        column = draw(st.sampled_from(sorted(TYPES)))
        sign = draw(st.sampled_from([*COMPARISONS, "IN", "IS NULL", "IS NOT NULL"]))
        count = {"IN": 3, "IS NULL": 0, "IS NOT NULL": 0}.get(sign, 1)
        filters.append(Filter(column, sign, tuple(draw(wanted) for _ in range(count))))
    return Spec(
        commits,
        draw(st.sampled_from([[], [], ["z"], ["n"]])),
        draw(st.booleans()),
        filters,
    )


@pytest.fixture(scope="module")
def writer() -> Iterator[NanosecondWriter]:
    with NanosecondWriter() as writer:
        yield writer


def _check(root: Path, spec: Spec, writer: NanosecondWriter) -> None:
    rows: dict[int, dict[str, int | None]] = {}
    tables = []
    for commit in spec.commits:
        ids = range(len(rows), len(rows) + len(commit))
        rows |= {i: {"z": z, "n": n, "s.z": z} for i, (z, n) in zip(ids, commit, strict=True)}
        z = pa.array([row[0] for row in commit], ZONED)
        columns = {
            "id": ids,
            "z": z,
            "n": pa.array([row[1] for row in commit], WALL),
            "s": pa.StructArray.from_arrays([z], ["z"]),
        }
        tables.append(pa.table(columns))
    writer.write(root, *tables, partition_by=spec.partition_by, checkpoint=spec.checkpoint)
    table = deltaic.DeltaTable(root)
    wheel = datafusion.SessionContext()
    wheel.register_table("t", table)
    sessions = [
        deltaic.QueryBuilder({"datafusion.execution.parquet.pushdown_filters": pushed})
        for pushed in ("true", "false")
    ]
    for session in sessions:
        session.register("t", table)
    dataset = table.to_pyarrow_dataset()
    for each in spec.filters:
        expected = [i for i, row in rows.items() if each.holds(row[each.column])]
        sql = f"SELECT id, z, n FROM t WHERE {each.sql()}"
        found = {
            "session": collect(sessions[0].execute(sql)),
            "session without pushdown": collect(sessions[1].execute(sql)),
            "wheel": collect(wheel.sql(sql)),
        }
        if each.column != "s.z":
            found["table"] = table.to_pyarrow_table(filters=[each.triple()])
            found["dataset"] = dataset.to_table(filter=each.expression())
        for way, result in found.items():
            result = result.sort_by("id")
            assert result.column("id").to_pylist() == expected, (way, each)
            for name in ("z", "n"):
                values = result.column(name).cast(pa.int64()).to_pylist()
                assert values == [rows[i][name] for i in expected], (way, each)
        if spec.partition_by == [each.column]:
            files = table.file_uris(file_pruning_predicate=[each.triple()])
            commits = [
                {row[0 if each.column == "z" else 1] for row in commit} for commit in spec.commits
            ]
            wanted = sum(len({v for v in commit if each.holds(v)}) for commit in commits)
            assert len(files) == wanted, each


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_specs())
def test_filters_choose_what_integers_do(writer: NanosecondWriter, spec: Spec) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _check(Path(folder) / "t", spec, writer)


@pytest.mark.long
@settings(
    max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_specs())
def test_filters_choose_what_integers_do_long(writer: NanosecondWriter, spec: Spec) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _check(Path(folder) / "t", spec, writer)
