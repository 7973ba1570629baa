"""Parquet files byte by byte, for what no writer at hand would write: one column, no nulls, no
compression (the format's thrift definition, compact protocol)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# Physical types.
INT32, INT64, INT96, FLOAT, DOUBLE, BYTE_ARRAY, FIXED = 1, 2, 3, 4, 5, 6, 7
# Converted types.
UTF8, ENUM, DECIMAL, TIMESTAMP_MILLIS, TIMESTAMP_MICROS, JSON, BSON = 0, 4, 5, 9, 10, 19, 20


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _value(value: Any) -> tuple[int, bytes]:
    """The type and the bytes of a value; a struct is a dict by field number."""
    if isinstance(value, Long):
        return 6, _varint(value << 1 ^ value >> 63)
    if isinstance(value, int):
        return 5, _varint((value << 1) ^ (value >> 31))
    if isinstance(value, str):
        return 8, _varint(len(value.encode())) + value.encode()
    if isinstance(value, list):
        parts = [_value(part) for part in value]
        return 9, bytes([len(parts) << 4 | parts[0][0]]) + b"".join(part for _, part in parts)
    out, last = b"", 0
    for number, part in sorted(value.items()):
        if part is None:
            continue
        kind, content = _value(part)
        out += bytes([(number - last) << 4 | kind]) + content
        last = number
    return 12, out + b"\0"


class Long(int):
    """An i64 of thrift; plain ints are i32."""


@dataclass(frozen=True)
class Column:
    """A column and its values as PLAIN encodes them."""

    name: str
    physical: int
    values: list[bytes]
    converted: int | None = None
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    logical: dict[int, Any] | None = None


def parquet_file(column: Column) -> bytes:
    data = b"".join(
        len(value).to_bytes(4, "little") + value if column.physical == BYTE_ARRAY else value
        for value in column.values
    )
    count = len(column.values)
    page = _value({1: 0, 2: len(data), 3: len(data), 5: {1: count, 2: 0, 3: 3, 4: 3}})[1] + data
    chunk = {
        1: column.physical,
        2: [0],
        3: [column.name],
        4: 0,
        5: Long(count),
        6: Long(len(page)),
        7: Long(len(page)),
        9: Long(4),
    }
    leaf = {
        1: column.physical,
        2: column.length,
        3: 0,
        4: column.name,
        6: column.converted,
        7: column.scale,
        8: column.precision,
        10: column.logical,
    }
    footer = _value(
        {
            1: 1,
            2: [{4: "schema", 5: 1}, leaf],
            3: Long(count),
            4: [{1: [{2: Long(4), 3: chunk}], 2: Long(len(page)), 3: Long(count)}],
        }
    )[1]
    return b"PAR1" + page + footer + len(footer).to_bytes(4, "little") + b"PAR1"
