"""A query that fails midway, is cancelled or runs out of memory leaves nothing behind: no thread,
no descriptor, no file, and a session as good as before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.child import run_python
from harness.log_table import PROTOCOL, LogTable, field, metadata

SCRIPT = Path(__file__).with_name("leftovers.py")

# How each kind of query ends.
KINDS = {
    "fails_midway": "corrupt_data",
    "fails_while_scanned": "corrupt_data",
    "interrupted": "interrupted",
    "interrupted_while_it_spills": "interrupted",
    "abandoned": "none",
    "out_of_memory": "resources_exhausted",
    "out_of_disk": "resources_exhausted",
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of many rows, the last of which ends too early."""
    table = LogTable(tmp_path_factory.mktemp("leftovers") / "table")
    files = [
        table.data(f"{i}.parquet", {"x": range(i * 100_000, (i + 1) * 100_000)}) for i in range(6)
    ]
    table.commit(0, PROTOCOL, metadata(field("x", "long")), *files)
    last = table.root / "5.parquet"
    content = bytearray(last.read_bytes())
    content[1000:200_000] = bytes(199_000)
    last.write_bytes(content)
    return table.root


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left(kind: str, table: Path, tmp_path: Path) -> None:
    ended = run_python(SCRIPT, [kind, str(table), str(tmp_path)], timeout=120)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["codes"] == [KINDS[kind]], told
    assert told["rows"] == 10
    # Threads that may block are kept for a while, a few more on a busy machine; what is left behind
    # would be one for each of sixteen rounds.
    assert told["after"]["threads"] <= told["before"]["threads"] + 8, told
    assert told["after"]["descriptors"] <= told["before"]["descriptors"], told
    assert told["spilled"] == 0, told
