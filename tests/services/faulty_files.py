"""Lets changes of local files fail, or the program die at one: what that does is faulty_files.c."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.requirement import unavailable

Kind = Literal["kill-before", "kill-after", "EIO", "ENOSPC", "EINTR", "short"]


@dataclass(frozen=True)
class Change:
    """A call that changes files below the folder."""

    call: str
    path: str


@dataclass(frozen=True)
class Run:
    """A run of a program."""

    returncode: int
    stdout: str
    stderr: str
    changes: list[Change]


@dataclass(frozen=True)
class FaultyFiles:
    """The compiled library."""

    library: Path

    def environment(self, **settings: str) -> dict[str, str]:
        return {**os.environ, "LD_PRELOAD": str(self.library), **settings}

    def run(
        self,
        command: Sequence[str | Path],
        root: Path,
        at: int | None = None,
        kind: Kind | None = None,
    ) -> Run:
        """Runs a program to its end, with a fault at one change of files below `root`."""
        log = root.with_name(f"{root.name}.changes")
        log.unlink(missing_ok=True)
        settings = {"FAULTY_ROOT": str(root), "FAULTY_LOG": str(log)}
        if at is not None and kind is not None:
            settings |= {"FAULTY_AT": str(at), "FAULTY_KIND": kind}
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            env=self.environment(**settings),
            check=False,
        )
        lines = log.read_text().splitlines() if log.is_file() else []
        changes = [Change(*line.split(" ", 2)[1:]) for line in lines]
        return Run(done.returncode, done.stdout, done.stderr, changes)


def build(folder: Path) -> FaultyFiles:
    """Compiles the library into `folder`."""
    compiler = shutil.which("gcc")
    if compiler is None:
        unavailable("no gcc, which makes the library of faults")
    library = folder / "faulty_files.so"
    source = Path(__file__).with_name("faulty_files.c")
    flags = ["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run([compiler, *flags, "-o", library, source, "-ldl"], check=True)
    return FaultyFiles(library)
