from __future__ import annotations

import pickle
import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path

import deltalake
import pyarrow as pa
import pytest
from arro3.core import RecordBatchReader
from datafusion import SessionContext

from deltaic import DeltaTable, Metadata, ProtocolVersions
from deltaic.exceptions import (
    InvalidArgumentError,
    SqlError,
    TableNotFoundError,
    VersionNotFoundError,
)


def test_describes_a_table(orders: DeltaTable, data: Path) -> None:
    assert orders.version() == 2
    assert orders.table_uri == f"{(data / 'orders').as_uri()}/"
    assert orders.protocol() == ProtocolVersions(1, 2, None, None)
    assert orders.count() == 120
    assert repr(orders) == f"DeltaTable('{orders.table_uri}', version=2)"

    metadata = orders.metadata()
    assert isinstance(metadata, Metadata)
    assert metadata.name == "orders"
    assert metadata.description == "Orders of a quarter, a commit a month"
    assert metadata.partition_columns == ["country"]
    assert metadata.configuration == {}
    assert metadata.created_time is not None
    assert str(metadata).startswith(f"Metadata(id: {metadata.id}, name: orders, description: ")


def test_lists_live_files(orders: DeltaTable, data: Path) -> None:
    files = orders.files()
    assert len(files) == 12
    assert all((data / "orders" / file).is_file() for file in files)
    assert sorted(orders.file_uris()) == sorted(str(data / "orders" / file) for file in files)


@pytest.mark.parametrize("spelling", [str, Path, Path.as_uri])
def test_takes_paths_and_urls(data: Path, spelling: type) -> None:
    location = spelling(data / "orders")
    assert DeltaTable.is_deltatable(location)
    assert DeltaTable(location).version() == 2


def test_tells_what_is_no_table(data: Path, tmp_path: Path) -> None:
    assert not DeltaTable.is_deltatable(tmp_path)
    assert not DeltaTable.is_deltatable(tmp_path / "nothing")
    with pytest.raises(TableNotFoundError) as error:
        DeltaTable(tmp_path / "nothing")
    assert error.value.code == "table_not_found"
    with pytest.raises(InvalidArgumentError) as invalid:
        DeltaTable("nosuchscheme://bucket/table")
    assert invalid.value.code == "invalid_argument"
    assert isinstance(invalid.value, ValueError)


def test_travels_by_version(orders: DeltaTable, data: Path) -> None:
    assert DeltaTable(data / "orders", version=1).count() == 80
    orders.load_as_version(0)
    assert (orders.version(), orders.count(), len(orders.files())) == (0, 40, 4)
    with pytest.raises(VersionNotFoundError) as error:
        orders.load_as_version(99)
    assert error.value.code == "version_not_found"
    assert orders.version() == 0
    orders.update_incremental()
    assert orders.version() == 2


def test_travels_by_time(orders: DeltaTable, data: Path) -> None:
    # Checked-out files have the times of the checkout, so only both ends are certain.
    future = datetime.now(timezone.utc) + timedelta(days=1)
    for time in (future, future.isoformat(), future.replace(tzinfo=None), "2999-01-01T00:00:00Z"):
        orders.load_as_version(time)
        assert orders.version() == 2
        assert DeltaTable(data / "orders", version=time).version() == 2
    with pytest.raises(VersionNotFoundError):
        orders.load_as_version("2001-01-01T00:00:00+02:00")


@pytest.mark.parametrize(
    ("version", "exception"),
    [
        (-1, ValueError),
        (2**63, ValueError),
        ("soon", ValueError),
        (1.5, TypeError),
        (True, TypeError),
    ],
)
def test_refuses_bad_versions(orders: DeltaTable, version: int, exception: type[Exception]) -> None:
    with pytest.raises(exception):
        orders.load_as_version(version)
    assert orders.version() == 2


def test_warns_about_deprecated_parameters(data: Path) -> None:
    for deprecated in ({"without_files": True}, {"log_buffer_size": 3}, {"skip_stats": True}):
        with pytest.warns(DeprecationWarning, match=next(iter(deprecated))):
            DeltaTable(data / "orders", **deprecated)


def test_scans(orders: DeltaTable) -> None:
    reader = orders.scan()
    assert isinstance(reader, RecordBatchReader)
    names = ["order_id", "customer_id", "country", "ordered_on", "amount", "status"]
    assert reader.schema.names == names
    assert reader.read_all().num_rows == 120

    rows = orders.scan(["amount", "order_id"], "country = 'NO' AND order_id < 1010").read_all()
    assert rows.schema.names == ["amount", "order_id"]
    assert sorted(rows.column("order_id").to_pylist()) == [1002, 1006]


def test_refuses_bad_scans(orders: DeltaTable) -> None:
    with pytest.raises(SqlError) as error:
        orders.scan(["nothing"])
    assert error.value.code == "invalid_sql"
    with pytest.raises(SqlError):
        orders.scan(predicate="order_id >")
    with pytest.raises(SqlError):
        orders.scan(predicate="Country = 'NO'")


def test_is_an_arrow_stream(orders: DeltaTable) -> None:
    assert pa.table(orders).num_rows == 120
    assert pa.RecordBatchReader.from_stream(orders).read_all().num_rows == 120


def test_pickles_its_version(data: Path) -> None:
    table = DeltaTable(data / "orders", version=1, storage_options={"timeout": "30s"})
    copy = pickle.loads(pickle.dumps(table))
    assert (copy.version(), copy.table_uri) == (1, table.table_uri)
    assert copy._storage_options == {"timeout": "30s"}
    assert copy.count() == 80


def test_pickles_scan_options(data: Path) -> None:
    table = DeltaTable(data / "orders", version=1)
    added = table.with_scan_options(file_column="file", metadata=True)
    table.load_as_version(2)  # They stay at their version.
    copy = pickle.loads(pickle.dumps(added))
    context = SessionContext()
    context.register_table("t", copy)
    (batch,) = context.sql("SELECT count(*), count(file), count(_metadata) FROM t").collect()
    assert [column[0].as_py() for column in batch.columns] == [80, 80, 80]


def test_equal_tables_are_of_one_place_and_version(data: Path, tmp_path: Path) -> None:
    table, same = DeltaTable(data / "orders"), DeltaTable(f"{data}/orders/")
    assert table == same
    assert pickle.loads(pickle.dumps(table)) == table
    same.load_as_version(1)
    assert table != same
    assert DeltaTable(data / "orders", version=1) == same
    assert table != DeltaTable(data / "customers")
    shutil.copytree(data / "orders", tmp_path / "orders")
    assert table != DeltaTable(tmp_path / "orders")
    assert table != DeltaTable(data / "orders", storage_options={"timeout": "30s"})
    assert table == DeltaTable(data / "orders", storage_options={})
    assert table != str(data / "orders")


def test_tables_made_anew_are_not_equal(tmp_path: Path) -> None:
    deltalake.write_deltalake(tmp_path / "t", pa.table({"x": [1]}))
    old = DeltaTable(tmp_path / "t")
    shutil.rmtree(tmp_path / "t")
    deltalake.write_deltalake(tmp_path / "t", pa.table({"x": [1]}))
    assert DeltaTable(tmp_path / "t") != old


def test_tables_have_no_hash_as_in_deltalake(orders: DeltaTable, data: Path) -> None:
    for table in (orders, deltalake.DeltaTable(data / "orders")):
        with pytest.raises(TypeError, match="unhashable"):
            hash(table)


@pytest.mark.parametrize("predicate", ["max(amount) > 3", "row_number() OVER () > 1"])
def test_a_predicate_is_about_one_row(orders: DeltaTable, predicate: str) -> None:
    with pytest.raises(SqlError, match="no aggregates and no windows"):
        orders.file_uris(file_pruning_predicate=predicate)
