"""Little memory, few threads: a process has what it asks for, or a typed error, and never waits."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.log_table import PROTOCOL, LogTable, field, metadata

MIB = 1 << 20
NOBODY = 65534
SECONDS = 60

# A limit that the arguments name, on what comes after it: the programs import without one, since
# what is limited is what the library does.
LIMIT = """
import os, resource, sys
path, kind, limit = sys.argv[1], getattr(resource, sys.argv[2]), int(sys.argv[3])
if kind == resource.RLIMIT_NPROC:  # Beside the threads that are there; root has no such limit.
    limit += len(os.listdir("/proc/self/task")) - 1
    os.setgid(65534)
    os.setuid(65534)
resource.setrlimit(kind, (limit, limit))
"""

PYTHON = f"""
import deltaic
{LIMIT}
try:
    table = deltaic.DeltaTable(path)
    rows = deltaic.QueryBuilder().register("t", table).execute("SELECT sum(x) AS s FROM t")
    assert [batch.column(0).to_pylist() for batch in rows] == [[4950]]
    print("read")
except MemoryError as error:
    assert error.code == "resources_exhausted", error
    assert "panic" not in str(error), error
    print("exhausted")
"""

WHEEL = f"""
import datafusion, deltaic
context = datafusion.SessionContext()
context.sql("SELECT 1").collect()
{LIMIT}
try:
    context.register_table("t", deltaic.DeltaTable(path))
    rows = context.sql("SELECT sum(x) AS s FROM t").collect()
    assert rows[0].column(0).to_pylist() == [4950]
    print("read")
except Exception as error:
    assert "resources_exhausted" in f"{{getattr(error, 'code', '')}} {{error}}", error
    assert "panic" not in str(error), error
    print("exhausted")
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that every user can read, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def table(folder: Path) -> Path:
    table = LogTable(folder / "t")
    files = [table.data(f"{i}.parquet", {"x": range(i * 10, i * 10 + 10)}) for i in range(10)]
    table.commit(0, PROTOCOL, metadata(field("x", "long")), *files)
    return table.root


def _run(command: list[str | Path], prepare: Callable[[], None] | None = None) -> tuple[int, str]:
    ended = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        preexec_fn=prepare,
        env={**os.environ, "DELTAIC_THREADS": "2"},
    )
    assert "panicked" not in ended.stderr, ended.stderr
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.parametrize("program", [PYTHON, WHEEL], ids=["python", "wheel"])
def test_address_space_of_python(table: Path, program: str) -> None:
    # What a process has before it reads its first table depends on the machine.
    size = "print(int(open('/proc/self/statm').read().split()[0]) * 4096 // 2**20)"
    _, used = _run([sys.executable, "-c", f"import datafusion, deltaic; {size}"])
    outcomes = []
    for spare in (260, 400, 700, 1000, 1050, 1100, 1150, 1200, 1500):
        limit = (int(used) + spare) * MIB
        code, output = _run([sys.executable, "-c", program, table, "RLIMIT_AS", str(limit)])
        assert (code, output) in ((0, "read\n"), (0, "exhausted\n")), (spare, output)
        outcomes.append(output)
    assert outcomes[-1] == "read\n"
    # What is enough is enough: more does not make it fail.
    assert outcomes == sorted(outcomes), outcomes


def test_address_space_of_the_shell(table: Path, shell: Path) -> None:
    for mib in (200, 300, 400, 700, 1000, 1050, 1100, 1150, 1200, 1250, 1300, 2000):

        def prepare(limit: int = mib * MIB) -> None:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

        command: list[str | Path] = [shell, "-q", "--format", "csv"]
        code, output = _run([*command, "-c", f"SELECT sum(x) AS s FROM '{table}'"], prepare)
        is_read = (code, output) == (0, "s\n4950\n")
        assert is_read or "error[resources_exhausted]" in output, (mib, code, output)
        assert is_read or mib < 700, (mib, code, output)


needs_root = pytest.mark.skipif(os.getuid() != 0, reason="the limit is of all that a user runs")


def _as_nobody(processes: int) -> Callable[[], None]:
    def prepare() -> None:
        resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
        os.setgid(NOBODY)
        os.setuid(NOBODY)

    return prepare


@needs_root
@pytest.mark.parametrize("processes", range(1, 9))
def test_threads_of_the_shell(table: Path, shell: Path, processes: int) -> None:
    sql = f"SELECT sum(x) AS s FROM '{table}'"
    code, output = _run([shell, "-q", "--format", "csv", "-c", sql], _as_nobody(processes))
    is_read = (code, output) == (0, "s\n4950\n")
    assert is_read or "error[resources_exhausted]" in output, (code, output)
    assert is_read or processes < 8, output


@needs_root
@pytest.mark.parametrize("processes", range(1, 9))
@pytest.mark.parametrize("program", [PYTHON, WHEEL], ids=["python", "wheel"])
def test_threads_of_python(table: Path, program: str, processes: int) -> None:
    command: list[str | Path] = [sys.executable, "-c", program, table, "RLIMIT_NPROC"]
    code, output = _run([*command, str(processes)])
    assert (code, output) in ((0, "read\n"), (0, "exhausted\n")), output


@needs_root
def test_no_thread_for_parallel_work(folder: Path, shell: Path) -> None:
    """A log of many commits, which several threads parse where there are such."""
    table = LogTable(folder / "commits")
    first = table.data("0.parquet", {"x": [1]})
    table.commit(0, PROTOCOL, metadata(field("x", "long")), first)
    for version in range(1, 600):
        table.commit(version, first)
    sql = f"SELECT count(*) AS n FROM delta_files('{table.root}')"
    for processes in range(1, 8):
        code, output = _run([shell, "-q", "--format", "csv", "-c", sql], _as_nobody(processes))
        is_read = (code, output) == (0, "n\n1\n")
        assert is_read or "error[resources_exhausted]" in output, (processes, code, output)
