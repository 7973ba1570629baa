"""Plans that cross the border between two DataFusions: parts of the host's plan stand between
parts of ours, and each must find its own runtime. A mistake there ends the process, so each query
runs in one of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.child import run_python
from harness.log_table import PROTOCOL, LogTable, field, metadata

SCRIPT = """
import json, sys
import datafusion, deltaic
context = datafusion.SessionContext()
context.register_table("t", deltaic.DeltaTable(sys.argv[1]))
rows = [row for batch in context.sql(sys.argv[2]).collect() for row in batch.to_pylist()]
print(json.dumps(rows))
"""

# Each file holds x = its number * 10 .. + 9 and s = x modulo 3, as text.
QUERIES = {
    "filter": ("SELECT x FROM t WHERE s = '1' AND x < 5", [{"x": 1}, {"x": 4}]),
    "filter on nothing that is kept": ("SELECT s FROM t WHERE x = 4", [{"s": "1"}]),
    "limit": ("SELECT x FROM t LIMIT 0", []),
    "filter and limit": ("SELECT s FROM t WHERE x > 7 LIMIT 1", None),
    "order": ("SELECT x FROM t WHERE s = '0' ORDER BY x LIMIT 2", [{"x": 0}, {"x": 3}]),
    "aggregate": ("SELECT count(*) AS n FROM t WHERE x < 7", [{"n": 7}]),
    "group": (
        "SELECT s, count(*) AS n FROM t WHERE x < 4 GROUP BY s ORDER BY s",
        [{"s": "0", "n": 2}, {"s": "1", "n": 1}, {"s": "2", "n": 1}],
    ),
    "join": (
        "SELECT a.x FROM t a JOIN t b ON a.x = b.x + 1 WHERE b.x < 2 ORDER BY a.x",
        [{"x": 1}, {"x": 2}],
    ),
    "union": (
        "SELECT x FROM t WHERE x = 1 UNION ALL SELECT x FROM t WHERE x = 2 ORDER BY x",
        [{"x": 1}, {"x": 2}],
    ),
    # The scan inside runs once a step.
    "recursion": (
        "WITH RECURSIVE r AS (SELECT CAST(0 AS BIGINT) AS n UNION ALL SELECT n + 1 FROM r JOIN t "
        "ON x = n + 1 WHERE n < 3) SELECT n FROM r ORDER BY n",
        [{"n": 0}, {"n": 1}, {"n": 2}, {"n": 3}],
    ),
    "window": (
        "SELECT x, row_number() OVER (ORDER BY x) AS r FROM t WHERE x < 2 ORDER BY x",
        [{"x": 0, "r": 1}, {"x": 1, "r": 2}],
    ),
}


@pytest.fixture(scope="module", params=[1, 5], ids=["one-file", "five-files"])
def table(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    table = LogTable(tmp_path_factory.mktemp("wheel") / "table")
    actions = []
    for number in range(request.param):
        values = list(range(number * 10, number * 10 + 10))
        columns = {"x": values, "s": [str(value % 3) for value in values]}
        actions.append(table.data(f"{number}.parquet", columns))
    table.commit(0, PROTOCOL, metadata(field("x", "long"), field("s", "string")), *actions)
    return table.root


@pytest.mark.parametrize("name", QUERIES)
def test_query_through_the_wheel(table: Path, name: str) -> None:
    sql, expected = QUERIES[name]
    ended = run_python(SCRIPT, [str(table), sql], timeout=60)
    assert ended.returncode == 0, f"exit {ended.returncode}: {ended.stderr[:1500]}"
    rows = json.loads(ended.stdout)
    if expected is None:
        assert len(rows) == 1
    else:
        assert rows == expected


RUN_ELSEWHERE = """
import json, sys
import datafusion, deltaic
def session(rows):
    settings = datafusion.SessionConfig().set("datafusion.execution.batch_size", str(rows))
    return datafusion.SessionContext(settings)
planner, runner = session(100), session(4)
planner.register_table("t", deltaic.DeltaTable(sys.argv[1]))
plan = planner.sql("SELECT x FROM t").execution_plan()
print(json.dumps([batch.to_pyarrow().num_rows for batch in runner.execute(plan, 0)]))
"""


def test_a_plan_runs_with_the_settings_of_the_context_that_it_is_given(table: Path) -> None:
    ended = run_python(RUN_ELSEWHERE, [str(table)], timeout=60)
    assert ended.returncode == 0, f"exit {ended.returncode}: {ended.stderr[:1500]}"
    assert max(json.loads(ended.stdout)) == 4
