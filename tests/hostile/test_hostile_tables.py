"""Bad input: a typed error that names what is wrong, never a crash, a hang, a wrong row or a
great deal of memory. The cases stand in *cases.py; each is read in a process of its own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bomb_cases import BOMB_CASES
from cases import CASES, Case
from deletion_vector_cases import VECTOR_CASES
from harness.child import run_python
from harness.log_table import LogTable
from harness.watch import opened
from large_cases import LARGE_CASES

ALL = [*CASES, *LARGE_CASES, *BOMB_CASES, *VECTOR_CASES]

PROBE = Path(__file__).with_name("probe.py")

# Which class an error of a code must be, so that programs written for `deltalake` catch it.
CLASSES = {
    "table_not_found": "TableNotFoundError",
    "corrupt_log": "DeltaProtocolError",
    "unsupported_feature": "DeltaProtocolError",
    "file_not_found": "FileNotFoundError",
    "version_not_found": "DeltaError",
    "corrupt_data": "DeltaError",
    "permission_denied": "OSError",
    "invalid_argument": "ValueError",
    "resources_exhausted": "DeltaError",
    "io": "OSError",
}


def test_names_are_distinct() -> None:
    assert len({case.name for case in ALL}) == len(ALL)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name.replace(" ", "-"))
def test_hostile_table(case: Case, tmp_path: Path) -> None:
    table = LogTable(tmp_path / "table")
    case.build(table)
    arguments = [str(table.root)] + ([] if case.version is None else [str(case.version)])
    outside = tmp_path / "outside"
    outside.mkdir(exist_ok=True)
    with opened(outside) as seen:
        ended = run_python(PROBE, arguments, timeout=case.seconds)
    assert [name for name in seen if name] == [], "no file outside of the table is looked at"
    assert ended.returncode == 0, f"exit {ended.returncode}: {ended.stderr[-2000:]}"
    assert "panicked" not in ended.stdout + ended.stderr
    told = json.loads(ended.stdout)
    assert told["grown_kib"] < case.growth_kib
    if case.code is None:
        assert told["stage"] == "done", told
        assert told["rows"] == case.rows, told
        assert len(told["warnings"]) == (1 if case.warns else 0), told
        assert (case.warns or "") in "".join(told["warnings"]), told
        return
    assert told.get("code") == case.code, told
    assert CLASSES[case.code] in told["classes"], told
    for name in case.names:
        assert name in told["message"], told
    if case.code in ("corrupt_log", "unsupported_feature"):
        # A commit's or checkpoint's file name says the version; other messages say it in words.
        assert re.search(r"\d{20}\.|[Vv]ersion \d", told["message"]), told
