"""A value is stored exactly, or the write is refused."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from deltaic import DeltaTable, Field, Schema, write_deltalake
from deltaic.exceptions import DeltaError, SchemaMismatchError

from writes.readers import ours, rows

UTC = dt.UTC


def stats(path: Path, version: int = 0) -> dict[str, object]:
    log = path / "_delta_log" / f"{version:020}.json"
    for line in log.read_text().splitlines():
        action = json.loads(line)
        if "add" in action:
            found: dict[str, object] = json.loads(action["add"]["stats"])
            return found
    raise AssertionError("there is no file")


@pytest.mark.parametrize(
    ("value", "precision", "scale"),
    [("1", 1, 0), ("1234", 4, 0), ("-0.01", 2, 2), ("0.5", 1, 1), ("-" + "9" * 38, 38, 0)],
)
def test_decimals_that_fill_their_precision(
    tmp_path: Path, value: str, precision: int, scale: int
) -> None:
    number, kind = Decimal(value), pa.decimal128(precision, scale)
    write_deltalake(tmp_path, pa.table({"v": pa.array([number, None], kind)}))
    write_deltalake(tmp_path, pa.table({"v": pa.array([number], kind)}), mode="append")
    assert rows(tmp_path) == sorted([(number,), (None,), (number,)], key=repr)
    assert DeltaTable(tmp_path).count() == 3
    assert (
        pa.table(
            DeltaTable(tmp_path).scan(predicate=f"v = CAST('{value}' AS DECIMAL(38, {scale}))")
        ).num_rows
        == 2
    )
    text = (tmp_path / "_delta_log" / f"{0:020}.json").read_text()
    assert f'\\"minValues\\":{{\\"v\\":{value}}}' in text


@pytest.mark.parametrize("kind", [pa.uint8(), pa.uint16(), pa.uint32()], ids=str)
def test_unsigned_integers_get_a_type_that_holds_them(tmp_path: Path, kind: pa.DataType) -> None:
    largest = 2**kind.bit_width - 1
    write_deltalake(tmp_path, pa.table({"u": pa.array([largest, 0, 1], kind)}))
    assert rows(tmp_path) == [(0,), (1,), (largest,)]


def test_large_unsigned_integers_are_refused_by_value(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"u": pa.array([2**63 - 1], pa.uint64())}))
    with pytest.raises(DeltaError, match=r"'?u'?.*9223372036854775808"):
        write_deltalake(tmp_path, pa.table({"u": pa.array([2**63], pa.uint64())}), mode="append")
    assert rows(tmp_path) == [(2**63 - 1,)]


def test_columns_that_are_entirely_null(tmp_path: Path) -> None:
    struct = pa.struct([("a", pa.int64()), ("b", pa.string())])
    table = DeltaTable.create(tmp_path, pa.schema([("id", pa.int64()), ("st", struct)]))
    nothing = pa.StructArray.from_arrays([pa.array([1]), pa.nulls(1)], ["a", "b"])
    write_deltalake(table, pa.table({"id": [1], "st": nothing}), mode="append")
    write_deltalake(table, pa.table({"id": [2], "st": pa.nulls(1)}), mode="append")
    assert rows(tmp_path) == [(1, {"a": 1, "b": None}), (2, None)]


def test_a_column_of_nothing_gets_its_type_later(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"id": [1], "nothing": pa.nulls(1)}))
    assert DeltaTable(tmp_path).schema().fields[1].type.to_json() == '"void"'
    assert ours(tmp_path) == [(1, None)]
    write_deltalake(
        tmp_path, pa.table({"id": [2], "nothing": ["text"]}), mode="append", schema_mode="merge"
    )
    assert ours(tmp_path) == [(1, None), (2, "text")]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([dt.time(1, 2)], pa.time64("us")),
        pa.array([1], pa.duration("s")),
        pa.array([None], pa.month_day_nano_interval()),
        pa.array([None], pa.decimal256(60, 2)),
    ],
    ids=lambda values: str(values.type),
)
def test_types_that_delta_lacks_are_refused(tmp_path: Path, values: pa.Array) -> None:
    nested = pa.StructArray.from_arrays([values], ["clock"])
    for data, path in ((values, "clock"), (nested, "clock.clock")):
        with pytest.raises((ValueError, DeltaError), match=path):
            write_deltalake(tmp_path / "t", pa.table({"ok": [1], "clock": data}))
        assert not (tmp_path / "t").exists()


def test_statistics_of_times_are_in_milliseconds(tmp_path: Path) -> None:
    value = dt.datetime(2024, 1, 1, 0, 0, 0, 298677, tzinfo=UTC)
    old = dt.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    write_deltalake(
        tmp_path,
        pa.table(
            {
                "at": pa.array([value, old], pa.timestamp("us", "UTC")),
                "w": pa.array([value.replace(tzinfo=None)] * 2, pa.timestamp("us")),
            }
        ),
    )
    found = stats(tmp_path)
    assert found["minValues"] == {"at": "1969-12-31T23:59:59.999Z", "w": "2024-01-01T00:00:00.298"}
    assert found["maxValues"] == {"at": "2024-01-01T00:00:00.298Z", "w": "2024-01-01T00:00:00.298"}
    for moment in (value, old):
        text = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        assert pa.table(DeltaTable(tmp_path).scan(predicate=f"at = '{text}'")).num_rows == 1


@pytest.mark.parametrize(
    ("strict", "bad", "good"),
    [
        (
            pa.map_(pa.string(), pa.field("value", pa.string(), nullable=False)),
            pa.array([[("a", None)]], pa.map_(pa.string(), pa.string())),
            pa.array([[("a", "x")], None], pa.map_(pa.string(), pa.string())),
        ),
        (
            pa.list_(pa.field("element", pa.int64(), nullable=False)),
            pa.array([[1, None]], pa.list_(pa.int64())),
            pa.array([[1], []], pa.list_(pa.int64())),
        ),
        (
            pa.struct([pa.field("f", pa.int64(), nullable=False)]),
            pa.array([{"f": None}], pa.struct([("f", pa.int64())])),
            pa.array([{"f": 1}, None], pa.struct([("f", pa.int64())])),
        ),
    ],
    ids=["map", "list", "struct"],
)
def test_nulls_are_refused_where_the_type_forbids_them(
    tmp_path: Path, strict: pa.DataType, bad: pa.Array, good: pa.Array
) -> None:
    DeltaTable.create(tmp_path, pa.schema([pa.field("m", strict)]))
    with pytest.raises(DeltaError, match="m"):
        write_deltalake(tmp_path, pa.table({"m": bad}), mode="append")
    assert DeltaTable(tmp_path).version() == 0
    write_deltalake(tmp_path, pa.table({"m": good}), mode="append")
    assert DeltaTable(tmp_path).count() == len(good)


def test_not_null_is_judged_by_values(tmp_path: Path) -> None:
    required = pa.schema(
        [pa.field("id", pa.int64(), nullable=False), pa.field("s", pa.string(), nullable=False)]
    )
    DeltaTable.create(tmp_path, required)
    write_deltalake(tmp_path, pa.table({"id": [1], "s": ["a"]}), mode="append")
    with pytest.raises(DeltaError, match=r"'?s'?") as raised:
        write_deltalake(
            tmp_path, pa.table({"id": [71], "s": pa.array([None], pa.string())}), mode="append"
        )
    assert "71" in str(raised.value)  # The row is shown.
    with pytest.raises(DeltaError, match="'s'"):
        write_deltalake(tmp_path, pa.table({"id": [1]}), mode="append", schema_mode="merge")
    assert rows(tmp_path) == [(1, "a")]
    assert not any(field.nullable for field in DeltaTable(tmp_path).schema().fields)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (pa.array([dt.date(2025, 1, 1)]), "date"),
        (pa.array(["abc"]), "string|utf8"),
        (pa.array(["7"]), "string|utf8"),
        (pa.array([True]), "bool"),
        (pa.array([[1]]), "list|array"),
    ],
    ids=["date", "text", "digits", "boolean", "list"],
)
def test_types_that_do_not_fit_are_refused_by_name(
    tmp_path: Path, column: pa.Array, text: str
) -> None:
    write_deltalake(tmp_path, pa.table({"id": [1], "age": [25]}))
    with pytest.raises(SchemaMismatchError, match=f"(?i)age.*({text})"):
        write_deltalake(tmp_path, pa.table({"id": [2], "age": column}), mode="append")
    assert rows(tmp_path) == [(1, 25)]


def test_columns_that_the_table_lacks_are_refused(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"id": [1], "age": [25]}))
    with pytest.raises(SchemaMismatchError, match=r"(?s)merge.*'more'"):
        write_deltalake(tmp_path, pa.table({"id": [2], "age": [1], "more": [1]}), mode="append")
    assert rows(tmp_path) == [(1, 25)]


@pytest.mark.parametrize(
    ("given", "kept", "good", "bad"),
    [
        (pa.int64(), pa.int16(), [7, -32768], [32768]),
        (pa.int16(), pa.int64(), [7], None),
        (pa.float64(), pa.int64(), [7.0, -3.0], [7.5]),
        (pa.float64(), pa.float32(), [0.5, float("inf")], [0.1]),
        (pa.int64(), pa.float64(), [2**53], [2**53 + 1]),
        (pa.int64(), pa.decimal128(5, 2), [999], [1000]),
        (pa.decimal128(5, 3), pa.decimal128(5, 2), [Decimal("1.250")], [Decimal("1.255")]),
        (pa.decimal128(5, 2), pa.int32(), [Decimal("7.00")], [Decimal("7.01")]),
        (pa.timestamp("ns"), pa.timestamp("us"), [1_000], [1_001]),
        (pa.timestamp("s", "Europe/Paris"), pa.timestamp("us", "UTC"), [1], None),
        (pa.date32(), pa.timestamp("us"), [dt.date(2024, 2, 29)], None),
        (pa.large_string(), pa.string(), ["x"], None),
        (pa.binary(2), pa.binary(), [b"ab"], None),
        (pa.dictionary(pa.int8(), pa.string()), pa.string(), ["x", "y"], None),
        (pa.large_list(pa.int8()), pa.list_(pa.int64()), [[1], [], None], None),
        (pa.list_(pa.int64()), pa.list_(pa.int8()), [[1, None]], [[128]]),
    ],
    ids=lambda value: str(value) if isinstance(value, pa.DataType) else "",
)
def test_values_are_converted_exactly_or_refused(
    tmp_path: Path, given: pa.DataType, kept: pa.DataType, good: list[object], bad: list[object]
) -> None:
    DeltaTable.create(tmp_path, pa.schema([("v", kept)]))
    values = pa.array(good, given)
    write_deltalake(tmp_path, pa.table({"v": values}), mode="append")
    assert DeltaTable(tmp_path).count() == len(good)
    stored = pa.table(DeltaTable(tmp_path).scan())["v"]
    # pyarrow casts no integer to a short decimal.
    is_decimal = pa.types.is_decimal(kept)
    expected = pa.array(values.to_pylist(), kept) if is_decimal else values.cast(kept)
    assert stored.to_pylist() == expected.to_pylist()
    if bad is None:
        return
    with pytest.raises(DeltaError, match=r"'?v'?"):
        write_deltalake(tmp_path, pa.table({"v": pa.array(good + bad, given)}), mode="append")
    assert DeltaTable(tmp_path).version() == 1


@pytest.mark.parametrize("zone", ["UTC", "+00:00", "Etc/UTC", "Zulu"])
def test_any_name_of_utc_is_utc(tmp_path: Path, zone: str) -> None:
    moment = dt.datetime(2023, 1, 1, tzinfo=UTC)
    write_deltalake(tmp_path, pa.table({"ts": pa.array([moment], pa.timestamp("us", "UTC"))}))
    write_deltalake(
        tmp_path, pa.table({"ts": pa.array([moment], pa.timestamp("us", zone))}), mode="append"
    )
    assert rows(tmp_path) == [(moment,), (moment,)]


def test_names_that_differ_only_by_case_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="case"):
        write_deltalake(tmp_path / "q", pa.table({"a": [1], "A": [2]}))
    write_deltalake(tmp_path / "p", pa.table({"a": [1]}))
    with pytest.raises(ValueError, match="case"):
        write_deltalake(
            tmp_path / "p", pa.table({"a": [1], "A": [2]}), mode="append", schema_mode="merge"
        )
    with pytest.raises(ValueError, match="case"):
        write_deltalake(tmp_path / "r", pa.table({"s": [{"x": 1, "X": 2}]}))
    # Another case of a name is the same column.
    write_deltalake(tmp_path / "p", pa.table({"A": [2]}), mode="append", schema_mode="merge")
    assert rows(tmp_path / "p") == [(1,), (2,)]


def test_nested_types_grow_by_merge(tmp_path: Path) -> None:
    small = pa.list_(pa.struct([("m", pa.string())]))
    large = pa.list_(pa.struct([("m", pa.string()), ("ts", pa.int64())]))
    write_deltalake(tmp_path, pa.table({"id": [1], "ev": pa.array([[{"m": "x"}]], small)}))
    with pytest.raises(SchemaMismatchError, match="ts"):
        write_deltalake(
            tmp_path,
            pa.table({"id": [2], "ev": pa.array([[{"m": "z", "ts": 2}]], large)}),
            mode="append",
        )
    write_deltalake(
        tmp_path,
        pa.table({"id": [2], "ev": pa.array([[{"m": "z", "ts": 2}, None]], large)}),
        mode="append",
        schema_mode="merge",
    )
    write_deltalake(
        tmp_path,
        pa.table({"id": [3], "ev": pa.array([[{"m": "w"}]], small), "new": [7]}),
        mode="append",
        schema_mode="merge",
    )
    assert rows(tmp_path) == [
        (1, [{"m": "x", "ts": None}], None),
        (2, [{"m": "z", "ts": 2}, None], None),
        (3, [{"m": "w", "ts": None}], 7),
    ]


def test_floats_keep_their_bits_and_their_rows(tmp_path: Path) -> None:
    values = [0.0, -0.0, float("nan"), float("inf"), float("-inf"), 1.5]
    write_deltalake(tmp_path, pa.table({"v": values}))
    found = pa.table(DeltaTable(tmp_path).scan())["v"].to_pylist()
    assert [repr(value) for value in found] == [repr(value) for value in values]
    assert "v" not in stats(tmp_path)["maxValues"]  # type: ignore[operator]
    for sql, count in (("v > 1000", 2), ("v < -1000", 1), ("v = 0", 2)):
        assert pa.table(DeltaTable(tmp_path).scan(predicate=sql)).num_rows == count


def test_long_texts_have_bounds_that_hold(tmp_path: Path) -> None:
    texts = ["a" * 40, "b" * 31 + "é" * 9, "\U0010ffff" * 40, "z" * 31 + "\ud7ff" * 5]
    for number, text in enumerate(texts):
        root = tmp_path / str(number)
        write_deltalake(root, pa.table({"s": [text]}))
        found = stats(root)
        least = found["minValues"]["s"]  # type: ignore[index]
        assert text[:32].startswith(least)
        assert len(least) >= 16
        largest = found["maxValues"].get("s")  # type: ignore[attr-defined]
        assert largest is None or (len(largest) <= 32 and largest.encode() > text.encode())
        assert pa.table(DeltaTable(root).scan(predicate=f"s = '{text}'")).num_rows == 1


def test_columns_with_statistics_are_those_of_the_settings(tmp_path: Path) -> None:
    data = pa.table({"id": [1], "bin": [b"x"], "st": [{"l": [1], "b": True, "n": 3}]})
    cases = {
        "delta.dataSkippingStatsColumns": ["id,bin", "st"],
        "delta.dataSkippingNumIndexedCols": ["1", "0"],
    }
    expected = {
        "id,bin": ({"id": 1}, {"id": 0, "bin": 0}),
        "st": ({"st": {"b": True, "n": 3}}, {"st": {"l": 0, "b": 0, "n": 0}}),
        "1": ({"id": 1}, {"id": 0}),
        "0": ({}, {}),
    }
    for name, values in cases.items():
        for value in values:
            root = tmp_path / value
            write_deltalake(root, data, configuration={name: value})
            found = stats(root)
            bounds, nulls = expected[value]
            assert found["numRecords"] == 1
            assert found.get("minValues", {}) == found.get("maxValues", {}) == bounds
            assert found.get("nullCount", {}) == nulls


@pytest.mark.parametrize(
    "name",
    [
        "y--1",
        "1inch",
        "Unit Price",
        "a.b",
        "`tick`",
        '"quoted"',
        "'x'",
        "😀",
        "a,b",
        "select",
        "%41",
    ],
)
def test_columns_may_have_any_name(tmp_path: Path, name: str) -> None:
    for root, partition in ((tmp_path / "plain", None), (tmp_path / "partitioned", [name])):
        data = pa.table({name: [1, 2], "other": ["a", "b"]})
        write_deltalake(root, data, partition_by=partition)
        write_deltalake(root, data, mode="append")
        assert rows(root) == [(1, "a"), (1, "a"), (2, "b"), (2, "b")]


def test_a_schema_with_field_metadata_is_kept(tmp_path: Path) -> None:
    schema = Schema([Field("a", "long", metadata={"comment": "the key", "n": 1})])
    DeltaTable.create(tmp_path, schema)
    assert DeltaTable(tmp_path).schema() == schema


def test_columns_without_statistics_are_read_after_a_checkpoint(tmp_path: Path) -> None:
    for i in range(2):
        days = [dt.datetime(2020, 1, 1 + i), dt.datetime(2020, 1, 2 + i)]
        data = {"d": pa.array(days, pa.timestamp("us")), "r": [i, i + 1], "v": [1, 2]}
        write_deltalake(
            tmp_path,
            pa.table(data),
            mode="append",
            configuration={"delta.dataSkippingStatsColumns": "r"} if i == 0 else None,
        )
        if i == 0:
            DeltaTable(tmp_path).create_checkpoint()
    table = DeltaTable(tmp_path)
    for predicate, count in (("d >= '2020-01-01'", 4), ("v >= 1", 4), ("v = 2", 2), ("r = 1", 2)):
        assert pa.table(table.scan(predicate=predicate)).num_rows == count
    assert table.to_pyarrow_table(filters=[("v", ">=", 1)]).num_rows == 4


@pytest.mark.parametrize(
    ("precision", "scale"), [(1, 0), (4, 0), (2, 2), (18, 6), (38, 0), (38, 38)]
)
def test_decimals_survive_a_checkpoint(tmp_path: Path, precision: int, scale: int) -> None:
    digits = "9" * precision
    number = Decimal(f"-{digits[: precision - scale]}.{digits[precision - scale :]}".rstrip("."))
    kind = pa.decimal128(precision, scale)
    properties = {"delta.checkpoint.writeStatsAsStruct": "true"}
    data = pa.table({"v": pa.array([number, None], kind)})
    write_deltalake(tmp_path, data, configuration=properties)
    DeltaTable(tmp_path).create_checkpoint()
    write_deltalake(tmp_path, data, mode="append")
    assert rows(tmp_path) == sorted([(number,), (None,)] * 2, key=repr)
    sql = f"v = CAST('{number}' AS DECIMAL({precision}, {scale}))"
    assert pa.table(DeltaTable(tmp_path).scan(predicate=sql)).num_rows == 2
