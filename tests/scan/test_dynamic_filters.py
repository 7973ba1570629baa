"""Joins and top-k queries leave out whole files while they run; such files need not exist."""

from __future__ import annotations

import shutil
from pathlib import Path

import datafusion
import deltaic
import deltalake
import pyarrow as pa
import pytest

from harness.arrow import collect
from harness.errors import error_of
from scan.plans import opened, plan, session

ONE_BY_ONE = {"datafusion.execution.target_partitions": "1"}


def test_join_on_a_column_opens_the_files_that_can_match(big: Path, small: Path) -> None:
    builder = session(ONE_BY_ONE, t=big, s=small)
    sql = "SELECT sum(t.id) AS n FROM t JOIN s ON t.id = s.key"
    assert collect(builder.execute(sql)).to_pydict() == {"n": [5100]}
    assert opened(plan(builder, sql, analyze=True), "id") == 1


def test_join_on_a_partition_column_opens_the_files_that_can_match(big: Path, small: Path) -> None:
    builder = session(ONE_BY_ONE, t=big, s=small)
    sql = "SELECT count(t.name) AS n FROM t JOIN s ON t.part = s.wanted"
    assert collect(builder.execute(sql)).to_pydict() == {"n": [2000]}
    # DataFusion rules no file out whose value is null.
    assert opened(plan(builder, sql, analyze=True), "name") == 2


@pytest.mark.parametrize("pushed", ["true", "false"])
@pytest.mark.parametrize("partitions", [None, ["a"]])
@pytest.mark.parametrize("kind", [pa.float64(), pa.float32()])
def test_joins_find_both_zeros(
    tmp_path: Path, kind: pa.DataType, partitions: list[str] | None, pushed: str
) -> None:
    for number, zeros in enumerate([[-0.0], [-0.0, 0.0], [0.0], [5.0]]):
        rows = pa.table({"a": pa.array(zeros, kind), "i": [number] * len(zeros)})
        deltalake.write_deltalake(tmp_path / "t", rows, partition_by=partitions, mode="append")
    keys = pa.table({"a": pa.array([0.0, 1.0], kind), "n": pa.array([0, 1], pa.int32())})
    deltalake.write_deltalake(tmp_path / "u", keys)
    settings = {"datafusion.execution.parquet.pushdown_filters": pushed, **ONE_BY_ONE}
    builder = session(settings, t=tmp_path / "t", u=tmp_path / "u")
    for sql in (
        "SELECT count(*) AS n FROM t JOIN u ON t.a = u.a",
        "SELECT count(i) AS n FROM t WHERE a IN (SELECT a FROM u)",
        "SELECT count(*) AS n FROM t JOIN u ON t.a = u.n",
    ):
        assert collect(builder.execute(sql)).to_pydict() == {"n": [4]}, sql


def test_null_partition_is_not_lost_by_a_top_k(big: Path) -> None:
    builder = session(ONE_BY_ONE, t=big)
    first = collect(builder.execute("SELECT part FROM t ORDER BY part NULLS FIRST LIMIT 3"))
    assert first.to_pydict() == {"part": [None, None, None]}
    last = collect(builder.execute("SELECT part FROM t ORDER BY part DESC NULLS LAST LIMIT 1"))
    assert last.to_pydict() == {"part": [6]}
    count = collect(builder.execute("SELECT count(part) AS n, count(*) AS m FROM t"))
    assert count.to_pydict() == {"n": [7000], "m": [8000]}


@pytest.mark.parametrize(
    ("order", "expected"), [("id LIMIT 2", [0, 1]), ("id DESC LIMIT 2", [7999, 7998])]
)
def test_top_k_opens_the_files_that_can_hold_it(big: Path, order: str, expected: list[int]) -> None:
    builder = session(ONE_BY_ONE, t=big)
    sql = f"SELECT id FROM t ORDER BY {order}"
    assert collect(builder.execute(sql)).to_pydict() == {"id": expected}
    assert opened(plan(builder, sql, analyze=True), "id") == 1


def test_files_that_are_left_out_need_not_exist(big: Path, small: Path, tmp_path: Path) -> None:
    gutted = tmp_path / "gutted"
    shutil.copytree(big, gutted)
    for folder in gutted.glob("part=*"):
        if folder.name not in ("part=2", "part=__HIVE_DEFAULT_PARTITION__"):
            shutil.rmtree(folder)
    builder = session(ONE_BY_ONE, t=gutted, s=small)
    for sql, expected in [
        ("SELECT sum(t.id) AS n FROM t JOIN s ON t.id = s.key", 5100),
        ("SELECT count(t.name) AS n FROM t JOIN s ON t.part = s.wanted", 2000),
        ("SELECT min(id) AS n FROM t WHERE part = 2", 2000),
        ("SELECT count(*) AS n FROM t WHERE part <> 2", 6000),
    ]:
        assert collect(builder.execute(sql)).to_pydict() == {"n": [expected]}, sql
    assert error_of(lambda: collect(builder.execute("SELECT sum(id) FROM t"))) is not None


def test_the_wheel_finds_the_same_rows(big: Path, small: Path) -> None:
    """The interface between libraries has no dynamic filters: the host applies its own."""
    builder = session(t=big, s=small)
    context = datafusion.SessionContext()
    for name, root in [("t", big), ("s", small)]:
        context.register_table(name, deltaic.DeltaTable(str(root)))
    for sql in [
        "SELECT sum(t.id) AS n FROM t JOIN s ON t.id = s.key",
        "SELECT count(t.name) AS n FROM t JOIN s ON t.part = s.wanted",
        "SELECT count(*) AS n FROM t LEFT JOIN s ON t.part = s.wanted WHERE s.key IS NULL",
        "SELECT part FROM t ORDER BY part NULLS FIRST LIMIT 3",
        "SELECT part FROM t ORDER BY part DESC NULLS LAST LIMIT 1",
        "SELECT id FROM t ORDER BY id DESC LIMIT 2",
        "SELECT max(id) AS n FROM t WHERE part = (SELECT max(wanted) FROM s)",
    ]:
        expected = collect(builder.execute(sql)).to_pydict()
        assert context.sql(sql).to_pydict() == expected, sql
