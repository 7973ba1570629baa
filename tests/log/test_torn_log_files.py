"""Torn and flipped bytes in what only helps to read a log: the answer stays the same, or an error
names the file where nothing else says what it said."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import deltaic
import pyarrow as pa
import pytest
from deltaic.exceptions import DeltaError

from harness.checkpoint_files import (
    UUID,
    V2_PROTOCOL,
    checkpoint_metadata,
    with_checksum,
    write_checksum,
    write_compacted,
    write_parquet,
    write_sidecar,
    write_v2,
)
from harness.errors import code_of, describe
from harness.log_table import LogTable, field, metadata

# Of checkpoints that are passed over.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

METADATA = metadata(field("x", "long"))
LAST = 6


class Log:
    """Seven commits, and whatever stands beside them."""

    def __init__(self, root: Path) -> None:
        self.table = LogTable(root)
        self.files = []
        for version in range(LAST + 1):
            action = self.table.data(f"{version}.parquet", {"x": [version]})
            head = [V2_PROTOCOL, METADATA] if version == 0 else []
            self.table.commit(version, *head, action)
            self.files.append(action)
        self.head = [V2_PROTOCOL, METADATA, checkpoint_metadata(4)]

    def answer(self) -> object:
        """What reading tells: rows, or the error of a table that cannot be read."""
        try:
            table = deltaic.DeltaTable(self.table.root)
            batches = [pa.record_batch(batch) for batch in table.scan()]
            return table.version(), sorted(x for batch in batches for x in batch["x"].to_pylist())
        except DeltaError as error:
            return error


def _classic(log: Log) -> Path:
    path = log.table.log / f"{4:020d}.checkpoint.parquet"
    write_parquet(path, [*log.head[:2], *log.files[:5]])
    return path


def _part(log: Log) -> Path:
    paths = [log.table.log / f"{4:020d}.checkpoint.{n:010d}.{2:010d}.parquet" for n in (1, 2)]
    write_parquet(paths[0], [*log.head[:2], *log.files[:2]])
    write_parquet(paths[1], log.files[2:5])
    return paths[1]


def _v2_parquet(log: Log) -> Path:
    named = write_sidecar(log.table, "s.parquet", log.files[:5])
    return write_v2(log.table, 4, [*log.head, named], "parquet")


def _v2_json(log: Log) -> Path:
    named = write_sidecar(log.table, "s.parquet", log.files[:5])
    return write_v2(log.table, 4, [named, *log.head], "json")


def _sidecar(log: Log) -> Path:
    _v2_json(log)
    return log.table.log / "_sidecars" / "s.parquet"


def _compacted(log: Log) -> Path:
    return write_compacted(log.table, 1, 4, *log.files[1:5])


def _hint(log: Log) -> Path:
    _v2_json(log)
    path = f"{4:020d}.checkpoint.{UUID}.json"
    hint = {"version": 4, "size": 8, "v2Checkpoint": {"path": path, "sizeInBytes": 10}}
    return log.table.last_checkpoint(with_checksum(hint))


def _checksum(log: Log) -> Path:
    members = {"tableSizeBytes": 1, "numFiles": 7, "numMetadata": 1, "numProtocol": 1}
    return write_checksum(log.table, LAST, members)


ARTEFACTS = {
    "classic": _classic,
    "part": _part,
    "v2-parquet": _v2_parquet,
    "v2-json": _v2_json,
    "sidecar": _sidecar,
    "compacted": _compacted,
    "hint": _hint,
    "checksum": _checksum,
}
# What says its own checksum, or nothing that reading depends on.
HINTS = {"hint", "checksum"}
# A flip in a data file's name leaves half of it.
HALVES = ("par", "quet")
# What a flipped bit may make of a file of the log: one that is none, that needs what is not known,
# or that names other data files, or other sizes of them.
FLIPPED_CODES = {"corrupt_log", "unsupported_feature", "file_not_found", "corrupt_data"}


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "table")


def _cuts(whole: bytes, long_run: bool) -> Iterator[int]:
    """Where a file is cut: not where a line of JSON ends, since what is left then is whole."""
    step = 1 if long_run else max(1, len(whole) // 150)
    for size in range(0, len(whole), step):
        if whole[:1] != b"{" or (size > 0 and whole[size - 1] not in b"}\n"):
            yield size


@pytest.mark.parametrize("kind", ARTEFACTS)
def test_torn_beside_the_commits(log: Log, kind: str, long_run: bool) -> None:
    path = ARTEFACTS[kind](log)
    right = log.answer()
    assert right == (LAST, list(range(LAST + 1)))
    whole = path.read_bytes()
    for size in _cuts(whole, long_run):
        path.write_bytes(whole[:size])
        assert log.answer() == right, f"{kind} cut to {size} bytes"


@pytest.mark.parametrize("kind", ["classic", "part", "v2-parquet", "v2-json", "sidecar"])
def test_torn_and_alone(log: Log, kind: str, long_run: bool) -> None:
    path = ARTEFACTS[kind](log)
    for version in range(5):
        (log.table.log / f"{version:020d}.json").unlink()
    assert log.answer() == (LAST, list(range(LAST + 1)))
    whole = path.read_bytes()
    for size in _cuts(whole, long_run):
        path.write_bytes(whole[:size])
        error = log.answer()
        assert isinstance(error, DeltaError), f"{kind} cut to {size} bytes: {error}"
        assert code_of(error) == "corrupt_log", describe(error)
        assert path.name in str(error), describe(error)


@pytest.mark.parametrize("kind", ARTEFACTS)
def test_flipped(log: Log, kind: str, long_run: bool, capfd: pytest.CaptureFixture[str]) -> None:
    path = ARTEFACTS[kind](log)
    right = log.answer()
    whole = path.read_bytes()
    choice = random.Random(kind)
    for _ in range(1000 if long_run else 120):
        flipped = bytearray(whole)
        flipped[choice.randrange(len(whole))] ^= 1 << choice.randrange(8)
        path.write_bytes(bytes(flipped))
        answer = log.answer()
        if kind in HINTS:
            assert answer == right
        elif isinstance(answer, DeltaError):
            # What nobody can tell from what a writer wrote is read as that: as another file, say.
            assert code_of(answer) in FLIPPED_CODES, describe(answer)
            assert any(part in str(answer) for part in (path.name, *HALVES)), describe(answer)
    assert "panicked" not in capfd.readouterr().err
