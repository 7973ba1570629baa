"""The benchmark harness works: a tiny table, one round, right answers, all measures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[2] / "benchmarks" / "run.py"


@pytest.mark.parametrize("layout", ["json", "checkpoint"])
def test_needle(layout: str) -> None:
    command = [sys.executable, str(RUN), "needle", "--files", "2500", "--layout", layout]
    done = subprocess.run(
        [*command, "--rounds", "1"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"2500 files, {layout}" in done.stdout
    for measure in (
        "open wall",
        "open cpu",
        "open memory",
        "open and query wall",
        "query again cpu",
    ):
        assert f"| {measure} |" in done.stdout
