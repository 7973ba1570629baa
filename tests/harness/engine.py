"""The shell as an engine that answers statements one by one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any


class Engine:
    """A process `deltaic --sqllogictest`."""

    def __init__(self, shell: Path, folder: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [shell.resolve(), "--sqllogictest", *arguments],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._decoder = json.JSONDecoder()

    def answer(self, sql: str) -> dict[str, Any]:
        """Returns {"result": rows} or {"err": text}; raises if the process is gone."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"sql": sql}))
        self._process.stdin.flush()
        text = ""
        while True:
            letter = self._process.stdout.read(1)
            if not letter:
                raise RuntimeError(f"the engine ended with {self._process.wait()}: {sql[:80]}")
            text += letter
            if letter == "}":
                try:
                    found: dict[str, Any] = self._decoder.decode(text)
                except ValueError:
                    continue
                return found

    def rows(self, sql: str) -> list[list[str]]:
        """Returns the rows of a statement that succeeds."""
        answer = self.answer(sql)
        assert "result" in answer, answer
        rows: list[list[str]] = answer["result"]
        return rows

    def number(self, sql: str) -> int:
        """Returns the one number of a result."""
        return int(self.rows(sql)[0][0])

    def error(self, sql: str) -> str:
        """Returns the text of a statement that fails."""
        answer = self.answer(sql)
        assert "err" in answer, answer
        return str(answer["err"])

    def close(self) -> None:
        """Ends the process, which must end well."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(timeout=30) == 0
