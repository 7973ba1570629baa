"""Variants byte by byte (Parquet, "Variant Binary Encoding")."""

from __future__ import annotations

import struct
from typing import Any


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(_keys(part) for part in value.values()))
    if isinstance(value, list):
        return set().union(*(_keys(part) for part in value))
    return set()


def metadata_of(keys: set[str]) -> bytes:
    """A dictionary of keys, sorted."""
    names = [key.encode() for key in sorted(keys)]
    ends = [sum(map(len, names[:i])) for i in range(len(names) + 1)]
    head = bytes([0b1101_0001]) + struct.pack("<I", len(names))
    return head + b"".join(struct.pack("<I", end) for end in ends) + b"".join(names)


def value_of(value: Any, keys: list[str]) -> bytes:
    """A value whose keys are in a dictionary."""
    if value is None:
        return b"\x00"
    if isinstance(value, bool):
        return b"\x04" if value else b"\x08"
    if isinstance(value, int):
        return bytes([6 << 2]) + struct.pack("<q", value)
    if isinstance(value, float):
        return bytes([7 << 2]) + struct.pack("<d", value)
    if isinstance(value, str):
        text = value.encode()
        if len(text) < 64:
            return bytes([len(text) << 2 | 1]) + text
        return bytes([16 << 2]) + struct.pack("<I", len(text)) + text
    if isinstance(value, list):
        parts = [value_of(part, keys) for part in value]
        return bytes([0b0001_1111]) + struct.pack("<I", len(parts)) + _offsets(parts)
    names = sorted(value)
    parts = [value_of(value[name], keys) for name in names]
    ids = b"".join(struct.pack("<I", keys.index(name)) for name in names)
    return bytes([0b0111_1110]) + struct.pack("<I", len(parts)) + ids + _offsets(parts)


def _offsets(parts: list[bytes]) -> bytes:
    ends = [sum(map(len, parts[:i])) for i in range(len(parts) + 1)]
    return b"".join(struct.pack("<I", end) for end in ends) + b"".join(parts)


def encode(value: Any) -> dict[str, bytes]:
    """What a column holds for a value of JSON: metadata and value."""
    keys = _keys(value)
    return {"metadata": metadata_of(keys), "value": value_of(value, sorted(keys))}
