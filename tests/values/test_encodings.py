"""Values in every form in which Parquet files hold them."""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
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

from .parquet_bytes import (
    BSON,
    BYTE_ARRAY,
    DECIMAL,
    ENUM,
    FIXED,
    INT32,
    INT64,
    INT96,
    JSON,
    TIMESTAMP_MICROS,
    TIMESTAMP_MILLIS,
    Column,
    parquet_file,
)

NTZ = {
    "protocol": {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": ["timestampNtz"],
        "writerFeatures": ["timestampNtz"],
    }
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANTS = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1677, 9, 21, 0, 12, 43, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
    EPOCH,
    datetime(2024, 2, 29, 12, 34, 56, 789000, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
]


def _micros(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1)


def _int96(instant: datetime) -> bytes:
    """Nanoseconds of the day, then the Julian day."""
    days, micros = divmod(_micros(instant), 86_400_000_000)
    return struct.pack("<qi", micros * 1000, days + 2_440_588)


def _table(folder: Path, kind: Any, column: Column, protocol: Any = PROTOCOL) -> LogTable:
    table = LogTable(folder)
    content = parquet_file(column)
    (folder / "a.parquet").write_bytes(content)
    table.commit(0, protocol, metadata(field(column.name, kind)), add("a.parquet", len(content)))
    return table


def _read(table: LogTable) -> list[Any]:
    """The values of column x, by each way to read them, which must agree."""
    opened = deltaic.DeltaTable(table.root)
    context = datafusion.SessionContext()
    context.register_table("t", opened)
    ways = [
        collect(opened.scan()),
        query("SELECT * FROM t", t=opened),
        collect(context.sql("SELECT * FROM t")),
        opened.to_pyarrow_table(),
    ]
    values: list[list[Any]] = [way.column("x").to_pylist() for way in ways]
    assert all(value == values[0] for value in values)
    return values[0]


def _error(table: LogTable) -> Exception:
    return error_of(lambda: exhaust(deltaic.DeltaTable(table.root).scan()))


def _exhaust_query(builder: deltaic.QueryBuilder, sql: str) -> None:
    exhaust(builder.execute(sql))


def _long(value: int) -> bytes:
    return struct.pack("<q", value)


@pytest.mark.parametrize("kind", ["timestamp", "timestamp_ntz"])
@pytest.mark.parametrize("form", ["int96", "ms", "us"])
def test_timestamps(tmp_path: Path, kind: str, form: str) -> None:
    columns = {
        "int96": Column("x", INT96, [_int96(i) for i in INSTANTS]),
        "ms": Column("x", INT64, [_long(_micros(i) // 1000) for i in INSTANTS], TIMESTAMP_MILLIS),
        "us": Column("x", INT64, [_long(_micros(i)) for i in INSTANTS], TIMESTAMP_MICROS),
    }
    is_instant = kind == "timestamp"
    table = _table(tmp_path / "t", kind, columns[form], PROTOCOL if is_instant else NTZ)
    expected = INSTANTS if is_instant else [instant.replace(tzinfo=None) for instant in INSTANTS]
    assert _read(table) == expected
    literal = "2024-02-29T12:34:56.789" + ("Z" if is_instant else "")
    opened = deltaic.DeltaTable(table.root)
    for condition, rows in [("=", 1), (">=", 2), ("<", 4)]:
        found = query(f"SELECT * FROM t WHERE x {condition} TIMESTAMP '{literal}'", t=opened)
        assert found.num_rows == rows, condition


@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_timestamps_as_pyarrow_writes_them(tmp_path: Path, unit: str, zone: str | None) -> None:
    instants = INSTANTS[1:-1] if unit == "ns" else INSTANTS
    if unit == "ns":
        instants = [datetime(1700, 1, 1, tzinfo=UTC), *INSTANTS[2:-1]]
    values = instants if zone else [instant.replace(tzinfo=None) for instant in instants]
    table = LogTable(tmp_path / "t")
    data = pa.table({"x": pa.array(values, pa.timestamp(unit, zone))})
    kind = "timestamp" if zone else "timestamp_ntz"
    pq.write_table(data, table.root / "a.parquet", version="2.6")
    size = (table.root / "a.parquet").stat().st_size
    table.commit(0, NTZ, metadata(field("x", kind)), add("a.parquet", size))
    assert _read(table) == values


def test_nanoseconds_become_microseconds(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    data = pa.table({"x": pa.array([1_001, 1_999, 0], pa.timestamp("ns", "UTC"))})
    table.commit(0, PROTOCOL, metadata(field("x", "timestamp")), table.data("a.parquet", data))
    assert [_micros(value) for value in _read(table)] == [1, 1, 0]


def test_nanoseconds_are_cut_alike_before_and_after_the_epoch(tmp_path: Path) -> None:
    """As statistics and INT96 are: towards the past."""
    table = LogTable(tmp_path / "t")
    nanos = pa.array([-1, -1000, -1001, 999], pa.timestamp("ns", "UTC"))
    inner = {"type": "struct", "fields": [field("y", "timestamp")]}
    data = {"x": nanos, "s": pa.StructArray.from_arrays([nanos], ["y"])}
    schema = metadata(field("x", "timestamp"), field("s", inner))
    table.commit(0, PROTOCOL, schema, table.data("a.parquet", pa.table(data)))
    assert [_micros(value) for value in _read(table)] == [-1, -1, -2, 0]
    opened = deltaic.DeltaTable(table.root)
    for value in ("x", "s.y"):
        found = query(
            f"SELECT x FROM t WHERE {value} >= TIMESTAMP '1970-01-01T00:00:00Z'", t=opened
        )
        assert [_micros(x) for x in found.column("x").to_pylist()] == [0]


@pytest.mark.parametrize("pushed", ["true", "false"])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_filters_are_exact_whatever_the_unit_of_the_file(
    tmp_path: Path, unit: str, pushed: str
) -> None:
    micros = [-2_000_000, -1_000_000, 0, 1_000_000, 2_000_000, 3_000_000]
    table = LogTable(tmp_path / "t")
    column = pa.array(micros, pa.timestamp("us", "UTC")).cast(pa.timestamp(unit, "UTC"))
    data = {"x": column, "s": pa.StructArray.from_arrays([column], ["y"])}
    inner = {"type": "struct", "fields": [field("y", "timestamp")]}
    pq.write_table(pa.table(data), table.root / "a.parquet", version="2.6", row_group_size=2)
    size = (table.root / "a.parquet").stat().st_size
    schema = metadata(field("x", "timestamp"), field("s", inner))
    table.commit(0, PROTOCOL, schema, add("a.parquet", size))
    builder = deltaic.QueryBuilder({"datafusion.execution.parquet.pushdown_filters": pushed})
    builder.register("t", deltaic.DeltaTable(table.root))
    compare: dict[str, Callable[[int, int], bool]] = {
        "<": operator.lt,
        "<=": operator.le,
        "=": operator.eq,
        "<>": operator.ne,
        ">=": operator.ge,
        ">": operator.gt,
    }
    for bound in (-1_000_500, -1_000_000, -999_500, 500, 1_000_000, 1_000_500, 2_999_999):
        literal = f"TIMESTAMP '{(EPOCH + timedelta(microseconds=bound)).isoformat()}'"
        for sign, holds in compare.items():
            for value in ("x", "s.y"):
                sql = f"SELECT x FROM t WHERE {value} {sign} {literal} ORDER BY x"
                found = [_micros(x) for x in collect(builder.execute(sql)).column("x").to_pylist()]
                assert found == [x for x in micros if holds(x, bound)], sql


def test_a_top_k_over_files_of_several_units_is_exact(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    files = []
    for number, (micros, unit) in enumerate(
        [(1_000_500, "us"), (1_000_000, "ms"), (1_000_000, "ms")]
    ):
        column = pa.array([micros], pa.timestamp("us", "UTC")).cast(pa.timestamp(unit, "UTC"))
        files.append(table.data(f"{number}.parquet", pa.table({"x": column})))
    table.commit(0, PROTOCOL, metadata(field("x", "timestamp")), *files)
    builder = deltaic.QueryBuilder({"datafusion.execution.target_partitions": "1"})
    builder.register("t", deltaic.DeltaTable(table.root))
    found = collect(builder.execute("SELECT x FROM t ORDER BY x LIMIT 2")).column("x").to_pylist()
    assert [_micros(x) for x in found] == [1_000_000, 1_000_000]


@pytest.mark.parametrize("views", ["true", "false"])
@pytest.mark.parametrize("converted", [None, ENUM, JSON, BSON])
def test_bytes_in_a_column_of_texts_must_be_utf8(
    tmp_path: Path, converted: int | None, views: str
) -> None:
    def builder(*values: bytes) -> deltaic.QueryBuilder:
        column = Column("x", BYTE_ARRAY, list(values), converted)
        table = _table(tmp_path / str(len(values)), "string", column)
        key = "datafusion.execution.parquet.schema_force_view_types"
        opened = deltaic.DeltaTable(table.root)
        return deltaic.QueryBuilder({key: views}).register("t", opened)

    texts = ["ok", "naïve", "x" * 40]
    good = collect(
        builder(*(text.encode() for text in texts)).execute("SELECT upper(x) AS x FROM t")
    )
    assert good.column("x").to_pylist() == [text.upper() for text in texts]
    for sql in ("SELECT x FROM t", "SELECT upper(x), length(x), substr(x, 2) FROM t"):
        error = error_of(partial(_exhaust_query, builder(b"\xff\xfe", b"ok"), sql))
        assert code_of(error) == "corrupt_data", describe(error)
        assert "a.parquet" in str(error)


def test_texts_of_a_fixed_length(tmp_path: Path) -> None:
    assert _read(_table(tmp_path / "t", "string", Column("x", FIXED, [b"ab"], length=2))) == ["ab"]
    error = _error(_table(tmp_path / "u", "string", Column("x", FIXED, [b"\xff\xfe"], length=2)))
    assert code_of(error) == "corrupt_data", describe(error)
    assert "a.parquet" in str(error)


def test_milliseconds_beyond_microseconds_are_an_error(tmp_path: Path) -> None:
    column = Column("x", INT64, [_long(2**62)], TIMESTAMP_MILLIS)
    error = _error(_table(tmp_path / "t", "timestamp", column))
    assert code_of(error) == "corrupt_data", describe(error)
    assert "a.parquet" in str(error)


def _unscaled(value: Decimal, scale: int) -> int:
    return int(value.scaleb(scale))


@pytest.mark.parametrize("form", ["int32", "int64", "fixed", "binary"])
def test_decimals(tmp_path: Path, form: str) -> None:
    values = [Decimal("-1234567.89"), Decimal("0.00"), Decimal("0.01"), Decimal("9999999.99")]
    raw = [_unscaled(value, 2) for value in values]
    columns = {
        "int32": Column(
            "x", INT32, [struct.pack("<i", r) for r in raw], DECIMAL, precision=9, scale=2
        ),
        "int64": Column("x", INT64, [_long(r) for r in raw], DECIMAL, precision=9, scale=2),
        "fixed": Column(
            "x",
            FIXED,
            [r.to_bytes(7, "big", signed=True) for r in raw],
            DECIMAL,
            length=7,
            precision=9,
            scale=2,
        ),
        "binary": Column(
            "x",
            BYTE_ARRAY,
            [r.to_bytes(1 + r.bit_length() // 8, "big", signed=True) for r in raw],
            DECIMAL,
            precision=9,
            scale=2,
        ),
    }
    table = _table(tmp_path / "t", "decimal(9,2)", columns[form])
    assert _read(table) == values
    found = query("SELECT x FROM t WHERE x > 0.005", t=deltaic.DeltaTable(table.root))
    assert sorted(found.column("x").to_pylist()) == values[2:]


def test_decimals_of_38_digits(tmp_path: Path) -> None:
    values = [Decimal("-" + "9" * 38), Decimal(1), Decimal("9" * 38)]
    raw = [int(value).to_bytes(16, "big", signed=True) for value in values]
    column = Column("x", FIXED, raw, DECIMAL, length=16, precision=38, scale=0)
    assert _read(_table(tmp_path / "t", "decimal(38,0)", column)) == values


@pytest.mark.parametrize("form", ["int64", "binary", "fixed"])
def test_decimals_out_of_range_are_an_error(tmp_path: Path, form: str) -> None:
    """More digits than the table's type has; the file's has more."""
    columns = {
        "int64": Column("x", INT64, [_long(10**12)], DECIMAL, precision=18, scale=2),
        "binary": Column("x", BYTE_ARRAY, [b"\x7f" * 16], DECIMAL, precision=38, scale=2),
        "fixed": Column("x", FIXED, [b"\x7f" * 16], DECIMAL, length=16, precision=38, scale=2),
    }
    table = _table(tmp_path / "t", "decimal(9,2)", columns[form])
    error = _error(table)
    assert code_of(error) == "corrupt_data", describe(error)
    assert "a.parquet" in str(error)


@pytest.mark.parametrize("size", [17, 40])
@pytest.mark.parametrize("form", ["binary", "fixed"])
def test_decimals_of_more_bytes_than_any_needs(tmp_path: Path, form: str, size: int) -> None:
    columns = {
        "binary": Column("x", BYTE_ARRAY, [b"\x7f" * size], DECIMAL, precision=38, scale=2),
        "fixed": Column("x", FIXED, [b"\x7f" * size], DECIMAL, length=size, precision=38, scale=2),
    }
    error = _error(_table(tmp_path / "t", "decimal(38,2)", columns[form]))
    assert code_of(error) == "corrupt_data", describe(error)
    assert "a.parquet" in str(error)


def test_decimals_in_a_field_wider_than_they_need(tmp_path: Path) -> None:
    values = [Decimal("-" + "9" * 38), Decimal(1), Decimal("9" * 38)]
    raw = [int(value).to_bytes(20, "big", signed=True) for value in values]
    column = Column("x", FIXED, raw, DECIMAL, length=20, precision=38, scale=0)
    assert _read(_table(tmp_path / "t", "decimal(38,0)", column)) == values


STRUCT = {"type": "struct", "fields": [field("y", "byte")]}


@pytest.mark.parametrize("pushed", ["true", "false"])
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT x FROM t WHERE x > 1",
        "SELECT x + 1 AS y FROM t",
        "SELECT 1 AS one FROM t WHERE x * 2 > 7",
        "SELECT sum(x) AS y FROM t",
        "SELECT s.y FROM t",
        "SELECT 1 AS one FROM t WHERE s.y > 1",
        "SELECT s.y + 1 AS y FROM t",
        "SELECT s FROM t WHERE s IS NOT NULL",
    ],
)
def test_expressions_over_values_beyond_the_type_name_the_file(
    tmp_path: Path, sql: str, pushed: str
) -> None:
    table = LogTable(tmp_path / "t")
    wide = {"x": [1, 300], "s": pa.array([{"y": 1}, {"y": 300}], pa.struct([("y", pa.int32())]))}
    rows = pa.table(wide).set_column(0, "x", pa.array([1, 300], pa.int32()))
    columns = metadata(field("x", "byte"), field("s", STRUCT))
    table.commit(0, PROTOCOL, columns, table.data("a.parquet", rows))
    builder = deltaic.QueryBuilder({"datafusion.execution.parquet.pushdown_filters": pushed})
    builder.register("t", deltaic.DeltaTable(table.root))
    error = error_of(lambda: exhaust(builder.execute(sql)))
    assert code_of(error) == "corrupt_data", describe(error)
    assert "a.parquet" in str(error)


def test_an_expression_that_fails_is_not_the_fault_of_the_file(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    table.commit(0, PROTOCOL, metadata(field("s", "string")), table.data("a.parquet", {"s": ["x"]}))
    opened = deltaic.DeltaTable(table.root)
    builder = deltaic.QueryBuilder().register("t", opened)
    error = error_of(lambda: exhaust(builder.execute("SELECT CAST(s AS BIGINT) AS n FROM t")))
    assert code_of(error) == "execution", describe(error)


def test_maps_are_asked_for_keys(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    kind = {"type": "map", "keyType": "string", "valueType": "long", "valueContainsNull": True}
    values = [[("k", 1)], [("other", 2)], [], None]
    data = table.data("a.parquet", {"m": pa.array(values, pa.map_(pa.string(), pa.int64()))})
    table.commit(0, PROTOCOL, metadata(field("m", kind)), data)
    opened = deltaic.DeltaTable(table.root)
    found = query("SELECT m['k'] AS v FROM t", t=opened).column("v").to_pylist()
    assert sorted(found, key=str) == [1, None, None, None]
    assert query("SELECT m FROM t WHERE m['k'] = 1", t=opened).num_rows == 1


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("long", Column("x", BYTE_ARRAY, [b"12345678"])),
        ("timestamp", Column("x", INT64, [_long(1)])),
        ("boolean", Column("x", INT32, [b"\1\0\0\0"])),
        ("string", Column("x", INT64, [_long(1)])),
        ("variant", Column("x", BYTE_ARRAY, [b"x"])),
        ("variant", Column("x", INT64, [_long(1)])),
        ({"type": "struct", "fields": [field("y", "long")]}, Column("x", INT64, [_long(1)])),
        ("long", Column("x", 42, [_long(1)])),
        ("long", Column("x", INT64, [_long(1)], converted=77)),
    ],
)
def test_what_is_not_of_the_type_is_an_error(tmp_path: Path, kind: Any, column: Column) -> None:
    table = _table(tmp_path / "t", kind, column)
    error = _error(table)
    assert code_of(error) == "corrupt_data", describe(error)
    assert "a.parquet" in str(error)


def test_void_columns(tmp_path: Path) -> None:
    """In files or not, alone or in a struct, they are null."""
    inner = {"type": "struct", "fields": [field("n", "void"), field("y", "long")]}
    table = LogTable(tmp_path / "t")
    columns = metadata(field("x", "long"), field("v", "void"), field("s", inner))
    with_nulls = {
        "x": [1],
        "v": pa.array([None], pa.null()),
        "s": pa.array([{"n": None, "y": 2}], pa.struct([("n", pa.null()), ("y", pa.int64())])),
    }
    without = {"x": [2], "s": pa.array([{"y": 3}], pa.struct([("y", pa.int64())]))}
    files = [table.data("a.parquet", with_nulls), table.data("b.parquet", without)]
    table.commit(0, PROTOCOL, columns, *files)
    opened = deltaic.DeltaTable(table.root)
    rows = query("SELECT * FROM t ORDER BY x", t=opened)
    assert rows.to_pylist() == [
        {"x": 1, "v": None, "s": {"n": None, "y": 2}},
        {"x": 2, "v": None, "s": {"n": None, "y": 3}},
    ]
    assert rows.schema.field("v").type == pa.null()
    assert query("SELECT x FROM t WHERE v IS NULL AND s.n IS NULL", t=opened).num_rows == 2
    assert query("SELECT x FROM t WHERE v IS NOT NULL", t=opened).num_rows == 0
    assert collect(opened.scan(columns=["v"])).num_rows == 2


def test_nulls_at_every_depth(tmp_path: Path) -> None:
    inner = pa.struct([("a", pa.int64()), ("b", pa.list_(pa.struct([("c", pa.string())])))])
    outer = pa.struct([("s", inner), ("m", pa.map_(pa.string(), inner))])
    rows = [
        None,
        {"s": None, "m": None},
        {"s": {"a": None, "b": None}, "m": []},
        {"s": {"a": 1, "b": []}, "m": [("k", None)]},
        {"s": {"a": 2, "b": [None, {"c": None}, {"c": "x" * 100_000}]}, "m": [("k", {"a": 1})]},
    ]
    delta_inner = {
        "type": "struct",
        "fields": [
            field("a", "long"),
            field(
                "b",
                {
                    "type": "array",
                    "elementType": {"type": "struct", "fields": [field("c", "string")]},
                    "containsNull": True,
                },
            ),
        ],
    }
    delta_map = {
        "type": "map",
        "keyType": "string",
        "valueType": delta_inner,
        "valueContainsNull": True,
    }
    delta_outer = {"type": "struct", "fields": [field("s", delta_inner), field("m", delta_map)]}
    table = LogTable(tmp_path / "t")
    data = table.data("a.parquet", {"x": pa.array(rows, outer)})
    table.commit(0, PROTOCOL, metadata(field("x", delta_outer)), data)
    read = _read(table)
    assert read == pa.array(rows, outer).to_pylist()


def test_views_or_plain_types_through_nested_ones(tmp_path: Path) -> None:
    text = {"type": "array", "elementType": "string", "containsNull": True}
    nested = {"type": "struct", "fields": [field("l", text), field("b", "binary")]}
    table = LogTable(tmp_path / "t")
    kind = pa.struct([("l", pa.list_(pa.string())), ("b", pa.binary())])
    data = {"x": pa.array([{"l": ["a", None], "b": b"\0"}, None], kind), "p": ["q", None]}
    table.commit(
        0,
        PROTOCOL,
        metadata(field("x", nested), field("p", "string")),
        table.data("a.parquet", data),
    )
    found = {}
    for views in ("true", "false"):
        settings = {"datafusion.execution.parquet.schema_force_view_types": views}
        builder = deltaic.QueryBuilder(settings).register("t", deltaic.DeltaTable(table.root))
        found[views] = collect(builder.execute("SELECT * FROM t"))
    assert found["true"].to_pylist() == found["false"].to_pylist()
    views, plain = found["true"].schema, found["false"].schema
    assert views.field("p").type == pa.string_view()
    assert plain.field("p").type == pa.string()
    assert views.field("x").type.field("l").type.value_type == pa.string_view()
    assert plain.field("x").type.field("l").type.value_type == pa.string()
    assert views.field("x").type.field("b").type == pa.binary_view()
    assert plain.field("x").type.field("b").type == pa.binary()


def test_dates_at_the_ends(tmp_path: Path) -> None:
    values = [date(1, 1, 1), date(1582, 10, 15), date(9999, 12, 31), None]
    table = LogTable(tmp_path / "t")
    data = table.data("a.parquet", {"x": pa.array(values, pa.date32())})
    table.commit(0, PROTOCOL, metadata(field("x", "date")), data)
    assert _read(table) == values
