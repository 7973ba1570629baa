"""Real Delta tables of several writers: each version read right, or refused for a stated reason.

What is expected of which table stands in expectations.tsv (see classify.py); the numbers stand in
the tables' own EXPECTED.json. The tables' folder is named by DELTAIC_GOLDEN.
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
import shutil
import struct
import tarfile
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

import datafusion
import deltaic
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltaic.exceptions import DeltaError

from classify import Expectation, classify, load, read_manifest
from harness.arrow import collect, query
from harness.errors import code_of, describe, error_of
from harness.requirement import unavailable
from versions import covers

EXPECTATIONS = load()


@pytest.fixture(scope="session")
def golden() -> Path:
    folder = os.environ.get("DELTAIC_GOLDEN")
    if not folder:
        unavailable("DELTAIC_GOLDEN does not name the folder of golden tables")
    return Path(folder)


@lru_cache(maxsize=1)
def _canon(golden: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("canon", golden / "canon.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _expected(golden: Path, table: str) -> dict[str, Any]:
    with open(golden / table / "EXPECTED.json", encoding="utf-8") as file:
        contents: dict[str, Any] = json.load(file)
    return contents


def _versions(golden: Path, line: Expectation) -> list[int | None]:
    """The versions of EXPECTED.json that a line covers, then None if it covers the latest."""
    known = [int(version) for version in _expected(golden, line.table)["versions"]]
    versions: list[int | None] = [v for v in sorted(known) if covers(line.versions, v)]
    if covers(line.versions, None):
        versions.append(None)
    return versions


def _check_log_state(table: deltaic.DeltaTable, number: int, expected: dict[str, Any]) -> None:
    assert table.version() == number
    facts = expected["versions"][str(number)]
    if "active_files" in facts:  # Not known where the manifest's replay could not parse the log.
        assert len(table.file_uris()) == facts["active_files"], f"version {number}"
    protocol = expected["latest_log"].get("protocol")
    if number == expected["latest"] and protocol is not None:
        assert table.protocol().min_reader_version == protocol["minReader"]
        assert table.protocol().min_writer_version == protocol["minWriter"]


def _lines(*expectations: str) -> list[Any]:
    return [
        pytest.param(line, id=f"{line.table}@{line.versions}")
        for line in EXPECTATIONS
        if line.expectation in expectations
    ]


def test_every_table_and_version_has_one_expectation(golden: Path) -> None:
    manifest = {row["path"] for row in read_manifest(golden)}
    assert {line.table for line in EXPECTATIONS} == manifest
    for table in sorted(manifest):
        lines = [line for line in EXPECTATIONS if line.table == table]
        known: list[int | None] = [int(v) for v in _expected(golden, table)["versions"]]
        for version in [*known, None]:
            covering = [line for line in lines if covers(line.versions, version)]
            assert len(covering) == 1, f"{table} at {version}: {covering}"
    known_kinds = {"rows", "log", "refused", "error", "outside", "packed", "placed"}
    assert {line.expectation for line in EXPECTATIONS} == known_kinds


def test_the_expectations_are_what_the_features_say(golden: Path) -> None:
    derived = [line for row in read_manifest(golden) for line in classify(golden, row)]
    assert sorted(derived, key=repr) == sorted(EXPECTATIONS, key=repr)


def test_every_must_fail_table_is_refused(golden: Path) -> None:
    for row in read_manifest(golden):
        if row["class"] != "must-fail":
            continue
        uri = str(golden / row["path"] / "delta")
        error = error_of(partial(deltaic.DeltaTable, uri))
        assert isinstance(error, DeltaError), f"{row['path']}: {describe(error)}"


@pytest.mark.parametrize("line", _lines("rows"))
def test_rows(golden: Path, line: Expectation) -> None:
    canon = _canon(golden)
    expected = _expected(golden, line.table)
    uri = str(golden / line.table / "delta")
    for version in _versions(golden, line):
        number = expected["latest"] if version is None else version
        facts = expected["versions"][str(number)]
        table = deltaic.DeltaTable(uri, version=version)
        _check_log_state(table, number, expected)
        if "rows" not in facts:  # The data files of this version are gone.
            continue
        rows = collect(table.scan())
        assert rows.num_rows == facts["rows"], f"version {number}"
        if "md5" in facts:
            assert canon.digest(rows) == facts["md5"], f"version {number}"


@pytest.mark.parametrize("line", _lines("rows"))
def test_latest_rows_by_other_routes(golden: Path, line: Expectation) -> None:
    if not covers(line.versions, None):
        # The newest version belongs to another line, which says that it is refused.
        others = [o for o in EXPECTATIONS if o.table == line.table and covers(o.versions, None)]
        assert [other.expectation for other in others] == ["refused"]
        return
    canon = _canon(golden)
    expected = _expected(golden, line.table)
    facts = expected["versions"][str(expected["latest"])]
    table = deltaic.DeltaTable(str(golden / line.table / "delta"))
    routes = {
        "QueryBuilder": query("SELECT * FROM t", t=table),
        "datafusion wheel": _read_through_wheel(table),
        "to_pyarrow_table": table.to_pyarrow_table(),
    }
    for route, rows in routes.items():
        assert rows.num_rows == facts["rows"], route
        assert canon.digest(rows) == facts["md5"], route


def _read_through_wheel(table: deltaic.DeltaTable) -> pa.Table:
    context = datafusion.SessionContext()
    context.register_table("t", table)
    return collect(context.sql("SELECT * FROM t"))


@pytest.mark.parametrize("line", _lines("log"))
def test_log_state(golden: Path, line: Expectation) -> None:
    expected = _expected(golden, line.table)
    uri = str(golden / line.table / "delta")
    for version in _versions(golden, line):
        number = expected["latest"] if version is None else version
        _check_log_state(deltaic.DeltaTable(uri, version=version), number, expected)


@pytest.mark.parametrize("line", _lines("refused"))
def test_refused_by_feature(golden: Path, line: Expectation) -> None:
    uri = str(golden / line.table / "delta")
    for version in _versions(golden, line):
        error = error_of(partial(deltaic.DeltaTable, uri, version=version))
        assert code_of(error) == "unsupported_feature", describe(error)
        assert isinstance(error, DeltaError), describe(error)
        named = [name for name in line.detail.split(",") if name in str(error)]
        assert named, f"version {version}: names none of {line.detail}: {describe(error)}"


@pytest.mark.parametrize("line", _lines("error"))
def test_error(golden: Path, line: Expectation) -> None:
    uri = str(golden / line.table / "delta")
    for version in _versions(golden, line):
        error = error_of(partial(deltaic.DeltaTable, uri, version=version))
        assert code_of(error) in line.detail.split(","), f"version {version}: {describe(error)}"
        assert isinstance(error, DeltaError), describe(error)


@pytest.mark.parametrize("line", _lines("outside"))
def test_files_outside_the_table(golden: Path, line: Expectation) -> None:
    uri = str(golden / line.table / "delta")
    for version in _versions(golden, line):
        table = deltaic.DeltaTable(uri, version=version)
        for action in (table.file_uris, lambda table=table: collect(table.scan())):
            error = error_of(action)
            assert code_of(error) == "unsupported_feature", describe(error)
            assert "outside the table" in str(error), describe(error)


@pytest.mark.parametrize("line", _lines("placed"))
def test_absolute_path_of_a_deletion_vector(
    golden: Path, line: Expectation, tmp_path: Path
) -> None:
    table = tmp_path / "table"
    shutil.copytree(golden / line.table / "delta", table)
    folder = table / "folder&with%special char"
    (commit,) = (table / "_delta_log").glob("*.json")
    text = commit.read_text(encoding="utf-8")
    commit.write_text(text.replace("{{FOLDER_WITH_SPECIAL_CHAR}}", quote(str(folder))))
    (vector,) = folder.iterdir()
    # Version, size, then 42 bytes that end with the rows; a checksum.
    deleted = struct.unpack("<5H", vector.read_bytes()[1 + 4 + 42 - 10 : 1 + 4 + 42])
    (data,) = table.glob("*.parquet")
    kept = [row for at, row in enumerate(pq.read_table(data).to_pylist()) if at not in deleted]
    assert len(kept) == 5
    assert collect(deltaic.DeltaTable(str(table)).scan()).to_pylist() == kept
    # Another table may not be reached from here.
    commit.write_text(text.replace("{{FOLDER_WITH_SPECIAL_CHAR}}", quote(str(tmp_path))))
    error = error_of(lambda: collect(deltaic.DeltaTable(str(table)).scan()))
    assert code_of(error) == "unsupported_feature", describe(error)


def test_versions_that_are_not_in_the_log(golden: Path) -> None:
    asked = 0
    for line in EXPECTATIONS:
        if line.expectation not in ("rows", "log"):
            continue
        expected = _expected(golden, line.table)
        known = {int(version) for version in expected["versions"]}
        uri = str(golden / line.table / "delta")
        gone = [v for v in range(min(expected["latest"], 20)) if v not in known]
        for version in [*gone, expected["latest"] + 1]:
            if not covers(line.versions, version):
                continue
            asked += 1
            error = error_of(partial(deltaic.DeltaTable, uri, version=version))
            allowed = {"version_not_found", "corrupt_log"}
            assert code_of(error) in allowed, f"{line.table}@{version}: {describe(error)}"
    assert asked > 100


@pytest.mark.long
@pytest.mark.parametrize("line", _lines("packed"))
def test_packed_log(golden: Path, line: Expectation, tmp_path: Path) -> None:
    (archive,) = (golden / line.table).glob("*.tar.zst")
    _unpack(archive, tmp_path)
    (log,) = tmp_path.rglob("_delta_log")
    expected = _expected(golden, line.table)
    table = deltaic.DeltaTable(str(log.parent))
    assert table.version() == expected["latest"]
    assert len(table.file_uris()) == _live_paths(log)


def _unpack(archive: Path, folder: Path) -> None:
    import zstandard

    with open(archive, "rb") as file:
        content = zstandard.ZstdDecompressor().stream_reader(file).read()
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        tar.extractall(folder, filter="data")


def _live_paths(log: Path) -> int:
    """Replays the JSON commits in the plainest way."""
    live: set[str] = set()
    for commit in sorted(log.glob("*.json")):
        for action in _json_lines(commit):
            if "add" in action:
                live.add(action["add"]["path"])
            elif "remove" in action:
                live.discard(action["remove"]["path"])
    return len(live)


def _json_lines(commit: Path) -> Iterator[dict[str, Any]]:
    with open(commit, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
