"""Local tables whose files are links, or no files at all, or have names that few tables have."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import datafusion
import deltaic
import pyarrow as pa
import pytest

from harness.arrow import query
from harness.checkpoint_files import V2_PROTOCOL, checkpoint_metadata, write_sidecar, write_v2
from harness.deletion_vectors import relative
from harness.errors import code_of, describe, error_of
from harness.log_table import LogTable, field, metadata

METADATA = metadata(field("x", "long"), field("p", "string"), partition_columns=["p"])
PROTOCOL = {
    "protocol": {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": ["v2Checkpoint", "deletionVectors"],
        "writerFeatures": ["v2Checkpoint", "deletionVectors"],
    }
}
assert V2_PROTOCOL["protocol"]["minReaderVersion"] == 3

CHECKPOINT = f"{1:020d}.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.parquet"
FILES = {
    "data file": "p=a/1.parquet",
    "commit": f"_delta_log/{2:020d}.json",
    "checkpoint": f"_delta_log/{CHECKPOINT}",
    "sidecar": "_delta_log/_sidecars/s.parquet",
    "deletion vector": None,
}
FOLDERS = {
    "folder of data files": "p=a",
    "log": "_delta_log",
    "folder of sidecars": "_delta_log/_sidecars",
    "folder of vectors": "dv",
}


def _table(root: Path) -> Path:
    """A table of which each kind of file is needed: rows 1, 2 and 4."""
    table = LogTable(root)
    first = table.data("p=a/1.parquet", {"x": [1, 2, 3]}, {"p": "a"})
    first["add"]["deletionVector"] = relative(root, [[2]], "dv")[0]
    second = table.data("p=b/2.parquet", {"x": [4]}, {"p": "b"})
    table.commit(0, PROTOCOL, METADATA)
    table.commit(1, first)
    table.commit(2, second)
    part = write_sidecar(table, "s.parquet", [first])
    write_v2(table, 1, [PROTOCOL, METADATA, checkpoint_metadata(1), part], "parquet")
    (table.log / f"{0:020d}.json").unlink()
    (table.log / f"{1:020d}.json").unlink()
    return root


def _path(root: Path, name: str | None) -> Path:
    return root / name if name is not None else next((root / "dv").iterdir())


def _wheel(table: deltaic.DeltaTable) -> pa.Table:
    context = datafusion.SessionContext()
    context.register_table("t", table)
    return pa.Table.from_batches(context.sql("SELECT x FROM t").collect())


WAYS: dict[str, Callable[[deltaic.DeltaTable], Any]] = {
    "scan": lambda table: pa.Table.from_batches(map(pa.record_batch, table.scan(columns=["x"]))),
    "sql": lambda table: query("SELECT x FROM t", t=table),
    "pyarrow": lambda table: table.to_pyarrow_table(columns=["x"]),
    "wheel": _wheel,
}


def _read(root: Path, options: dict[str, str] | None = None) -> dict[str, list[int]]:
    table = deltaic.DeltaTable(root, storage_options=options)
    return {name: sorted(way(table).column("x").to_pylist()) for name, way in WAYS.items()}


def _errors(root: Path, options: dict[str, str] | None = None) -> list[BaseException]:
    """That of opening the table, or those of all ways to read it."""
    try:
        table = deltaic.DeltaTable(root, storage_options=options)
    except Exception as error:
        return [error]
    return [error_of(partial(way, table)) for way in WAYS.values()]


# What comes through the wheel, or the Arrow C interface, is text.
CLASSES = {"permission_denied": "StoragePermissionError", "corrupt_data": "DeltaError"}


def _code(error: BaseException) -> str:
    names = (
        code for code, name in CLASSES.items() if f"[{code}]" in str(error) or name in str(error)
    )
    return code_of(error) or next(names, str(error))


def _codes(errors: list[BaseException]) -> set[str]:
    return {_code(error) for error in errors}


ALL = {name: [1, 2, 4] for name in WAYS}


def test_a_table_without_links(tmp_path: Path) -> None:
    assert _read(_table(tmp_path / "t")) == ALL


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", ["FIFO", "socket", "folder", "device"])
@pytest.mark.parametrize("file", FILES)
def test_what_is_no_regular_file(tmp_path: Path, file: str, kind: str) -> None:
    root = _table(tmp_path / "t")
    path = _path(root, FILES[file])
    path.unlink()
    if kind == "FIFO":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "socket":
        # Their paths must be short.
        here = os.getcwd()
        os.chdir(path.parent)
        try:
            socket.socket(socket.AF_UNIX).bind("s.sock")
            os.rename("s.sock", path.name)
        finally:
            os.chdir(here)
    else:
        try:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero
        except PermissionError:
            pytest.skip("only root makes devices")
    errors = _errors(root)
    in_log = file in ("commit", "checkpoint", "sidecar")
    assert _codes(errors) == {"corrupt_log" if in_log else "corrupt_data"}, errors
    for error in errors:
        assert path.name in str(error), describe(error)
        # What has no bytes is no Parquet, either.
        is_told = "no regular file" in str(error) or "too short for Parquet" in str(error)
        assert is_told, describe(error)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", ["FIFO", "folder"])
def test_hints_that_are_no_regular_files(tmp_path: Path, kind: str) -> None:
    root = _table(tmp_path / "t")
    for name in ("_last_checkpoint", f"{2:020d}.crc"):
        path = root / "_delta_log" / name
        if kind == "FIFO":
            os.mkfifo(path)
        else:
            path.mkdir()
    assert _read(root) == ALL
    assert deltaic.DeltaTable.summarize(root).version == 2
    assert deltaic.DeltaTable(root).verify_checksum().state == "unreadable"


@pytest.mark.timeout(120)
def test_other_entries_of_the_log_do_not_matter(tmp_path: Path) -> None:
    root = _table(tmp_path / "t")
    os.mkfifo(root / "_delta_log" / "fifo")
    os.mkfifo(root / "_delta_log" / f".{2:020d}.json.crc")
    (root / "_delta_log" / "link").symlink_to("nowhere")
    (Path(os.fsdecode(os.fsencode(root) + b"/_delta_log/\xff"))).touch()
    assert _read(root) == ALL


def test_a_commit_that_is_a_link_to_nothing(tmp_path: Path) -> None:
    root = _table(tmp_path / "t")
    (root / "_delta_log" / f"{3:020d}.json").symlink_to("nowhere")
    error = error_of(lambda: deltaic.DeltaTable(root))
    assert code_of(error) == "corrupt_log", describe(error)
    assert f"{3:020d}.json" in str(error)


@pytest.mark.parametrize("file", [*FILES, *FOLDERS])
def test_links_out_of_the_table(tmp_path: Path, file: str) -> None:
    root = _table(tmp_path / "t")
    outside = tmp_path / "outside"
    outside.mkdir()
    path = _path(root, {**FILES, **FOLDERS}[file])
    target = outside / path.name
    path.rename(target)
    path.symlink_to(target)
    errors = _errors(root)
    assert _codes(errors) == {"permission_denied"}, errors
    for error in errors:
        assert "allowed_root_1" in str(error), describe(error)
        assert path.name in str(error), describe(error)
    assert _read(root, {"allowed_root_1": str(outside)}) == ALL
    elsewhere = tmp_path / "elsewhere"
    assert _codes(_errors(root, {"allowed_root_1": str(elsewhere)})) == {"permission_denied"}
    # A folder whose name begins alike is another one.
    outside_too = tmp_path / "out"
    outside_too.mkdir()
    assert _codes(_errors(root, {"allowed_root_1": str(outside_too)})) == {"permission_denied"}


@pytest.mark.parametrize("file", [*FILES, *FOLDERS])
def test_links_within_the_table(tmp_path: Path, file: str) -> None:
    root = _table(tmp_path / "t")
    path = _path(root, {**FILES, **FOLDERS}[file])
    target = root / "kept" / path.name
    target.parent.mkdir()
    path.rename(target)
    path.symlink_to(os.path.relpath(target, path.parent))
    assert _read(root) == ALL
    (tmp_path / "link").symlink_to("t")
    assert _read(tmp_path / "link") == ALL


@pytest.mark.parametrize("is_link", [True, False])
def test_datasets_of_pyarrow(tmp_path: Path, is_link: bool) -> None:
    """pyarrow opens files by itself."""
    root = tmp_path / "t"
    table = LogTable(root)
    adds = [table.data(f"{i}.parquet", {"x": [i]}) for i in range(3)]
    table.commit(
        0,
        {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
        metadata(field("x", "long")),
        *adds,
    )
    path = root / "1.parquet"
    if is_link:
        path.rename(tmp_path / "secret.parquet")
        path.symlink_to("../secret.parquet")
    else:
        path.unlink()
        os.mkfifo(path)
    opened = deltaic.DeltaTable(root)
    error = error_of(lambda: opened.to_pyarrow_dataset().to_table())
    assert "1.parquet" in str(error), describe(error)
    if is_link:
        allowed = deltaic.DeltaTable(root, storage_options={"allowed_root_1": str(tmp_path)})
        assert allowed.to_pyarrow_dataset().to_table().column("x").to_pylist() == [0, 1, 2]


NAMES = [
    "a b",
    "50%",
    "%41",
    "x#1",
    "x?y",
    "a\tb",
    "a\nb",
    "\x01",
    "é",
    "'\"",
    "~",
    "[x]*",
    "a\\b",
    "x\x7f",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_names_of_folders(tmp_path: Path, name: str) -> None:
    root = _table(tmp_path / name / "t")
    assert _read(root) == ALL
    table = deltaic.DeltaTable(root)
    for uri in table.file_uris():
        assert Path(uri).is_file(), uri
    assert deltaic.DeltaTable(table.table_uri).version() == 2
    quoted = str(root).replace("'", "''")
    rows = deltaic.QueryBuilder().execute(f"SELECT x FROM '{quoted}'").read_all()
    assert sorted(rows.column("x").to_pylist()) == [1, 2, 4]


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    root = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    shutil.copytree(_table(tmp_path / "t"), root)
    error = error_of(lambda: deltaic.DeltaTable(root))
    assert isinstance(error, ValueError), describe(error)
    assert "UTF-8" in str(error), describe(error)


def test_a_footer_is_not_that_of_a_file_that_was_replaced(tmp_path: Path) -> None:
    """The log tells the same of both: path, size and time."""
    table = LogTable(tmp_path / "t")
    data = table.data("1.parquet", {"x": [1, 2, 3]}, use_dictionary=False, compression="none")
    table.commit(
        0,
        {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
        metadata(field("x", "long")),
        data,
    )

    def check(first: int) -> None:
        opened = deltaic.DeltaTable(table.root)
        for number in range(first, first + 3):
            for context in contexts:
                context.deregister_table("t")
                context.register_table("t", opened)
                batches = context.sql(f"SELECT x FROM t WHERE x = {number}").collect()
                assert sum(batch.num_rows for batch in batches) == 1, number
        session.register("t", opened)
        assert session.execute(f"SELECT x FROM t WHERE x > {first}").read_all().num_rows == 2

    session = deltaic.QueryBuilder()
    contexts = [datafusion.SessionContext()]
    check(1)
    other = table.data("1.parquet", {"x": [11, 12, 13]}, use_dictionary=False, compression="none")
    assert json.dumps(other) == json.dumps(data)
    contexts.append(datafusion.SessionContext())
    check(11)
