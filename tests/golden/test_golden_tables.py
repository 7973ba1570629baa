"""Real Delta tables of several writers: each version read right, or refused for a stated reason.

The numbers stand in the tables' own EXPECTED.json; what is refused, and why, in errors.tsv and
not_yet.tsv beside this file. The tables' folder is named by DELTAIC_GOLDEN.
"""

from __future__ import annotations

import importlib.util
import io
import json
import tarfile
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import datafusion
import deltaic
import pyarrow as pa
import pytest
from deltaic.exceptions import DeltaError

from golden_tables import GoldenTable, golden_folder, golden_tables
from harness.arrow import collect, query
from harness.errors import code_of, describe, error_of
from harness.requirement import unavailable
from independent_rows import independent_rows, prepare
from refusals import lacking_features, refusal_of, refusals

# Logs that are kept packed, without data files.
PACKED = "kernel-rs/300k-add-files-100-col-partitioned"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "table" not in metafunc.fixturenames:
        return
    tables = [table for table in golden_tables() if table.name != PACKED]
    if golden_folder() is None:
        metafunc.parametrize("table", [None], ids=["missing"], indirect=True)
    else:
        metafunc.parametrize("table", tables, ids=[t.name for t in tables], indirect=True)


@pytest.fixture
def table(request: pytest.FixtureRequest) -> GoldenTable:
    if request.param is None:
        unavailable("DELTAIC_GOLDEN does not name the folder of golden tables")
    found: GoldenTable = request.param
    return found


@pytest.fixture
def all_tables() -> tuple[GoldenTable, ...]:
    if golden_folder() is None:
        unavailable("DELTAIC_GOLDEN does not name the folder of golden tables")
    return golden_tables()


@cache
def _canon() -> ModuleType:
    folder = golden_folder()
    assert folder is not None
    spec = importlib.util.spec_from_file_location("canon", folder / "canon.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _open(root: Path, version: int | None) -> deltaic.DeltaTable:
    return deltaic.DeltaTable(str(root), version=version)


def _is_lacking(error: BaseException, table: GoldenTable) -> bool:
    """Whether the error says that features of not_yet.tsv are needed, which the table has."""
    if code_of(error) != "unsupported_feature":
        return False
    mapped = {"columnMapping"} if table.features & {"cm:name", "cm:id"} else set()
    needed = {feature[3:] for feature in table.features if feature.startswith("tf:")} | mapped
    return any(feature in str(error) for feature in needed & lacking_features())


def _opened(table: GoldenTable, root: Path, version: int | None) -> deltaic.DeltaTable | None:
    """The table at a version; nothing where features of not_yet.tsv are why it does not open."""
    try:
        return _open(root, version)
    except DeltaError as error:
        if _is_lacking(error, table):
            return None
        raise


def _readable_versions(table: GoldenTable) -> list[int | None]:
    """The versions that must open, the latest (None) among them."""
    versions: list[int | None] = [*table.versions, None]
    return [version for version in versions if refusal_of(table.name, version) is None]


def _check_log_state(table: GoldenTable, opened: deltaic.DeltaTable, number: int) -> None:
    assert opened.version() == number
    facts = table.facts(number)
    if "active_files" in facts:  # Not known where the manifest's replay could not parse the log.
        assert len(opened.file_uris()) == facts["active_files"], f"version {number}"
    if number != table.expected["latest"]:
        return
    latest = table.expected["latest_log"]
    if latest.get("protocol") is not None:
        assert opened.protocol().min_reader_version == latest["protocol"]["minReader"]
        assert opened.protocol().min_writer_version == latest["protocol"]["minWriter"]
    if "txn" in latest:
        for application, version in latest["txn"].items():
            assert opened.transaction_version(application) == version


def test_every_version(table: GoldenTable, tmp_path: Path) -> None:
    """The live files, the number of rows and their digest are those of EXPECTED.json."""
    root = prepare(table, tmp_path)
    for version in _readable_versions(table):
        number = table.expected["latest"] if version is None else version
        opened = _opened(table, root, version)
        if opened is None:
            continue
        _check_log_state(table, opened, number)
        facts = table.facts(number)
        if "rows" not in facts:  # The data files of this version are not there.
            continue
        rows = collect(opened.scan())
        assert rows.num_rows == facts["rows"], f"version {number}"
        if "md5" in facts:
            assert _canon().digest(rows) == facts["md5"], f"version {number}"


def test_latest_rows_by_other_routes(table: GoldenTable, tmp_path: Path) -> None:
    if None not in _readable_versions(table):
        return
    facts = table.facts(table.expected["latest"])
    opened = _opened(table, prepare(table, tmp_path), None)
    if opened is None or "rows" not in facts:
        return
    routes = {
        "QueryBuilder": query("SELECT * FROM t", t=opened),
        "datafusion wheel": _read_through_wheel(opened),
        "to_pyarrow_table": opened.to_pyarrow_table(),
    }
    for route, rows in routes.items():
        assert rows.num_rows == facts["rows"], route
    digests = {route: _canon().digest(rows) for route, rows in routes.items()}
    assert set(digests.values()) == {facts.get("md5", digests["QueryBuilder"])}, digests
    if "md5" not in facts and facts["rows"] > 0:
        assert _plain(opened) == _sorted(independent_rows(table))


def _read_through_wheel(table: deltaic.DeltaTable) -> pa.Table:
    context = datafusion.SessionContext()
    context.register_table("t", table)
    return collect(context.sql("SELECT * FROM t"))


def _sorted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=repr)


def _plain(table: deltaic.DeltaTable) -> list[dict[str, Any]]:
    """The rows, sorted, with variants as the values that their JSON text has."""
    fields = table.schema().fields
    variants = {field.name for field in fields if field.type.type == "variant"}
    columns = [
        f'variant_to_json("{field.name}") AS "{field.name}"'
        if field.name in variants
        else f'"{field.name}"'
        for field in fields
    ]
    rows = query(f"SELECT {', '.join(columns)} FROM t", t=table).to_pylist()
    return _sorted(
        [{k: json.loads(v) if k in variants and v else v for k, v in row.items()} for row in rows]
    )


def test_what_must_not_open(table: GoldenTable) -> None:
    """A must-fail table is refused at its latest version; each refusal has its stated reason."""
    versions: list[int | None] = [*table.versions, None]
    refused = [(v, r) for v in versions if (r := refusal_of(table.name, v)) is not None]
    if table.kind == "must-fail":
        assert None in [version for version, _ in refused]
    for version, refusal in refused:
        error = error_of(partial(_open, table.root, version))
        assert code_of(error) in refusal.codes, f"version {version}: {describe(error)}"
        assert isinstance(error, DeltaError), describe(error)
        assert refusal.word in str(error), f"version {version}: {describe(error)}"


def test_no_line_is_idle(all_tables: tuple[GoldenTable, ...], tmp_path: Path) -> None:
    """Every line of errors.tsv is of a table; every feature of not_yet.tsv is missed by one."""
    assert {refusal.table for refusal in refusals()} <= {table.name for table in all_tables}
    missed: set[str] = set()
    for table in all_tables:
        if table.name == PACKED or None not in _readable_versions(table):
            continue
        try:
            _open(table.root, None)
        except DeltaError as error:
            missed |= {feature for feature in lacking_features() if feature in str(error)}
    assert missed == lacking_features()


def test_versions_that_are_not_in_the_log(all_tables: tuple[GoldenTable, ...]) -> None:
    asked = 0
    for table in all_tables:
        if table.name == PACKED:
            continue
        latest = table.expected["latest"]
        if latest is None:
            continue
        known = set(table.versions)
        gone = [version for version in range(min(latest, 20)) if version not in known]
        for version in [*gone, latest + 1]:
            if refusal_of(table.name, version) is not None:
                continue
            error = error_of(partial(_open, table.root, version))
            if _is_lacking(error, table):
                continue
            asked += 1
            allowed = {"version_not_found", "corrupt_log"}
            assert code_of(error) in allowed, f"{table.name}@{version}: {describe(error)}"
    assert asked > 100


@pytest.mark.long
def test_packed_log(all_tables: tuple[GoldenTable, ...], tmp_path: Path) -> None:
    (packed,) = [table for table in all_tables if table.name == PACKED]
    (archive,) = packed.folder.glob("*.tar.zst")
    _unpack(archive, tmp_path)
    (log,) = tmp_path.rglob("_delta_log")
    table = deltaic.DeltaTable(str(log.parent))
    assert table.version() == packed.expected["latest"]
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
