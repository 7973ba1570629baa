"""The shell at a terminal."""

from __future__ import annotations

import stat
import time
from pathlib import Path

from conftest import DATA
from terminal import Terminal
from test_scripts import SILENT

PROMPT = "deltaic> "
CONTINUED = " ... "


def test_answers_at_a_prompt(shell: str, tmp_path: Path) -> None:
    with Terminal(shell, folder=DATA, home=tmp_path) as terminal:
        assert "\\? shows help" in terminal.expect(PROMPT)
        terminal.type("SELECT name\n")
        terminal.expect(CONTINUED)
        terminal.type("FROM './customers' WHERE customer_id = 7; SELECT 2 AS b\n")
        assert "Bjørn Ås" in terminal.expect("1 row in ")
        terminal.expect(CONTINUED)
        terminal.type(";\n")
        terminal.expect("1 row in ")
        terminal.expect(PROMPT)
        terminal.type("\\q\n")
        assert terminal.wait() == 0


def test_takes_utf8(shell: str, tmp_path: Path) -> None:
    with Terminal(shell, "-q", "--format", "ndjson", folder=DATA, home=tmp_path) as terminal:
        terminal.expect(PROMPT)
        terminal.type("SELECT 'Zoë 日本 🦀' AS x;\n")
        terminal.expect('{"x":"Zoë 日本 🦀"}')
        terminal.expect(PROMPT)
        terminal.type("\x04")
        assert terminal.wait() == 0


def test_goes_on_after_errors(shell: str, tmp_path: Path) -> None:
    with Terminal(shell, folder=DATA, home=tmp_path) as terminal:
        terminal.expect(PROMPT)
        terminal.type("SELECT nonsense; SELECT 1;\n")
        terminal.expect("error[invalid_sql]: ")
        terminal.expect(PROMPT)
        terminal.type("\\nonsense\n")
        terminal.expect("error[invalid_argument]: ")
        terminal.expect(PROMPT)
        terminal.type("SELECT 41 + 1 AS answer;\n")
        terminal.expect("| 42 ")
        terminal.expect(PROMPT)
        terminal.type("exit\n")
        assert terminal.wait() == 0


def test_ctrl_c_cancels_the_query_and_keeps_the_session(shell: str, tmp_path: Path) -> None:
    with Terminal(shell, folder=DATA, home=tmp_path) as terminal:
        terminal.expect(PROMPT)
        terminal.type("CREATE VIEW v AS SELECT 42 AS answer;\n")
        terminal.expect(PROMPT)
        terminal.type(f"{SILENT};\n")
        terminal.expect(";")
        time.sleep(0.5)
        terminal.type("\x03")
        terminal.expect("error[cancelled]: ", timeout=5)
        terminal.expect(PROMPT)
        terminal.type("SELECT answer FROM v;\n")
        terminal.expect("| 42 ")


def test_ctrl_c_forgets_what_was_typed(shell: str, tmp_path: Path) -> None:
    with Terminal(shell, folder=DATA, home=tmp_path) as terminal:
        terminal.expect(PROMPT)
        terminal.type("SELECT nonsense\n")
        terminal.expect(CONTINUED)
        terminal.type("FROM")
        terminal.expect("FROM")
        terminal.type("\x03")
        terminal.expect("^C")
        terminal.expect(PROMPT)
        terminal.type("SELECT 41 + 1 AS answer;\n")
        terminal.expect("| 42 ")


def test_remembers_what_was_typed(shell: str, tmp_path: Path) -> None:
    with Terminal(shell, folder=DATA, home=tmp_path) as terminal:
        terminal.expect(PROMPT)
        terminal.type("SELECT 'Åsa' AS name;\n")
        terminal.expect("1 row in ")
        terminal.expect(PROMPT)
        terminal.type("\\q\n")
        assert terminal.wait() == 0
    history = tmp_path / ".local" / "state" / "deltaic" / "history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    with Terminal(shell, folder=DATA, home=tmp_path) as terminal:
        terminal.expect(PROMPT)
        terminal.type("\x10")  # Ctrl-P, the line before: \q was not a statement but was typed.
        terminal.type("\x10\n")
        terminal.expect("| Åsa ")
        terminal.expect("1 row in ")


def test_works_without_a_home(shell: str, tmp_path: Path) -> None:
    with Terminal(shell, folder=DATA, home=Path("/proc/none")) as terminal:
        terminal.expect(PROMPT)
        terminal.type("SELECT 41 + 1 AS answer;\n")
        terminal.expect("| 42 ")
