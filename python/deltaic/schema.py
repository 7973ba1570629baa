"""Schemas of Delta tables, spelled as in `deltalake`.

Objects are values: they compare by content, turn to and from the JSON of the Delta protocol, and
turn into Arrow objects of `arro3`.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from arro3.core import DataType as ArrowType
from arro3.core import Field as ArrowField
from arro3.core import Schema as ArrowSchema

from deltaic import _internal

__all__ = [
    "ArrayType",
    "ArrowSchemaExportable",
    "DataType",
    "Field",
    "MapType",
    "PrimitiveType",
    "Schema",
    "StructType",
]

_ARROW_OF_PRIMITIVE: dict[str, Callable[[], ArrowType]] = {
    "string": ArrowType.utf8,
    "long": ArrowType.int64,
    "integer": ArrowType.int32,
    "short": ArrowType.int16,
    "byte": ArrowType.int8,
    "float": ArrowType.float32,
    "double": ArrowType.float64,
    "boolean": ArrowType.bool,
    "binary": ArrowType.binary,
    "date": ArrowType.date32,
    "timestamp": lambda: ArrowType.timestamp("us", tz="UTC"),
    "timestamp_ntz": lambda: ArrowType.timestamp("us"),
    "timestamp_nanos": lambda: ArrowType.timestamp("ns", tz="UTC"),
    "timestamp_nanos_ntz": lambda: ArrowType.timestamp("ns"),
    "void": ArrowType.null,
    "variant": lambda: ArrowType.struct(
        [
            ArrowField("metadata", ArrowType.binary(), nullable=False),
            ArrowField("value", ArrowType.binary(), nullable=False),
        ]
    ),
}
_VARIANT_EXTENSION = {
    "ARROW:extension:name": "arrow.parquet.variant",
    "ARROW:extension:metadata": "",
}
_DECIMAL = re.compile(r"decimal\((\d{1,2}),(\d{1,2})\)")


class ArrowSchemaExportable(Protocol):
    """A schema of any library with Arrow's PyCapsule interface."""

    def __arrow_c_schema__(self) -> object: ...


class _Value(ABC):
    """What types, fields and schemas share: JSON, and equality by it."""

    @abstractmethod
    def _to_json_value(self) -> Any:  # noqa: ANN401
        """Returns the protocol's JSON as Python objects."""

    def to_json(self) -> str:
        """Returns the JSON of the Delta protocol."""
        return json.dumps(self._to_json_value(), ensure_ascii=False, separators=(",", ":"))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Value):
            return NotImplemented
        return bool(self._to_json_value() == other._to_json_value())


class DataType(_Value):
    """A Delta type: one of the classes below."""

    type: str
    """The protocol's name: "struct", "array", "map", or that of a primitive type."""

    @abstractmethod
    def to_arrow(self) -> Any:  # noqa: ANN401
        """Returns the Arrow type."""

    @staticmethod
    def _from_json_value(value: object) -> DataType:
        if isinstance(value, str):
            return PrimitiveType(value)
        kinds: dict[str, type[StructType | ArrayType | MapType]] = {
            "struct": StructType,
            "array": ArrayType,
            "map": MapType,
        }
        kind = kinds.get(_member(value, "type", str))
        if kind is None:
            raise ValueError("invalid schema JSON: a type is unknown")
        return kind._from_json_value(value)


class PrimitiveType(DataType):
    """A type without parts, by the protocol's name ("long", "decimal(10,2)")."""

    def __init__(self, data_type: str) -> None:
        decimal = _DECIMAL.fullmatch(data_type)
        if decimal:
            precision, scale = int(decimal[1]), int(decimal[2])
            if not (1 <= precision <= 38 and scale <= precision):
                raise ValueError(f"invalid precision or scale of a decimal type: {data_type}")
        elif data_type not in _ARROW_OF_PRIMITIVE:
            raise ValueError(f"invalid type string: {data_type}")
        self.type = data_type

    def _to_json_value(self) -> str:
        return self.type

    @staticmethod
    def from_json(text: str) -> PrimitiveType:
        """Reads the JSON of a primitive type: a string."""
        return _expect(PrimitiveType, DataType._from_json_value(_parse(text)))

    def to_arrow(self) -> ArrowType:
        """Returns the Arrow type."""
        decimal = _DECIMAL.fullmatch(self.type)
        if decimal:
            return ArrowType.decimal128(int(decimal[1]), int(decimal[2]))
        return _ARROW_OF_PRIMITIVE[self.type]()

    def __repr__(self) -> str:
        return f'PrimitiveType("{self.type}")'


def _arrow_field(
    name: str, kind: DataType, nullable: bool, metadata: Mapping[str, str] | None = None
) -> ArrowField:
    """A field; a variant's has the name of Arrow's extension type."""
    extension = _VARIANT_EXTENSION if kind.type == "variant" else {}
    whole = {**(metadata or {}), **extension}
    return ArrowField(name, kind.to_arrow(), nullable=nullable, metadata=whole or None)


class ArrayType(DataType):
    """A list of elements of one type."""

    type = "array"

    def __init__(self, element_type: str | DataType, contains_null: bool = True) -> None:
        self.element_type = _as_type(element_type)
        self.contains_null = contains_null

    def _to_json_value(self) -> dict[str, Any]:
        return {
            "type": "array",
            "elementType": self.element_type._to_json_value(),
            "containsNull": self.contains_null,
        }

    @staticmethod
    def _from_json_value(value: object) -> ArrayType:
        element = DataType._from_json_value(_member(value, "elementType"))
        return ArrayType(element, _member(value, "containsNull", bool))

    @staticmethod
    def from_json(text: str) -> ArrayType:
        """Reads the JSON of an array type."""
        return _expect(ArrayType, DataType._from_json_value(_parse(text)))

    def to_arrow(self) -> ArrowType:
        """Returns the Arrow type."""
        return ArrowType.list(_arrow_field("element", self.element_type, self.contains_null))

    def __repr__(self) -> str:
        return f"ArrayType({self.element_type!r}, contains_null={self.contains_null})"


class MapType(DataType):
    """A map from keys of one type to values of another."""

    type = "map"

    def __init__(
        self,
        key_type: str | DataType,
        value_type: str | DataType,
        value_contains_null: bool = True,
    ) -> None:
        self.key_type = _as_type(key_type)
        self.value_type = _as_type(value_type)
        self.value_contains_null = value_contains_null

    def _to_json_value(self) -> dict[str, Any]:
        return {
            "type": "map",
            "keyType": self.key_type._to_json_value(),
            "valueType": self.value_type._to_json_value(),
            "valueContainsNull": self.value_contains_null,
        }

    @staticmethod
    def _from_json_value(value: object) -> MapType:
        return MapType(
            DataType._from_json_value(_member(value, "keyType")),
            DataType._from_json_value(_member(value, "valueType")),
            _member(value, "valueContainsNull", bool),
        )

    @staticmethod
    def from_json(text: str) -> MapType:
        """Reads the JSON of a map type."""
        return _expect(MapType, DataType._from_json_value(_parse(text)))

    def to_arrow(self) -> ArrowType:
        """Returns the Arrow type."""
        key = _arrow_field("key", self.key_type, nullable=False)
        value = _arrow_field("value", self.value_type, self.value_contains_null)
        return ArrowType.map(key, value, False)

    def __repr__(self) -> str:
        return (
            f"MapType({self.key_type!r}, {self.value_type!r}, "
            f"value_contains_null={self.value_contains_null})"
        )


class Field(_Value):
    """A column, or a field of a struct."""

    def __init__(
        self,
        name: str,
        type: str | DataType,  # noqa: A002
        nullable: bool = True,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.type = _as_type(type)
        self.nullable = nullable
        self.metadata: dict[str, Any] = dict(metadata or {})

    def _to_json_value(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": self.type._to_json_value(),
            "nullable": self.nullable,
            "metadata": self.metadata,
        }

    @staticmethod
    def _from_json_value(value: object) -> Field:
        return Field(
            _member(value, "name", str),
            DataType._from_json_value(_member(value, "type")),
            _member(value, "nullable", bool),
            _member(value, "metadata", dict),
        )

    @staticmethod
    def from_json(text: str) -> Field:
        """Reads the JSON of a field."""
        return _guarded(lambda: Field._from_json_value(_parse(text)))

    def to_arrow(self) -> ArrowField:
        """Returns the Arrow field; metadata that is no text arrives as JSON."""
        metadata = {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in self.metadata.items()
        }
        return _arrow_field(self.name, self.type, self.nullable, metadata)

    def __repr__(self) -> str:
        metadata = f", metadata={self.metadata!r}" if self.metadata else ""
        return f"Field({self.name}, {self.type!r}, nullable={self.nullable}{metadata})"


class StructType(DataType):
    """A struct of named fields."""

    type = "struct"

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields: list[Field] = list(fields)

    def _to_json_value(self) -> dict[str, Any]:
        return {"type": "struct", "fields": [field._to_json_value() for field in self.fields]}

    @classmethod
    def _from_json_value(cls, value: object) -> StructType:
        if _member(value, "type", str) != "struct":
            raise ValueError("invalid schema JSON: a struct was expected")
        return cls([Field._from_json_value(field) for field in _member(value, "fields", list)])

    @staticmethod
    def from_json(text: str) -> StructType:
        """Reads the JSON of a struct type."""
        return _guarded(lambda: StructType._from_json_value(_parse(text)))

    def to_arrow(self) -> Any:  # noqa: ANN401
        """Returns the Arrow type."""
        return ArrowType.struct([field.to_arrow() for field in self.fields])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.fields!r})"


class Schema(StructType):
    """The columns of a table."""

    @staticmethod
    def from_json(text: str) -> Schema:
        """Reads the JSON of a table's schema."""
        return _expect(Schema, _guarded(lambda: Schema._from_json_value(_parse(text))))

    @staticmethod
    def from_arrow(schema: ArrowSchemaExportable) -> Schema:
        """Returns the columns that hold the values of an Arrow schema.

        Raises:
            ValueError: A column has a type that Delta lacks; the message names it.
        """
        return Schema.from_json(_internal.schema_json_of_arrow(schema.__arrow_c_schema__()))

    def json(self) -> dict[str, Any]:
        """Returns the JSON of the Delta protocol as Python objects."""
        return self._to_json_value()

    def to_arrow(self) -> ArrowSchema:
        """Returns the Arrow schema."""
        return ArrowSchema([field.to_arrow() for field in self.fields])

    def __arrow_c_schema__(self) -> object:
        return self.to_arrow().__arrow_c_schema__()


_T = TypeVar("_T")


def _as_type(value: str | DataType) -> DataType:
    return PrimitiveType(value) if isinstance(value, str) else value


def _guarded(read: Callable[[], _T]) -> _T:
    try:
        return read()
    except RecursionError:
        raise ValueError("the schema is nested too deeply") from None


def _parse(text: str) -> object:
    return _guarded(lambda: json.loads(text))


def _member(value: object, name: str, kind: type[_T] | None = None) -> Any:  # noqa: ANN401
    if not isinstance(value, dict) or name not in value:
        raise ValueError(f"invalid schema JSON: a member is missing: {name}")
    member = value[name]
    if kind is not None and not isinstance(member, kind):
        raise ValueError(f"invalid schema JSON: a member has the wrong type: {name}")
    return member


def _expect(kind: type[_T], value: object) -> _T:
    if not isinstance(value, kind):
        raise ValueError(f"the JSON is not that of a {kind.__name__}")
    return value
