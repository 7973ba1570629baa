"""`deltaic doctor`: whether a storage is safe to write tables to."""

from __future__ import annotations

from pathlib import Path

from conftest import Run


def test_a_local_folder_is_safe(run: Run, tmp_path: Path) -> None:
    ended = run("doctor", str(tmp_path), "--rounds", "3", "--writers", "4")
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert len(lines) >= 9
    assert all(line.startswith("ok  ") for line in lines[:-1])
    assert lines[-1].startswith("Safe: ")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_an_error(run: Run) -> None:
    ended = run("doctor", "/proc/nowhere")
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("error[")


def test_options_are_checked(run: Run, tmp_path: Path) -> None:
    ended = run("doctor", str(tmp_path), "--option", "nonsense_option=secret-value")
    assert ended.returncode == 1
    assert "nonsense_option" in ended.stderr
    assert "secret-value" not in ended.stdout + ended.stderr
    for arguments in (
        ["doctor"],
        ["doctor", str(tmp_path), "--option", "no-pair"],
        ["doctor", str(tmp_path), "--writers", "1"],
        ["doctor", str(tmp_path), "--rounds", "0"],
        ["doctor", str(tmp_path), "another"],
        ["-c", "SELECT 1", "doctor", str(tmp_path)],
    ):
        ended = run(*arguments)
        assert ended.returncode == 2, arguments
        assert ended.stdout == ""


def test_help_tells_of_it(run: Run) -> None:
    assert "doctor" in run("--help").stdout
    ended = run("doctor", "--help")
    assert ended.returncode == 0
    assert "--option" in ended.stdout and "URL" in ended.stdout
