"""Errors of the shell point at their place: in the statement, and in the script that it is of."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Run

# A line whose beginning is not shown.
CUT = "…"
# Texts with the first line of the message, and the place in the text with what is shown of it.
FAULTS = [
    ("SELEC 1", "Expected: an SQL statement, found: SELEC", (1, 1), "SELEC 1"),
    ("SELECT *\nFORM t", "Expected: end of statement, found: FORM", (2, 1), "FORM t"),
    ("SELECT 1 +\n", "Expected: an expression, found: the end of the text", (1, 11), "SELECT 1 +"),
    ("SELECT 'é' + 'x", "Unterminated string literal", (1, 14), "SELECT 'é' + "),
    ("SELECT é FROM './orders'", None, (1, 8), "SELECT é FROM './orders'"),
    (
        "SELECT country\nFROM './orders' WHERE é > nothing_such",
        None,
        (2, 23),
        "FROM './orders' WHERE é > nothing_such",
    ),
    ("SELECT * FROM nothing_such", None, (1, 15), "SELECT * FROM nothing_such"),
    ("SELECT 1,\n  nothing_such(2)", None, (2, 3), "  nothing_such(2)"),
    # Places in what the user wrote, whatever the parser reads.
    (
        "SELECT nothing_such FROM './orders'@v1 o JOIN './orders' FOR VERSION AS OF '2' p",
        None,
        (1, 8),
        "SELECT nothing_such FROM './orders'@v…",
    ),
    (
        "SELECT * FROM './orders'@v1 FOR VERSION AS OF '2' WHERE )",
        "Expected: an expression, found: )",
        (1, 57),
        CUT,
    ),
    ("SELECT * FROM t @v1", None, (1, 17), "SELECT * FROM t @v1"),
    (
        "DESCRIBE HISTORY './orders' LIMIT x",
        "Expected: a number of commits, found: x",
        (1, 35),
        "DESCRIBE HISTORY './orders' LIMIT x",
    ),
    (
        "DESCRIBE DETAIL './orders' VERSION AS OF nothing_such",
        None,
        (1, 42),
        "DESCRIBE DETAIL './orders' VERSION AS OF nothing_such",
    ),
]


def check(stderr: str, message: str | None, place: str, column: int, shown: str) -> None:
    *said, told, line, caret = stderr.rstrip("\n").split("\n")
    assert said[0].startswith("error["), stderr
    assert message is None or (len(said) == 1 and said[0].endswith(f"]: {message}")), stderr
    for debug in ("ParserError", "Span(", "Location(", "at Line:", "Error during planning"):
        assert debug not in stderr
    assert told == f"at {place}:", stderr
    if shown == CUT:
        assert line.startswith("…"), stderr
        assert line[len(caret) - 1] == ")", stderr
    else:
        assert line == shown, stderr
        assert len(caret) == column, stderr
    assert caret.strip() == "^", stderr


@pytest.mark.parametrize(("sql", "message", "place", "shown"), FAULTS)
def test_a_command_tells_the_place(
    run: Run, sql: str, message: str | None, place: tuple[int, int], shown: str
) -> None:
    ended = run("-c", sql)
    assert ended.returncode == 1
    line, column = place
    check(ended.stderr, message, f"-c, line {line}, column {column}", column, shown)


@pytest.mark.parametrize("source", ["file", "input"])
def test_a_script_tells_the_line(run: Run, tmp_path: Path, source: str) -> None:
    script = "\n-- a; comment\nSELECT 1; SELECT\n  2;\n\n  SELECT 3; SELEC\n4;\nSELECT 5;\n"
    path = tmp_path / "report.sql"
    path.write_text(script)
    ended = run("-f", str(path)) if source == "file" else run(input=script)
    assert ended.returncode == 1
    name = path if source == "file" else "standard input"
    told = [line for line in ended.stderr.splitlines() if line.startswith(("error", "at ", "SEL"))]
    assert told == [
        "error[invalid_sql]: Expected: an SQL statement, found: SELEC",
        f"at {name}, line 6, column 13:",
        "SELEC",
    ]


def test_an_error_without_a_place_tells_the_line_of_its_statement(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "report.sql"
    path.write_text("SELECT 1;\n\nSELECT\n * FROM './nowhere';\n")
    ended = run("-f", str(path))
    assert ended.stderr.splitlines()[-1] == f"at {path}, line 3"
    ended = run("-c", "SELECT 1", "-c", "SELECT arrow_cast('x', 'Int32')")
    assert ended.stderr.splitlines()[-1] == "at -c number 2, line 1"
    cancelled = run("-c", "\\d nothing_such")
    assert "at -c, line 1" in cancelled.stderr


def test_a_shown_line_holds_no_credential(run: Run) -> None:
    options = "'aws.secret_access_key' 'pw1', azure.account.key 'pw2'"
    ended = run(
        "-c",
        f"CREATE EXTERNAL TABLE t STORED AS DELTA LOCATION './x' OPTIONS ({options}) nonsense",
    )
    assert "nonsense" in ended.stderr
    assert "^" in ended.stderr
    assert "pw1" not in ended.stderr
    assert "pw2" not in ended.stderr
