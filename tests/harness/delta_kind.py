"""Types of a Delta schema, with the names and ids of fields, in JSON, Arrow and Python.

Values have structs by the ids of their fields, so that renaming, dropping, adding and reordering
are as simple as they should be.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa

Value = Any

_DIGITS = Context(prec=76)


@dataclass
class Column:
    """A column, or a field of a struct."""

    id: int
    name: str
    physical: str
    kind: Kind
    changes: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Kind:
    """A type: a primitive by its name in the protocol, or a nested one with its parts."""

    name: str
    fields: list[Column] = field(default_factory=list)
    part: Kind | None = None  # Of an array the element, of a map the value.
    key: Kind | None = None  # Of a map whose keys are no texts.

    def inner(self) -> Kind:
        assert self.part is not None
        return self.part

    def keys(self) -> Kind:
        return self.key or Kind("string")

    def digits(self) -> tuple[int, int]:
        """Precision and scale of a decimal."""
        precision, scale = self.name[8:-1].split(",")
        return int(precision), int(scale)


# What each primitive type may become.
WIDER: dict[str, list[str]] = {
    "byte": ["short", "integer", "long", "double", "decimal(10,0)", "decimal(13,3)"],
    "short": ["integer", "long", "double", "decimal(12,2)"],
    "integer": ["long", "double", "decimal(10,0)", "decimal(20,5)"],
    "long": ["decimal(20,0)", "decimal(24,4)"],
    "float": ["double"],
    "date": ["timestamp_ntz"],
    "decimal(10,0)": ["decimal(12,1)", "decimal(20,0)"],
    "decimal(9,2)": ["decimal(12,2)", "decimal(20,5)"],
    "decimal(20,0)": ["decimal(30,5)"],
}
PRIMITIVES = ["string", "boolean", "double", "timestamp_ntz", "binary", *WIDER]


def arrow_type(kind: Kind, physical: bool) -> pa.DataType:
    """The Arrow type that a file has (with physical names and ids), or that a query sees."""
    match kind.name:
        case "struct":
            return pa.struct([arrow_field(column, physical) for column in kind.fields])
        case "array":
            return pa.list_(arrow_type(kind.inner(), physical))
        case "map":
            keys = arrow_type(kind.keys(), physical)
            return pa.map_(keys, arrow_type(kind.inner(), physical))
        case name if name.startswith("decimal"):
            return pa.decimal128(*kind.digits())
        case name:
            return {
                "byte": pa.int8(),
                "short": pa.int16(),
                "integer": pa.int32(),
                "long": pa.int64(),
                "float": pa.float32(),
                "double": pa.float64(),
                "date": pa.date32(),
                "timestamp": pa.timestamp("us", tz="UTC"),
                "timestamp_ntz": pa.timestamp("us"),
                "string": pa.string(),
                "binary": pa.binary(),
                "boolean": pa.bool_(),
            }[name]


def arrow_field(column: Column, physical: bool) -> pa.Field:
    if not physical:
        return pa.field(column.name, arrow_type(column.kind, physical))
    ids = {"PARQUET:field_id": str(column.id)}
    return pa.field(column.physical, arrow_type(column.kind, physical), metadata=ids)


def schema_json(kind: Kind, mapped: bool) -> Any:
    match kind.name:
        case "struct":
            return {"type": "struct", "fields": [field_json(c, mapped) for c in kind.fields]}
        case "array":
            element = schema_json(kind.inner(), mapped)
            return {"type": "array", "elementType": element, "containsNull": True}
        case "map":
            value = schema_json(kind.inner(), mapped)
            return {
                "type": "map",
                "keyType": schema_json(kind.keys(), mapped),
                "valueType": value,
                "valueContainsNull": True,
            }
        case name:
            return name


def field_json(column: Column, mapped: bool) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    if mapped:
        metadata["delta.columnMapping.id"] = column.id
        metadata["delta.columnMapping.physicalName"] = column.physical
    if column.changes:
        metadata["delta.typeChanges"] = column.changes
    kind = schema_json(column.kind, mapped)
    return {"name": column.name, "type": kind, "nullable": True, "metadata": metadata}


def widened(value: Value, to: str) -> Value:
    """A value as its wider type has it. That of a float is exact already."""
    if value is None:
        return None
    if to.startswith("decimal"):
        scale = int(to[:-1].split(",")[1])
        return Decimal(value).quantize(Decimal(1).scaleb(-scale), context=_DIGITS)
    if to == "double":
        return float(value)
    if to == "timestamp_ntz" and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return value


def seen(value: Value, kind: Kind, physical: bool) -> Value:
    """A value of the model as Python's form of the Arrow type. The model has structs by id."""
    if value is None:
        return None
    match kind.name:
        case "struct":
            return {
                column.physical if physical else column.name: seen(
                    value.get(column.id), column.kind, physical
                )
                for column in kind.fields
            }
        case "array":
            return [seen(element, kind.inner(), physical) for element in value]
        case "map":
            return [
                (seen(key, kind.keys(), physical), seen(each, kind.inner(), physical))
                for key, each in value.items()
            ]
        case name:
            return widened(value, name)


def float32(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


def shortest(value: float) -> float:
    """The number that a writer of floats prints."""
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if float32(float(text)) == value:
            return float(text)
    return value
