"""Ctrl-C ends a running query at once, in Python and in the shell, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ENDLESS = (
    "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b "
    "WHERE a.value * b.value % 7 = 3"
)
SECONDS = 2.0

# Says when it is about to start the query; afterwards the session must be as good as before.
PYTHON = """
import sys
import deltaic
builder = deltaic.QueryBuilder()
print("ready", flush=True)
try:
    list(builder.execute(sys.argv[1]))
except KeyboardInterrupt:
    print("interrupted", flush=True)
rows = sum(batch.num_rows for batch in builder.execute("SELECT * FROM generate_series(1, 10)"))
print(rows, flush=True)
"""


def _interrupt(process: subprocess.Popen[str], after: float) -> float:
    """Sends SIGINT once the query runs and returns the seconds until the process has ended."""
    time.sleep(after)
    assert process.poll() is None, "the query ended by itself"
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    return time.monotonic() - sent


def test_python() -> None:
    command = [sys.executable, "-c", PYTHON, ENDLESS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        seconds = _interrupt(process, after=1)
        assert process.stdout.read() == "interrupted\n10\n"
        assert process.returncode == 0
    assert seconds < SECONDS


def test_shell_command(shell: Path) -> None:
    with subprocess.Popen(
        [shell, "-c", ENDLESS, "-c", "SELECT 'the next one'"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        seconds = _interrupt(process, after=1.5)
        assert process.stdout is not None
        assert "the next one" not in process.stdout.read()
        assert process.returncode == 130
    assert seconds < SECONDS


def test_shell_script(shell: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.sql"
    script.write_text(f"SELECT 1 AS one;\n{ENDLESS};\nSELECT 'the next one';\n")
    with subprocess.Popen(
        [shell, "-f", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        seconds = _interrupt(process, after=1.5)
        assert process.stdout is not None
        shown = process.stdout.read()
        assert "one" in shown and "the next one" not in shown
        assert process.returncode == 130
    assert seconds < SECONDS


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_other_signals_end_the_shell(shell: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [shell, "-c", ENDLESS], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        time.sleep(1)
        os.kill(process.pid, number)
        assert process.wait(timeout=10) == -number
