"""Rows in every form that Arrow has: stored exactly, or refused by the name of the column."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from deltaic import DeltaTable, write_deltalake
from deltaic.exceptions import DeltaError, InvalidArgumentError, SchemaMismatchError

from harness.arrow import collect
from writes.readers import rows
from writes.refusals import files, refused

TEXTS = pa.array(["abc", "d" * 50, None, "é", ""] * 4)
LISTS = [[1, 2], None, [], [3, None]] * 4


def _runs(values: list[object]) -> pa.Array:
    ends = pa.array(range(2, 2 * len(values) + 1, 2), pa.int32())
    return pa.RunEndEncodedArray.from_arrays(ends, pa.array(values))


class _Named(pa.ExtensionType):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(pa.int64(), "test.named")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage: pa.DataType, _: bytes) -> pa.ExtensionType:
        return cls()


# Each with its type in the table.
FORMS = {
    "bool": (pa.array([True, None, False]), "boolean"),
    "half floats": (pa.array([np.float16(1.5), None, np.float16("inf")], pa.float16()), "float"),
    "uint8": (pa.array([255, None, 0], pa.uint8()), "short"),
    "uint64": (pa.array([2**63 - 1, None, 0], pa.uint64()), "long"),
    "date32": (pa.array([0, None, -719162], pa.int32()).cast(pa.date32()), "date"),
    "date64": (pa.array([dt.date(2024, 2, 29), None], pa.date64()), "date"),
    "decimal32": (pa.array([Decimal("-1.23"), None], pa.decimal32(9, 2)), "decimal(9,2)"),
    "decimal64": (pa.array([Decimal("1.23"), None], pa.decimal64(18, 2)), "decimal(18,2)"),
    "decimal256": (pa.array([Decimal("1.23"), None], pa.decimal256(38, 2)), "decimal(38,2)"),
    "string views": (TEXTS.cast(pa.string_view()), "string"),
    "large strings": (TEXTS.cast(pa.large_string()), "string"),
    "binary views": (TEXTS.cast(pa.binary()).cast(pa.binary_view()), "binary"),
    "large binaries": (TEXTS.cast(pa.large_binary()), "binary"),
    "binaries of a length": (pa.array([b"ab", None], pa.binary(2)), "binary"),
    "dictionaries": (TEXTS.dictionary_encode(), "string"),
    "dictionaries of unsigned keys": (
        pa.array([1, None, 1], pa.dictionary(pa.uint64(), pa.int32())),
        "integer",
    ),
    "dictionaries with a null": (
        pa.DictionaryArray.from_arrays(pa.array([0, 1, 0]), pa.array(["a", None])),
        "string",
    ),
    "dictionaries of lists": (
        pa.DictionaryArray.from_arrays(pa.array([1, None, 0]), pa.array([[1], [2, None]])),
        "array",
    ),
    "runs": (_runs(["a", None, "b"]), "string"),
    "list views": (pa.array(LISTS, pa.list_view(pa.int32())), "array"),
    "large list views": (pa.array(LISTS, pa.large_list_view(pa.int32())), "array"),
    "list views out of order": (
        pa.ListViewArray.from_arrays(
            pa.array([4, 0, 2], pa.int32()),
            pa.array([2, 3, 0], pa.int32()),
            pa.array([0, 1, 2, 3, 4, 5]),
        ),
        "array",
    ),
    "list views of structs": (
        pa.array(
            [[{"a": {"b": 1}}], None, [{"a": None}, None]] * 3,
            pa.list_view(pa.struct([("a", pa.struct([("b", pa.int64())]))])),
        ),
        "array",
    ),
    "lists of a length": (pa.array([[1, 2], None, [3, None]], pa.list_(pa.int32(), 2)), "array"),
    "large lists": (pa.array(LISTS, pa.large_list(pa.int64())), "array"),
    "sorted maps": (
        pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int32(), keys_sorted=True)),
        "map",
    ),
    "an extension": (pa.ExtensionArray.from_storage(_Named(), pa.array([1, None])), "long"),
    "JSON": (pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a":1}'])), "string"),
    "nulls": (pa.nulls(2), "void"),
}


def _type_of(root: Path, column: str) -> str:
    (kind,) = (field.type for field in DeltaTable(root).schema().fields if field.name == column)
    return str(kind.type)


def _plain(values: pa.Array) -> pa.Array:
    return values.storage if isinstance(values, pa.ExtensionArray) else values


def _by_id(ids: pa.ChunkedArray, values: pa.ChunkedArray) -> list[Any]:
    pairs = zip(ids.to_pylist(), values.to_pylist(), strict=True)
    return sorted(pairs, key=lambda pair: pair[0])


@pytest.mark.parametrize("form", FORMS)
def test_forms_that_have_a_type(tmp_path: Path, form: str) -> None:
    """Whole, as a slice of a slice, as no rows, in a struct, and appended to the plain form."""
    values, kind = FORMS[form]
    data = pa.table({"id": range(len(values)), "v": values, "last": range(len(values))})
    root = tmp_path / "t"
    write_deltalake(root, data)
    assert _type_of(root, "v") == kind
    slices = [data.slice(1).slice(0, max(len(data) - 2, 0)), data.slice(1, 0), data.slice(1)]
    for part in slices:
        write_deltalake(root, part, mode="append")
    written = pa.concat_tables([data, *slices])
    plain = pa.chunked_array([_plain(chunk) for chunk in written["v"].chunks])
    found = pa.table(DeltaTable(root).scan())
    assert _by_id(found["id"], found["v"]) == _by_id(written["id"], plain)
    if kind != "void":
        rows(root)  # Others read the same.
        nested = pa.StructArray.from_arrays([values, pa.array(range(len(values)))], ["x", "y"])
        inside = tmp_path / "nested"
        write_deltalake(inside, pa.table({"s": nested.slice(1)}))
        stored = pa.table(DeltaTable(inside).scan())["s"]
        assert pa.compute.struct_field(stored, 0).to_pylist() == _plain(values)[1:].to_pylist()


LACKING = {
    "time32": pa.array([1], pa.time32("s")),
    "time64": pa.array([1], pa.time64("ns")),
    "duration": pa.array([1], pa.duration("us")),
    "interval": pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
    "decimal of precision 40": pa.array([Decimal(1)], pa.decimal256(40, 2)),
    "scale -2": pa.array([Decimal(100)], pa.decimal128(5, -2)),
    "dense_union": pa.UnionArray.from_dense(
        pa.array([0], pa.int8()), pa.array([0], pa.int32()), [pa.array([1]), pa.array(["a"])]
    ),
    "sparse_union": pa.UnionArray.from_sparse(
        pa.array([0], pa.int8()), [pa.array([1]), pa.array(["a"])]
    ),
}

NESTINGS: dict[str, Callable[[pa.Array], pa.Array]] = {
    "v": lambda values: values,
    "v.x": lambda values: pa.StructArray.from_arrays([values], ["x"]),
    "v.element": lambda values: pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), values),
    "v.value": lambda values: pa.MapArray.from_arrays([0, 1], pa.array(["k"]), values),
    "v.element.x": lambda values: pa.ListArray.from_arrays(
        pa.array([0, 1], pa.int32()), pa.StructArray.from_arrays([values], ["x"])
    ),
}


@pytest.mark.parametrize("path", NESTINGS)
@pytest.mark.parametrize("kind", LACKING)
def test_types_that_delta_lacks(tmp_path: Path, kind: str, path: str) -> None:
    """Refused with the column's path, its type and what to cast to; in every mode."""
    data = pa.table({"ok": [1], "v": NESTINGS[path](LACKING[kind])})
    with refused(tmp_path, f"'{path}'", kind, "cast it"):
        write_deltalake(tmp_path / "t", data)
    assert not (tmp_path / "t").exists()
    write_deltalake(tmp_path / "t", data.select(["ok"]))
    every: list[dict[str, Any]] = [
        {"mode": "append", "schema_mode": "merge"},
        {"mode": "overwrite", "schema_mode": "overwrite"},
    ]
    for options in every:
        with refused(tmp_path, f"'{path}'", error=InvalidArgumentError):
            write_deltalake(tmp_path / "t", data, **options)


def _from_buffers(kind: pa.DataType, offsets: list[int], content: bytes) -> pa.Array:
    width = np.int64 if kind in (pa.large_string(), pa.large_binary()) else np.int32
    buffers = [None, pa.py_buffer(np.array(offsets, width).tobytes()), pa.py_buffer(content)]
    return pa.Array.from_buffers(kind, len(offsets) - 1, buffers)


NO_UTF8 = _from_buffers(pa.string(), [0, 2, 4], b"ok\xff\xfe")
BROKEN_CHARACTERS = _from_buffers(pa.string(), [0, 1, 2], "é".encode())

MALFORMED = {
    "bytes that are no text": (NO_UTF8, "UTF-8"),
    "a character in two texts": (BROKEN_CHARACTERS, "UTF-8"),
    "large texts": (_from_buffers(pa.large_string(), [0, 2, 4], b"ok\xff\xfe"), "UTF-8"),
    "texts in a dictionary": (
        pa.DictionaryArray.from_arrays(pa.array([0, 1]), NO_UTF8),
        "UTF-8",
    ),
    "texts in runs": (
        pa.Array.from_buffers(
            pa.run_end_encoded(pa.int32(), pa.string()),
            2,
            [None],
            children=[pa.array([1, 2], pa.int32()), NO_UTF8],
        ),
        "UTF-8",
    ),
    "a key beyond the dictionary": (
        pa.DictionaryArray.from_arrays(pa.array([0, 7]), pa.array(["a", "b"]), safe=False),
        "out of bounds",
    ),
    "a decimal of too many digits": (
        pa.Array.from_buffers(
            pa.decimal128(3, 1),
            2,
            [None, pa.py_buffer((1).to_bytes(16, "little") + (12345).to_bytes(16, "little"))],
        ),
        "1234.5",
    ),
}


@pytest.mark.parametrize("path", [path for path in NESTINGS if "element" not in path])
@pytest.mark.parametrize("form", MALFORMED)
def test_malformed_arrays_are_never_stored(tmp_path: Path, form: str, path: str) -> None:
    values, word = MALFORMED[form]
    if path == "v.value":
        values = NESTINGS[path](values.slice(1, 1))
        values = pa.concat_arrays([values, values]) if form != "texts in runs" else values
    else:
        values = NESTINGS[path](values)
    data = pa.table({"v": values})
    with refused(tmp_path, "v", word, error=DeltaError):
        write_deltalake(tmp_path / "t", data)
    assert not (tmp_path / "t" / "_delta_log").exists()
    write_deltalake(tmp_path / "t", data.slice(0, 0))
    for mode in ("append", "overwrite"):
        with refused(tmp_path, path, word, error=DeltaError):
            write_deltalake(tmp_path / "t", data, mode=mode)


def test_what_a_slice_leaves_out_does_not_count(tmp_path: Path) -> None:
    data = pa.table({"v": NO_UTF8, "l": pa.ListArray.from_arrays([0, 1, 2], NO_UTF8)})
    write_deltalake(tmp_path, data.slice(0, 1))
    assert rows(tmp_path) == [("ok", ["ok"])]
    hidden = pa.Array.from_buffers(pa.string(), 2, [pa.py_buffer(b"\x01"), *NO_UTF8.buffers()[1:]])
    write_deltalake(tmp_path, pa.table({"v": hidden, "l": [None, None]}), mode="append")
    assert rows(tmp_path) == [("ok", None), ("ok", ["ok"]), (None, None)]


@pytest.mark.parametrize("nullable", [True, False])
def test_nulls_where_the_rows_declare_none(tmp_path: Path, nullable: bool) -> None:
    declared = pa.schema([pa.field("id", pa.int64()), pa.field("v", pa.int64(), nullable=False)])
    data = pa.Table.from_arrays(
        [pa.array([1, 2]), pa.array([7, None], pa.int64())], schema=declared
    )
    table = pa.schema([pa.field("id", pa.int64()), pa.field("v", pa.int64(), nullable=nullable)])
    DeltaTable.create(tmp_path, table)
    with refused(tmp_path, "v", "null"):
        write_deltalake(tmp_path, data, mode="append")


def test_columns_of_one_name(tmp_path: Path) -> None:
    one, two = pa.array([1]), pa.array([2])
    twice = pa.StructArray.from_arrays([one, two], ["a", "a"])
    case = pa.StructArray.from_arrays([one, two], ["a", "A"])
    letters = pa.StructArray.from_arrays([one, two], ["é", "É"])
    for number, (columns, names) in enumerate(
        [
            ([one, two], ["a", "a"]),
            ([one, two], ["a", "A"]),
            ([one, two], ["é", "É"]),
            ([one, two], ["k", "\u212a"]),
            ([one, twice], ["id", "s"]),
            ([one, case], ["id", "s"]),
            ([one, letters], ["id", "s"]),
            ([one, NESTINGS["v.element"](case)], ["id", "s"]),
            ([one, NESTINGS["v.value"](case)], ["id", "s"]),
        ]
    ):
        root = tmp_path / str(number)
        data = pa.Table.from_arrays(columns, names=names)
        with refused(tmp_path, error=InvalidArgumentError):
            write_deltalake(root, data)
        assert not root.exists()
        first = data.select([0]).rename_columns([names[0]])
        write_deltalake(root, first)
        with pytest.raises(InvalidArgumentError):
            write_deltalake(root, data, mode="append", schema_mode="merge")
        assert DeltaTable(root).version() == 0
    # Letters in another case are the same column.
    write_deltalake(tmp_path / "letters", pa.table({"É": [1]}))
    write_deltalake(tmp_path / "letters", pa.table({"é": [2]}), mode="append")
    assert rows(tmp_path / "letters") == [(1,), (2,)]


def test_rows_without_columns_or_rows(tmp_path: Path) -> None:
    none = pa.table({})
    three = pa.table({"a": [1, 2, 3]}).select([])
    for data in (none, three):
        with refused(tmp_path, "column"):
            write_deltalake(tmp_path / "t", data)
        assert not (tmp_path / "t").exists()
    write_deltalake(tmp_path / "t", pa.table({"a": pa.array([], pa.int64())}))
    assert rows(tmp_path / "t") == []
    with refused(tmp_path, "'a'", error=SchemaMismatchError):
        write_deltalake(tmp_path / "t", none, mode="append")
    write_deltalake(tmp_path / "t", pa.table({"a": [1]}), mode="append")
    write_deltalake(tmp_path / "t", three, mode="append", schema_mode="merge")
    assert rows(tmp_path / "t") == [(1,), (None,), (None,), (None,)]
    write_deltalake(tmp_path / "t", pa.table({"a": pa.array([], pa.int64())}), mode="overwrite")
    assert rows(tmp_path / "t") == []
    for empty in (pa.struct([]), pa.list_(pa.struct([]))):
        value: object = {} if pa.types.is_struct(empty) else [{}]
        data = pa.table({"id": [1], "s": pa.array([value], empty)})
        with refused(tmp_path, "'s"):
            write_deltalake(tmp_path / "s", data)
        assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("partition_by", [None, ["p"]])
def test_a_stream_that_fails_leaves_nothing(tmp_path: Path, partition_by: list[str] | None) -> None:
    schema = pa.schema([("p", pa.int64()), ("v", pa.int64())])

    def reader() -> pa.RecordBatchReader:
        def batches() -> object:
            for number in range(5):
                yield pa.record_batch({"p": [number], "v": [number]})
            raise RuntimeError("the source is gone")

        return pa.RecordBatchReader.from_batches(schema, batches())

    root = tmp_path / "t"
    for _ in range(2):
        with refused(tmp_path, "the source is gone"):
            write_deltalake(
                root, reader(), mode="append", partition_by=partition_by, target_file_size=1
            )
        if not files(root):
            write_deltalake(
                root, pa.table({"p": [1], "v": [1]}, schema=schema), partition_by=partition_by
            )
    assert collect(DeltaTable(root).scan()).num_rows == 1
