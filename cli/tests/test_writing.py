"""Long writes at the shell: their progress, and what Ctrl-C leaves of them."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from conftest import Run
from terminal import Terminal

PROMPT = "deltaic> "
ROWS = "SELECT value AS id, md5(value::text) AS noise FROM generate_series(1, {})"
ENDLESS = ROWS.format(1_000_000_000_000)


def files(folder: Path) -> list[str]:
    """What is in a folder and below it, without folders."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def table(run: Run, folder: Path) -> list[str]:
    ended = run("-c", f"CREATE TABLE '{folder}' (id BIGINT, noise STRING) USING DELTA")
    assert ended.returncode == 0, ended.stderr
    return files(folder)


@pytest.mark.parametrize(
    "statement", ["INSERT INTO '{}' ", "CREATE TABLE '{}/new' USING DELTA AS "]
)
def test_ctrl_c_leaves_neither_a_commit_nor_files(
    run: Run, shell: str, tmp_path: Path, statement: str
) -> None:
    folder = tmp_path / "t"
    before = table(run, folder)
    with Terminal(shell, folder=tmp_path, home=tmp_path) as terminal:
        terminal.expect(PROMPT)
        terminal.type(f"{statement.format(folder)}{ENDLESS};\n")
        terminal.expect(" rows, ", timeout=60)
        terminal.expect(" files, ")
        terminal.type("\x03")
        terminal.expect("error[cancelled]: ", timeout=20)
        terminal.expect(PROMPT)
        assert files(folder) == before
        terminal.type(f"SELECT count(*) + 41 AS n FROM '{folder}';\n")
        terminal.expect("| 41 ")


def test_a_script_that_is_cancelled_ends_with_130(run: Run, shell: str, tmp_path: Path) -> None:
    folder = tmp_path / "t"
    before = table(run, folder)
    statement = f"INSERT INTO '{folder}' {ENDLESS}"
    with subprocess.Popen(
        [shell, "-c", statement, "-c", "SELECT 'the next one'"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + 60
        while not list(folder.glob("*.parquet*")) and not list(folder.rglob(".*")):
            assert time.monotonic() < deadline, "nothing was written"
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert output == ""
    # Nobody reads the progress where there is no terminal.
    assert errors.startswith("error[cancelled]: ")
    assert files(folder) == before


def test_the_line_is_gone_when_the_write_has_ended(run: Run, shell: str, tmp_path: Path) -> None:
    folder = tmp_path / "t"
    table(run, folder)
    with Terminal(shell, folder=tmp_path, home=tmp_path) as terminal:
        terminal.expect(PROMPT)
        terminal.type(f"INSERT INTO '{folder}' {ROWS.format(4_000_000)};\n")
        terminal.expect(" rows, ", timeout=60)
        terminal.expect("| 4000000 ", timeout=120)
        terminal.expect("1 row in ")
        terminal.expect(PROMPT)
        terminal.type(f"SELECT count(*) AS n FROM '{folder}';\n")
        assert " files, " not in terminal.expect(PROMPT)


def test_quiet_shells_show_no_progress(run: Run, shell: str, tmp_path: Path) -> None:
    folder = tmp_path / "t"
    table(run, folder)
    with Terminal(shell, "-q", folder=tmp_path, home=tmp_path) as terminal:
        terminal.expect(PROMPT)
        terminal.type(f"INSERT INTO '{folder}' {ROWS.format(4_000_000)};\n")
        assert " files, " not in terminal.expect("| 4000000 ", timeout=120)


def test_files_are_loaded_by_their_path(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "new.csv"
    source.write_text("id,noise\n1,a\n2,\n")
    folder = tmp_path / "t"
    table(run, folder)
    ended = run("--format", "csv", "-c", f"INSERT INTO '{folder}' SELECT * FROM '{source}'")
    assert (ended.returncode, ended.stdout) == (0, "count\n2\n"), ended.stderr
    shown = run("--format", "csv", "-c", f"SELECT * FROM '{folder}' ORDER BY id")
    assert shown.stdout == "id,noise\n1,a\n2,\n"
