"""Parquet files whose footers and page headers lie: their Thrift structures, taken apart and put
together again (compact protocol)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12


@dataclass
class Value:
    """A value with its Thrift type; a structure is a dict of values by field number."""

    kind: int
    value: Any
    kind_of_items: int = 0

    def __getitem__(self, place: int) -> Value:
        found: Value = self.value[place]
        return found

    def __iter__(self) -> Any:
        return iter(self.value)


class _Reader:
    def __init__(self, content: bytes, at: int = 0) -> None:
        self.content, self.at = content, at

    def byte(self) -> int:
        self.at += 1
        return self.content[self.at - 1]

    def varint(self) -> int:
        number = shift = 0
        while True:
            byte = self.byte()
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    def read(self, kind: int) -> Value:
        if kind in (_TRUE, _FALSE):
            return Value(kind, None)
        if kind == _BYTE:
            return Value(kind, self.byte())
        if kind == _STRUCT:
            return self.struct()
        if kind in (_LIST, _SET):
            head = self.byte()
            count = self.varint() if head >> 4 == 15 else head >> 4
            items = [
                Value(head & 15, self.byte())
                if head & 15 in (_TRUE, _FALSE)
                else self.read(head & 15)
                for _ in range(count)
            ]
            return Value(kind, items, head & 15)
        if kind in (_BINARY, _DOUBLE):
            size = 8 if kind == _DOUBLE else self.varint()
            self.at += size
            return Value(kind, self.content[self.at - size : self.at])
        number = self.varint()
        return Value(kind, (number >> 1) ^ -(number & 1))

    def struct(self) -> Value:
        fields: dict[int, Value] = {}
        number = 0
        while head := self.byte():
            number = number + (head >> 4) if head >> 4 else self.read(4).value
            fields[number] = self.read(head & 15)
        return Value(_STRUCT, fields)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _zigzag(number: int) -> bytes:
    return _varint(((number << 1) ^ (number >> 63)) & (1 << 64) - 1)


def _encode(value: Value) -> bytes:
    if value.kind in (_TRUE, _FALSE):
        return b""
    if value.kind == _BYTE:
        return bytes([value.value])
    if value.kind in (_LIST, _SET):
        items = value.value
        kind = value.kind_of_items
        head = bytes([min(len(items), 15) << 4 | kind])
        if len(items) >= 15:
            head += _varint(len(items))
        truths = kind in (_TRUE, _FALSE)
        return head + b"".join(bytes([i.value]) if truths else _encode(i) for i in items)
    if value.kind == _STRUCT:
        out, last = b"", 0
        for number, field in sorted(value.value.items()):
            step = number - last
            out += (
                bytes([step << 4 | field.kind])
                if step < 16
                else (bytes([field.kind]) + _zigzag(number))
            )
            out += _encode(field)
            last = number
        return out + b"\0"
    if value.kind == _BINARY:
        return _varint(len(value.value)) + bytes(value.value)
    if value.kind == _DOUBLE:
        return bytes(value.value)
    return _zigzag(value.value)


def change_footer(path: Path, change: Callable[[Value], object]) -> None:
    """Rewrites the `FileMetaData` of a file."""
    content = path.read_bytes()
    (size,) = struct.unpack("<I", content[-8:-4])
    footer = _Reader(content[-8 - size : -8]).struct()
    change(footer)
    encoded = _encode(footer)
    path.write_bytes(content[: -8 - size] + encoded + struct.pack("<I", len(encoded)) + b"PAR1")


def change_first_page(path: Path, change: Callable[[Value], object]) -> None:
    """Rewrites the `PageHeader` of the first page of each column chunk, the last chunk first, so
    that nothing but the chunk's own size moves."""
    content = path.read_bytes()
    (size,) = struct.unpack("<I", content[-8:-4])
    body, footer = content[: -8 - size], _Reader(content[-8 - size : -8]).struct()
    for group in footer[4]:
        for column in group[1]:
            meta = column[3].value
            start = meta[11].value if 11 in meta else meta[9].value
            reader = _Reader(body, start)
            header = reader.struct()
            change(header)
            encoded = _encode(header)
            grown = len(encoded) - (reader.at - start)
            body = body[:start] + encoded + body[reader.at :]
            meta[7].value += grown
            for other in (c[3].value for g in footer[4] for c in g[1]):
                for offset in (9, 11):
                    if offset in other and other[offset].value > start:
                        other[offset].value += grown
    encoded = _encode(footer)
    path.write_bytes(body + encoded + struct.pack("<I", len(encoded)) + b"PAR1")
