"""Columns whose type was widened after files were written."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import deltaic
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.arrow import read_both
from harness.errors import code_of, describe, error_of
from harness.log_table import Action, LogTable, add, field
from harness.log_table import metadata as metadata_action
from scan.plans import plan, session

PROTOCOL: Action = {
    "protocol": {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": ["typeWidening", "timestampNtz"],
        "writerFeatures": ["typeWidening", "timestampNtz"],
    }
}

# From, to, the values of an old file as Arrow has them, the values as they read.
CHANGES: list[tuple[str, str, pa.Array, list[Any]]] = [
    ("byte", "short", pa.array([-128, 127, None], pa.int8()), [-128, 127, None]),
    ("byte", "integer", pa.array([-128, 127, None], pa.int8()), [-128, 127, None]),
    ("byte", "long", pa.array([-128, 127, None], pa.int8()), [-128, 127, None]),
    ("byte", "double", pa.array([-128, 127, None], pa.int8()), [-128.0, 127.0, None]),
    ("short", "integer", pa.array([-(2**15), 5], pa.int16()), [-(2**15), 5]),
    ("short", "long", pa.array([-(2**15), 5], pa.int16()), [-(2**15), 5]),
    ("short", "double", pa.array([-(2**15), 5], pa.int16()), [-32768.0, 5.0]),
    ("integer", "long", pa.array([2**31 - 1, -(2**31)], pa.int32()), [2**31 - 1, -(2**31)]),
    ("integer", "double", pa.array([2**31 - 1, 1], pa.int32()), [2147483647.0, 1.0]),
    ("float", "double", pa.array([0.1, 0.5], pa.float32()), [0.10000000149011612, 0.5]),
    (
        "date",
        "timestamp_ntz",
        pa.array([date(1, 1, 1), date(9999, 12, 31)], pa.date32()),
        [datetime(1, 1, 1), datetime(9999, 12, 31)],
    ),
    (
        "decimal(10,2)",
        "decimal(12,2)",
        pa.array([Decimal("-12345678.90"), None], pa.decimal128(10, 2)),
        [Decimal("-12345678.90"), None],
    ),
    (
        "decimal(10,2)",
        "decimal(30,12)",
        pa.array([Decimal("12345678.90")], pa.decimal128(10, 2)),
        [Decimal("12345678.900000000000")],
    ),
    ("byte", "decimal(10,0)", pa.array([-128], pa.int8()), [Decimal(-128)]),
    ("short", "decimal(12,2)", pa.array([-300], pa.int16()), [Decimal("-300.00")]),
    ("integer", "decimal(12,2)", pa.array([2**31 - 1], pa.int32()), [Decimal("2147483647.00")]),
    ("long", "decimal(20,0)", pa.array([2**63 - 1], pa.int64()), [Decimal(2**63 - 1)]),
    ("long", "decimal(25,5)", pa.array([-(2**63)], pa.int64()), [Decimal(-(2**63))]),
]
IDS = [f"{before}-{after}" for before, after, _, _ in CHANGES]


def _changed(name: str, before: str, kind: Any, after: str | None = None, path: str = "") -> Any:
    change = {"fromType": before, "toType": after or kind}
    if path:
        change["fieldPath"] = path
    changed = field(name, kind)
    changed["metadata"] = {"delta.typeChanges": [change]}
    return changed


def _table(root: Path, column: dict[str, Any], *files: tuple[pa.Array, Any]) -> Path:
    table = LogTable(root)
    adds = [
        table.data(f"{i}.parquet", {column["name"]: values}, stats=stats)
        for i, (values, stats) in enumerate(files)
    ]
    table.commit(0, PROTOCOL, metadata_action(column), *adds)
    return root


@pytest.mark.parametrize(("before", "after", "old", "read"), CHANGES, ids=IDS)
def test_every_change(
    tmp_path: Path, before: str, after: str, old: pa.Array, read: list[Any]
) -> None:
    root = _table(tmp_path / "t", _changed("c", before, after), (old, None))
    assert [row["c"] for row in read_both(root, "SELECT c FROM t")] == read


@pytest.mark.parametrize(("before", "after", "old", "read"), CHANGES, ids=IDS)
def test_every_change_within_nested_types(
    tmp_path: Path, before: str, after: str, old: pa.Array, read: list[Any]
) -> None:
    struct = {"type": "struct", "fields": [_changed("f", before, after)]}
    array = {"type": "array", "elementType": after, "containsNull": True}
    mapping = {
        "type": "map",
        "keyType": after,
        "valueType": after,
        "valueContainsNull": True,
    }
    values = old.to_pylist()
    known = [value for value in values if value is not None]
    deep = {"type": "array", "elementType": struct, "containsNull": True}
    described = metadata_action(
        field("s", struct),
        _changed("a", before, array, after, "element"),
        _changed("m", before, mapping, after, "key"),
        field("d", deep),
    )
    inner = pa.struct([("f", old.type)])
    content = pa.table(
        {
            "s": pa.array([{"f": value} for value in values], inner),
            "a": pa.array([values] * len(values), pa.list_(old.type)),
            "m": pa.array([[(v, v) for v in known]] * len(values), pa.map_(old.type, old.type)),
            "d": pa.array([[{"f": value}, None] for value in values], pa.list_(inner)),
        }
    )
    table = LogTable(tmp_path / "t")
    table.commit(0, PROTOCOL, described, table.data("0.parquet", content))
    wide = [value for value in read if value is not None]
    assert read_both(tmp_path / "t", "SELECT * FROM t") == [
        {"s": {"f": v}, "a": read, "m": [(k, k) for k in wide], "d": [{"f": v}, None]} for v in read
    ]
    assert read_both(tmp_path / "t", "SELECT s['f'] AS f FROM t") == [{"f": v} for v in read]


def test_statistics_of_the_old_type_skip_and_do_not_mislead(tmp_path: Path) -> None:
    old = {"numRecords": 2, "minValues": {"c": 0.1}, "maxValues": {"c": 0.7}, "nullCount": {"c": 0}}
    root = _table(
        tmp_path / "t",
        _changed("c", "float", "double"),
        (pa.array([0.1, 0.7], pa.float32()), old),
        (pa.array([5.0]), {"numRecords": 1, "minValues": {"c": 5.0}, "maxValues": {"c": 5.0}}),
    )
    # The float 0.1 is more than the double 0.1, and the float 0.7 less than the double 0.7.
    for condition, expected in [
        ("c > 0.1 AND c < 0.10000001", [0.10000000149011612]),
        ("c < 0.7 AND c > 0.5 AND c <= 0.699999988079071", [0.699999988079071]),
        ("c = 0.10000000149011612", [0.10000000149011612]),
        ("c = 0.7", []),
    ]:
        found = [row["c"] for row in read_both(root, f"SELECT c FROM t WHERE {condition}")]
        assert found == expected, condition
    assert "files_pruned_by_statistics=1" in plan(session(t=root), "SELECT c FROM t WHERE c = 5")


@pytest.mark.parametrize(
    ("before", "after", "values", "bound", "condition"),
    [
        ("integer", "double", range(1000), 0, "c = 250.0"),
        ("integer", "decimal(12,2)", range(1000), 0, "c = 250.00"),
        ("byte", "long", [i // 10 for i in range(1000)], 0, "c = 25"),
        ("date", "timestamp_ntz", range(1000), None, "c = TIMESTAMP '1970-09-08 00:00:00'"),
    ],
)
def test_row_groups_are_skipped_through_widening(
    tmp_path: Path, before: str, after: str, values: Any, bound: int | None, condition: str
) -> None:
    kind = {"integer": pa.int32(), "byte": pa.int8(), "date": pa.int32()}[before]
    column = pa.array(list(values), kind)
    if before == "date":
        column = column.cast(pa.date32())
    root = tmp_path / "t"
    table = LogTable(root)
    pq.write_table(pa.table({"c": column}), root / "0.parquet", row_group_size=100)
    file = add("0.parquet", (root / "0.parquet").stat().st_size)
    table.commit(0, PROTOCOL, metadata_action(_changed("c", before, after)), file)
    sql = f"SELECT c FROM t WHERE {condition}"
    assert len(read_both(root, sql)) == (10 if before == "byte" else 1)
    text = plan(session(t=root), sql, analyze=True)
    assert "row_groups_pruned_statistics=10 total → 1 matched" in text, text


def test_partition_values_of_the_old_type(tmp_path: Path) -> None:
    changes = [
        _changed("i", "integer", "double"),
        _changed("n", "decimal(4,1)", "decimal(8,3)"),
        _changed("d", "date", "timestamp_ntz"),
    ]
    table = LogTable(tmp_path / "t")
    values: list[dict[str, str | None]] = [
        {"i": "5", "n": "1.5", "d": "2026-01-31"},
        {"i": "5.5", "n": "1.525", "d": None},
    ]
    files = [table.data(f"{i}.parquet", {"x": pa.array([i])}, v) for i, v in enumerate(values)]
    described = metadata_action(field("x", "long"), *changes, partition_columns=["i", "n", "d"])
    table.commit(0, PROTOCOL, described, *files)
    assert read_both(tmp_path / "t", "SELECT * FROM t ORDER BY x") == [
        {"x": 0, "i": 5.0, "n": Decimal("1.500"), "d": datetime(2026, 1, 31)},
        {"x": 1, "i": 5.5, "n": Decimal("1.525"), "d": None},
    ]
    assert read_both(tmp_path / "t", "SELECT x FROM t WHERE i = 5 AND n < 1.51") == [{"x": 0}]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("long", pa.array([1.5])),
        ("long", pa.array(["1"])),
        ("integer", pa.array([2])),
        ("double", pa.array([1], pa.int64())),
        ("float", pa.array([1.5], pa.float64())),
        ("string", pa.array([1])),
        ("timestamp", pa.array([date(2026, 1, 1)])),
        ("date", pa.array([datetime(2026, 1, 1)])),
        ("boolean", pa.array([1])),
        ("decimal(10,2)", pa.array([Decimal("1.234")], pa.decimal128(10, 3))),
        ("decimal(4,2)", pa.array([1234], pa.int32())),
        (
            {"type": "array", "elementType": "long", "containsNull": True},
            pa.array([["x"]], pa.list_(pa.string())),
        ),
        (
            {"type": "struct", "fields": [field("f", "long")]},
            pa.array([{"f": 1.5}], pa.struct([("f", pa.float64())])),
        ),
        ({"type": "struct", "fields": [field("f", "long")]}, pa.array([5])),
        ("long", pa.array([{"f": 1}], pa.struct([("f", pa.int64())]))),
        (
            {"type": "map", "keyType": "string", "valueType": "long", "valueContainsNull": True},
            pa.array([[("k", 1.5)]], pa.map_(pa.string(), pa.float64())),
        ),
    ],
    ids=str,
)
def test_files_of_other_types_are_refused(tmp_path: Path, kind: Any, values: pa.Array) -> None:
    root = _table(tmp_path / "t", field("column", kind), (values, None))
    table = deltaic.DeltaTable(str(root))
    for predicate in (None, "column IS NOT NULL"):
        error = error_of(partial(lambda wanted: list(table.scan(predicate=wanted)), predicate))
        assert code_of(error) == "corrupt_data", describe(error)
        assert "0.parquet" in str(error), describe(error)
        assert "column" in str(error), describe(error)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("short", pa.array([2**20], pa.int32())),
        ("decimal(4,2)", pa.array([Decimal("123.45")], pa.decimal128(10, 2))),
        ("timestamp_ntz", pa.array([2**31 - 1], pa.int32()).cast(pa.date32())),
        (
            {"type": "array", "elementType": "byte", "containsNull": True},
            pa.array([[1000]], pa.list_(pa.int32())),
        ),
    ],
    ids=str,
)
def test_values_beyond_the_table_s_type_are_refused(
    tmp_path: Path, kind: Any, values: pa.Array
) -> None:
    root = _table(tmp_path / "t", field("column", kind), (values, None))
    error = error_of(deltaic.DeltaTable(str(root)).to_pyarrow_table)
    assert code_of(error) in ("execution", "corrupt_data"), describe(error)


@pytest.mark.parametrize("feature", ["typeWidening", "typeWidening-preview"])
def test_changes_that_are_none_of_the_protocol_s_are_refused(tmp_path: Path, feature: str) -> None:
    protocol = json.loads(json.dumps(PROTOCOL).replace("typeWidening", feature))
    table = LogTable(tmp_path / "t")
    table.commit(0, protocol, metadata_action(_changed("c", "integer", "string")))
    error = error_of(lambda: deltaic.DeltaTable(str(tmp_path / "t")))
    assert code_of(error) == "unsupported_feature", describe(error)
    for what in ("'c'", "integer", "string", "00000000000000000000.json"):
        assert what in str(error), describe(error)
