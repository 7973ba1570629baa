"""Rows that do not fit their table: refused in every mode, by column, and nothing is left."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltaic import DeltaTable, QueryBuilder, write_deltalake
from deltaic.exceptions import DeltaError, SchemaMismatchError

from harness.arrow import collect
from writes.readers import rows
from writes.refusals import refused

LONG = pa.int64()
MODES: dict[str, dict[str, Any]] = {
    "append": {"mode": "append"},
    "merge": {"mode": "append", "schema_mode": "merge"},
    "overwrite": {"mode": "overwrite"},
    "predicate": {"mode": "overwrite", "predicate": "id < 100"},
    "dynamic": {"mode": "overwrite", "partition_overwrite_mode": "dynamic"},
}

STRUCT = pa.struct([("x", LONG)])
ONE = pa.array([1])
DAY = pa.array([dt.date(2024, 2, 29)])

# The table's type, values that do not fit, and what the message says about them.
MISFITS: dict[str, tuple[pa.DataType, pa.Array, tuple[str, ...]]] = {
    "date as long": (LONG, DAY, ("Int64", "Date32")),
    "text as long": (LONG, pa.array(["7"]), ("Int64", "Utf8")),
    "no texts as long": (LONG, pa.array([], pa.string()), ("Int64", "Utf8")),
    "boolean as long": (LONG, pa.array([True]), ("Int64", "Boolean")),
    "long as boolean": (pa.bool_(), ONE, ("Boolean", "Int64")),
    "long as text": (pa.string(), ONE, ("Utf8", "Int64")),
    "binary as text": (pa.string(), pa.array([b"a"]), ("Binary",)),
    "text as binary": (pa.binary(), pa.array(["a"]), ("Utf8",)),
    "text as date": (pa.date32(), pa.array(["2024-02-29"]), ("Date32", "Utf8")),
    "time as date": (pa.date32(), pa.array([0], pa.timestamp("us")), ("Date32", "Timestamp")),
    "instant as wall clock": (
        pa.timestamp("us"),
        pa.array([0], pa.timestamp("us", "UTC")),
        ("Timestamp",),
    ),
    "long as struct": (STRUCT, ONE, ("truct",)),
    "list as struct": (STRUCT, pa.array([[1]]), ("truct",)),
    "map as struct": (STRUCT, pa.array([[("x", 1)]], pa.map_(pa.string(), LONG)), ("truct",)),
    "struct as list": (pa.list_(LONG), pa.array([{"x": 1}]), ("truct",)),
    "a large number": (pa.int16(), pa.array([70_000]), ("Int16", "70000")),
    "an unsigned number": (LONG, pa.array([2**63], pa.uint64()), ("9223372036854775808",)),
    "a fraction": (LONG, pa.array([1.5]), ("1.5",)),
    "NaN": (LONG, pa.array([float("nan")]), ("NaN",)),
    "infinity": (pa.decimal128(5, 2), pa.array([float("inf")]), ("inf",)),
    "negative zero": (LONG, pa.array([-0.0]), ("-0.0",)),
    "a number beyond floats": (pa.float32(), pa.array([1e300]), ("1e300",)),
    "a number between floats": (pa.float32(), pa.array([2**24 + 1]), ("16777217",)),
    "more digits": (
        pa.decimal128(5, 2),
        pa.array([Decimal("1234.5")], pa.decimal128(10, 1)),
        ("1234.5",),
    ),
    "more decimals": (
        pa.decimal128(5, 2),
        pa.array([Decimal("1.234")], pa.decimal128(5, 3)),
        ("1.234",),
    ),
    "nanoseconds": (pa.timestamp("us"), pa.array([1], pa.timestamp("ns")), ("00.000000001",)),
    "a time beyond microseconds": (
        pa.timestamp("us", "UTC"),
        pa.array([2**62], pa.timestamp("s", "UTC")),
        ("Timestamp",),
    ),
}


def _values(column: pa.Array, kind: pa.DataType, nesting: str) -> tuple[pa.Array, pa.DataType]:
    if nesting == "struct":
        inside = pa.StructArray.from_arrays([column], ["f"])
        return inside, pa.struct([("f", kind)])
    if nesting == "list":
        ends = pa.array(range(len(column) + 1), pa.int32())
        return pa.ListArray.from_arrays(ends, column), pa.list_(kind)
    if nesting == "map":
        ends = pa.array(range(len(column) + 1), pa.int32())
        keys = pa.array(["k"] * len(column), pa.string())
        return pa.MapArray.from_arrays(ends, keys, column), pa.map_(pa.string(), kind)
    return column, kind


PATHS = {"": "v", "struct": "v.f", "list": "v.element", "map": "v.value"}


@pytest.mark.parametrize("nesting", PATHS)
@pytest.mark.parametrize("misfit", MISFITS)
def test_values_that_do_not_fit(tmp_path: Path, misfit: str, nesting: str) -> None:
    kind, column, words = MISFITS[misfit]
    values, wanted = _values(column, kind, nesting)
    root = tmp_path / "t"
    DeltaTable.create(
        root, pa.schema([("id", LONG), ("p", LONG), ("v", wanted)]), partition_by=["p"]
    )
    count = len(column)
    data = pa.table({"id": [1] * count, "p": [1] * count, "v": values}) if count else None
    if data is None:
        data = pa.table({"id": pa.array([], LONG), "p": pa.array([], LONG), "v": values})
    # Good rows before the bad one are not stored either.
    for options in MODES.values():
        with refused(
            tmp_path,
            PATHS[nesting] if "struct" not in misfit or nesting else "v",
            *words,
            error=SchemaMismatchError,
        ):
            write_deltalake(root, data, **options)
    assert DeltaTable(root).version() == 0


def test_a_bad_value_after_many_good_ones(tmp_path: Path) -> None:
    """Files that are finished by then are removed; partitioned and not."""
    for partition_by in (None, ["p"]):
        root = tmp_path / str(partition_by)
        DeltaTable.create(
            root, pa.schema([("p", LONG), ("v", pa.int16())]), partition_by=partition_by
        )
        data = pa.table({"p": [i % 5 for i in range(40_001)], "v": [*range(20_000)] * 2 + [70_000]})
        for mode in ("append", "overwrite"):
            with refused(tmp_path, "70000"):
                write_deltalake(root, data, target_file_size=1000, mode=mode)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"id": [2], "v": [1], "more": [1]}, ("'more'", "merge")),
        ({"id": [2]}, ("'v'", "merge")),
        ({"v": [2]}, ("'id'",)),
        ({"id": [2], "v": [1], "s": [{"y": 1}]}, ("'s'",)),
    ],
)
def test_columns_that_one_side_lacks(
    tmp_path: Path, data: dict[str, list[object]], words: tuple[str, ...]
) -> None:
    write_deltalake(tmp_path, pa.table({"id": [1], "v": [25]}))
    with refused(tmp_path, *words, error=SchemaMismatchError):
        write_deltalake(tmp_path, pa.table(data), mode="append")


def test_fields_that_one_side_lacks(tmp_path: Path) -> None:
    """As columns: an error, but for the schema mode merge; at every depth."""
    inside = {"x": 1, "y": 2}
    whole = {
        "s": [inside],
        "l": [[{"a": inside}]],
        "m": pa.array([[("k", inside)]], _map("x", "y")),
    }
    write_deltalake(tmp_path, pa.table(whole))
    for column, values, path in (
        ("s", pa.array([{"y": 3}]), "'s.x'"),
        ("l", pa.array([[{"a": {"x": 3}}]]), "'l.element.a.y'"),
        ("m", pa.array([[("k", {"y": 3})]], _map("y")), "'m.value.x'"),
        ("s", pa.array([{"x": 1, "y": 2, "z": 3}]), "z"),
        ("l", pa.array([[{"a": {"x": 1, "y": 2, "z": 3}}]]), "z"),
    ):
        data = pa.table({**whole, column: values})
        with refused(tmp_path, path, error=SchemaMismatchError):
            write_deltalake(tmp_path, data, mode="append")
    lacking = pa.table({**whole, "s": [{"y": 3}], "l": [[{"a": {"x": 3}}, None]]})
    write_deltalake(tmp_path, lacking, mode="append", schema_mode="merge")
    found = collect(DeltaTable(tmp_path).scan(columns=["s", "l"])).to_pylist()
    assert {"s": {"x": None, "y": 3}, "l": [{"a": {"x": 3, "y": None}}, None]} in found


def _map(*fields: str) -> pa.DataType:
    return pa.map_(pa.string(), pa.struct([(field, LONG) for field in fields]))


def test_types_that_have_other_parts(tmp_path: Path) -> None:
    """The mode merge tells structs, lists, maps and values apart."""
    parts = {
        "struct": pa.array([{"a": 1}]),
        "list": pa.array([[1]]),
        "map": pa.array([[("k", 1)]], pa.map_(pa.string(), LONG)),
        "value": pa.array([1]),
    }
    for kept, values in parts.items():
        root = tmp_path / kept
        write_deltalake(root, pa.table({"id": [1], "v": values}))
        for given, others in parts.items():
            if given == kept:
                continue
            data = pa.table({"id": [1], "v": others})
            for options in (MODES["append"], MODES["merge"], MODES["overwrite"]):
                with refused(tmp_path, "v", error=SchemaMismatchError):
                    write_deltalake(root, data, **options)


DEEP = pa.struct(
    [
        (
            "l",
            pa.list_(
                pa.struct(
                    [
                        (
                            "m",
                            pa.map_(
                                pa.string(),
                                pa.struct([pa.field("x", LONG, nullable=False)]),
                            ),
                        )
                    ]
                )
            ),
        )
    ]
)
LOOSE = pa.struct(
    [("l", pa.list_(pa.struct([("m", pa.map_(pa.string(), pa.struct([("x", LONG)])))])))]
)


@pytest.mark.parametrize("partition_by", [None, ["p"]])
def test_null_is_refused_at_every_depth_in_every_mode(
    tmp_path: Path, partition_by: list[str] | None
) -> None:
    root = tmp_path / "t"
    schema = pa.schema(
        [
            pa.field("id", LONG),
            pa.field("p", pa.string(), nullable=partition_by is None),
            pa.field("v", LONG, nullable=False),
            pa.field("s", DEEP),
        ]
    )
    DeltaTable.create(root, schema, partition_by=partition_by)
    good = {"id": 1, "p": "a", "v": 1, "s": {"l": [{"m": [("k", {"x": 1})]}]}}
    loose = pa.schema([("id", LONG), ("p", pa.string()), ("v", LONG), ("s", LOOSE)])
    bad: list[tuple[dict[str, object], str]] = [
        ({**good, "v": None}, "v"),
        ({**good, "s": {"l": [None, {"m": [("k", {"x": None})]}]}}, "s.l.element.m.value.x"),
    ]
    if partition_by:
        # The log has no empty text: it is null.
        bad += [({**good, "p": None}, "p"), ({**good, "p": ""}, "p")]
    for row, path in bad:
        data = pa.Table.from_pylist([good, row], schema=loose)
        for name, options in MODES.items():
            if name == "dynamic" and not partition_by:
                continue
            with refused(tmp_path, f"Column {path} cannot be null", error=DeltaError):
                write_deltalake(root, data, **options)
    inner: list[object] = [
        good,
        {**good, "s": None},
        {**good, "s": {"l": [None]}},
        {**good, "s": {"l": [{"m": [("k", None)]}]}},
    ]
    write_deltalake(root, pa.Table.from_pylist(inner, schema=loose), mode="append")
    assert DeltaTable(root).count() == 4


def test_empty_texts_of_partitions_are_null_to_every_rule(tmp_path: Path) -> None:
    data = pa.table({"p": ["a"], "b": [b"a"], "n": [1]})
    write_deltalake(
        tmp_path / "t",
        data,
        partition_by=["p", "b"],
        configuration={"delta.constraints.there": "p IS NOT NULL"},
    )
    empty = pa.table({"p": [""], "b": [b"a"], "n": [2]})
    for name, options in MODES.items():
        others = {"predicate": "n = 2"} if name == "predicate" else {}
        with refused(tmp_path, "there"):
            write_deltalake(tmp_path / "t", empty, **{**options, **others})
    write_deltalake(tmp_path / "u", data, partition_by=["p", "b"])
    with refused(tmp_path, "p = ''"):
        write_deltalake(tmp_path / "u", empty, mode="overwrite", predicate="p = ''")
    both = pa.table({"p": ["", None], "b": [b"", None], "n": [2, 3]})
    write_deltalake(tmp_path / "u", both, mode="overwrite", predicate="p IS NULL AND b IS NULL")
    assert rows(tmp_path / "u") == [("a", b"a", 1), (None, None, 2), (None, None, 3)]
    one = pa.table({"p": [""], "b": [b""], "n": [4]})
    write_deltalake(tmp_path / "u", one, mode="overwrite", partition_overwrite_mode="dynamic")
    assert rows(tmp_path / "u") == [("a", b"a", 1), (None, None, 4)]
    session = QueryBuilder()
    collect(session.execute(f"INSERT INTO '{tmp_path / 'u'}' VALUES ('', X'', 5)"))
    assert rows(tmp_path / "u") == [("a", b"a", 1), (None, None, 4), (None, None, 5)]
