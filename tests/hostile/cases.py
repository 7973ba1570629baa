"""Every kind of bad input as one row: how to make the table, and what reading it must say.

A case either reads right (`rows`) or fails with an exact code, in a message that names what is
wrong (`names`). Whatever is expected, the reading must end in time and in little memory.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.log_table import (
    PROTOCOL,
    LogTable,
    add,
    field,
    metadata,
    remove,
    schema_string,
)

COMMIT_0 = "00000000000000000000.json"
COMMIT_1 = "00000000000000000001.json"
COMMIT_2 = "00000000000000000002.json"
LONG = metadata(field("x", "long"))


@dataclass(frozen=True)
class Case:
    name: str
    build: Callable[[LogTable], object]
    code: str | None = None
    names: tuple[str, ...] = ()
    rows: int | None = None
    version: int | None = None
    seconds: float = 60
    growth_kib: int = 256 * 1024
    warns: str | None = None


def first_commit(table: LogTable) -> None:
    """Version 0: one file of three rows."""
    table.commit(0, PROTOCOL, LONG, table.data("a.parquet", {"x": [1, 2, 3]}))


def _second_commit(content: bytes) -> Callable[[LogTable], object]:
    """A sound version 0, then these bytes as version 1."""

    def build(table: LogTable) -> None:
        first_commit(table)
        table.commit_bytes(1, content)

    return build


def _second_action(action: Any) -> Callable[[LogTable], object]:
    return _second_commit(json.dumps(action).encode() + b"\n")


def add_with(**changes: Any) -> Callable[[LogTable], object]:
    """A second file whose add action has other members."""

    def build(table: LogTable) -> None:
        first_commit(table)
        action = table.data("b.parquet", {"x": [4]})
        action["add"].update(changes)
        table.commit(1, action)

    return build


def _metadata_with(**changes: Any) -> Callable[[LogTable], object]:
    def build(table: LogTable) -> None:
        action = json.loads(json.dumps(LONG))
        action["metaData"].update(changes)
        table.commit(0, PROTOCOL, action)

    return build


def _protocol(**members: Any) -> Callable[[LogTable], object]:
    def build(table: LogTable) -> None:
        table.commit(0, {"protocol": members}, LONG)

    return build


def _schema(text: str) -> Callable[[LogTable], object]:
    def build(table: LogTable) -> None:
        table.commit(0, PROTOCOL, metadata(schema=text))

    return build


def _nested(levels: int) -> str:
    """A schema of structs within structs."""
    opening = '{"type":"struct","fields":[{"name":"a","type":'
    closing = ',"nullable":true,"metadata":{}}]}'
    return opening * (levels + 1) + '"long"' + closing * (levels + 1)


def _data_file(damage: Callable[[Path], object]) -> Callable[[LogTable], object]:
    """A sound log; a second data file that is then damaged."""

    def build(table: LogTable) -> None:
        first_commit(table)
        table.commit(1, table.data("b.parquet", {"x": list(range(1000))}))
        damage(table.root / "b.parquet")

    return build


def _truncate(keep: float) -> Callable[[Path], object]:
    def damage(path: Path) -> None:
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * keep)])

    return damage


def _footer_length(length: int) -> Callable[[Path], object]:
    def damage(path: Path) -> None:
        content = path.read_bytes()
        path.write_bytes(content[:-8] + struct.pack("<I", length) + b"PAR1")

    return damage


def _partition(kind: str, text: str) -> Callable[[LogTable], object]:
    """One file with a partition value that is not of the column's type."""

    def build(table: LogTable) -> None:
        table.commit(
            0,
            PROTOCOL,
            metadata(field("x", "long"), field("p", kind), partition_columns=["p"]),
            table.data("a.parquet", {"x": [1]}, {"p": text}),
        )

    return build


def _several_commits(table: LogTable) -> list[Any]:
    """Versions 0 to 3, each adding a file of one row; returns all their actions."""
    state = [PROTOCOL, LONG]
    for version in range(4):
        action = table.data(f"{version}.parquet", {"x": [version]})
        table.commit(version, *(state if version == 0 else []), action)
        state.append(action)
    return state


def _forget_commits(table: LogTable, *versions: int) -> None:
    for version in versions:
        (table.log / f"{version:020d}.json").unlink()


def _incomplete_parts(table: LogTable) -> None:
    """A checkpoint in two parts, one of which is not there; an older one is whole."""
    state = _several_commits(table)
    table.checkpoint(1, *state[:4])
    table.checkpoint_part(3, 1, 2, *state[:3])
    table.last_checkpoint({"version": 3, "size": 6, "parts": 2})
    _forget_commits(table, 0)


def _incomplete_parts_alone(table: LogTable) -> None:
    """As before, without an older checkpoint and without the first commits."""
    state = _several_commits(table)
    table.checkpoint_part(3, 1, 2, *state[:3])
    _forget_commits(table, 0, 1)


def _damaged_checkpoint(content: bytes) -> Callable[[LogTable], object]:
    """A checkpoint that cannot be read, and the commits before it are gone."""

    def build(table: LogTable) -> None:
        _several_commits(table)
        (table.log / f"{2:020d}.checkpoint.parquet").write_bytes(content)
        _forget_commits(table, 0, 1)

    return build


def _damaged_checkpoint_beside_commits(table: LogTable) -> None:
    """A checkpoint that cannot be read is no loss where the commits are there."""
    _several_commits(table)
    (table.log / f"{2:020d}.checkpoint.parquet").write_bytes(b"PAR1 no Parquet PAR1")
    table.last_checkpoint({"version": 2, "size": 5})


def _truncated_checkpoint(table: LogTable) -> None:
    state = _several_commits(table)
    path = table.checkpoint(2, *state[:5])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    _forget_commits(table, 0, 1)


def _checkpoint_without(member: str) -> Callable[[LogTable], object]:
    def build(table: LogTable) -> None:
        state = _several_commits(table)
        table.checkpoint(2, *(action for action in state[:5] if member not in action))
        _forget_commits(table, 0, 1)

    return build


def _checkpoint_with_a_file_twice(table: LogTable) -> None:
    state = _several_commits(table)
    table.checkpoint(2, *state[:5], state[3])
    _forget_commits(table, 0, 1)


def _parts_with_a_file_twice(table: LogTable) -> None:
    """One file in two parts of a checkpoint; the commits are there."""
    state = _several_commits(table)
    table.checkpoint_part(2, 1, 2, *state[:4])
    table.checkpoint_part(2, 2, 2, *state[3:5])


def _last_checkpoint(content: bytes) -> Callable[[LogTable], object]:
    """A hint that says nonsense beside a sound log: it is only a hint."""

    def build(table: LogTable) -> None:
        _several_commits(table)
        table.last_checkpoint(content)

    return build


def _gap(table: LogTable) -> None:
    _several_commits(table)
    _forget_commits(table, 2)


def _no_first_commit(table: LogTable) -> None:
    _several_commits(table)
    _forget_commits(table, 0)


def _junk_beside_the_log(table: LogTable) -> None:
    """Names that are none of the protocol's; readers must not mind them."""
    first_commit(table)
    for name in (
        "00000000000000000001.json.tmp",
        "0000000000000000001.json",
        ".00000000000000000001.json.crc",
        "00000000000000000001.checkpoint.parquet.crc",
        "_commit_3c1f.json.tmp",
        "notes.txt",
        "99999999999999999999.json.bak",
    ):
        (table.log / name).write_bytes(b"\x00junk")
    (table.log / "_staged_commits").mkdir()


def _outside(path: str) -> Callable[[LogTable], object]:
    """The log names a file beside the table, which is there and must not be read."""

    def build(table: LogTable) -> None:
        outside = table.root.parent / "outside"
        LogTable(outside).data("secret.parquet", {"x": [666]})
        first_commit(table)
        size = (outside / "secret.parquet").stat().st_size
        table.commit(1, add(path, size))

    return build


def _bom_and_crlf(table: LogTable) -> None:
    first = table.data("a.parquet", {"x": [1, 2, 3]})
    lines = [json.dumps(action) for action in (PROTOCOL, LONG, first)]
    table.commit_bytes(0, b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b"\r\n")


def _statistics(text: str) -> Callable[[LogTable], object]:
    """Statistics that say nothing: the file must be read."""

    def build(table: LogTable) -> None:
        table.commit(0, PROTOCOL, LONG, table.data("a.parquet", {"x": [1, 2, 3]}, stats=text))

    return build


def _empty_folder(table: LogTable) -> None:
    table.log.rmdir()


def _no_folder(table: LogTable) -> None:
    table.log.rmdir()
    table.root.rmdir()


def _log_is_a_file(table: LogTable) -> None:
    table.log.rmdir()
    table.log.write_text("not a folder")


def _missing_data_file(table: LogTable) -> None:
    first_commit(table)
    table.commit(1, add("gone.parquet", 1234))


def _data_is_text(path: Path) -> None:
    path.write_text("x\n1\n2\n")


def _data_is_empty(path: Path) -> None:
    path.write_bytes(b"")


def _wrong_column_type(table: LogTable) -> None:
    """The log says long, the file holds text that is no number."""
    first_commit(table)
    table.commit(1, table.data("b.parquet", {"x": ["many"]}))


def _fractions_for_integers(table: LogTable) -> None:
    """The log says long, the file holds doubles: to cut them off would be a wrong row."""
    first_commit(table)
    table.commit(1, table.data("b.parquet", {"x": [1.5]}))


def _removed_twice(table: LogTable) -> None:
    first_commit(table)
    table.commit(1, remove("a.parquet"))
    table.commit(2, remove("a.parquet"), remove("never-there.parquet"))


def _added_and_removed(table: LogTable) -> None:
    first_commit(table)
    table.commit(1, table.data("b.parquet", {"x": [4]}), remove("b.parquet"))


def _added_in_two_ways(table: LogTable) -> None:
    first_commit(table)
    action = table.data("b.parquet", {"x": [4]})
    table.commit(1, action, add("b.parquet", action["add"]["size"] + 1))


def _two_schemas(table: LogTable) -> None:
    first_commit(table)
    table.commit(1, LONG, metadata(field("y", "string")))


# A line of JSON that nests as deep as this must not reach any recursion limit of the machine.
_DEEP = 100_000

CASES = [
    # No log.
    Case("no folder", _no_folder, "table_not_found"),
    Case("empty folder", _empty_folder, "table_not_found"),
    Case("empty log folder", lambda table: None, "table_not_found"),
    Case("log is a file", _log_is_a_file, "table_not_found"),
    # Commits.
    Case("commit of no bytes", _second_commit(b""), "corrupt_log", (COMMIT_1,)),
    Case("first commit of no bytes", lambda t: t.commit_bytes(0, b""), "corrupt_log", (COMMIT_0,)),
    Case("commit of blanks", _second_commit(b" \n\n \n"), "corrupt_log", (COMMIT_1,)),
    Case(
        "truncated line",
        _second_commit(b'{"txn":{"appId":"a","version":1}}\n{"add":{"path":"b.parquet","par'),
        "corrupt_log",
        (f"{COMMIT_1}, line 2, byte 34",),
    ),
    Case("garbage", _second_commit(b"\x8f\x02garbage\xff\n" * 50), "corrupt_log", (COMMIT_1,)),
    Case(
        "NUL bytes",
        _second_commit(b"\x00" * 4096),
        "corrupt_log",
        (f"{COMMIT_1}, line 1, byte 0",),
    ),
    Case("text after the object", _second_commit(b'{"txn":{}} x\n'), "corrupt_log", (COMMIT_1,)),
    Case("a list for an action", _second_commit(b"[1,2,3]\n"), "corrupt_log", (COMMIT_1,)),
    Case("a number for an action", _second_commit(b"17\n"), "corrupt_log", (COMMIT_1,)),
    Case("a text for add", _second_action({"add": "b.parquet"}), "corrupt_log", (COMMIT_1,)),
    Case("add without path", _second_action({"add": {"size": 1}}), "corrupt_log", (COMMIT_1,)),
    Case(
        "invalid UTF-8 in a path",
        _second_commit(
            b'{"add":{"path":"\xff\xfe.parquet","partitionValues":{},"size":1,'
            b'"modificationTime":1,"dataChange":true}}\n'
        ),
        "corrupt_log",
        (COMMIT_1,),
    ),
    Case("byte order mark, CR LF", _bom_and_crlf, rows=3),
    Case(
        "blank lines between actions",
        _second_commit(b'\n\n{"txn":{"appId":"a","version":1}}\n\n'),
        rows=3,
    ),
    Case("unknown action", _second_action({"someday": {"x": [1, {"y": None}]}}), rows=3),
    Case("removed twice", _removed_twice, rows=0),
    Case("added and removed in one commit", _added_and_removed, "corrupt_log", (COMMIT_1,)),
    Case("added in two ways in one commit", _added_in_two_ways, "corrupt_log", (COMMIT_1,)),
    Case("two schemas in one commit", _two_schemas, "corrupt_log", (COMMIT_1,)),
    Case(
        "unknown action nested deep",
        _second_commit(b'{"someday":' + b"[" * _DEEP + b"]" * _DEEP + b"}\n"),
        rows=3,
    ),
    # Types and numbers in actions.
    Case("path is a number", add_with(path=7), "corrupt_log", (f"{COMMIT_1}, line 1", "path")),
    Case("size is a text", add_with(size="12"), "corrupt_log", (f"{COMMIT_1}, line 1", "size")),
    Case("size is a fraction", add_with(size=1.5), "corrupt_log", (f"{COMMIT_1}, line 1", "size")),
    Case("size is 1e30", add_with(size=1e30), "corrupt_log", (f"{COMMIT_1}, line 1", "size")),
    Case("size is negative", add_with(size=-1), "corrupt_log", (f"{COMMIT_1}, line 1", "size")),
    Case(
        "size needs 65 bits",
        add_with(size=1 << 64),
        "corrupt_log",
        (f"{COMMIT_1}, line 1", "size"),
    ),
    Case("size is the largest", add_with(size=(1 << 63) - 1), "corrupt_data", ("b.parquet",)),
    Case("partition values are a list", add_with(partitionValues=[]), "corrupt_log", (COMMIT_1,)),
    Case(
        "a partition value is a number",
        add_with(partitionValues={"p": 5}),
        "corrupt_log",
        (COMMIT_1,),
    ),
    Case(
        "modification time is huge",
        add_with(modificationTime=1e300),
        "corrupt_log",
        (f"{COMMIT_1}, line 1", "modificationTime"),
    ),
    Case(
        "partition columns are a text",
        _metadata_with(partitionColumns="x"),
        "corrupt_log",
        (COMMIT_0, "partitionColumns"),
    ),
    Case(
        "partition column not in the schema",
        _metadata_with(partitionColumns=["nope"]),
        "corrupt_log",
        ("nope",),
    ),
    Case(
        "configuration is a number",
        _metadata_with(configuration=1),
        "corrupt_log",
        (COMMIT_0, "configuration"),
    ),
    Case(
        "format is not parquet",
        _metadata_with(format={"provider": "orc", "options": {}}),
        "unsupported_feature",
        ("orc",),
    ),
    # Protocol.
    Case("no protocol", lambda t: t.commit(0, LONG), "corrupt_log", ("protocol",)),
    Case("no metadata", lambda t: t.commit(0, PROTOCOL), "corrupt_log", ("metaData",)),
    Case(
        "reader version 99",
        _protocol(minReaderVersion=99, minWriterVersion=7),
        "unsupported_feature",
        ("99",),
    ),
    Case(
        "reader version 0",
        _protocol(minReaderVersion=0, minWriterVersion=2),
        "corrupt_log",
        (COMMIT_0, "minReaderVersion"),
    ),
    Case(
        "reader version of 20 digits",
        _protocol(minReaderVersion=10**20, minWriterVersion=2),
        "corrupt_log",
        (COMMIT_0, "minReaderVersion"),
    ),
    Case(
        "reader version is a text",
        _protocol(minReaderVersion="1", minWriterVersion=2),
        "corrupt_log",
        (COMMIT_0, "minReaderVersion"),
    ),
    Case(
        "unknown reader feature",
        _protocol(
            minReaderVersion=3,
            minWriterVersion=7,
            readerFeatures=["timeMachine"],
            writerFeatures=["timeMachine"],
        ),
        "unsupported_feature",
        ("timeMachine",),
    ),
    Case(
        "unknown writer feature",
        _protocol(
            minReaderVersion=3,
            minWriterVersion=7,
            readerFeatures=[],
            writerFeatures=["timeMachine"],
        ),
        rows=0,
    ),
    Case(
        "features are a text",
        _protocol(
            minReaderVersion=3, minWriterVersion=7, readerFeatures="timestampNtz", writerFeatures=[]
        ),
        "corrupt_log",
        (COMMIT_0, "readerFeatures"),
    ),
    # Schema.
    Case("schema is no JSON", _schema("struct<x: long>"), "corrupt_log", (COMMIT_0,)),
    Case("schema is a list", _schema("[]"), "corrupt_log", (COMMIT_0,)),
    Case(
        "schema with a name twice",
        _schema(schema_string(field("x", "long"), field("x", "string"))),
        "corrupt_log",
        ("x",),
    ),
    Case(
        "schema with a name in two cases",
        _schema(schema_string(field("Col", "long"), field("cOL", "string"))),
        "corrupt_log",
        ("cOL",),
    ),
    Case(
        "unknown type",
        _schema(schema_string(field("x", "quaternion"))),
        "corrupt_log",
        ("quaternion",),
    ),
    Case(
        "decimal of 99 digits",
        _schema(schema_string(field("x", "decimal(99,2)"))),
        "corrupt_log",
        ("decimal(99,2)",),
    ),
    Case(
        "decimal with more scale than digits",
        _schema(schema_string(field("x", "decimal(5,9)"))),
        "corrupt_log",
        ("decimal(5,9)",),
    ),
    Case("schema nested 100 deep", _schema(_nested(100)), rows=0),
    Case("schema nested 600 deep", _schema(_nested(600)), "corrupt_log", (COMMIT_0,)),
    Case("schema nested 10 000 deep", _schema(_nested(10_000)), "corrupt_log", (COMMIT_0,)),
    # The log as a whole.
    Case("gap", _gap, "corrupt_log", ("2",)),
    Case("first commit gone", _no_first_commit, "corrupt_log", ("0",)),
    Case("junk beside the log", _junk_beside_the_log, rows=3),
    Case("version that is not there", first_commit, "version_not_found", ("17",), version=17),
    Case(
        "version of nineteen digits",
        first_commit,
        "version_not_found",
        ("4611686018427387904",),
        version=1 << 62,
    ),
    Case("incomplete checkpoint falls back", _incomplete_parts, rows=4),
    Case("incomplete checkpoint alone", _incomplete_parts_alone, "corrupt_log"),
    Case(
        "checkpoint of garbage beside its commits",
        _damaged_checkpoint_beside_commits,
        rows=4,
        warns="00000000000000000002.checkpoint.parquet",
    ),
    Case(
        "checkpoint of garbage",
        _damaged_checkpoint(b"PAR1 this is not Parquet PAR1"),
        "corrupt_log",
        ("00000000000000000002.checkpoint.parquet",),
    ),
    Case(
        "checkpoint of no bytes",
        _damaged_checkpoint(b""),
        "corrupt_log",
        ("00000000000000000002.checkpoint.parquet",),
    ),
    Case(
        "checkpoint truncated",
        _truncated_checkpoint,
        "corrupt_log",
        ("00000000000000000002.checkpoint.parquet",),
    ),
    Case(
        "checkpoint without protocol", _checkpoint_without("protocol"), "corrupt_log", ("protocol",)
    ),
    Case(
        "checkpoint without metadata", _checkpoint_without("metaData"), "corrupt_log", ("metaData",)
    ),
    Case(
        "checkpoint with a file twice",
        _checkpoint_with_a_file_twice,
        "corrupt_log",
        ("00000000000000000002.checkpoint.parquet", "1.parquet"),
    ),
    Case(
        "checkpoint parts with a file twice beside the commits",
        _parts_with_a_file_twice,
        rows=4,
        warns="00000000000000000002.checkpoint.0000000001.0000000002.parquet",
    ),
    Case("hint of garbage", _last_checkpoint(b"\xff\x00 not JSON"), rows=4),
    Case("hint of no bytes", _last_checkpoint(b""), rows=4),
    Case("hint torn", _last_checkpoint(b'{"version":2,"si'), rows=4),
    Case(
        "hint to a version that has no checkpoint",
        _last_checkpoint(b'{"version":2,"size":4}'),
        rows=4,
    ),
    Case(
        "hint beyond the log", _last_checkpoint(b'{"version":9223372036854775807,"size":1}'), rows=4
    ),
    Case("hint below zero", _last_checkpoint(b'{"version":-5,"size":1}'), rows=4),
    Case("hint of the wrong types", _last_checkpoint(b'{"version":"two","size":[]}'), rows=4),
    # Paths.
    Case(
        "path that climbs",
        _outside("../outside/secret.parquet"),
        "corrupt_log",
        ("../outside/secret.parquet",),
    ),
    Case(
        "path that climbs from a folder",
        _outside("a/../../outside/secret.parquet"),
        "corrupt_log",
        ("a/../../outside/secret.parquet",),
    ),
    Case(
        "path that climbs percent-encoded",
        _outside("%2E%2E/outside/secret.parquet"),
        "corrupt_log",
        ("%2E%2E/outside/secret.parquet",),
    ),
    Case(
        "path that climbs after an encoded slash",
        _outside("..%2Foutside%2Fsecret.parquet"),
        "corrupt_log",
        ("..%2Foutside%2Fsecret.parquet",),
    ),
    Case(
        "absolute path outside the table",
        add_with(path="/etc/passwd"),
        "permission_denied",
        ("allowed_root_1", "/etc/passwd"),
    ),
    Case(
        "file URL outside the table",
        add_with(path="file:///etc/passwd"),
        "permission_denied",
        ("allowed_root_1", "file:///etc/passwd"),
    ),
    Case(
        "path in another store",
        add_with(path="s3://elsewhere/b.parquet"),
        "permission_denied",
        ("allowed_root_1", "s3://elsewhere/b.parquet"),
    ),
    Case("path of no characters", add_with(path=""), "corrupt_log", (COMMIT_1,)),
    Case("path with a bad escape", add_with(path="b%zz.parquet"), "corrupt_log", ("b%zz.parquet",)),
    Case("path with a NUL", add_with(path="b%00.parquet"), "corrupt_log", ("b%00.parquet",)),
    # Data files.
    Case("data file gone", _missing_data_file, "file_not_found", ("gone.parquet",)),
    Case("data file truncated", _data_file(_truncate(0.5)), "corrupt_data", ("b.parquet",)),
    Case("data file of no bytes", _data_file(_data_is_empty), "corrupt_data", ("b.parquet",)),
    Case("data file of text", _data_file(_data_is_text), "corrupt_data", ("b.parquet",)),
    Case("footer of 2 GiB", _data_file(_footer_length(1 << 31)), "corrupt_data", ("b.parquet",)),
    Case("footer of 4 GiB", _data_file(_footer_length(0xFFFFFFFF)), "corrupt_data", ("b.parquet",)),
    Case(
        "footer longer than the file",
        _data_file(_footer_length(1 << 20)),
        "corrupt_data",
        ("b.parquet",),
    ),
    Case("column of another type", _wrong_column_type, "corrupt_data", ("b.parquet",)),
    Case("fractions for integers", _fractions_for_integers, "corrupt_data", ("b.parquet",)),
    # Partition values and statistics.
    Case(
        "partition value is no number", _partition("integer", "twelve"), "corrupt_log", ("twelve",)
    ),
    Case(
        "partition value too large",
        _partition("integer", "99999999999"),
        "corrupt_log",
        ("99999999999",),
    ),
    Case(
        "partition value is no date",
        _partition("date", "2024-02-31"),
        "corrupt_log",
        ("2024-02-31",),
    ),
    Case(
        "partition value is no truth value", _partition("boolean", "yes"), "corrupt_log", ("yes",)
    ),
    Case(
        "partition value is no decimal",
        _partition("decimal(5,2)", "123456.78"),
        "corrupt_log",
        ("123456.78",),
    ),
    Case("statistics are no JSON", _statistics("{"), rows=3),
    Case("statistics are a list", _statistics("[]"), rows=3),
    Case(
        "statistics of the wrong types",
        _statistics('{"numRecords":"three","minValues":{"x":"a"},"maxValues":[],"nullCount":7}'),
        rows=3,
    ),
    Case("statistics nested deep", _statistics("[" * _DEEP), rows=3),
]
