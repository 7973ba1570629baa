"""Spark with Delta Lake as a reader and writer beside ours."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SETUP = HERE.parent.parent / "scripts" / "setup" / "spark"


class Spark:
    """A process with a session; it is made once for a run of tests."""

    def __init__(self) -> None:
        made = subprocess.run([SETUP], check=True, capture_output=True, text=True)
        folder = Path(made.stdout.strip().splitlines()[-1])
        self._process = subprocess.Popen(
            [folder / "python/bin/python", HERE / "spark_worker.py", folder / "jars"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def sql(self, text: str) -> list[list[Any]]:
        """Runs a statement and returns its rows; what JSON lacks is text."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"sql": text}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        rows: list[list[Any]] = answer["rows"]
        return rows

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
