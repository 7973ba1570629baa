"""The types `timestamp_nanos` and `timestamp_nanos_ntz`: tables that `deltalake` writes, and tables
written by hand where it does not write what the protocol allows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import datafusion
import deltaic
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from evolution import mapped_table
from harness import deletion_vectors as dv
from harness.arrow import collect, exhaust, query, read_both
from harness.errors import code_of, describe, error_of
from harness.log_table import PROTOCOL, LogTable, add, field, metadata, protocol
from harness.nanosecond_writer import NanosecondWriter

from .nanosecond_texts import GREATEST, LEAST, literal, text_of
from .parquet_bytes import INT96, Column, parquet_file

ZONED, WALL = pa.timestamp("ns", "UTC"), pa.timestamp("ns")
KINDS = {"timestamp_nanos": ZONED, "timestamp_nanos_ntz": WALL}
FEATURES = protocol("timestampNanos", "timestampNtz")
NOW = 1_700_000_000_123_456_789
VALUES = [0, 1, -1, 999, 1000, -1001, NOW, -NOW, LEAST, LEAST + 1, GREATEST - 1, GREATEST, None]


@pytest.fixture(scope="module")
def writer() -> Iterator[NanosecondWriter]:
    with NanosecondWriter() as writer:
        yield writer


def _numbers(column: pa.ChunkedArray) -> list[int | None]:
    numbers: list[int | None] = column.cast(pa.int64()).to_pylist()
    return numbers


def _every_way(table: deltaic.DeltaTable) -> list[pa.Table]:
    """The rows by all ways to read them, in the order of `id`."""
    context = datafusion.SessionContext()
    context.register_table("t", table)
    ways = [
        collect(table.scan()),
        pa.table(table),
        query("SELECT * FROM t", t=table),
        collect(context.sql("SELECT * FROM t")),
        table.to_pyarrow_table(),
        table.to_pyarrow_dataset().to_table(),
        pa.Table.from_pandas(table.to_pandas(), preserve_index=False),
    ]
    return [way.sort_by("id") for way in ways]


def _rows(values: list[int | None]) -> pa.Table:
    return pa.table(
        {
            "id": range(len(values)),
            "z": pa.array(values, ZONED),
            "n": pa.array(values, WALL),
        }
    )


@pytest.mark.parametrize("checkpoint", [False, True])
@pytest.mark.parametrize("partition_by", [[], ["z"], ["n"], ["z", "n"]])
def test_values_of_the_peer_are_read_exactly(
    tmp_path: Path, writer: NanosecondWriter, partition_by: list[str], checkpoint: bool
) -> None:
    rows = _rows(VALUES)
    writer.write(tmp_path / "t", rows, partition_by=partition_by, checkpoint=checkpoint)
    table = deltaic.DeltaTable(tmp_path / "t")
    kinds = {each.name: each.type.type for each in table.schema().fields}
    assert kinds == {"id": "long", "z": "timestamp_nanos", "n": "timestamp_nanos_ntz"}
    features = table.protocol().reader_features
    assert features is not None
    assert sorted(features) == ["timestampNanos", "timestampNtz"]
    for way in _every_way(table):
        for name, kind in (("z", ZONED), ("n", WALL)):
            assert way.schema.field(name).type == kind
            expected = VALUES
            if way.schema.pandas_metadata is not None:
                # pandas has no room for the least one, which is its null.
                expected = [None if value == LEAST else value for value in VALUES]
            assert _numbers(way.column(name)) == expected
    for name in ("z", "n"):
        for value in VALUES:
            test = f"{name} IS NULL" if value is None else f"{name} = {literal(value, name == 'z')}"
            found = query(f"SELECT id FROM t WHERE {test}", t=table)
            assert found.column("id").to_pylist() == [VALUES.index(value)], test


def test_the_peer_reads_the_same(tmp_path: Path, writer: NanosecondWriter) -> None:
    writer.write(tmp_path / "t", _rows(VALUES))
    assert deltaic.DeltaTable(tmp_path / "t").to_pyarrow_table() == writer.read(tmp_path / "t")


@pytest.mark.parametrize("checkpoint", [False, True])
def test_nested_values_are_read_exactly(
    tmp_path: Path, writer: NanosecondWriter, checkpoint: bool
) -> None:
    both = pa.struct([("z", ZONED), ("n", WALL)])
    rows = pa.table(
        {
            "id": range(len(VALUES)),
            "s": pa.array([{"z": v, "n": v} for v in VALUES], both),
            "l": pa.array([[v, v] for v in VALUES], pa.list_(WALL)),
            "m": pa.array([[(v or 0, {"z": v, "n": v})] for v in VALUES], pa.map_(ZONED, both)),
        }
    )
    writer.write(tmp_path / "t", rows, checkpoint=checkpoint)
    table = deltaic.DeltaTable(tmp_path / "t")
    for found in (
        collect(table.scan()),
        query("SELECT * FROM t", t=table),
        table.to_pyarrow_table(),
        table.to_pyarrow_dataset().to_table(),
    ):
        found = found.sort_by("id")
        structs = found.column("s").combine_chunks()
        assert [_numbers(structs.field(i)) for i in (0, 1)] == [VALUES, VALUES]
        lists = found.column("l").combine_chunks().flatten()
        assert lists.type == WALL
        assert _numbers(lists) == [v for v in VALUES for _ in range(2)]
        maps = found.column("m").combine_chunks()
        assert maps.keys.type == ZONED
        assert _numbers(maps.keys) == [v or 0 for v in VALUES]
        assert [_numbers(maps.items.field(i)) for i in (0, 1)] == [VALUES, VALUES]
    for value in VALUES[:-1]:
        assert value is not None
        test = f"s.z = {literal(value, True)} AND l[1] = {literal(value, False)}"
        found = query(f"SELECT id FROM t WHERE {test}", t=table)
        assert found.column("id").to_pylist() == [VALUES.index(value)]


def test_what_is_told_of_files(tmp_path: Path, writer: NanosecondWriter) -> None:
    rows = pa.table(
        {
            "p": pa.array([NOW, -1, None], ZONED),
            "q": pa.array([NOW, -1, None], WALL),
            "z": pa.array([NOW, 1, 2], ZONED),
            "n": pa.array([NOW, 1, 2], WALL),
        }
    )
    for checkpoint in (False, True):
        root = tmp_path / str(checkpoint)
        writer.write(root, rows, partition_by=["p", "q"], checkpoint=checkpoint)
        table = deltaic.DeltaTable(root)
        actions = pa.table(table.get_add_actions(flatten=True)).sort_by("partition.p")
        for name, kind in (("p", ZONED), ("q", WALL)):
            assert actions.schema.field(f"partition.{name}").type == kind
            assert _numbers(actions.column(f"partition.{name}")) == [-1, NOW, None]
        cut = [0, NOW // 10**6 * 10**6, 0]
        for name, kind in (("z", ZONED), ("n", WALL)):
            for side in ("min", "max"):
                assert actions.schema.field(f"{side}.{name}").type == kind
                assert _numbers(actions.column(f"{side}.{name}")) == cut
        listed = query("SELECT partition_values FROM delta_files('t')", t=table)
        found = listed.column("partition_values").combine_chunks()
        assert sorted(_numbers(found.field("p")), key=str) == sorted([-1, NOW, None], key=str)
        texts = [(None, None)] + [(f"{text_of(v)}Z", text_of(v, " ")) for v in (-1, NOW)]
        assert [(each["p"], each["q"]) for each in table.partitions()] == texts


FILTER_VALUES = {
    "zoned text": f"{text_of(NOW)}Z",
    "text": text_of(NOW, " "),
    "pandas": pd.Timestamp(NOW, unit="ns"),
    "zoned pandas": pd.Timestamp(NOW, unit="ns", tz="Europe/Berlin"),
}


@pytest.mark.parametrize("value", FILTER_VALUES.values(), ids=list(FILTER_VALUES))
def test_filters_of_files_and_rows_compare_all_digits(tmp_path: Path, value: Any) -> None:
    table = LogTable(tmp_path / "t")
    near = [NOW - 1, NOW, NOW + 1]
    files = [
        table.data(f"{i}.parquet", {"x": pa.array([v], WALL)}, {"p": text_of(v), "q": text_of(v)})
        for i, v in enumerate(near)
    ]
    columns = [field("x", "timestamp_nanos_ntz"), field("p", "timestamp_nanos")]
    columns.append(field("q", "timestamp_nanos_ntz"))
    table.commit(0, FEATURES, metadata(*columns, partition_columns=["p", "q"]), *files)
    opened = deltaic.DeltaTable(table.root)
    zoned = (isinstance(value, str) and value.endswith("Z")) or getattr(value, "tzinfo", None)
    names = ["p"] if zoned else ["p", "q", "x"]
    for operator, expected in (
        ("=", [1]),
        ("!=", [0, 2]),
        ("<", [0]),
        ("<=", [0, 1]),
        (">", [2]),
        (">=", [1, 2]),
        ("in", [1]),
        ("not in", [0, 2]),
    ):
        operand = [value] if operator.endswith("in") else value
        for name in names:
            filters = [(name, operator, operand)]
            found = opened.to_pyarrow_table(filters=filters)
            assert {*_numbers(found.column("x"))} == {near[i] for i in expected}, filters
            assert found.num_rows == len(expected), filters
            if name == "x":
                continue
            uris = opened.file_uris(file_pruning_predicate=filters)
            assert sorted(int(Path(uri).stem) for uri in uris) == expected, filters


def _files_read(table: deltaic.DeltaTable, condition: str) -> int:
    plan = query(f"EXPLAIN SELECT id FROM t WHERE {condition}", t=table).column("plan")
    found = re.search(r"files_read=(\d+)", plan[-1].as_py())
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize("checkpoint", [False, True])
def test_files_are_skipped_by_bounds_that_were_cut(
    tmp_path: Path, writer: NanosecondWriter, checkpoint: bool
) -> None:
    """A file a second. What the writer cuts from a bound is less than a millisecond."""
    seconds = [NOW + i * 10**9 for i in range(8)]
    commits = [_rows([value, value + 5]) for value in seconds]
    writer.write(tmp_path / "t", *commits, checkpoint=checkpoint)
    table = deltaic.DeltaTable(tmp_path / "t")
    for name in ("z", "n"):
        zoned = name == "z"
        for value in seconds:
            for nanos, rows in ((value, 1), (value + 5, 1), (value + 4, 0), (value + 10**8, 0)):
                test = f"{name} = {literal(nanos, zoned)}"
                assert query(f"SELECT id FROM t WHERE {test}", t=table).num_rows == rows, test
                assert _files_read(table, test) == (0 if nanos == value + 10**8 else 1), test
        assert _files_read(table, f"{name} > {literal(seconds[5], zoned)}") == 3
        assert _files_read(table, f"{name} < {literal(seconds[5] - 10**6, zoned)}") == 5
        zone = 'Some("UTC")' if zoned else "None"
        micros = f"arrow_cast({NOW // 1000 + 1}, 'Timestamp(Microsecond, {zone})')"
        assert _files_read(table, f"{name} <= {micros}") == 1
        assert query(f"SELECT id FROM t WHERE {name} <= {micros}", t=table).num_rows == 2
        assert query(f"SELECT id FROM t WHERE {name} = {micros}", t=table).num_rows == 0
        for day, files in (("2023-11-15", 0), ("2023-11-14", 8)):
            assert _files_read(table, f"{name} >= DATE '{day}'") == files
            assert query(f"SELECT id FROM t WHERE {name} >= DATE '{day}'", t=table).num_rows == (
                files * 2
            )


def _stats(low: str | None, high: str | None, rows: int = 2) -> dict[str, Any]:
    bounds = {"minValues": {"x": low}, "maxValues": {"x": high}}
    return {"numRecords": rows, "nullCount": {"x": 0}} | {
        side: values for side, values in bounds.items() if values["x"] is not None
    }


@pytest.mark.parametrize("kind", KINDS)
def test_bounds_of_other_writers(tmp_path: Path, kind: str) -> None:
    """Of all digits, cut to fewer, and cut to where the type does not reach."""
    zone = "" if kind.endswith("ntz") else "Z"
    table = LogTable(tmp_path / "t")
    files = []
    for number, (values, low, high) in enumerate(
        [
            ([NOW, NOW + 7], text_of(NOW), text_of(NOW + 7)),
            ([NOW + 10**9, NOW + 10**9 + 999_000], text_of(NOW + 10**9)[:26], None),
            ([LEAST, LEAST + 9], text_of(LEAST - 224_192)[:23], text_of(LEAST - 224_192)[:23]),
            ([GREATEST - 1, GREATEST], text_of(GREATEST)[:23], text_of(GREATEST)[:23]),
        ]
    ):
        stats = _stats(low + zone, None if high is None else high + zone)
        data = {"id": [10 * number, 10 * number + 1], "x": pa.array(values, KINDS[kind])}
        files.append(table.data(f"{number}.parquet", data, None, stats))
    table.commit(0, FEATURES, metadata(field("id", "long"), field("x", kind)), *files)
    opened = deltaic.DeltaTable(table.root)
    for value, where in ((NOW + 7, 0), (LEAST, 2), (LEAST + 9, 2), (GREATEST, 3)):
        test = f"x = {literal(value, bool(zone))}"
        found = query(f"SELECT id FROM t WHERE {test}", t=opened).column("id").to_pylist()
        assert [number // 10 for number in found] == [where], test
        # Of the second file only the minimum is known.
        assert _files_read(opened, test) == (2 if where == 3 else 1), test
    shown = pa.table(opened.get_add_actions(flatten=True)).sort_by("path")
    cut = GREATEST // 10**6 * 10**6
    assert _numbers(shown.column("min.x")) == [NOW, NOW + 10**9 - 789, None, cut]
    assert _numbers(shown.column("max.x")) == [NOW + 7, None, None, cut]
    read = opened.to_pyarrow_dataset().to_table(
        filter=pc.field("x") == pa.scalar(LEAST, KINDS[kind])
    )
    assert read.column("id").to_pylist() == [20]


def test_statistics_of_another_form_say_nothing(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    texts = ["soon", f"{text_of(NOW)}0", "2023-11-14T22:13:20.+", NOW, True, {"a": 1}, ""]
    files = [
        table.data(
            f"{i}.parquet",
            {"id": [i], "x": pa.array([0], WALL)},
            None,
            _stats(text, text, 1),  # type: ignore[arg-type]
        )
        for i, text in enumerate(texts)
    ]
    columns = metadata(field("id", "long"), field("x", "timestamp_nanos_ntz"))
    table.commit(0, FEATURES, columns, *files)
    opened = deltaic.DeltaTable(table.root)
    found = query(f"SELECT id FROM t WHERE x = {literal(0, False)}", t=opened)
    assert found.num_rows == len(texts)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "text",
    [
        text_of(LEAST)[:-1] + "1",
        text_of(GREATEST)[:-1] + "8",
        "9999-12-31 00:00:00",
        "0001-01-01",
        text_of(NOW) + "0",
        "2023-11-14 22:13:20.",
        "2023-11-14 24:13:20.1",
        str(NOW),
        "soon",
    ],
)
def test_partition_values_that_are_none_are_errors(tmp_path: Path, kind: str, text: str) -> None:
    table = LogTable(tmp_path / "t")
    columns = metadata(field("id", "long"), field("p", kind), partition_columns=["p"])
    table.commit(0, FEATURES, columns, table.data("0.parquet", {"id": [0]}, {"p": text}))
    opened = deltaic.DeltaTable(table.root)
    error = error_of(lambda: exhaust(opened.scan()))
    assert code_of(error) == "corrupt_log", describe(error)
    assert "0.parquet" in str(error)
    assert text in str(error)
    # A filter that says so is the fault of who asks.
    error = error_of(lambda: opened.file_uris(file_pruning_predicate=[("p", "=", text)]))
    assert code_of(error) in ("corrupt_log", "invalid_argument"), describe(error)


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
@pytest.mark.parametrize("kind", KINDS)
def test_files_in_coarser_units(tmp_path: Path, kind: str, unit: str) -> None:
    """What fits becomes nanoseconds, what does not is an error that names the file."""
    per = {"s": 10**9, "ms": 10**6, "us": 10**3}[unit]
    zone = None if kind.endswith("ntz") else "UTC"
    numbers = [0, -1, 1_700_000_000, GREATEST // per, -(GREATEST // per)]
    for name, values in (("fits", numbers), ("far", [GREATEST // per + 1])):
        table = LogTable(tmp_path / name)
        rows = {"id": range(len(values)), "x": pa.array(values, pa.timestamp(unit, zone))}
        file = table.data("0.parquet", rows)
        table.commit(0, FEATURES, metadata(field("id", "long"), field("x", kind)), file)
        opened = deltaic.DeltaTable(table.root)
        for sql in (
            "SELECT x FROM t ORDER BY id",
            f"SELECT x FROM t WHERE x <> {literal(5, True)}",
        ):
            sql = sql if zone else sql.replace('Some("UTC")', "None")
            if name == "fits":
                assert _numbers(query(sql, t=opened).column("x")) == [v * per for v in values]
                continue
            reader = deltaic.QueryBuilder().register("t", opened).execute(sql)
            error = error_of(partial(exhaust, reader))
            assert code_of(error) == "corrupt_data", describe(error)
            assert "0.parquet" in str(error)


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_other_types_are_refused(tmp_path: Path, kind: str) -> None:
    table = LogTable(tmp_path / "int96")
    content = parquet_file(Column("x", INT96, [b"\0" * 8 + (2_440_588).to_bytes(4, "little")]))
    (table.root / "0.parquet").write_bytes(content)
    table.commit(0, FEATURES, metadata(field("x", kind)), add("0.parquet", len(content)))
    assert "INT96" in _refusal(table)
    # In columns of microseconds of the same table it may be.
    table.commit(1, metadata(field("x", "timestamp"), field("y", kind)))
    assert read_both(table.root) == [{"x": datetime(1970, 1, 1, tzinfo=UTC), "y": None}]
    for values in (pa.array([1], pa.date32()), pa.array([1], pa.int64()), pa.array(["now"])):
        table = LogTable(tmp_path / str(values.type))
        file = table.data("0.parquet", {"x": values})
        table.commit(0, FEATURES, metadata(field("x", kind)), file)
        _refusal(table)


def _refusal(table: LogTable) -> str:
    error = error_of(lambda: exhaust(deltaic.DeltaTable(table.root).scan()))
    assert code_of(error) == "corrupt_data", describe(error)
    assert "0.parquet" in str(error)
    return str(error)


def test_timestamps_that_name_no_zone_are_of_the_zone_that_is_asked_for(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    texts = [text_of(NOW, " "), f"{text_of(NOW)}Z", "2023-07-01 00:00:00"]
    files = [
        table.data(f"{i}.parquet", {"id": [i]}, {"p": text, "q": text})
        for i, text in enumerate(texts)
    ]
    columns = [field("id", "long"), field("p", "timestamp_nanos")]
    columns.append(field("q", "timestamp_nanos_ntz"))
    table.commit(0, FEATURES, metadata(*columns, partition_columns=["p", "q"]), *files)
    opened = deltaic.DeltaTable(table.root)
    hour, july = 3_600 * 10**9, 1_688_169_600 * 10**9
    zone = "Europe/Berlin"
    builder = deltaic.QueryBuilder().register("t", opened, partition_time_zone=zone)
    context = datafusion.SessionContext()
    context.register_table("t", opened.with_scan_options(partition_time_zone=zone))
    scan = f"delta_scan('t', partition_time_zone => '{zone}')"
    for found in (
        collect(builder.execute("SELECT p, q FROM t ORDER BY id")),
        collect(builder.execute(f"SELECT p, q FROM {scan} ORDER BY id")),
        collect(context.sql("SELECT p, q FROM t ORDER BY id")),
        collect(opened.scan(partition_time_zone=zone)).sort_by("id"),
    ):
        assert _numbers(found.column("p")) == [NOW - hour, NOW, july - 2 * hour]
        assert _numbers(found.column("q")) == [NOW, NOW, july]
    utc = collect(opened.scan()).sort_by("id")
    assert _numbers(utc.column("p")) == [NOW, NOW, july]
    found = collect(builder.execute(f"SELECT id FROM t WHERE p = {literal(NOW - hour, True)}"))
    assert found.column("id").to_pylist() == [0]


def test_mapped_columns_and_deletion_vectors(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    columns = [
        mapped_table.mapped("id", "long", "a", 1),
        mapped_table.mapped("z", "timestamp_nanos", "b", 2),
        mapped_table.mapped("p", "timestamp_nanos_ntz", "c", 3),
    ]
    stats = {
        "numRecords": 3,
        "minValues": {"b": f"{text_of(NOW)}Z"},
        "maxValues": {"b": f"{text_of(NOW + 2)}Z"},
        "nullCount": {"b": 0},
        "tightBounds": False,
    }
    rows = {"a": [0, 1, 2], "b": pa.array([NOW, NOW + 1, NOW + 2], ZONED)}
    file = table.data("0.parquet", rows, {"c": text_of(-1, " ")}, stats)
    file["add"]["deletionVector"] = dv.inline([1])
    features = ("timestampNanos", "timestampNtz", "deletionVectors")
    described = mapped_table.metadata(*columns, partition_columns=["p"])
    table.commit(0, mapped_table.protocol(*features), described, file)
    opened = deltaic.DeltaTable(table.root)
    for found in (opened.to_pyarrow_table(), query("SELECT * FROM t", t=opened)):
        assert found.column("id").to_pylist() == [0, 2]
        assert _numbers(found.column("z")) == [NOW, NOW + 2]
        assert _numbers(found.column("p")) == [-1, -1]
    for value, rows_found, files in ((NOW + 2, 1, 1), (NOW + 1, 0, 1), (NOW - 1, 0, 0)):
        test = f"z = {literal(value, True)} AND p = {literal(-1, False)}"
        assert query(f"SELECT id FROM t WHERE {test}", t=opened).num_rows == rows_found
        assert _files_read(opened, test) == files
    assert query(f"SELECT id FROM t WHERE p < {literal(-1, False)}", t=opened).num_rows == 0


@pytest.mark.parametrize("declared", ["TIMESTAMP", "TIMESTAMP(9)"])
def test_an_external_table_may_declare_its_columns(
    tmp_path: Path, writer: NanosecondWriter, declared: str
) -> None:
    writer.write(tmp_path / "t", _rows(VALUES), partition_by=["n"])
    builder = deltaic.QueryBuilder()
    create = f"CREATE EXTERNAL TABLE {{}} (id BIGINT, z {{}}, n {declared}) STORED AS DELTATABLE "
    create += f"LOCATION '{tmp_path / 't'}'"
    collect(builder.execute(create.format("made", declared)))
    found = collect(builder.execute("SELECT z, n FROM made ORDER BY id"))
    assert found.schema.types == [ZONED, WALL]
    assert [_numbers(column) for column in found.columns] == [VALUES, VALUES]
    error = error_of(lambda: collect(builder.execute(create.format("wrong", "DATE"))))
    assert code_of(error) == "invalid_argument", describe(error)
    shown = collect(builder.execute("DESCRIBE made")).to_pylist()
    assert [row["data_type"] for row in shown] == ["Int64", 'Timestamp(ns, "UTC")', "Timestamp(ns)"]


PROTOCOLS: Mapping[str, dict[str, Any]] = {
    "no features": PROTOCOL,
    "others": protocol("timestampNtz"),
    "without timestampNtz": protocol("timestampNanos"),
}


@pytest.mark.parametrize("actions", PROTOCOLS.values(), ids=list(PROTOCOLS))
def test_the_types_without_their_feature_are_tolerated(
    tmp_path: Path, actions: dict[str, Any]
) -> None:
    """As `timestamp_ntz` is: what a writer forgot to say does no harm to who reads."""
    table = LogTable(tmp_path / "t")
    file = table.data("0.parquet", {"x": pa.array([NOW], WALL)}, {"p": f"{text_of(NOW)}Z"})
    columns = [field("x", "timestamp_nanos_ntz"), field("p", "timestamp_nanos")]
    table.commit(0, actions, metadata(*columns, partition_columns=["p"]), file)
    found = deltaic.DeltaTable(table.root).to_pyarrow_table()
    assert [_numbers(column) for column in found.columns] == [[NOW], [NOW]]


@pytest.mark.parametrize("name", ["timestamp_nano", "timestamp_nanos_ltz", "TIMESTAMP_NANOS"])
def test_other_names_are_unknown_types(tmp_path: Path, name: str) -> None:
    table = LogTable(tmp_path / "t")
    table.commit(0, FEATURES, metadata(field("x", name)))
    error = error_of(lambda: deltaic.DeltaTable(table.root))
    assert code_of(error) == "corrupt_log", describe(error)
    assert name in str(error)


@pytest.mark.parametrize(
    ("before", "after"),
    [("timestamp", "timestamp_nanos"), ("date", "timestamp_nanos_ntz")],
)
def test_no_type_widens_to_nanoseconds(tmp_path: Path, before: str, after: str) -> None:
    table = LogTable(tmp_path / "t")
    column = field("x", after)
    column["metadata"] = {"delta.typeChanges": [{"fromType": before, "toType": after}]}
    features = protocol("timestampNanos", "timestampNtz", "typeWidening")
    table.commit(0, features, metadata(column))
    error = error_of(lambda: deltaic.DeltaTable(table.root))
    assert code_of(error) == "unsupported_feature", describe(error)
    assert json.dumps(before)[1:-1] in str(error)


def test_a_time_beyond_the_range_is_an_error(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    file = table.data("0.parquet", {"x": pa.array([NOW], WALL)}, {"p": text_of(NOW)})
    columns = [field("x", "timestamp_nanos_ntz"), field("p", "timestamp_nanos_ntz")]
    table.commit(0, FEATURES, metadata(*columns, partition_columns=["p"]), file)
    opened = deltaic.DeltaTable(table.root)
    for far in (datetime(9999, 12, 31), "9999-12-31 00:00:00"):
        for name in ("x", "p"):
            error = error_of(lambda: opened.to_pyarrow_table(filters=[(name, "<", far)]))  # noqa: B023
            assert code_of(error) is not None, describe(error)
        error = error_of(lambda: opened.file_uris(file_pruning_predicate=[("p", "<", far)]))  # noqa: B023
        assert code_of(error) == "invalid_argument", describe(error)
