"""Deletion vectors that lie, are damaged or lead elsewhere: as cases.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cases import COMMIT_0, Case
from harness import deletion_vectors as dv
from harness.log_table import LogTable, field, metadata, protocol

ROWS = 100
FILE = "a.parquet"

Damage = Callable[[bytes], bytes]


def _table(table: LogTable, vector: dv.Descriptor, records: int | None = ROWS) -> None:
    """A file of a hundred rows with that vector."""
    stats = None if records is None else {"numRecords": records, "tightBounds": False}
    action = table.data(FILE, {"x": list(range(ROWS))}, stats=stats)
    action["add"]["deletionVector"] = vector
    table.commit(0, protocol("deletionVectors"), metadata(field("x", "long")), action)


def _inline(
    rows: set[int], records: int | None = ROWS, **changes: Any
) -> Callable[[LogTable], Any]:
    return lambda table: _table(table, dv.inline(rows) | changes, records)


def _stored(damage: Damage | None = None, **changes: Any) -> Callable[[LogTable], Any]:
    """A vector of three rows in a file of its own, which is then damaged."""

    def build(table: LogTable) -> None:
        (vector,) = dv.relative(table.root, [{3, 50, 99}])
        if damage is not None:
            (path,) = table.root.glob("*.bin")
            path.write_bytes(damage(path.read_bytes()))
        _table(table, vector | changes)

    return build


def _elsewhere(storage: str, spell: Callable[[Path], str]) -> Callable[[LogTable], Any]:
    """A sound vector beside the table, which must not be read."""

    def build(table: LogTable) -> None:
        outside = table.root.parent / "outside"
        vector = dv.absolute(outside / "secret.bin", {1})
        _table(
            table,
            vector | {"storageType": storage, "pathOrInlineDv": spell(outside)},
        )

    return build


def _missing(table: LogTable) -> None:
    (vector,) = dv.relative(table.root, [{3}])
    (path,) = table.root.glob("*.bin")
    path.unlink()
    _table(table, vector)


def _cut(size: int) -> Damage:
    return lambda content: content[:size]


def _flip(at: int) -> Damage:
    return lambda content: content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :]


_UUID = dv.z85(bytes(range(16)))
_VERSION = (FILE, "ersion 0")

VECTOR_CASES = [
    Case("vector in the log", _inline({0, 5, 99}), rows=97),
    Case("vector in a file", _stored(), rows=97),
    Case("vector deletes all", _inline(set(range(ROWS))), rows=0),
    Case("vector deletes nothing", _inline(set()), rows=ROWS),
    Case("vector without statistics", _inline({7}, records=None), rows=99),
    Case("vector file of no bytes", _stored(lambda _: b""), "corrupt_data", (FILE,)),
    *(
        Case(
            f"vector file of {size} bytes",
            _stored(_cut(size)),
            "corrupt_data",
            (FILE, ".bin"),
        )
        for size in (1, 2, 5, 8, 20, 46)
    ),
    *(
        Case(f"vector file with byte {at} damaged", _stored(_flip(at)), "corrupt_data", _VERSION)
        for at in (0, 1, 4, 5, 9, 17, 30, 38, 43, 46)
    ),
    Case("vector file is missing", _missing, "file_not_found", (FILE, ".bin")),
    Case("vector beyond its file", _stored(offset=1 << 20), "corrupt_data", _VERSION),
    Case("vector at the greatest offset", _stored(offset=(1 << 31) - 1), "corrupt_data", _VERSION),
    Case("vector at a negative offset", _stored(offset=-1), "corrupt_log", (COMMIT_0,)),
    Case("vector at another offset", _stored(offset=2), "corrupt_data", _VERSION),
    Case("vector without offset", _stored(offset=None), "corrupt_data", _VERSION),
    Case("vector size too small", _stored(sizeInBytes=20), "corrupt_data", _VERSION),
    Case("vector size too great", _stored(sizeInBytes=4000), "corrupt_data", _VERSION),
    Case("vector size 2^31", _stored(sizeInBytes=1 << 31), "corrupt_log", (COMMIT_0,)),
    Case(
        "vector size 2^31 - 1",
        _stored(sizeInBytes=(1 << 31) - 1),
        "resources_exhausted",
        _VERSION,
    ),
    Case("vector size 60 MB", _stored(sizeInBytes=60_000_000), "corrupt_data", _VERSION),
    Case("vector size negative", _stored(sizeInBytes=-1), "corrupt_log", (COMMIT_0,)),
    Case("vector without size", _stored(sizeInBytes=None), "corrupt_log", (COMMIT_0,)),
    Case("vector of other cardinality", _stored(cardinality=4), "corrupt_data", _VERSION),
    Case("vector of no cardinality", _stored(cardinality=None), "corrupt_log", (COMMIT_0,)),
    Case("vector of cardinality 0", _stored(cardinality=0), "corrupt_data", _VERSION),
    Case(
        "vector deletes more than there is by the log",
        _inline({1, 99}, records=50),
        "corrupt_data",
        _VERSION,
    ),
    Case(
        "vector deletes more than there is",
        _inline({1, 100}, records=None),
        "corrupt_data",
        (FILE, "100"),
    ),
    Case("vector deletes row 2^40", _inline({1 << 40}), "corrupt_data", _VERSION),
    Case(
        "vector deletes row 2^40 and the log agrees",
        _inline({1 << 40}, records=(1 << 40) + 1),
        "corrupt_data",
        (FILE,),
    ),
    Case("vector is no Z85", _inline({1}, pathOrInlineDv="\"'~" * 5), "corrupt_log", _VERSION),
    Case("vector is Z85 cut short", _inline({1}, pathOrInlineDv="0000"), "corrupt_log", _VERSION),
    Case(
        "vector has another magic number",
        _inline({1}, pathOrInlineDv="0" * 20, sizeInBytes=16),
        "corrupt_data",
        _VERSION,
    ),
    Case("vector is empty", _inline({1}, pathOrInlineDv=""), "corrupt_log", (COMMIT_0,)),
    Case("vector of unknown storage", _inline({1}, storageType="q"), "corrupt_log", (COMMIT_0,)),
    Case("vector is a text", lambda t: _table(t, "x"), "corrupt_log", (COMMIT_0,)),  # type: ignore[arg-type]
    Case(
        "vector outside by an absolute path",
        _elsewhere("p", lambda outside: f"file://{outside}/secret.bin"),
        "permission_denied",
        ("secret.bin",),
    ),
    Case(
        "vector outside by a plain absolute path",
        _elsewhere("p", lambda outside: f"{outside}/secret.bin"),
        "permission_denied",
        ("secret.bin",),
    ),
    Case(
        "vector is /etc/passwd",
        _elsewhere("p", lambda _: "/etc/passwd"),
        "permission_denied",
        ("/etc/passwd",),
    ),
    Case(
        "vector outside by a relative path",
        _elsewhere("p", lambda _: "../outside/secret.bin"),
        "corrupt_log",
        ("../outside/secret.bin",),
    ),
    Case(
        "vector outside by an escaped path",
        _elsewhere("p", lambda _: "x/%2E%2E/%2e%2e/outside/secret.bin"),
        "corrupt_log",
        ("secret.bin",),
    ),
    Case(
        "vector prefix climbs",
        _elsewhere("u", lambda _: "../outside" + _UUID),
        "corrupt_log",
        _VERSION,
    ),
    Case(
        "vector prefix climbs from within",
        _elsewhere("u", lambda _: "a/../../outside" + _UUID),
        "corrupt_log",
        _VERSION,
    ),
    Case(
        "vector prefix is absolute",
        _elsewhere("u", lambda outside: f"{outside}{_UUID}"),
        "permission_denied",
        _VERSION,
    ),
    Case("vector name is no UUID", _elsewhere("u", lambda _: "ab"), "corrupt_log", _VERSION),
]
