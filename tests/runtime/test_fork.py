"""fork(): what was made before it fails with a typed error in the child, what is made after it
works there, and the parent does not notice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.child import run_python
from harness.log_table import PROTOCOL, LogTable, field, metadata

# The fork happens in a process of its own: the child ends with os._exit and tells by a pipe.
FORK = """
import json, os, sys
import deltaic

uri = sys.argv[1]
if sys.argv[2] == "used before":
    old = deltaic.DeltaTable(uri)
    builder = deltaic.QueryBuilder().register("t", old)
    assert sum(batch.num_rows for batch in builder.execute("SELECT * FROM t")) == 3

def code_of(action):
    try:
        action()
    except Exception as error:
        return getattr(error, "code", None)
    return "no error"

def in_child():
    told = {}
    if sys.argv[2] == "used before":
        told["old scan"] = code_of(lambda: list(old.scan()))
        told["old query"] = code_of(lambda: list(builder.execute("SELECT * FROM t")))
        told["old refresh"] = code_of(old.update_incremental)
    new = deltaic.DeltaTable(uri)
    told["new rows"] = sum(batch.num_rows for batch in new.scan())
    fresh = deltaic.QueryBuilder().register("t", new)
    told["new query"] = sum(batch.num_rows for batch in fresh.execute("SELECT * FROM t"))
    return told

reading, writing = os.pipe()
child = os.fork()
if child == 0:
    try:
        told = in_child()
    except BaseException as error:
        told = {"failed": repr(error)}
    os.write(writing, json.dumps(told).encode())
    os._exit(0)
os.close(writing)
with os.fdopen(reading) as answer:
    told = json.loads(answer.read())
_, status = os.waitpid(child, 0)
told["status"] = status
if sys.argv[2] == "used before":
    told["parent rows"] = sum(batch.num_rows for batch in old.scan())
print(json.dumps(told))
"""

# multiprocessing's own way to fork, as data loaders use it.
POOL = """
import multiprocessing, sys
import deltaic

def rows(uri):
    return sum(batch.num_rows for batch in deltaic.DeltaTable(uri).scan())

if __name__ == "__main__":
    assert rows(sys.argv[1]) == 3
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(rows, [sys.argv[1]] * 6) == [3] * 6
    assert rows(sys.argv[1]) == 3
"""


@pytest.fixture
def table(tmp_path: Path) -> str:
    table = LogTable(tmp_path / "table")
    columns = metadata(field("x", "long"))
    table.commit(0, PROTOCOL, columns, table.data("a.parquet", {"x": [1, 2, 3]}))
    return str(table.root)


def test_handles_from_before_the_fork(table: str) -> None:
    ended = run_python(FORK, [table, "used before"], timeout=60)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told == {
        "old scan": "forked",
        "old query": "forked",
        "old refresh": "forked",
        "new rows": 3,
        "new query": 3,
        "status": 0,
        "parent rows": 3,
    }


def test_fork_before_the_first_use(table: str) -> None:
    ended = run_python(FORK, [table, "not used"], timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == {"new rows": 3, "new query": 3, "status": 0}


def test_pool_of_forked_processes(table: str, tmp_path: Path) -> None:
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    ended = run_python(script, [table], timeout=60)
    assert ended.returncode == 0, ended.stderr
