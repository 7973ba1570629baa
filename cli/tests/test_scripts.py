"""The shell without a terminal: arguments, scripts, formats, errors."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from conftest import DATA, Run

FIRST = "SELECT order_id, country FROM './orders' ORDER BY order_id LIMIT 2"
FIRST_TABLE = """\
+----------+---------+
| order_id | country |
+----------+---------+
| 1000     | DE      |
| 1001     | FR      |
+----------+---------+
"""
SUMMARY = re.compile(r"2 rows in \d+\.\d{3} s\n")
# Queries that would run for hours: one that yields a row at the end, one that yields batches all
# the time, and one that computes for minutes without a pause at which it could be stopped.
SILENT = "SELECT count(*) FROM generate_series(1, 1000000000000) WHERE value % 7 = 3"
CHATTY = "SELECT value FROM generate_series(1, 1000000000000) WHERE value % 7 = 3"
STUBBORN = """WITH o AS (SELECT * FROM './orders')
    SELECT count(*) FROM o a, o b, o c, o d, o e
    WHERE a.amount + b.amount + c.amount = d.amount * e.order_id"""


def test_writes_tables(run: Run) -> None:
    ended = run("-c", FIRST)
    assert (ended.returncode, ended.stdout) == (0, FIRST_TABLE)
    assert SUMMARY.fullmatch(ended.stderr)
    quiet = run("--quiet", "-c", FIRST)
    assert (quiet.stdout, quiet.stderr) == (FIRST_TABLE, "")


def test_writes_csv(run: Run) -> None:
    ended = run("--format", "csv", "-c", FIRST)
    assert (ended.returncode, ended.stdout) == (0, "order_id,country\n1000,DE\n1001,FR\n")
    assert ended.stderr == ""
    empty = run("--format", "csv", "-c", "SELECT order_id FROM './orders' WHERE order_id < 0")
    assert empty.stdout == "order_id\n"
    odd = run("--format", "csv", "-c", """SELECT 'a "b", c' AS x, NULL AS y, 'Åsa' AS z""")
    assert list(csv.reader(io.StringIO(odd.stdout))) == [["x", "y", "z"], ['a "b", c', "", "Åsa"]]


def test_writes_json(run: Run) -> None:
    rows = [{"order_id": 1000, "country": "DE"}, {"order_id": 1001, "country": "FR"}]
    ended = run("--format", "json", "-c", FIRST)
    assert json.loads(ended.stdout) == rows
    lines = run("--format", "ndjson", "-c", FIRST).stdout.splitlines()
    assert [json.loads(line) for line in lines] == rows
    empty = run("--format", "json", "-c", "SELECT order_id FROM './orders' WHERE order_id < 0")
    assert json.loads(empty.stdout) == []
    nulls = run(
        "--format", "json", "-c", "SELECT segment FROM './customers' WHERE customer_id = 12"
    )
    assert json.loads(nulls.stdout) == [{"segment": None}]
    text = run("--format", "json", "-c", r"SELECT E'a\n{\"b\":\t1}' AS x").stdout
    assert json.loads(text) == [{"x": 'a\n{"b":\t1}'}]


NESTED = """SELECT map([1, 0], ['a', NULL]) AS numbers,
    map([DATE '2024-05-01'], [[1.5, NULL]]) AS dates, map([[1, 2]], [true]) AS lists,
    map([X'00ff', X'22'], [1, 2]) AS binaries,
    map(['a"b'], [map([1.50::decimal(5, 2)], [2])]) AS maps,
    named_struct('l', [1, NULL], 's', 'x,"y') AS struct, X'00ff' AS binary, 'NaN'::double AS nan,
    '-inf'::float AS inf, '12345678901234567890123.4500'::decimal(38, 4) AS decimal,
    NULL::bigint[] AS nothing"""


@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_writes_nested_values_as_json(run: Run, form: str) -> None:
    ended = run("--format", form, "-c", NESTED)
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout, parse_float=str)
    assert (found[0] if form == "json" else found) == {
        "numbers": {"1": "a", "0": None},
        "dates": {"2024-05-01": ["1.5", None]},
        "lists": {"[1, 2]": True},
        "binaries": {"00ff": 1, "22": 2},
        "maps": {'a"b': {"1.50": 2}},
        "struct": {"l": [1, None], "s": 'x,"y'},
        "binary": "00ff",
        "nan": None,
        "inf": None,
        "decimal": "12345678901234567890123.4500",
        "nothing": None,
    }


def test_writes_nested_values_as_csv(run: Run) -> None:
    ended = run("--format", "csv", "-c", NESTED)
    assert ended.returncode == 0, ended.stderr
    (found,) = csv.DictReader(io.StringIO(ended.stdout))
    assert found == {
        "numbers": "{1: a, 0: NULL}",
        "dates": "{2024-05-01: [1.5, NULL]}",
        "lists": "{[1, 2]: true}",
        "binaries": "{00ff: 1, 22: 2}",
        "maps": '{a"b: {1.50: 2}}',
        "struct": '{l: [1, NULL], s: x,"y}',
        "binary": "00ff",
        "nan": "NaN",
        "inf": "-inf",
        "decimal": "12345678901234567890123.4500",
        "nothing": "",
    }


@pytest.mark.parametrize("form", ["csv", "json", "ndjson"])
def test_streams_all_rows(run: Run, form: str) -> None:
    sql = "SELECT a.order_id FROM './orders' a, './orders' b, './orders' c LIMIT 100000"
    text = run("--format", form, "-c", sql).stdout
    assert len(re.findall(r"\b1\d\d\d\b", text)) == 100000


def test_limits_the_rows_of_a_table(run: Run) -> None:
    sql = "SELECT order_id FROM './orders' ORDER BY order_id"
    ended = run("--max-rows", "3", "-c", sql)
    assert re.findall(r"\| (\d+)", ended.stdout) == ["1000", "1001", "1002"]
    assert re.fullmatch(r"120 rows in .* s, 117 more not shown \(--max-rows\)\n", ended.stderr)
    assert len(re.findall(r"\| \d+", run("--max-rows", "0", "-c", sql).stdout)) == 120


def test_times_other_formats_on_request(run: Run) -> None:
    assert SUMMARY.fullmatch(run("--timing", "--format", "csv", "-c", FIRST).stderr)


def test_runs_several_commands(run: Run) -> None:
    view = "CREATE VIEW v AS SELECT 1 AS a UNION ALL SELECT 2; -- a comment; with a semicolon"
    ended = run("-q", "--format", "csv", "-c", view, "-c", "SELECT sum(a) AS s FROM v")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "s\n3\n", "")


@pytest.mark.parametrize("source", ["input", "dash", "file"])
def test_runs_scripts(run: Run, tmp_path: Path, source: str) -> None:
    script = (
        "-- Two statements; the second without a semicolon.\n"
        "SELECT 'a;b' AS x,\n  1 AS y; SELECT /* ; */ 2 AS z\n-- the end"
    )
    if source == "file":
        (tmp_path / "script.sql").write_text(script)
        ended = run("--format", "csv", "-f", str(tmp_path / "script.sql"))
    else:
        ended = run("--format", "csv", *(["-f", "-"] if source == "dash" else []), input=script)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "x,y\na;b,1\nz\n2\n", "")


def test_skips_a_byte_order_mark(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "script.sql"
    script.write_bytes(b"\xef\xbb\xbfSELECT 1 AS x;\nSELECT '\xef\xbb\xbf' = '' AS y;")
    ended = run("--format", "csv", "-f", str(script))
    assert (ended.returncode, ended.stdout) == (0, "x\n1\ny\nfalse\n")


def test_takes_catalogs(run: Run) -> None:
    ended = run("-q", "--catalog", "shop=.", "-c", "SELECT count(*) AS n FROM shop.default.orders")
    assert (ended.returncode, "| 120 |" in ended.stdout) == (0, True)
    assert run("--catalog", "shop", "-c", "SELECT 1").returncode == 2


def test_a_plain_file_is_no_table(run: Run) -> None:
    ended = run("-c", "SELECT * FROM './README.md'")
    assert (ended.returncode, "table_not_found" in ended.stderr) == (1, True)


def test_answers_while_input_goes_on(shell: str) -> None:
    child = subprocess.Popen(
        [shell, "--format", "csv"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdin is not None
    assert child.stdout is not None
    for i in range(3):
        child.stdin.write(f"SELECT {i} AS i;\n")
        child.stdin.flush()
        assert [child.stdout.readline(), child.stdout.readline()] == ["i\n", f"{i}\n"]
    child.stdin.close()
    assert child.wait(timeout=20) == 0


def test_runs_commands_of_the_shell(run: Run) -> None:
    script = "CREATE VIEW spring AS SELECT 1 AS a;\n\\d\n\\d spring\n\\?\n\\q\nSELECT nonsense;\n"
    ended = run("--format", "csv", input=script)
    assert ended.returncode == 0
    assert "public,spring,VIEW" in ended.stdout
    assert "a,Int64" in ended.stdout
    assert "Ctrl-C" in ended.stdout
    for leave in ("exit", "quit;", ".exit", "\\q"):
        assert run(input=f"{leave}\nSELECT nonsense;\n").returncode == 0
    unknown = run(input="\\nonsense\n")
    assert unknown.returncode == 1
    assert unknown.stderr.startswith("error[invalid_argument]: ")


def test_takes_settings(run: Run) -> None:
    show = "SELECT value FROM information_schema.df_settings WHERE name = "
    name = "datafusion.execution.batch_size"
    assert run("--set", f"{name}=77", "--format", "csv", "-c", f"{show}'{name}'").stdout == (
        "value\n77\n"
    )
    bad = run("--set", "datafusion.nothing=1", "-c", "SELECT 1")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr.startswith("error[invalid_argument]: ")


def test_limits_memory(run: Run) -> None:
    sql = (
        "WITH o AS (SELECT order_id AS id FROM './orders') "
        "SELECT DISTINCT a.id, b.id, c.id FROM o a, o b, o c"
    )
    ended = run("--memory-limit", "1M", "-c", sql)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error[resources_exhausted]: ")


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELEC 1", "invalid_sql"),
        ("SELECT nothing FROM './orders'", "invalid_sql"),
        ("SELECT 'unfinished", "invalid_sql"),
        ("SELECT 1 / (order_id - 1050) FROM './orders'", "execution"),
    ],
)
def test_tells_errors(run: Run, sql: str, code: str) -> None:
    ended = run("--format", "csv", "-c", f"SELECT 1 AS a; {sql}; SELECT 2 AS b", "-c", "SELECT 3")
    assert ended.returncode == 1
    assert ended.stdout.startswith("a\n1\n") or code == "invalid_sql"
    assert "b\n2\n" not in ended.stdout
    assert ended.stderr.startswith(f"error[{code}]: ")


def test_stops_at_the_first_error(run: Run) -> None:
    ended = run("--format", "csv", input="SELECT 1 AS a;\nSELECT nonsense;\nSELECT 2 AS b;\n")
    assert (ended.returncode, ended.stdout) == (1, "a\n1\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["--format", "xml"],
        ["--max-rows", "-1"],
        ["-c"],
        ["-c", "SELECT 1", "-f", "x.sql"],
        ["SELECT 1"],
        ["--set", "novalue"],
    ],
)
def test_refuses_wrong_command_lines(run: Run, arguments: list[str]) -> None:
    ended = run(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("deltaic: ")
    assert "--help" in ended.stderr


def test_keeps_secrets(run: Run) -> None:
    ended = run("--storage-option", "=s3cr3t", "-c", "SELECT 1")
    assert ended.returncode == 2
    bad = run(
        "--storage-option",
        "aws_secret_access_key=s3cr3t",
        "-c",
        "SELECT * FROM 's3://nowhere.invalid'",
    )
    assert bad.returncode == 1
    assert "s3cr3t" not in ended.stderr + ended.stdout + bad.stderr + bad.stdout


def test_helps(run: Run) -> None:
    assert re.fullmatch(r"deltaic \d+\.\d+\.\d+ \(DataFusion 55\)\n", run("--version").stdout)
    text = run("--help").stdout
    assert all(option in text for option in ("--command", "--storage-option", "--memory-limit"))


def test_tells_a_script_that_is_not_there(run: Run) -> None:
    ended = run("-f", "nothing.sql")
    assert ended.returncode == 1
    assert ended.stderr.startswith("error[io]: ")
    assert "nothing.sql" in ended.stderr


def test_ends_when_its_reader_has_gone(shell: str) -> None:
    with subprocess.Popen(
        [shell, "--format", "csv", "-c", CHATTY],
        cwd=DATA,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline() == "value\n"
        child.stdout.close()
        assert child.wait(timeout=20) == 0
        assert child.stderr.read() == ""


@pytest.mark.parametrize(
    ("redirection", "errors"), [(">&-", "error[io]: "), ("> /dev/full", "error[io]: ")]
)
def test_tells_output_that_cannot_be_written(shell: str, redirection: str, errors: str) -> None:
    command = f'"$0" --format csv -c "SELECT 1" {redirection}'
    ended = subprocess.run(
        ["sh", "-c", command, shell], stderr=subprocess.PIPE, text=True, timeout=60
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(errors)


@pytest.mark.parametrize(
    ("arguments", "script"),
    [
        (["-c", SILENT], ""),
        (["-c", STUBBORN], ""),
        (["--format", "csv", "-c", CHATTY], ""),
        ([], f"{SILENT};\n"),
        ([], ""),
    ],
)
def test_ctrl_c_cancels(shell: str, tmp_path: Path, arguments: list[str], script: str) -> None:
    with (tmp_path / "output").open("w") as output:
        child = subprocess.Popen(
            [shell, *arguments],
            cwd=DATA,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert child.stdin is not None
        assert child.stderr is not None
        child.stdin.write(script)
        child.stdin.flush()
        time.sleep(1)
        assert child.poll() is None
        os.kill(child.pid, signal.SIGINT)
        try:
            assert child.wait(timeout=5) == 130
        finally:
            child.kill()
        assert child.stderr.read().startswith("error[cancelled]: ")


def test_ctrl_c_is_for_others_where_it_was_ignored_from_the_start(
    shell: str, tmp_path: Path
) -> None:
    """As for what `nohup … &`, or a script in the background, has started."""
    child = subprocess.Popen(
        [shell, "--format", "csv"],
        cwd=DATA,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    assert child.stdin is not None
    child.stdin.write("SELECT 1 AS a;\n")
    child.stdin.flush()
    assert child.stdout is not None
    assert child.stdout.readline() == "a\n"
    os.kill(child.pid, signal.SIGINT)
    # Not by `communicate`: it would lose what `readline` has read ahead.
    child.stdin.write("SELECT 2 AS b;\n")
    child.stdin.close()
    assert child.stdout.read() == "1\nb\n2\n"
    assert child.wait(timeout=30) == 0
