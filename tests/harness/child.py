"""Python code in a child process that may crash, hang or eat memory without harm to the tests."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Address space, not memory: allocators reserve far more than they use. The memory that was used
# is judged by the peak that the child reports.
ADDRESS_SPACE = 16 << 30


@dataclass(frozen=True)
class Ended:
    """How a child process ended."""

    returncode: int
    stdout: str
    stderr: str


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run_python(
    script: Path | str,
    arguments: Sequence[str] = (),
    timeout: float = 10,
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """Runs a script (a file, or source text) to its end; raises TimeoutExpired if it hangs."""
    program = [str(script)] if isinstance(script, Path) else ["-c", script]
    process = subprocess.Popen(
        [sys.executable, *program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={**os.environ, **(environment or {})},
        preexec_fn=_limit,
        start_new_session=True,
    )
    try:
        stdout, stderr = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        # Its own children, if it has any, end with it.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return Ended(process.returncode, stdout, stderr)
