"""The table API, beside the package deltalake where it is the same."""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pa_fs
import pytest

from deltaic import DeltaTable
from deltaic.exceptions import (
    DeltaProtocolError,
    InvalidArgumentError,
    SqlError,
    VersionNotFoundError,
)

DAY = date(2020, 1, 1)
TIME = datetime(2020, 1, 1, 12, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def every_type(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three files: p = 1 with s = x and y, and p null with s null."""
    folder = tmp_path_factory.mktemp("every_type")
    rows = pa.table(
        {
            "byte": pa.array([1, 2, None], pa.int8()),
            "long": pa.array([1, 2, 3], pa.int64()),
            "float": pa.array([1.5, 2, 3], pa.float32()),
            "double": [1.5, 2.0, 3.0],
            "string": ["a", "b", "c"],
            "bool": [True, False, None],
            "binary": [b"a", b"b", b"c"],
            "date": [DAY, DAY, DAY],
            "time": pa.array([TIME, TIME, TIME], pa.timestamp("us", "UTC")),
            "ntz": pa.array([TIME.replace(tzinfo=None)] * 3, pa.timestamp("us")),
            "decimal": pa.array([Decimal("1.50")] * 3, pa.decimal128(10, 2)),
            "struct": [{"x": 1, "y": {"z": "q"}}] * 3,
            "list": [[1]] * 3,
            "map": pa.array([[("a", 1)]] * 3, pa.map_(pa.string(), pa.int64())),
            "p": pa.array([1, 1, None], pa.int32()),
            "s": ["x", "y", None],
        }
    )
    deltalake.write_deltalake(folder, rows, partition_by=["p", "s"])
    return folder


def _rows(table: Any, flatten: bool) -> pa.Table:
    return pa.table(table.get_add_actions(flatten=flatten)).sort_by("path")


@pytest.mark.parametrize("flatten", [False, True])
def test_add_actions_are_those_of_deltalake(every_type: Path, flatten: bool) -> None:
    ours = _rows(DeltaTable(every_type), flatten)
    theirs = _rows(deltalake.DeltaTable(every_type), flatten)
    assert ours.schema == theirs.schema
    for name in ours.schema.names:
        assert ours.column(name).to_pylist() == theirs.column(name).to_pylist(), name


@pytest.fixture
def cut_times(tmp_path: Path) -> Path:
    """A row at 03.456789, which the statistics cut to 03.456 as Spark does."""
    exact = datetime(2024, 1, 2, 0, 0, 3, 456789)
    rows = pa.table(
        {
            "ts": pa.array([exact], pa.timestamp("us", "UTC")),
            "ntz": pa.array([exact], pa.timestamp("us")),
            "s": pa.array([{"ts": exact}], pa.struct([("ts", pa.timestamp("us", "UTC"))])),
        }
    )
    deltalake.write_deltalake(tmp_path, rows)
    commit = tmp_path / "_delta_log" / f"{0:020d}.json"
    commit.write_text(commit.read_text().replace("03.456789", "03.456"))
    return tmp_path


@pytest.mark.parametrize("flatten", [False, True])
def test_add_actions_have_the_bounds_of_the_log(cut_times: Path, flatten: bool) -> None:
    ours = _rows(DeltaTable(cut_times), flatten)
    theirs = _rows(deltalake.DeltaTable(cut_times), flatten)
    assert ours.to_pylist() == theirs.to_pylist()
    logged = datetime(2024, 1, 2, 0, 0, 3, 456000)
    if flatten:
        assert ours.column("max.ntz").to_pylist() == [logged]
    else:
        assert [row["ntz"] for row in ours.column("max").to_pylist()] == [logged]


def test_cut_bounds_rule_no_row_out(cut_times: Path) -> None:
    table = DeltaTable(cut_times)
    for name, zone in (("ntz", None), ("ts", timezone.utc)):
        exact = datetime(2024, 1, 2, 0, 0, 3, 456789, zone)
        expression = ds.field(name) == pa.scalar(exact)
        assert table.to_pyarrow_dataset().to_table(filter=expression).num_rows == 1
        assert len(table.files(file_pruning_predicate=[(name, "=", exact)])) == 1
        assert table.to_pyarrow_table(filters=[(name, "=", exact)]).num_rows == 1


@pytest.mark.parametrize(
    "configuration",
    [
        {"delta.dataSkippingNumIndexedCols": "4"},
        {"delta.dataSkippingNumIndexedCols": "0"},
        {"delta.dataSkippingStatsColumns": "y,s.b"},
    ],
)
def test_add_actions_follow_the_table_properties(
    tmp_path: Path, configuration: dict[str, str]
) -> None:
    rows = pa.table({"s": [{"a": 1, "b": 2, "c": 3}], "l": [[1]], "x": [1], "y": [2]})
    deltalake.write_deltalake(tmp_path, rows, configuration=configuration)
    ours, theirs = DeltaTable(tmp_path), deltalake.DeltaTable(tmp_path)
    assert _rows(ours, True).schema == _rows(theirs, True).schema
    assert _rows(ours, False).schema == _rows(theirs, False).schema


def test_add_actions_spell_paths_as_the_log_does(tmp_path: Path) -> None:
    rows = pa.table({"p": ["a b", "c/d", "é%"], "x": [1, 2, 3]})
    deltalake.write_deltalake(tmp_path, rows, partition_by=["p"])
    ours, theirs = DeltaTable(tmp_path), deltalake.DeltaTable(tmp_path)
    assert _rows(ours, True).column("path") == _rows(theirs, True).column("path")
    assert ours._table.get_add_file_sizes() == theirs._table.get_add_file_sizes()
    assert sorted(ours.file_uris()) == sorted(theirs.file_uris())


@pytest.mark.parametrize(
    "predicate",
    [
        [("p", "=", "1")],
        [("p", "!=", 1)],
        [("p", ">", "0")],
        [("p", "<=", 1), ("s", "=", "x")],
        [("p", "not in", ["1"])],
        [("s", "in", ["x", "y"])],
        [("s", "=", "")],
        [("s", "!=", "")],
        [[("s", "=", "x")], [("p", "=", "")]],
        [("long", ">", "2")],
        [("double", "=", 1.5)],  # A bound on one side rules no file out: NaN may be in it.
        [("date", "=", date(2020, 1, 2))],
        [("time", "<", "2020-01-01T12:00:00Z")],
        [],
        "p = 1 and long > 1",
        "long > 5",
    ],
    ids=str,
)
def test_files_and_partitions_are_those_of_deltalake(every_type: Path, predicate: Any) -> None:
    ours, theirs = DeltaTable(every_type), deltalake.DeltaTable(every_type)
    files = ours.file_uris(file_pruning_predicate=predicate)
    assert sorted(files) == sorted(theirs.file_uris(file_pruning_predicate=predicate))
    assert [
        f"{every_type}/{file}" for file in ours.files(file_pruning_predicate=predicate)
    ] == files
    partitions = ours.partitions(file_pruning_predicate=predicate)
    expected = theirs.partitions(file_pruning_predicate=predicate)
    assert sorted(partitions, key=str) == sorted(
        ({"p": one["p"], "s": one["s"]} for one in expected), key=str
    )


def test_files_take_what_deltalake_does_not(every_type: Path) -> None:
    table = DeltaTable(every_type)

    def count(predicate: Any) -> int:
        return len(table.files(file_pruning_predicate=predicate))

    assert count([("p", "in", ["1", ""])]) == 3
    assert count([("p", "=", None)]) == 1
    assert count([("decimal", "=", Decimal("7"))]) == 0
    assert count("string like 'a%'") < 3
    assert count("upper(s) = 'X'") == 1


@pytest.mark.parametrize(
    ("predicate", "files"),
    [
        ([("s", "=", None)], [0, 1]),
        ([("s", "!=", None)], [0, 2]),
        ([("s", "in", ["b", None])], [0, 1, 2]),
        ([("s", "in", [None])], [0, 1]),
        # A bound of texts may be longer than what a writer has kept of it.
        ([("s", "not in", ["a", None])], [0, 2]),
        ([("s", "not in", [])], [0, 1, 2]),
        ([("s", "<", None)], []),
        ([("s", "=", "")], []),
        ([("x", "=", None)], [1]),
        ([("x", "in", [1, None])], [0, 1]),
        ([("x", "not in", [1, None])], [1, 2]),
        ([[("x", "=", None), ("s", "=", None)], [("x", "=", 3)]], [1, 2]),
    ],
    ids=str,
)
def test_files_are_pruned_by_nulls(tmp_path: Path, predicate: Any, files: list[int]) -> None:
    strings, longs = [["a", None], [None, None], ["b", "c"]], [[1, 1], [None, 2], [3, 3]]
    for s, x in zip(strings, longs, strict=True):
        rows = pa.table({"s": pa.array(s, pa.string()), "x": pa.array(x, pa.int64())})
        deltalake.write_deltalake(tmp_path, rows, mode="append")
    versions = [set(DeltaTable(tmp_path, version=i).files()) for i in range(3)]
    added = [versions[0], versions[1] - versions[0], versions[2] - versions[1]]
    found = DeltaTable(tmp_path).files(file_pruning_predicate=predicate)
    assert set(found) == set().union(*(added[i] for i in files))


def test_partition_filters_warn(every_type: Path) -> None:
    table = DeltaTable(every_type)
    for call in (table.files, table.file_uris, table.partitions):
        with pytest.warns(DeprecationWarning, match="partition_filters"):
            assert len(call([("s", "=", "x")])) == 1
        with pytest.raises(ValueError, match="partition_filters"):
            call([("s", "=", "x")], file_pruning_predicate="p = 1")


@pytest.mark.parametrize(
    ("predicate", "exception", "words"),
    [
        ([("nothing", "=", "1")], ValueError, "'nothing'"),
        ([("p", "~", "1")], InvalidArgumentError, "'~'"),
        ([("p", "=", "abc")], InvalidArgumentError, "'p' of type integer .*'abc'"),
        ([("p", "in", "1")], ValueError, "'p'"),
        ([("p", "=")], ValueError, "malformed"),
        ([("p", "=", [1])], ValueError, "cannot be one"),
        ([("long", "=", "")], InvalidArgumentError, "'long' of type long .*empty"),
        ("nothing = 1", SqlError, "nothing"),
        ("p >", SqlError, "the end of the text"),
    ],
)
def test_bad_filters_are_refused(
    every_type: Path, predicate: Any, exception: type[Exception], words: str
) -> None:
    with pytest.raises(exception, match=words):
        DeltaTable(every_type).files(file_pruning_predicate=predicate)


def test_filter_of_another_type_names_column_and_types(every_type: Path) -> None:
    table = DeltaTable(every_type)
    for value in (DAY, b"1", True):
        with pytest.raises(ValueError, match=f"'long' of type long .*{type(value).__name__}"):
            table.to_pyarrow_table(filters=[("long", "=", value)])
    with pytest.raises(ValueError, match=r"'date' of type date .*'x'"):
        table.to_pyarrow_table(filters=[("date", "in", ["2020-01-01", "x"])])
    assert table.to_pyarrow_table(filters=[("long", "=", "2")]).num_rows == 1
    assert table.to_pyarrow_table(filters=[("date", "=", "2020-01-01")]).num_rows == 3


def test_history_is_that_of_deltalake(orders: DeltaTable, data: Path) -> None:
    theirs = deltalake.DeltaTable(data / "orders").history()
    assert orders.history() == theirs
    assert orders.history(2) == theirs[:2]
    assert orders.history(0) == []
    orders.load_as_version(0)
    assert [entry["version"] for entry in orders.history()] == [2, 1, 0]
    with pytest.raises(InvalidArgumentError):
        orders.history(-1)


def test_history_is_of_the_commits_that_are_there(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data / "orders", tmp_path / "orders")
    table = DeltaTable(tmp_path / "orders")
    log = tmp_path / "orders" / "_delta_log"
    (log / f"{0:020d}.json").unlink()
    (log / f"{3:020d}.json").write_text('{"txn":{"appId":"app","version":7}}\n')
    newest, *older = table.history()
    assert newest.keys() == {"timestamp", "version"}
    assert [newest["version"], *(entry["version"] for entry in older)] == [3, 2, 1]
    table.update_incremental()
    assert table.transaction_version("app") == 7
    assert table.transaction_version("other") is None
    (log / f"{1:020d}.json").write_text("broken")
    with pytest.raises(DeltaProtocolError, match=r"0001\.json"):
        table.history()


def test_detail_describes_the_table(orders: DeltaTable) -> None:
    detail = orders.detail()
    assert list(detail) == [
        "format", "id", "name", "description", "location", "createdAt", "lastModified",
        "partitionColumns", "clusteringColumns", "numFiles", "sizeInBytes", "properties",
        "minReaderVersion", "minWriterVersion", "tableFeatures",
    ]  # fmt: skip
    assert (detail["format"], detail["name"], detail["numFiles"]) == ("delta", "orders", 12)
    assert detail["createdAt"].timestamp() * 1000 == orders.metadata().created_time
    assert detail["sizeInBytes"] == sum(orders._table.get_add_file_sizes().values())
    assert detail["partitionColumns"] == ["country"]
    assert detail["tableFeatures"] == ["appendOnly", "invariants"]
    assert detail["properties"] == {}


def test_count_is_exact_without_statistics(tmp_path: Path) -> None:
    for rows in (3, 4, 5):
        deltalake.write_deltalake(tmp_path, pa.table({"x": list(range(rows))}), mode="append")
    commit = tmp_path / "_delta_log" / f"{1:020d}.json"
    actions = [json.loads(line) for line in commit.read_text().splitlines()]
    for action in actions:
        action.get("add", {}).pop("stats", None)
    commit.write_text("".join(json.dumps(action) + "\n" for action in actions))
    table = DeltaTable(tmp_path)
    assert table.count() == 12
    for name in table.files():
        (tmp_path / name).unlink()
    with pytest.raises(Exception, match="parquet"):
        table.count()


def test_time_before_the_first_commit_is_an_error(orders: DeltaTable, data: Path) -> None:
    theirs = deltalake.DeltaTable(data / "orders")
    theirs.load_as_version("2001-01-01T00:00:00Z")
    assert theirs.version() == 0
    with pytest.raises(VersionNotFoundError):
        orders.load_as_version("2001-01-01T00:00:00Z")


def test_there_are_no_deletion_vectors(orders: DeltaTable, data: Path) -> None:
    ours = pa.RecordBatchReader.from_stream(orders.deletion_vectors())
    theirs = deltalake.DeltaTable(data / "orders").deletion_vectors()
    assert ours.schema == pa.RecordBatchReader.from_stream(theirs).schema
    assert ours.read_all().num_rows == 0


def test_table_config_warns(orders: DeltaTable) -> None:
    with pytest.warns(DeprecationWarning, match="table_config"):
        assert orders.table_config.without_files is False


@pytest.mark.parametrize("large", [False, True])
def test_dataset_is_that_of_deltalake(every_type: Path, large: bool) -> None:
    ours = DeltaTable(every_type).to_pyarrow_dataset(as_large_types=large)
    theirs = deltalake.DeltaTable(every_type).to_pyarrow_dataset(as_large_types=large)
    assert ours.schema == theirs.schema
    assert ours.to_table().sort_by("long") == theirs.to_table().sort_by("long")


def test_dataset_skips_files_by_the_log(every_type: Path) -> None:
    dataset = DeltaTable(every_type).to_pyarrow_dataset()

    def fragments(expression: ds.Expression) -> int:
        rows = dataset.to_table(filter=expression).num_rows
        kept = len(list(dataset.get_fragments(filter=expression)))
        assert rows <= kept
        return kept

    assert fragments(ds.field("p") == 1) == 2
    assert fragments(ds.field("p").is_null()) == 1
    assert fragments(ds.field("long") > 2) == 1
    assert fragments(ds.field("byte").is_null()) == 1
    assert fragments(ds.field("string") == "b") == 1


def test_dataset_keeps_nulls_beside_bounds(tmp_path: Path) -> None:
    deltalake.write_deltalake(tmp_path, pa.table({"x": [1, None, 3]}))
    dataset = DeltaTable(tmp_path).to_pyarrow_dataset()
    assert dataset.to_table(filter=ds.field("x").is_null()).num_rows == 1
    assert dataset.to_table(filter=~(ds.field("x") > 1)).num_rows == 1
    assert len(list(dataset.get_fragments(filter=ds.field("x") > 3))) == 0


def test_dataset_takes_filesystems_and_predicates(every_type: Path) -> None:
    table = DeltaTable(every_type)
    subtree = pa_fs.SubTreeFileSystem(str(every_type), pa_fs.LocalFileSystem())
    for filesystem in (subtree, str(every_type), every_type.as_uri()):
        assert table.to_pyarrow_dataset(filesystem=filesystem).to_table().num_rows == 3
        assert table.to_pyarrow_table(filesystem=filesystem, columns=["long"]).num_rows == 3
    assert table.to_pyarrow_dataset(file_pruning_predicate="s = 'x'").to_table().num_rows == 1
    assert table.to_pyarrow_dataset([("s", "=", "x")]).to_table().num_rows == 1
    with pytest.raises(ValueError, match="file_pruning_predicate"):
        table.to_pyarrow_dataset([("s", "=", "x")], file_pruning_predicate="p = 1")
    shown = pa.schema([("long", pa.int64())])
    assert table.to_pyarrow_dataset(schema=shown).to_table().schema == shown
    assert table.to_pyarrow_table(filters=ds.field("long") > 1).num_rows == 2
    assert table.to_pyarrow_dataset(file_pruning_predicate="long > 9").to_table().num_rows == 0


def test_dataset_reads_through_the_tables_store(orders: DeltaTable) -> None:
    from deltaic._dataset import _TableFiles

    sizes = orders._table.get_add_file_sizes()
    filesystem = pa_fs.PyFileSystem(_TableFiles(orders._table.pinned(), sizes))
    dataset = orders.to_pyarrow_dataset(filesystem=filesystem)
    assert dataset.to_table().sort_by("order_id").num_rows == 120
    path = next(iter(sizes))
    assert filesystem.get_file_info(path).size == sizes[path]
    with pytest.raises(FileNotFoundError):
        filesystem.open_input_file("nothing")


def test_is_deltatable_as_peers_ask_it(orders: DeltaTable, data: Path, tmp_path: Path) -> None:
    assert orders._table.is_deltatable(str(data / "orders"))
    assert not orders._table.is_deltatable(str(tmp_path), None)
