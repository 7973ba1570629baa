from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from deltaic import DeltaTable
from deltaic.schema import ArrayType, DataType, Field, MapType, PrimitiveType, Schema, StructType

PRIMITIVES = {
    "string": pa.string(),
    "long": pa.int64(),
    "integer": pa.int32(),
    "short": pa.int16(),
    "byte": pa.int8(),
    "float": pa.float32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "binary": pa.binary(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "timestamp_ntz": pa.timestamp("us"),
    "timestamp_nanos": pa.timestamp("ns", "UTC"),
    "timestamp_nanos_ntz": pa.timestamp("ns"),
    "decimal(38,10)": pa.decimal128(38, 10),
    "void": pa.null(),
}


@pytest.mark.parametrize("name", PRIMITIVES)
def test_primitive_types(name: str) -> None:
    kind = PrimitiveType(name)
    assert (kind.type, kind.to_json(), repr(kind)) == (
        name,
        f'"{name}"',
        f'PrimitiveType("{name}")',
    )
    assert PrimitiveType.from_json(kind.to_json()) == kind
    assert pa.field(Field("x", kind).to_arrow()).type == PRIMITIVES[name]


@pytest.mark.parametrize(
    "name", ["", "int", "decimal", "decimal(39,1)", "decimal(5,6)", "decimal(0,0)", "struct"]
)
def test_refuses_unknown_primitive_types(name: str) -> None:
    with pytest.raises(ValueError, match=r"decimal|invalid type"):
        PrimitiveType(name)


def test_nested_types() -> None:
    field = Field("x", "integer", nullable=False, metadata={"a": "b", "n": 1})
    array = ArrayType("long", contains_null=False)
    mapped = MapType("string", array, value_contains_null=False)
    struct = StructType([field, Field("m", mapped)])
    schema = Schema(struct.fields)

    assert repr(array) == 'ArrayType(PrimitiveType("long"), contains_null=False)'
    assert repr(mapped) == (
        f'MapType(PrimitiveType("string"), {array!r}, value_contains_null=False)'
    )
    assert repr(field) == (
        "Field(x, PrimitiveType(\"integer\"), nullable=False, metadata={'a': 'b', 'n': 1})"
    )
    assert repr(schema) == f"Schema([{field!r}, Field(m, {mapped!r}, nullable=True)])"
    assert field.to_json() == (
        '{"name":"x","type":"integer","nullable":false,"metadata":{"a":"b","n":1}}'
    )
    assert array.to_json() == '{"type":"array","elementType":"long","containsNull":false}'
    for value in (field, array, mapped, struct, schema):
        assert type(value).from_json(value.to_json()) == value
        assert value != 3
        with pytest.raises(TypeError):
            hash(value)
    assert schema.json() == json.loads(schema.to_json())
    assert array != ArrayType("long")

    arrow = pa.schema(schema)
    assert arrow.field("x").metadata == {b"a": b"b", b"n": b"1"}
    assert not arrow.field("x").nullable
    element = pa.field("element", pa.int64(), nullable=False)
    value = pa.field("value", pa.list_(element), nullable=False)
    assert arrow.field("m").type == pa.map_(pa.string(), value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Schema, ""),
        (Schema, "{"),
        (Schema, "[]"),
        (Schema, '"long"'),
        (Schema, '{"type":"struct"}'),
        (Schema, '{"type":"array","elementType":"long","containsNull":true}'),
        (Schema, '{"type":"struct","fields":[3]}'),
        (Field, '{"name":"x","type":"long","nullable":"yes","metadata":{}}'),
        (Field, '{"name":"x","type":{"type":"set"},"nullable":true,"metadata":{}}'),
        (Field, '{"name":1,"type":"long","nullable":true,"metadata":{}}'),
        (ArrayType, '"long"'),
        (MapType, '{"type":"map","keyType":"string"}'),
        (PrimitiveType, '{"type":"struct","fields":[]}'),
        (ArrayType, '{"type":"array","elementType":' * 5000),
    ],
)
def test_refuses_bad_json(kind: type[Any], text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own errors are among them
        kind.from_json(text)


def test_refuses_endless_nesting() -> None:
    text = '"long"'
    for _ in range(5000):
        text = f'{{"type":"array","elementType":{text},"containsNull":true}}'
    with pytest.raises(ValueError, match="nested too deeply"):
        ArrayType.from_json(text)


def test_is_the_schema_of_a_table(orders: DeltaTable) -> None:
    schema = orders.schema()
    assert isinstance(schema, Schema)
    assert [field.name for field in schema.fields][:3] == ["order_id", "customer_id", "country"]
    assert schema.fields[4] == Field("amount", "decimal(10,2)")
    assert all(isinstance(field.type, DataType) for field in schema.fields)
    assert pa.schema(schema) == pa.schema(schema.to_arrow()) == orders.to_pyarrow_table().schema


@pytest.mark.parametrize("name", ["all_primitive_types", "nested_types", "timestamp_ntz"])
def test_agrees_with_what_is_read(golden: Path, name: str) -> None:
    table = DeltaTable(golden / "dat" / name / "delta")
    read = table.to_pyarrow_table().schema
    declared = pa.schema(table.schema())
    assert read.names == declared.names
    assert read.types == declared.types
