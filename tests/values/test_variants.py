"""Columns of the type variant: shredded or not, nested or not, good bytes and bad ones."""

from __future__ import annotations

import json
import random
import struct
from functools import partial
from pathlib import Path
from typing import Any

import datafusion
import deltaic
import pyarrow as pa
import pytest
from deltaic.exceptions import DeltaError

from harness.arrow import collect, exhaust, query
from harness.errors import code_of, describe, error_of
from harness.log_table import LogTable, field, metadata

from .variant_bytes import encode, metadata_of, value_of

FEATURES = ["variantType", "variantShredding"]
PROTOCOL = {
    "protocol": {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": FEATURES,
        "writerFeatures": FEATURES,
    }
}
PLAIN = pa.struct([("metadata", pa.binary()), ("value", pa.binary())])


def _table(folder: Path, kind: Any, *columns: pa.Array) -> deltaic.DeltaTable:
    """A table with a column v, a file for each array."""
    table = LogTable(folder)
    files = [table.data(f"{i}.parquet", {"v": column}) for i, column in enumerate(columns)]
    table.commit(0, PROTOCOL, metadata(field("v", kind)), *files)
    return deltaic.DeltaTable(folder)


def _json(table: deltaic.DeltaTable) -> list[Any]:
    rows = query("SELECT variant_to_json(v) AS j FROM t", t=table).column("j").to_pylist()
    return [row if row is None else json.loads(row) for row in rows]


def _run(sql: str, table: deltaic.DeltaTable) -> None:
    exhaust(deltaic.QueryBuilder().register("t", table).execute(sql))


def _random(chance: random.Random, depth: int = 0) -> Any:
    kinds = ["null", "bool", "int", "float", "text"] + ["list", "object"] * (depth < 4)
    match chance.choice(kinds):
        case "null":
            return None
        case "bool":
            return chance.random() < 0.5
        case "int":
            return chance.randint(-(2**63), 2**63 - 1)
        case "float":
            return chance.randint(-1000, 1000) / 8
        case "text":
            return "".join(chance.choices('aé"\\\n日', k=chance.randint(0, 100)))
        case "list":
            return [_random(chance, depth + 1) for _ in range(chance.randint(0, 5))]
        case _:
            return {
                chance.choice("abcdefgh") * chance.randint(1, 3): _random(chance, depth + 1)
                for _ in range(chance.randint(0, 5))
            }


def test_random_values(tmp_path: Path) -> None:
    chance = random.Random(7)
    values = [_random(chance) for _ in range(2000)]
    rows = [None, *(encode(value) for value in values)]
    table = _table(tmp_path / "t", "variant", pa.array(rows, PLAIN))
    assert _json(table) == [None, *values]
    raw = collect(table.scan())
    assert raw.column("v").to_pylist() == rows


def test_the_form_of_a_column(tmp_path: Path) -> None:
    """A struct of two binaries under Arrow's canonical extension type, for every consumer."""
    table = _table(tmp_path / "t", "variant", pa.array([encode(1)], PLAIN))
    context = datafusion.SessionContext()
    context.register_table("t", table)
    for rows in (
        collect(table.scan()),
        table.to_pyarrow_table(),
        collect(context.sql("SELECT * FROM t")),
    ):
        column = rows.schema.field("v")
        assert (column.metadata or {})[b"ARROW:extension:name"] == b"arrow.parquet.variant"
        assert [child.name for child in column.type] == ["metadata", "value"]
    shown = table.schema().to_arrow().field("v")
    assert dict(shown.metadata)[b"ARROW:extension:name"] == b"arrow.parquet.variant"
    error = error_of(table.to_pyarrow_dataset)
    assert isinstance(error, NotImplementedError), describe(error)


def test_fields_are_found_by_name(tmp_path: Path) -> None:
    turned = pa.struct([("value", pa.binary()), ("metadata", pa.binary())])
    table = _table(tmp_path / "t", "variant", pa.array([encode({"a": 1}), None], turned))
    assert _json(table) == [{"a": 1}, None]


OBJECT = pa.struct(
    [
        ("metadata", pa.binary()),
        ("value", pa.binary()),
        (
            "typed_value",
            pa.struct(
                [
                    ("a", pa.struct([("value", pa.binary()), ("typed_value", pa.int64())])),
                    ("b", pa.struct([("value", pa.binary()), ("typed_value", pa.string())])),
                ]
            ),
        ),
    ]
)


def _shredded(value: Any) -> dict[str, Any]:
    """A value in the type `OBJECT`."""
    keys = {"a", "b"} | (set(value) if isinstance(value, dict) else set())
    row: dict[str, Any] = {"metadata": metadata_of(keys), "value": None, "typed_value": None}
    if not isinstance(value, dict):
        row["value"] = value_of(value, sorted(keys))
        return row
    typed: dict[str, Any] = {}
    for name, kind in (("a", int), ("b", str)):
        part = value.get(name)
        if name not in value:
            typed[name] = {"value": None, "typed_value": None}
        elif isinstance(part, kind):
            typed[name] = {"value": None, "typed_value": part}
        else:
            typed[name] = {"value": value_of(part, sorted(keys)), "typed_value": None}
    row["typed_value"] = typed
    rest = {name: part for name, part in value.items() if name not in ("a", "b")}
    if rest:
        row["value"] = value_of(rest, sorted(keys))
    return row


def test_shredded_objects(tmp_path: Path) -> None:
    values = [
        {"a": 1, "b": "x"},
        {"a": "no number", "b": 2},
        {"a": None},
        {},
        {"c": [1, 2], "b": "y"},
        7,
        None,
        "text",
    ]
    shredded = pa.array([*(_shredded(value) for value in values), None], OBJECT)
    table = _table(tmp_path / "t", "variant", shredded, pa.array([encode({"a": 5})], PLAIN))
    assert sorted(_json(table), key=repr) == sorted([*values, None, {"a": 5}], key=repr)
    numbers = query("SELECT try_variant_get(v, '$.a', 'int') AS a FROM t", t=table)
    assert sorted(filter(None, numbers.column("a").to_pylist())) == [1, 5]
    found = query("SELECT v FROM t WHERE try_variant_get(v, '$.a', 'int') = 1", t=table)
    assert found.num_rows == 1
    assert collect(table.scan(columns=["v"], predicate="v IS NULL")).num_rows == 1


def test_shredded_lists_and_scalars(tmp_path: Path) -> None:
    element = pa.struct([("value", pa.binary()), ("typed_value", pa.int64())])
    lists = pa.struct(
        [("metadata", pa.binary()), ("value", pa.binary()), ("typed_value", pa.list_(element))]
    )
    rows = [
        {
            "metadata": metadata_of(set()),
            "value": None,
            "typed_value": [
                {"value": None, "typed_value": 1},
                {"value": value_of("x", []), "typed_value": None},
            ],
        },
        {"metadata": metadata_of(set()), "value": value_of(2, []), "typed_value": None},
    ]
    table = _table(tmp_path / "t", "variant", pa.array(rows, lists))
    assert _json(table) == [[1, "x"], 2]


def test_neither_value_means_null_of_the_variant(tmp_path: Path) -> None:
    rows = [{"metadata": metadata_of(set()), "value": None}]
    assert _json(_table(tmp_path / "t", "variant", pa.array(rows, PLAIN))) == [None]


def test_nested_columns(tmp_path: Path) -> None:
    """In structs, arrays and maps, shredded in one file and plain in another."""
    kind = {
        "type": "struct",
        "fields": [
            field("n", "long"),
            field("l", {"type": "array", "elementType": "variant", "containsNull": True}),
            field(
                "m",
                {
                    "type": "map",
                    "keyType": "string",
                    "valueType": "variant",
                    "valueContainsNull": True,
                },
            ),
        ],
    }

    def column(storage: pa.DataType, make: Any) -> pa.Array:
        rows = [
            {"n": 1, "l": [make({"a": 1}), None], "m": [("k", make("x"))]},
            {"n": None, "l": None, "m": []},
            None,
        ]
        return pa.array(
            rows,
            pa.struct(
                [("n", pa.int32()), ("l", pa.list_(storage)), ("m", pa.map_(pa.string(), storage))]
            ),
        )

    table = _table(tmp_path / "t", kind, column(PLAIN, encode), column(OBJECT, _shredded))
    rows = query(
        "SELECT v['n'] AS n, variant_to_json(v['l'][1]) AS a, v['l'][2] IS NULL AS b, "
        "variant_to_json(v['m']['k']) AS c FROM t ORDER BY n NULLS LAST",
        t=table,
    ).to_pylist()
    full = {"n": 1, "a": '{"a":1}', "b": True, "c": '"x"'}
    assert rows[:2] == [full, full]
    assert all(row["n"] is None and row["a"] is None for row in rows[2:])
    assert len(rows) == 6


def _deep(depth: int) -> bytes:
    """Arrays of one element around a null."""
    value = b"\x00"
    for _ in range(depth):
        value = b"\x0f\x01" + struct.pack("<II", 0, len(value)) + value
    return value


def _aliased(depth: int) -> bytes:
    """Objects of two fields that are one value: 2**depth values by their offsets."""
    value = b"\x00"
    for _ in range(depth):
        offsets = (0, 0, len(value))
        value = (
            b"\x06\x02\x00\x01"
            + b"".join(offset.to_bytes(2, "little") for offset in offsets)
            + value
        )
    return value


BAD = {
    "no bytes": {"metadata": metadata_of(set()), "value": b""},
    "no metadata": {"metadata": b"", "value": b"\x00"},
    "another version": {"metadata": b"\x02\x00\x00", "value": b"\x00"},
    "a length beyond the end": {"metadata": b"\x01\x00\x00", "value": b"\x40\xff\xff\xff\xff"},
    "a dictionary beyond the end": {"metadata": b"\xc1\xff\xff\xff\xff", "value": b"\x00"},
    "elements beyond the end": {"metadata": b"\x01\x00\x00", "value": b"\x1f\xff\xff\xff\xff"},
    "a key that is not there": {"metadata": b"\x01\x00\x00", "value": b"\x02\x01\x05\x00\x01\x00"},
    "text that is no UTF-8": {"metadata": b"\x01\x00\x00", "value": b"\x05\xff"},
    "an unknown type": {"metadata": b"\x01\x00\x00", "value": bytes([63 << 2])},
    "a scale beyond all digits": {"metadata": b"\x01\x00\x00", "value": b"\x20\xff\x01\0\0\0"},
    "values that overlap": {"metadata": metadata_of({"a", "b"}), "value": _aliased(60)},
    "a short UUID": {"metadata": b"\x01\x00\x00", "value": bytes([20 << 2]) + b"123"},
    "nested too deep": {"metadata": b"\x01\x00\x00", "value": _deep(501)},
    "nested far too deep": {
        "metadata": b"\x01\x00\x00",
        "value": b"".join(
            b"\x0f\x01" + struct.pack("<II", 0, (99_999 - i) * 10 + 1) for i in range(100_000)
        )
        + b"\x00",
    },
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("shredded", [False, True])
def test_bad_bytes(tmp_path: Path, name: str, shredded: bool) -> None:
    kind = OBJECT if shredded else PLAIN
    rows = [BAD[name] | ({"typed_value": None} if shredded else {})]
    table = _table(tmp_path / "t", "variant", pa.array(rows, kind))
    for sql in ("SELECT v FROM t", "SELECT variant_get(v, '$.a') FROM t"):
        error = error_of(partial(_run, sql, table))
        assert code_of(error) == "corrupt_data", describe(error)
        assert "0.parquet" in str(error), describe(error)


def test_mutated_bytes() -> None:
    """Bytes that were changed at random are a variant or an error of the data, nothing else."""
    chance = random.Random(11)
    builder = deltaic.QueryBuilder()
    codes: list[str | None] = []
    for _ in range(600):
        parts = encode(_random(chance))
        name = chance.choice(["metadata", "value"])
        changed = bytearray(parts[name])
        for _ in range(chance.randint(0, 2)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        parts[name] = bytes(changed[: len(changed) - (chance.random() < 0.1)])
        column = ", ".join(f"'{name}', x'{part.hex()}'" for name, part in parts.items())
        sql = f"SELECT variant_to_json(named_struct({column}))"
        try:
            exhaust(builder.execute(sql))
            codes.append(None)
        except DeltaError as error:
            codes.append(code_of(error))
    assert set(codes) == {None, "corrupt_data"}
    assert 50 < codes.count(None) < 550


def test_the_depth_that_is_allowed(tmp_path: Path) -> None:
    rows = [{"metadata": b"\x01\x00\x00", "value": _deep(500)}]
    table = _table(tmp_path / "t", "variant", pa.array(rows, PLAIN))
    text = query("SELECT variant_to_json(v) AS j FROM t", t=table).column("j")[0].as_py()
    assert text == "[" * 500 + "null" + "]" * 500


def test_contradicting_shreds(tmp_path: Path) -> None:
    row = _shredded({"a": 1, "c": 2})
    row["value"] = value_of({"a": 3}, ["a", "b", "c"])
    table = _table(tmp_path / "t", "variant", pa.array([row], OBJECT))
    error = error_of(lambda: _run("SELECT v FROM t", table))
    assert code_of(error) == "corrupt_data", describe(error)
    assert "0.parquet" in str(error)


def test_functions_in_the_datafusion_wheel(tmp_path: Path) -> None:
    table = _table(tmp_path / "t", "variant", pa.array([encode({"a": [1, 2]}), None], PLAIN))
    context = datafusion.SessionContext()
    for function in deltaic.scalar_functions():
        context.register_udf(datafusion.udf(function))
    context.register_table("t", table)
    rows = collect(
        context.sql(
            "SELECT variant_to_json(v) AS j, variant_get(v, '$.a[1]', 'int') AS x, "
            "is_variant_null(parse_json('null')) AS n FROM t WHERE v IS NOT NULL"
        )
    )
    assert rows.to_pylist() == [{"j": '{"a":[1,2]}', "x": 2, "n": True}]
