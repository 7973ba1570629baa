"""Writes deletion vectors, of every kind that the protocol knows: no other writer that tests could
use does. Independent of the library's reader."""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

Descriptor = dict[str, Any]

_MAGIC = 1681511377
_Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def z85(data: bytes) -> str:
    """Encodes bytes, filled up with zeros to a multiple of four."""
    text = ""
    for begin in range(0, len(data), 4):
        number = int.from_bytes(data[begin : begin + 4].ljust(4, b"\0"), "big")
        digits = [_Z85[number // 85**power % 85] for power in (4, 3, 2, 1, 0)]
        text += "".join(digits)
    return text


def _runs(values: Sequence[int]) -> list[tuple[int, int]]:
    """Beginnings and lengths less one."""
    grouped = groupby(enumerate(values), key=lambda pair: pair[1] - pair[0])
    runs = [[value for _, value in group] for _, group in grouped]
    return [(run[0], len(run) - 1) for run in runs]


def _container(values: Sequence[int], as_runs: bool) -> bytes:
    if as_runs:
        runs = _runs(values)
        return struct.pack(f"<H{2 * len(runs)}H", len(runs), *(n for run in runs for n in run))
    if len(values) <= 4096:
        return struct.pack(f"<{len(values)}H", *values)
    bits = bytearray(8192)
    for value in values:
        bits[value // 8] |= 1 << value % 8
    return bytes(bits)


def _bitmap32(values: Sequence[int], as_runs: bool) -> bytes:
    parts = [
        (key, [v & 0xFFFF for v in group]) for key, group in groupby(values, lambda v: v >> 16)
    ]
    if as_runs:
        flags = bytearray((len(parts) + 7) // 8)
        for number in range(len(parts)):
            flags[number // 8] |= 1 << number % 8
        head = struct.pack("<I", 12347 | (len(parts) - 1) << 16) + bytes(flags)
    else:
        head = struct.pack("<II", 12346, len(parts))
    for key, lows in parts:
        head += struct.pack("<HH", key, len(lows) - 1)
    containers = [_container(lows, as_runs) for _, lows in parts]
    if not as_runs or len(parts) >= 4:
        offset = len(head) + 4 * len(parts)
        for container in containers:
            head += struct.pack("<I", offset)
            offset += len(container)
    return head + b"".join(containers)


def serialize(rows: Iterable[int], as_runs: bool = False) -> bytes:
    """The bytes of a vector that deletes `rows`: magic number and bitmap."""
    values = sorted(set(rows))
    high = [
        (key, [v & 0xFFFFFFFF for v in group]) for key, group in groupby(values, lambda v: v >> 32)
    ]
    data = struct.pack("<iQ", _MAGIC, len(high))
    for key, lows in high:
        data += struct.pack("<I", key) + _bitmap32(lows, as_runs)
    return data


def inline(rows: Iterable[int], as_runs: bool = False) -> Descriptor:
    """A vector that stands in the log."""
    rows = set(rows)
    data = serialize(rows, as_runs)
    return {
        "storageType": "i",
        "pathOrInlineDv": z85(data),
        "sizeInBytes": len(data),
        "cardinality": len(rows),
    }


def _file(vectors: Sequence[bytes]) -> tuple[bytes, list[int]]:
    """A file of vectors, and where each begins."""
    content, offsets = b"\x01", []
    for data in vectors:
        offsets.append(len(content))
        content += struct.pack(">I", len(data)) + data + struct.pack(">I", zlib.crc32(data))
    return content, offsets


def relative(
    root: Path, rows: Sequence[Iterable[int]], prefix: str = "", as_runs: bool = False
) -> list[Descriptor]:
    """Writes vectors into one file of the table, named by a UUID in the folder `prefix`."""
    sets = [set(deleted) for deleted in rows]
    vectors = [serialize(deleted, as_runs) for deleted in sets]
    content, offsets = _file(vectors)
    name = uuid.uuid4()
    folder = root / prefix if prefix else root
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"deletion_vector_{name}.bin").write_bytes(content)
    return [
        {
            "storageType": "u",
            "pathOrInlineDv": prefix + z85(name.bytes),
            "offset": offset,
            "sizeInBytes": len(data),
            "cardinality": len(deleted),
        }
        for deleted, data, offset in zip(sets, vectors, offsets, strict=True)
    ]


def absolute(path: Path, rows: Iterable[int], as_runs: bool = False) -> Descriptor:
    """Writes a vector into a file of any name."""
    deleted = set(rows)
    data = serialize(deleted, as_runs)
    content, offsets = _file([data])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {
        "storageType": "p",
        "pathOrInlineDv": "file://" + quote(str(path)),
        "offset": offsets[0],
        "sizeInBytes": len(data),
        "cardinality": len(deleted),
    }
