"""Data files that do not lie below their table: only where options allow it, with the credentials
of the place that they are in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import datafusion
import deltaic
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.arrow import collect, exhaust, query
from harness.errors import code_of, describe, error_of
from harness.log_table import PROTOCOL, LogTable, add, field, metadata


def _clone(folder: Path, *paths: str, size: int) -> LogTable:
    """A table of one column of its own and files that it names by absolute paths."""
    table = LogTable(folder)
    own = table.data("own.parquet", {"x": [1]})
    files = [add(path, size) for path in paths]
    table.commit(0, PROTOCOL, metadata(field("x", "long")), own, *files)
    return table


def _elsewhere(folder: Path, name: str = "far.parquet") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"x": [10, 20]}), folder / name)
    return folder / name


def _sums(table: deltaic.DeltaTable) -> set[int]:
    """What each way to read a table finds in x, as a sum."""
    context = datafusion.SessionContext()
    context.register_table("t", table)
    ways: list[Any] = [
        collect(table.scan()),
        query("SELECT * FROM t", t=table),
        collect(context.sql("SELECT * FROM t")),
        table.to_pyarrow_table(),
        table.to_pyarrow_dataset().to_table(),
    ]
    return {sum(way.column("x").to_pylist()) for way in ways}


@pytest.mark.parametrize("spelling", ["{}", "file:{}", "file://{}", "FILE://localhost{}"])
def test_every_spelling_of_a_local_path(tmp_path: Path, spelling: str) -> None:
    far = _elsewhere(tmp_path / "original table" / "ü")
    quoted = str(far).replace(" ", "%20").replace("ü", "%C3%BC")
    table = _clone(tmp_path / "clone", spelling.format(quoted), size=far.stat().st_size)
    options = {"allowed_root_1": str(tmp_path / "original table")}
    opened = deltaic.DeltaTable(table.root, storage_options=options)
    assert _sums(opened) == {31}
    assert sorted(opened.files()) == sorted(["own.parquet", str(far)])
    assert sorted(opened.file_uris()) == sorted([str(table.root / "own.parquet"), str(far)])
    assert opened.count() == 3
    rows = collect(opened.scan(["x", "f", "_metadata"], file_column="f", metadata=True)).to_pylist()
    assert {row["f"] for row in rows} == {"own.parquet", str(far)}
    assert {row["_metadata"]["file_path"] for row in rows} == set(opened.file_uris())
    assert {row["_metadata"]["file_name"] for row in rows} == {"own.parquet", "far.parquet"}


def test_what_no_option_allows_is_refused_and_listed(tmp_path: Path) -> None:
    far = _elsewhere(tmp_path / "original")
    table = _clone(tmp_path / "clone", str(far), size=far.stat().st_size)
    for options in (
        None,
        {"allowed_root_1": str(tmp_path / "another")},
        {"allowed_root_7": str(tmp_path / "orig")},
    ):
        opened = deltaic.DeltaTable(table.root, storage_options=options)
        assert len(opened.file_uris()) == 2
        for action in (
            lambda opened=opened: exhaust(opened.scan()),
            opened.count,
        ):
            error = error_of(action)
            assert code_of(error) == "permission_denied", describe(error)
            assert "allowed_root_1" in str(error)
            assert str(far) in str(error)
        # What needs no file of another place is answered.
        assert query("SELECT * FROM t WHERE false", t=opened).num_rows == 0


@pytest.mark.parametrize(
    "path",
    [
        "{allowed}/../secret/far.parquet",
        "{allowed}/%2e%2e/secret/far.parquet",
        "file:{allowed}/%2E./secret/far.parquet",
        "file://{allowed}/a%2F..%2F..%2Fsecret/far.parquet",
        "{allowed}/..\\secret/far.parquet",
    ],
)
def test_paths_that_climb_are_refused_without_a_look(tmp_path: Path, path: str) -> None:
    far = _elsewhere(tmp_path / "secret")
    (tmp_path / "allowed").mkdir()
    named = path.format(allowed=tmp_path / "allowed")
    table = _clone(tmp_path / "clone", named, size=far.stat().st_size)
    options = {"allowed_root_1": str(tmp_path / "allowed"), "allowed_root_2": "/"}
    opened = deltaic.DeltaTable(table.root, storage_options=options)
    for action in (opened.file_uris, lambda: exhaust(opened.scan())):
        error = error_of(action)
        assert code_of(error) == "corrupt_log", describe(error)
        assert "leaves" in str(error)


def test_stores_of_several_kinds_in_one_plan(tmp_path: Path) -> None:
    """Local folders here; tests/storage does it with object stores."""
    places = [_elsewhere(tmp_path / name, f"{name}.parquet") for name in ("a", "b", "c")]
    table = _clone(
        tmp_path / "clone", *(f"file:{p}" for p in places), size=places[0].stat().st_size
    )
    options = {f"allowed_root_{i}": str(place.parent) for i, place in enumerate(places, 1)}
    opened = deltaic.DeltaTable(table.root, storage_options=options)
    assert _sums(opened) == {91}
    found = query("SELECT sum(x) AS s FROM t WHERE x > 10", t=opened)
    assert found.to_pylist() == [{"s": 60}]


def test_files_of_one_name_in_two_places(tmp_path: Path) -> None:
    """Their footers are not taken for one another's."""
    places = []
    for name, values in (("a", [1, 2, 3]), ("b", ["x"])):
        (tmp_path / name).mkdir()
        pq.write_table(
            pa.table({"x" if name == "a" else "y": values}), tmp_path / name / "f.parquet"
        )
        places.append(tmp_path / name / "f.parquet")
    table = LogTable(tmp_path / "clone")
    files = [add(str(place), place.stat().st_size) for place in places]
    table.commit(0, PROTOCOL, metadata(field("x", "long"), field("y", "string")), *files)
    options = {"allowed_root_1": str(tmp_path / "a"), "allowed_root_2": str(tmp_path / "b")}
    opened = deltaic.DeltaTable(table.root, storage_options=options)
    rows = query("SELECT * FROM t ORDER BY x", t=opened).to_pylist()
    assert rows == [{"x": i, "y": None} for i in (1, 2, 3)] + [{"x": None, "y": "x"}]


def test_a_broken_file_elsewhere_is_named_in_full(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    far = tmp_path / "far" / "bad.parquet"
    far.write_bytes(b"PAR1 nothing PAR1")
    table = _clone(tmp_path / "clone", str(far), size=far.stat().st_size)
    opened = deltaic.DeltaTable(
        table.root, storage_options={"allowed_root_1": str(tmp_path / "far")}
    )
    error = error_of(lambda: exhaust(opened.scan()))
    assert code_of(error) == "corrupt_data", describe(error)
    assert str(far) in str(error)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"allowed_root_1_aws_region": "x"}, "lack its URL"),
        ({"allowed_root_1": "gopher://x"}, "gopher"),
        ({"allowed_root_1": "s3://b", "allowed_root_1_no_such": "x"}, "no_such"),
    ],
)
def test_bad_options(tmp_path: Path, options: dict[str, str], word: str) -> None:
    table = LogTable(tmp_path / "t")
    table.commit(0, PROTOCOL, metadata(field("x", "long")))
    error = error_of(lambda: deltaic.DeltaTable(table.root, storage_options=options))
    assert code_of(error) == "invalid_argument", describe(error)
    assert word in str(error)


def test_roots_in_sql(tmp_path: Path) -> None:
    far = _elsewhere(tmp_path / "original")
    table = _clone(tmp_path / "clone", str(far), size=far.stat().st_size)
    builder = deltaic.QueryBuilder()
    root = tmp_path / "original"
    list(
        builder.execute(
            f"CREATE EXTERNAL TABLE t STORED AS DELTATABLE LOCATION '{table.root}' "
            f"OPTIONS ('allowed_root_1' '{root}')"
        )
    )
    assert collect(builder.execute("SELECT sum(x) AS s FROM t")).to_pylist() == [{"s": 31}]
    session = deltaic.QueryBuilder(storage_options={"allowed_root_1": str(root)})
    found = collect(session.execute(f"SELECT sum(x) AS s FROM '{table.root}'"))
    assert found.to_pylist() == [{"s": 31}]


def test_golden_absolute_paths_decode(tmp_path: Path) -> None:
    """The escapes of kernel's data-reader-absolute-paths table, in a table that opens."""
    folder = tmp_path / "letter=%2F%2520%f é"
    far = _elsewhere(folder, "a b&c#d.parquet")
    spelled = f"file://{tmp_path}/letter=%252F%252520%25f%20%C3%A9/a%20b&c%23d.parquet"
    table = _clone(tmp_path / "clone", spelled, size=far.stat().st_size)
    opened = deltaic.DeltaTable(table.root, storage_options={"allowed_root_1": str(tmp_path)})
    assert _sums(opened) == {31}
    assert json.dumps(str(far)) in [json.dumps(uri) for uri in opened.file_uris()]
