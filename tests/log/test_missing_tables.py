"""Errors of places without a Delta table, of times without a version, and of data files that are
missing: what they tell."""

from __future__ import annotations

from pathlib import Path

import deltaic
import pytest
from deltaic.exceptions import TableNotFoundError, VersionNotFoundError

from harness.arrow import collect, exhaust
from harness.errors import code_of, describe, error_of
from harness.log_table import PROTOCOL, LogTable, field, metadata

NOTHING = "There is no such file or folder: "
FILE = "The path is that of a file, not of a Delta table's folder: "
NO_LOG = "The folder is no Delta table: it has no _delta_log: "
NO_COMMIT = "The folder is no Delta table: its _delta_log has no commit: "


def _table(root: Path) -> LogTable:
    table = LogTable(root)
    table.commit(0, PROTOCOL, metadata(field("x", "long")), table.data("a.parquet", {"x": [1, 2]}))
    return table


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """Places without a table, by what is said of them."""
    root = tmp_path / "not there%20 é"
    folders = {NO_LOG: root / "folder", NO_COMMIT: root / "log"}
    (root / "log" / "_delta_log").mkdir(parents=True)
    (root / "folder").mkdir()
    (root / "file").write_bytes(b"PAR1")
    return {**folders, FILE: root / "file", NOTHING: root / "nothing"}


@pytest.mark.parametrize("said", [NOTHING, FILE, NO_LOG, NO_COMMIT])
def test_what_is_at_a_path_is_told(places: dict[str, Path], said: str) -> None:
    path = places[said]
    for place in (str(path), path.as_uri(), f"{path}/"):
        for action in (
            lambda place=place: deltaic.DeltaTable(place),
            lambda place=place: deltaic.DeltaTable(place, version=3),
            lambda place=place: deltaic.DeltaTable.summarize(place),
            lambda place=place: deltaic.QueryBuilder().execute(f"SELECT * FROM '{place}'"),
        ):
            error = error_of(action)
            assert isinstance(error, TableNotFoundError), describe(error)
            assert str(error) == f"{said}{path}", describe(error)


def test_a_leading_tilde_is_the_home_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _table(tmp_path / "t")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert deltaic.DeltaTable("~/t").table_uri == f"{(tmp_path / 't').as_uri()}/"
    session = deltaic.QueryBuilder().register_catalog("home", "~")
    assert collect(session.execute("SELECT sum(x) AS s FROM '~/t'")).to_pylist() == [{"s": 3}]
    assert collect(session.execute("SELECT sum(x) AS s FROM home.default.t")).num_rows == 1
    session.execute("CREATE EXTERNAL TABLE e STORED AS DELTA LOCATION '~/t'").read_all()
    assert collect(session.execute("SELECT sum(x) AS s FROM e")).to_pylist() == [{"s": 3}]
    # Other names that start so are names.
    monkeypatch.chdir(tmp_path)
    _table(tmp_path / "~t")
    assert deltaic.DeltaTable("~t").version() == 0


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("2023-11-14T22:13:19.999Z", "2023-11-14T22:13:19.999Z"),
        ("2001-02-03T04:05:06+01:00", "2001-02-03T03:05:06.000Z"),
        ("1910-01-01T00:00:00Z", "1910-01-01T00:00:00.000Z"),
    ],
)
def test_times_are_told_as_times(tmp_path: Path, time: str, said: str) -> None:
    _table(tmp_path / "t")
    sql = f"SELECT * FROM '{tmp_path}/t' TIMESTAMP AS OF '{time}'"
    for action in (
        lambda: deltaic.DeltaTable(tmp_path / "t", version=time),
        lambda: deltaic.QueryBuilder().execute(sql),
    ):
        error = error_of(action)
        assert isinstance(error, VersionNotFoundError), describe(error)
        assert str(error).endswith(f"committed at or before {said}"), describe(error)


def test_a_data_file_that_is_missing_is_named_with_the_version(tmp_path: Path) -> None:
    root = tmp_path / "some table"
    table = LogTable(root)
    columns = metadata(field("x", "long"), field("p", "string"), partition_columns=["p"])
    gone = table.data("p=b/part-1.parquet", {"x": [1]}, {"p": "b"})
    table.commit(0, PROTOCOL, columns, gone)
    table.commit(1, table.data("p=a/part-2.parquet", {"x": [2]}, {"p": "a"}))
    (root / "p=b" / "part-1.parquet").unlink()
    opened = deltaic.DeltaTable(root)
    session = deltaic.QueryBuilder().register("t", opened)
    for action in (
        lambda: exhaust(opened.scan()),
        lambda: opened.to_pyarrow_table(),
        lambda: exhaust(session.execute("SELECT sum(x) FROM t")),
        lambda: exhaust(session.execute(f"SELECT * FROM '{root}' WHERE x > 0 ORDER BY x LIMIT 1")),
    ):
        error = error_of(action)
        assert isinstance(error, FileNotFoundError), describe(error)
        assert code_of(error) == "file_not_found", describe(error)
        assert "p=b/part-1.parquet" in str(error), describe(error)
        wanted = f"The table has it at version 1; VACUUM may have removed it since. Table: {root}"
        assert wanted in str(error), describe(error)
        assert str(error).count("VACUUM") == 1, describe(error)
