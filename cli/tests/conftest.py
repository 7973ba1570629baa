"""The shell under test, and ways to run it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
DATA = PROJECT / "examples" / "data"

Run = Callable[..., subprocess.CompletedProcess[str]]


def pytest_configure(config: pytest.Config) -> None:
    # What is started in the background ignores Ctrl-C, and so would all that the tests start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def find_shell() -> str:
    named = os.environ.get("DELTAIC_SHELL") or shutil.which("deltaic")
    for preset in ("release", "dev"):
        built = PROJECT / "build" / preset / "cli" / "deltaic"
        if named is None and built.is_file():
            named = str(built)
    assert named is not None, "set DELTAIC_SHELL to the program's path"
    return named


@pytest.fixture(scope="session")
def shell() -> str:
    """The path of the program."""
    return find_shell()


@pytest.fixture
def run(shell: str) -> Run:
    """Runs the shell over the example tables: run(*arguments, input=text)."""

    def run_shell(*arguments: str, input: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [shell, *arguments], input=input, cwd=DATA, capture_output=True, text=True, timeout=60
        )

    return run_shell
