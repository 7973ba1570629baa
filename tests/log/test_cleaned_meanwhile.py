"""Logs that are cleaned up while they are read: what was listed is gone when it is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import deltaic
import deltalake
import pyarrow as pa
import pytest
from deltaic.exceptions import VersionNotFoundError

from harness.checkpoint_files import UUID, V2_PROTOCOL, checkpoint_metadata, write_sidecar, write_v2
from harness.errors import code_of, describe, error_of
from harness.log_table import PROTOCOL, Action, LogTable, add, metadata
from harness.log_table import field as column
from services.http_files import HttpFiles, serve

LAST = 12
METADATA = metadata(column("x", "long"))
STORES = ["http", "s3"]
MILLENNIUM = 1_600_000_000


@dataclass
class Place:
    """A table in a store that can be cleaned up just before a request is answered."""

    table: LogTable
    uri: str
    options: dict[str, str]
    files: HttpFiles

    def open(self, **arguments: Any) -> deltaic.DeltaTable:
        return deltaic.DeltaTable(self.uri, storage_options=self.options, **arguments)

    def before(self, name: str, *actions: Callable[[], None]) -> None:
        """Runs the next action before each GET of a file whose name contains `name`."""
        left = list(actions)

        def act(method: str, path: str) -> None:
            if left and method == "GET" and name in path.rsplit("/", 1)[-1]:
                left.pop(0)()

        self.files.before = act


def _commit(table: LogTable, version: int, protocol: Action = PROTOCOL) -> None:
    head = [protocol, METADATA] if version == 0 else []
    path = table.commit(version, *head, add(f"{version}.parquet", 1))
    os.utime(path, (MILLENNIUM + version, MILLENNIUM + version))


def _actions(version: int) -> list[Action]:
    return [PROTOCOL, METADATA, *(add(f"{i}.parquet", 1) for i in range(version + 1))]


def _clean(table: LogTable, version: int, commits_to: int | None = None) -> None:
    """Writes a checkpoint and removes what is older than it, as writers do."""
    table.checkpoint(version, *_actions(version))
    table.last_checkpoint({"version": version, "size": version + 3})
    for path in table.log.iterdir():
        number = path.name[:20]
        if number.isdigit() and int(number) < (version if commits_to is None else commits_to):
            path.unlink()


@contextmanager
def _place(store: str, folder: Path) -> Iterator[Place]:
    table = LogTable(folder / "lake" / "t")
    for version in range(LAST + 1):
        _commit(table, version)
    with serve(folder, lists=store == "s3") as files:
        if store == "http":
            yield Place(table, f"{files.url}/lake/t", {"allow_http": "true"}, files)
        else:
            yield Place(table, "s3://lake/t", files.s3_options(), files)


@pytest.fixture(params=STORES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with _place(request.param, tmp_path) as place:
        yield place


def _numbers(table: deltaic.DeltaTable) -> list[int]:
    return sorted(int(path.removesuffix(".parquet")) for path in table.files())


def test_newest_version(place: Place) -> None:
    place.before("00003.json", lambda: _clean(place.table, 8))
    table = place.open()
    assert (table.version(), _numbers(table)) == (LAST, list(range(LAST + 1)))


def test_newest_version_that_moves_on(place: Place) -> None:
    """The log is cleaned each time that it is read, and the newest version found is gone, too."""
    log = place.table

    def go_on(version: int) -> None:
        for number in range(version - 4, version + 1):
            _commit(log, number)
        _clean(log, version)

    rounds = [lambda version=LAST + 5 * (i + 1): go_on(version) for i in range(5)]
    _clean(log, 8)
    place.before("parquet", *rounds)
    table = place.open()
    assert table.version() == LAST + 25
    assert _numbers(table) == list(range(LAST + 26))


def test_versions_that_stay_and_versions_that_go(place: Place) -> None:
    place.before("00003.json", lambda: _clean(place.table, 8))
    table = place.open(version=10)
    assert (table.version(), _numbers(table)) == (10, list(range(11)))
    for number in range(8):
        _commit(place.table, number)
    (place.table.log / f"{8:020d}.checkpoint.parquet").unlink()
    (place.table.log / "_last_checkpoint").unlink()
    place.before("00003.json", lambda: _clean(place.table, 8))
    error = error_of(lambda: place.open(version=7))
    assert isinstance(error, VersionNotFoundError), describe(error)
    assert "versions 8 to 12" in str(error)


def test_time_travel(place: Place) -> None:
    place.before("00003.json", lambda: _clean(place.table, 8))
    when = datetime.fromtimestamp(MILLENNIUM + 9.5, UTC)
    assert place.open(version=when).version() == 9
    early = datetime.fromtimestamp(MILLENNIUM + 5.5, UTC)
    error = error_of(lambda: place.open(version=early))
    assert isinstance(error, VersionNotFoundError), describe(error)


def test_time_travel_by_in_commit_timestamps(tmp_path: Path) -> None:
    features = {
        "minReaderVersion": 1,
        "minWriterVersion": 7,
        "writerFeatures": ["inCommitTimestamp"],
    }
    enabled = metadata(
        column("x", "long"), configuration={"delta.enableInCommitTimestamps": "true"}
    )
    head = [{"protocol": features}, enabled]
    with serve(tmp_path, lists=True) as files:
        table = LogTable(tmp_path / "lake" / "t")
        for version in range(LAST + 1):
            info = {"commitInfo": {"inCommitTimestamp": (MILLENNIUM + version) * 1000}}
            table.commit(
                version, info, *(head if version == 0 else []), add(f"{version}.parquet", 1)
            )
        adds = [add(f"{i}.parquet", 1) for i in range(11)]

        def clean() -> None:
            table.checkpoint(10, *head, *adds)
            table.last_checkpoint({"version": 10, "size": 13})
            for version in range(10):
                (table.log / f"{version:020d}.json").unlink()

        place = Place(table, "s3://lake/t", files.s3_options(), files)
        # The newest state is read first; the search by time then asks for older commits.
        seen: list[str] = []

        def act(method: str, path: str) -> None:
            if method == "GET" and path.endswith("00006.json"):
                seen.append(path)
                if len(seen) == 2:
                    clean()

        files.before = act
        early = datetime.fromtimestamp(MILLENNIUM + 5.5, UTC)
        error = error_of(lambda: place.open(version=early))
        assert isinstance(error, VersionNotFoundError), describe(error)
        assert len(seen) == 2
        late = datetime.fromtimestamp(MILLENNIUM + 10.5, UTC)
        assert place.open(version=late).version() == 10


def test_refresh(place: Place) -> None:
    table = place.open(version=2)
    session = deltaic.QueryBuilder(storage_options=place.options)
    count = f"SELECT count(*) AS n FROM delta_files('{place.uri}')"
    assert session.execute(count).read_all().column("n").to_pylist() == [LAST + 1]
    for version in range(LAST + 1, LAST + 4):
        _commit(place.table, version)
    place.before(f"{LAST + 2:05d}.json", lambda: _clean(place.table, LAST + 3))
    table.update_incremental()
    assert (table.version(), _numbers(table)) == (LAST + 3, list(range(LAST + 4)))
    for version in range(LAST + 4, LAST + 8):
        _commit(place.table, version)
    place.before(f"{LAST + 5:05d}.json", lambda: _clean(place.table, LAST + 7))
    assert session.execute(count).read_all().column("n").to_pylist() == [LAST + 8]


def test_history(place: Place) -> None:
    table = place.open()
    place.before("00003.json", lambda: _clean(place.table, 8))
    assert [entry["version"] for entry in table.history()] == [12, 11, 10, 9, 8]
    place.before("00011.json", lambda: _clean(place.table, LAST))
    assert [entry["version"] for entry in table.history(3)] == [12]


@pytest.mark.parametrize("form", ["parquet", "json", "classic"])
def test_checkpoints_with_sidecars(place: Place, form: str) -> None:
    log = place.table
    head = [V2_PROTOCOL, METADATA]

    def write(version: int) -> None:
        adds = [add(f"{i}.parquet", 1) for i in range(version + 1)]
        parts = [write_sidecar(log, f"{version}-{i}.parquet", adds[i::2]) for i in range(2)]
        write_v2(log, version, [*head, checkpoint_metadata(version), *parts], form)
        name = f"{version:020d}.checkpoint.{UUID}.{form}"
        hint: dict[str, Any] = {"version": version, "size": 5}
        if form != "classic":
            hint["v2Checkpoint"] = {"path": name}
        log.last_checkpoint(hint)
        for path in log.log.iterdir():
            if path.name[:20].isdigit() and int(path.name[:20]) < version:
                path.unlink()
        for path in (log.log / "_sidecars").iterdir():
            if not path.name.startswith(f"{version}-"):
                path.unlink()

    write(6)
    place.before("6-", lambda: write(10))
    table = place.open()
    assert (table.version(), _numbers(table)) == (LAST, list(range(LAST + 1)))


def test_what_is_named_and_never_there_is_no_endless_search(tmp_path: Path) -> None:
    with _place("s3", tmp_path) as place:
        log = place.table
        missing = f"{3:020d}.json"

        def take_away(method: str, path: str) -> None:
            # The listing has it, and nobody can have it.
            file = log.log / missing
            if method == "GET" and path.endswith(missing):
                file.rename(log.log / "away")
            elif not path.endswith(".json") and (log.log / "away").exists():
                (log.log / "away").rename(file)

        place.files.before = take_away
        error = error_of(place.open)
        assert code_of(error) == "corrupt_log", describe(error)
        assert missing in str(error)
        assert len(place.files.requests) < 60


def test_a_commit_that_a_listing_misses(tmp_path: Path) -> None:
    """As where a folder changes while it is listed."""
    with _place("s3", tmp_path) as place:
        file, away = place.table.log / f"{3:020d}.json", place.table.log / "away"
        listings = []

        def hide(method: str, path: str) -> None:
            if path == "/lake":
                listings.append(path)
                if len(listings) == 1:
                    file.rename(away)
                elif away.exists():
                    away.rename(file)

        place.files.before = hide
        assert place.open().version() == LAST
        assert len(listings) == 2
        file.rename(away)
        place.files.before = lambda method, path: None
        error = error_of(place.open)
        assert code_of(error) == "corrupt_log", describe(error)
        assert "commit 3" in str(error)


def test_a_log_that_is_cleaned_faster_than_it_is_read_ends(tmp_path: Path) -> None:
    with _place("s3", tmp_path) as place:
        log, newest = place.table, [LAST]

        def go_on(method: str, path: str) -> None:
            if method == "GET" and path.endswith("parquet"):
                newest[0] += 1
                _commit(log, newest[0])
                _clean(log, newest[0])

        _clean(log, LAST)
        place.files.before = go_on
        error = error_of(place.open)
        assert code_of(error) == "corrupt_log", describe(error)
        assert newest[0] < 300


WRITER = """
import sys, deltalake, pyarrow as pa
path, rounds = sys.argv[1], int(sys.argv[2])
table = deltalake.DeltaTable(path)
for number in range(rounds):
    deltalake.write_deltalake(table, pa.table({"x": [number]}), mode="append")
    if number % 3 == 2:
        table.create_checkpoint()
        table.cleanup_metadata()
"""


@pytest.mark.long
def test_beside_a_writer_that_cleans(tmp_path: Path) -> None:
    _open_beside_a_writer(tmp_path, 1500)


def test_beside_a_writer_that_cleans_for_a_moment(tmp_path: Path) -> None:
    _open_beside_a_writer(tmp_path, 120)


def _open_beside_a_writer(root: Path, rounds: int) -> None:
    configuration = {
        "delta.logRetentionDuration": "interval 0 seconds",
        "delta.enableExpiredLogCleanup": "true",
    }
    deltalake.write_deltalake(root, pa.table({"x": [-1]}), configuration=configuration)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(root), str(rounds)])
    session = deltaic.QueryBuilder()
    opens, newest = 0, 0
    try:
        while writer.poll() is None or opens == 0:
            table = deltaic.DeltaTable(root)
            assert table.version() >= newest
            newest = table.version()
            assert len(table.files()) == newest + 1
            assert deltaic.DeltaTable.summarize(str(root)).version >= newest
            found = session.execute(f"SELECT count(*) AS n FROM delta_files('{root}')").read_all()
            assert found.column("n").to_pylist()[0] > newest
            with suppress(VersionNotFoundError):
                assert deltaic.DeltaTable(root, version=newest).version() == newest
            history = [entry["version"] for entry in table.history(2)]
            assert history and history[0] >= newest
            opens += 1
    finally:
        writer.kill()
        assert writer.wait() in (0, -9)
    assert writer.returncode == 0
    assert newest > 0
