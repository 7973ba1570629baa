"""Python programs run as child processes."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "examples" / "data"
PREAMBLE = f"""
import os, signal, sys, threading, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
import deltaic
from long_queries import CHATTY, SILENT
ORDERS = {str(DATA / "orders")!r}
orders = deltaic.DeltaTable(ORDERS)
session = deltaic.QueryBuilder().register("orders", orders)
"""


@dataclass
class Ended:
    """How a child ended."""

    code: int
    output: str
    errors: str
    seconds: float
    """From the signal, where there was one."""


def run_child(program: str, timeout: float = 60) -> Ended:
    """Runs a program that finds `orders` and `session` ready."""
    return _finish(_start(program), time.monotonic(), timeout)


def interrupt_child(program: str, timeout: float = 60) -> Ended:
    """Runs a program and presses Ctrl-C a moment after it has printed a first line."""
    child = _start(program)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    return _finish(child, time.monotonic(), timeout)


def _start(program: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _finish(child: subprocess.Popen[str], since: float, timeout: float) -> Ended:
    try:
        output, errors = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        child.kill()
        raise
    return Ended(child.returncode, output, errors, time.monotonic() - since)
