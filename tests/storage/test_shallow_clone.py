"""A table whose files lie in several object stores, each with credentials of its own."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import datafusion
import deltaic
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.arrow import collect, exhaust, query
from harness.errors import code_of, describe, error_of
from harness.log_table import PROTOCOL, LogTable, add, field, metadata
from services.azurite import ACCOUNT, Azurite
from services.seaweedfs import SECRET_KEY, SeaweedFs


@pytest.fixture
def clone(tmp_path: Path, s3: SeaweedFs) -> LogTable:
    """On a local disk, with a file of its own and one in a bucket; the values sum up to 111."""
    far = LogTable(tmp_path / "far")
    pq.write_table(pa.table({"x": [10, 100]}), far.root / "part %.parquet")
    s3.upload(far.root, "lake", "far/table")
    table = LogTable(tmp_path / "clone")
    own = table.data("own.parquet", {"x": [1]})
    size = (far.root / "part %.parquet").stat().st_size
    path = "s3a://lake/far/table/part%20%25.parquet"
    table.commit(0, PROTOCOL, metadata(field("x", "long")), own, add(path, size))
    return table


def _exhaust(table: deltaic.DeltaTable) -> None:
    exhaust(table.scan())


def _options(root: str, number: int, own: dict[str, str]) -> dict[str, str]:
    options = {f"allowed_root_{number}_{key}": value for key, value in own.items()}
    return {f"allowed_root_{number}": root} | options


def test_local_clone_of_a_table_on_s3(clone: LogTable, s3: SeaweedFs) -> None:
    options = _options("s3://lake/far", 1, s3.options())
    table = deltaic.DeltaTable(clone.root, storage_options=options)
    assert "s3://lake/far/table/part %.parquet" in table.file_uris()
    context = datafusion.SessionContext()
    context.register_table("t", table)
    for rows in (
        collect(table.scan()),
        query("SELECT * FROM t", t=table),
        collect(context.sql("SELECT * FROM t")),
        table.to_pyarrow_dataset().to_table(),
    ):
        assert sum(rows.column("x").to_pylist()) == 111
    assert query("SELECT x FROM t WHERE x > 50", t=table).num_rows == 1


def test_a_root_does_not_lend_credentials(clone: LogTable, s3: SeaweedFs) -> None:
    """Options of the table are those of a root only where the schemes are the same."""
    for options in (
        {"allowed_root_1": "s3://lake/far", **s3.options()},
        _options("s3://lake/far", 1, s3.options("canary-wrong-secret-5e77")),
    ):
        table = deltaic.DeltaTable(clone.root, storage_options=options)
        error = error_of(partial(_exhaust, table))
        assert code_of(error) in ("permission_denied", "io"), describe(error)
        assert SECRET_KEY not in str(error)
        assert "canary" not in str(error)


def test_a_folder_beside_the_root_is_not_allowed(clone: LogTable, s3: SeaweedFs) -> None:
    options = _options("s3://lake/fa", 1, s3.options())
    error = error_of(
        lambda: exhaust(deltaic.DeltaTable(clone.root, storage_options=options).scan())
    )
    assert code_of(error) == "permission_denied", describe(error)
    assert "allowed_root_1" in str(error)


def test_clone_on_s3_of_a_table_on_azure(tmp_path: Path, s3: SeaweedFs, azure: Azurite) -> None:
    azure_root = f"abfss://lake@{ACCOUNT}.dfs.core.windows.net/far"
    far = LogTable(tmp_path / "far")
    pq.write_table(pa.table({"x": [10, 100]}), far.root / "f.parquet")
    azure.upload(far.root, "lake", "far/table")
    s3.upload(far.root, "lake", "beside/table")
    size = (far.root / "f.parquet").stat().st_size
    table = LogTable(tmp_path / "clone")
    table.commit(
        0,
        PROTOCOL,
        metadata(field("x", "long")),
        add(f"{azure_root}/table/f.parquet", size),
        add("s3://lake/beside/table/f.parquet", size),
    )
    s3.upload(table.root, "lake", "clones/table")
    options = {
        **s3.options(),
        **_options(azure_root, 1, azure.options()),
        # Of the same kind as the table: it has the table's options.
        "allowed_root_2": "s3://lake/beside",
    }
    opened = deltaic.DeltaTable("s3://lake/clones/table", storage_options=options)
    assert query("SELECT sum(x) AS s FROM t", t=opened).to_pylist() == [{"s": 220}]
