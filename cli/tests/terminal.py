"""The shell at a pseudo-terminal, as a person at a keyboard has it."""

from __future__ import annotations

import os
import pty
import re
import select
import time
from pathlib import Path

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x0f")


class Terminal:
    """Runs a program and talks to it. Use as a context manager."""

    def __init__(self, program: str, *arguments: str, folder: Path, home: Path) -> None:
        self.text = ""
        self._seen = 0
        self._ended = False
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            kept = {
                key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ
            }
            environment = {**kept, "HOME": str(home), "TERM": "xterm", "LANG": "C"}
            os.execve(program, [program, *arguments], environment)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *exception: object) -> None:
        os.close(self._terminal)  # Hangs up, which ends a program that is left.
        if not self._ended:
            os.waitpid(self._pid, 0)

    def type(self, text: str) -> None:
        """Types text; "\\x03" is Ctrl-C and "\\x04" Ctrl-D."""
        os.write(self._terminal, text.encode())

    def expect(self, text: str, timeout: float = 20) -> str:
        """Waits for text that was not expected yet; returns what came before it."""
        deadline = time.monotonic() + timeout
        while (found := self.text.find(text, self._seen)) == -1:
            self._read(deadline, text)
        before = self.text[self._seen : found]
        self._seen = found + len(text)
        return before

    def wait(self, timeout: float = 20) -> int:
        """Waits for the end of the program; returns its exit code."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._ended = True
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        raise AssertionError(f"the program goes on; it printed {self.text!r}")

    def _read(self, deadline: float, awaited: str) -> None:
        remaining = deadline - time.monotonic()
        if remaining <= 0 or not select.select([self._terminal], [], [], remaining)[0]:
            raise AssertionError(f"{awaited!r} did not come in {self.text[self._seen :]!r}")
        try:
            read = os.read(self._terminal, 65536)
        except OSError:
            read = b""
        if not read:
            raise AssertionError(f"the program ended; {awaited!r} is not in {self.text!r}")
        self.text += ESCAPES.sub("", read.decode(errors="replace"))
