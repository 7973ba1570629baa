"""What the planner makes of the log's statistics."""

from __future__ import annotations

import shutil
from pathlib import Path

import datafusion
import deltaic
import pytest

from harness.arrow import collect
from scan.plans import plan, session

ANSWERED = [
    ("count(*)", "", [8000]),
    ("count(*)", "WHERE part = 3", [1000]),
    ("count(*)", "WHERE part IS NULL", [1000]),
    ("count(*)", "WHERE part IN (1, 2) OR part IS NULL", [3000]),
    ("count(part)", "WHERE part > 4", [2000]),
    ("min(id), max(id)", "WHERE part = 3", [3000, 3999]),
    ("min(id), max(id)", "", [0, 7999]),
    ("min(part), max(part), count(part)", "", [0, 6, 7000]),
    ("count(*)", "WHERE part = 99", [0]),
]


@pytest.mark.parametrize(("columns", "where", "expected"), ANSWERED)
def test_aggregates_are_answered_from_the_log(
    big: Path, columns: str, where: str, expected: list[object]
) -> None:
    builder = session(t=big)
    sql = f"SELECT {columns} FROM t {where}"
    assert list(collect(builder.execute(sql)).to_pylist()[0].values()) == expected
    assert "DataSourceExec" not in plan(builder, sql)


@pytest.mark.parametrize(("columns", "where", "expected"), ANSWERED)
def test_the_wheel_answers_them_too(
    big: Path, columns: str, where: str, expected: list[object]
) -> None:
    context = datafusion.SessionContext()
    context.register_table("t", deltaic.DeltaTable(str(big)))
    frame = context.sql(f"SELECT {columns} FROM t {where}")
    assert [value for (value,) in frame.to_pydict().values()] == expected
    text = frame.execution_plan().display_indent()
    assert "FilterExec" not in text.split("<-")[0]


def test_bounds_of_strings_answer_nothing(big: Path) -> None:
    builder = session(t=big)
    sql = "SELECT min(name) AS low, max(name) AS high FROM t"
    assert collect(builder.execute(sql)).to_pylist() == [{"low": "000000", "high": "007999"}]
    assert "DataSourceExec" in plan(builder, sql)


def test_answers_from_the_log_open_no_file(big: Path, tmp_path: Path) -> None:
    shutil.copytree(big / "_delta_log", tmp_path / "log_only" / "_delta_log")
    table = deltaic.DeltaTable(str(tmp_path / "log_only"))
    builder = deltaic.QueryBuilder().register("t", table)
    context = datafusion.SessionContext()
    context.register_table("t", table)
    for columns, where, expected in ANSWERED:
        sql = f"SELECT {columns} FROM t {where}"
        assert list(collect(builder.execute(sql)).to_pylist()[0].values()) == expected, sql
        in_wheel = context.sql(sql).to_pydict().values()
        assert [value for (value,) in in_wheel] == expected, sql


def test_partition_filter_in_the_wheel_is_applied_once(big: Path) -> None:
    context = datafusion.SessionContext()
    context.register_table("t", deltaic.DeltaTable(str(big)))
    frame = context.sql("SELECT id FROM t WHERE part = 3 AND id < 3002 ORDER BY id")
    assert frame.to_pydict() == {"id": [3000, 3001]}
    limited = context.sql("SELECT id FROM t WHERE part = 3 LIMIT 5")
    assert limited.count() == 5


def test_filter_that_fails_is_not_decided_by_the_files(big: Path) -> None:
    builder = session(t=big)
    sql = "SELECT count(*) AS n FROM t WHERE part <> 3 AND 12 / (part - 3) > 0"
    assert "FilterExec" in plan(builder, sql)


def test_smaller_side_of_a_join_is_built(big: Path, small: Path) -> None:
    builder = session({"datafusion.execution.target_partitions": "1"}, t=big, s=small)
    for join in ["t JOIN s ON t.id = s.key", "s JOIN t ON t.id = s.key"]:
        text = plan(builder, f"SELECT t.name, s.wanted FROM {join}")
        scans = [line for line in text.splitlines() if "DataSourceExec" in line]
        assert "wanted" in scans[0], text
