"""Ctrl-C during a write: no commit, and no files."""

from __future__ import annotations

from pathlib import Path

import pytest
from children import interrupt_child

ROWS = "SELECT value AS id, md5(value::text) AS noise FROM generate_series(1, 1000000000000)"
ENDLESS = "pa.RecordBatchReader.from_batches(first.schema, batches())"

WRITES = {
    "a query": "deltaic.write_deltalake(path, session.execute(ROWS), mode='append')",
    "a stream of Python": f"deltaic.write_deltalake(path, {ENDLESS}, mode='append')",
    "an overwrite": "deltaic.write_deltalake(path, session.execute(ROWS), mode='overwrite')",
    "INSERT": "session.execute(f\"INSERT INTO '{path}' {ROWS}\")",
}


@pytest.mark.parametrize("write", WRITES)
def test_leaves_the_table_as_it_was(tmp_path: Path, write: str) -> None:
    ended = interrupt_child(
        f"""
import pyarrow as pa
path = {str(tmp_path)!r}
ROWS = {ROWS!r}
first = pa.table({{"id": [1], "noise": ["a"]}})
def batches():
    while True:
        yield pa.record_batch({{"id": list(range(100_000)), "noise": ["x" * 20] * 100_000}})
deltaic.write_deltalake(path, first)
def found():
    return sorted(name for _, _, names in os.walk(path) for name in names)
before = found()
threading.Timer(0.5, lambda: print("ready", flush=True)).start()
try:
    {WRITES[write]}
except KeyboardInterrupt:
    print("interrupted")
print(found() == before, deltaic.DeltaTable(path).version())
"""
    )
    assert (ended.code, ended.output, ended.errors) == (0, "interrupted\nTrue 0\n", "")
