"""Checkpoints of the V2 spec: all their forms say the same, and broken ones are passed over."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import deltaic
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.arrow import collect, query
from harness.checkpoint_files import (
    V2_PROTOCOL,
    checkpoint_metadata,
    sidecar,
    write_parquet,
    write_sidecar,
    write_v2,
)
from harness.errors import code_of, describe, error_of
from harness.log_table import Action, LogTable, add, field, metadata

FORMS = ["json", "parquet", "classic"]
METADATA = metadata(field("x", "long"), field("p", "integer"), partition_columns=["p"])
STATS = pa.struct(
    [
        ("numRecords", pa.int64()),
        ("minValues", pa.struct([("x", pa.int64())])),
        ("maxValues", pa.struct([("x", pa.int64())])),
        ("nullCount", pa.struct([("x", pa.int64())])),
    ]
)
PARTITION = pa.struct([("p", pa.int32())])


class Log:
    """A table of five commits, each with a file of two rows, and the actions of its checkpoint."""

    def __init__(self, root: Path) -> None:
        self.table = LogTable(root)
        self.files: list[Action] = []
        for version in range(5):
            values = [10 * version, 10 * version + 1]
            statistics = {
                "numRecords": 2,
                "minValues": {"x": values[0]},
                "maxValues": {"x": values[1]},
                "nullCount": {"x": 0},
            }
            action = self.table.data(
                f"p={version}/f.parquet",
                {"x": pa.array(values, pa.int64())},
                partition={"p": None if version == 3 else str(version)},
                stats=statistics,
            )
            head = [V2_PROTOCOL, METADATA] if version == 0 else []
            self.table.commit(version, *head, action)
            action["add"]["stats_parsed"] = statistics
            action["add"]["partitionValues_parsed"] = {"p": None if version == 3 else version}
            self.files.append(action)
        self.head = [V2_PROTOCOL, METADATA, checkpoint_metadata(3)]

    def forget_commits(self, last: int = 3) -> None:
        for version in range(last + 1):
            (self.table.log / f"{version:020d}.json").unlink()

    def open(self) -> deltaic.DeltaTable:
        return deltaic.DeltaTable(self.table.root)

    def check(self) -> None:
        table = self.open()
        assert table.version() == 4
        assert len(table.file_uris()) == 5
        rows = collect(table.scan()).sort_by("x").to_pydict()
        assert rows["x"] == [0, 1, 10, 11, 20, 21, 30, 31, 40, 41]
        assert rows["p"] == [0, 0, 1, 1, 2, 2, None, None, 4, 4]
        actions = pa.table(table.get_add_actions(flatten=True)).sort_by("path").to_pydict()
        assert actions["num_records"] == [2] * 5
        assert actions["min.x"] == [0, 10, 20, 30, 40]
        assert actions["max.x"] == [1, 11, 21, 31, 41]
        assert actions["null_count.x"] == [0] * 5
        assert actions["partition.p"] == [0, 1, 2, None, 4]
        assert len(table.file_uris(file_pruning_predicate="x = 21")) == 1
        assert len(table.file_uris(file_pruning_predicate="p = 1")) == 1
        assert query("SELECT count(*) AS n FROM t", t=table).to_pydict() == {"n": [10]}


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "table")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sidecars", [0, 1, 2])
@pytest.mark.parametrize("typed", ["none", "both", "alone"])
def test_every_form_says_the_same(log: Log, form: str, sidecars: int, typed: str) -> None:
    forms = (
        {"texts": True}
        if typed == "none"
        else {"stats": STATS, "partition": PARTITION, "texts": typed == "both"}
    )
    if form == "json" and sidecars == 0 and typed == "alone":
        pytest.skip("JSON has no types")
    named: list[Action] = []
    files = log.files[:4]
    for number in range(sidecars):
        part = files[number::sidecars]
        named.append(write_sidecar(log.table, f"{number}.parquet", part, **forms))
    write_v2(log.table, 3, [*log.head, *(named or files)], form, **forms)
    log.check()
    log.forget_commits()
    log.check()


def test_json_may_hold_typed_statistics(log: Log) -> None:
    lines = [
        {"add": {k: v for k, v in f["add"].items() if k not in ("stats", "partitionValues_parsed")}}
        for f in log.files[:4]
    ]
    path = write_v2(log.table, 3, log.head, "json")
    with open(path, "a", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    log.forget_commits()
    log.check()


def test_typed_forms_that_are_empty_leave_it_to_the_texts(log: Log) -> None:
    for action in log.files:
        action["add"]["stats_parsed"] = None
        action["add"]["partitionValues_parsed"] = None
    part = write_sidecar(log.table, "s.parquet", log.files[:4], stats=STATS, partition=PARTITION)
    write_v2(log.table, 3, [*log.head, part], "parquet")
    log.forget_commits()
    log.check()


def test_typed_partition_values_of_another_partitioning_are_not_used(log: Log) -> None:
    other = pa.struct([("p", pa.int32()), ("q", pa.int32())])
    part = write_sidecar(log.table, "s.parquet", log.files[:4], partition=other)
    write_v2(log.table, 3, [*log.head, part], "parquet")
    log.forget_commits()
    log.check()


def _sidecar_path(spell: Callable[[Log], str]) -> Callable[[Log], list[Action]]:
    """A sidecar that is there, named in another way."""

    def build(log: Log) -> list[Action]:
        named = write_sidecar(log.table, "s 1.parquet", log.files[:4])
        return [sidecar(spell(log), named["sidecar"]["sizeInBytes"])]

    return build


@pytest.mark.parametrize(
    "spell",
    [
        lambda log: "s%201.parquet",
        lambda log: "_delta_log/_sidecars/s%201.parquet",
        lambda log: log.open().table_uri + "_delta_log/_sidecars/s%201.parquet",
        lambda log: str(log.table.root) + "/_delta_log/_sidecars/s%201.parquet",
    ],
)
def test_spellings_of_sidecars(log: Log, spell: Callable[[Log], str]) -> None:
    named = _sidecar_path(spell)(log)
    write_v2(log.table, 3, [*log.head, *named], "json")
    log.forget_commits()
    log.check()


def _wrong_size(log: Log) -> list[Action]:
    named = write_sidecar(log.table, "s.parquet", log.files[:4])
    named["sidecar"]["sizeInBytes"] += 1
    return [named]


def _no_parquet(log: Log) -> list[Action]:
    named = write_sidecar(log.table, "s.parquet", log.files[:4])
    (log.table.log / "_sidecars" / "s.parquet").write_bytes(b"x" * named["sidecar"]["sizeInBytes"])
    return [named]


def _wrong_types(log: Log) -> list[Action]:
    path = log.table.log / "_sidecars" / "s.parquet"
    path.parent.mkdir()
    rows = [{"add": {"path": 7, "partitionValues": "p", "size": "many", "modificationTime": 1.5}}]
    pq.write_table(pa.Table.from_pylist(rows), path)
    return [sidecar("s.parquet", path.stat().st_size)]


def _twice(log: Log) -> list[Action]:
    return [write_sidecar(log.table, "s.parquet", log.files[:4])] * 2


def _with_files(log: Log) -> list[Action]:
    return [write_sidecar(log.table, "s.parquet", log.files[:2]), *log.files[2:4]]


BROKEN: dict[str, tuple[Callable[[Log], list[Action]], str]] = {
    "missing": (lambda log: [sidecar("gone.parquet", 10)], "gone.parquet"),
    "twice": (_twice, "s.parquet"),
    "climbing": (lambda log: [sidecar("../00000000000000000000.json", 9)], "../0000"),
    "encoded climbing": (lambda log: [sidecar("..%2Fx.parquet", 9)], "..%2Fx.parquet"),
    "in a folder": (lambda log: [sidecar("_delta_log/x.parquet", 9)], "_delta_log/x.parquet"),
    "elsewhere": (lambda log: [sidecar("/etc/passwd", 9)], "/etc/passwd"),
    "in another store": (lambda log: [sidecar("s3://other/s.parquet", 9)], "s3://other"),
    "negative size": (lambda log: [sidecar("s.parquet", -1)], "negative"),
    "wrong size": (_wrong_size, "s.parquet"),
    "no Parquet": (_no_parquet, "s.parquet"),
    "wrong types": (_wrong_types, "s.parquet"),
    "files beside sidecars": (_with_files, "checkpoint"),
    "of another version": (lambda log: [*log.files[:4], checkpoint_metadata(2)], "checkpoint"),
    "no protocol": (lambda log: [*log.files[:4]], "protocol"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", BROKEN)
def test_broken_checkpoints(log: Log, name: str, form: str) -> None:
    build, names = BROKEN[name]
    actions = build(log)
    head = log.head
    if name == "of another version":
        head = head[:2]
    if name == "no protocol":
        head = head[1:]
    write_v2(log.table, 3, [*head, *actions], form)
    log.check()
    log.forget_commits()
    error = error_of(log.open)
    assert code_of(error) in ("corrupt_log", "file_not_found"), describe(error)
    assert names in str(error), describe(error)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["missing", "no Parquet"])
def test_a_warning_names_what_is_read_instead(log: Log, name: str, form: str) -> None:
    build, names = BROKEN[name]
    write_v2(log.table, 3, [*log.head, *build(log)], form)
    for older, instead in (
        (None, "commits alone"),
        (1, "the checkpoint of version 1 and later commits"),
    ):
        if older is not None:
            head = [*log.head[:2], checkpoint_metadata(older)]
            write_v2(log.table, older, [*head, *log.files[: older + 1]], form)
        with pytest.warns(RuntimeWarning) as caught:
            log.open()
        (text,) = {str(warning.message) for warning in caught}
        start = f"The checkpoint of version 3 is passed over, and version 4 is read from {instead}"
        assert text.startswith(f"{start} instead. "), text
        assert names in text
        if name == "missing":
            assert "The file is missing: " in text


@pytest.mark.parametrize("form", ["json", "parquet"])
def test_own_names_are_for_the_v2_spec(log: Log, form: str) -> None:
    write_v2(log.table, 3, [*log.head[:2], *log.files[:4]], form)
    log.check()
    log.forget_commits()
    error = error_of(log.open)
    assert code_of(error) == "corrupt_log", describe(error)
    assert "checkpointMetadata" in str(error), describe(error)


def test_a_broken_checkpoint_gives_way_to_a_sound_one(log: Log) -> None:
    write_v2(log.table, 3, [*log.head, sidecar("gone.parquet", 10)], "json")
    write_v2(log.table, 3, [*log.head, *log.files[:4]], "classic")
    log.forget_commits()
    log.check()


def test_sidecars_in_a_checkpoint_of_parts(log: Log) -> None:
    named = write_sidecar(log.table, "s.parquet", log.files[:4])
    for part, actions in enumerate([[*log.head], [named]], start=1):
        name = f"{3:020d}.checkpoint.{part:010d}.{2:010d}.parquet"
        write_parquet(log.table.log / name, actions)
    log.check()
    log.forget_commits()
    error = error_of(log.open)
    assert code_of(error) == "corrupt_log", describe(error)


@pytest.mark.parametrize(
    ("kind", "arrow", "texts", "values"),
    [
        ("long", pa.int64(), ["-9223372036854775808", "7", None], [-(2**63), 7, None]),
        ("byte", pa.int8(), ["-128", "127", None], [-128, 127, None]),
        ("boolean", pa.bool_(), ["true", "false", None], [True, False, None]),
        ("string", pa.string(), ["a/b", "", None], ["a/b", "", None]),
        (
            "date",
            pa.date32(),
            ["0001-01-01", "2024-02-29", None],
            ["0001-01-01", "2024-02-29", None],
        ),
        ("decimal(5,2)", pa.decimal128(5, 2), ["1.50", "-3.25", None], ["1.50", "-3.25", None]),
        (
            "timestamp",
            pa.timestamp("us", "UTC"),
            ["2024-01-01 00:00:00", "1969-12-31T23:59:59.999999Z", None],
            None,
        ),
        ("double", pa.float64(), ["1.5", "-0.0", None], [1.5, -0.0, None]),
    ],
)
def test_typed_partition_values_of_every_type(
    tmp_path: Path, kind: str, arrow: pa.DataType, texts: list[str | None], values: list[Any] | None
) -> None:
    schema = metadata(field("x", "long"), field("p", kind), partition_columns=["p"])
    tables = []
    for typed in (False, True):
        table = LogTable(tmp_path / str(typed))
        files = [add(f"{n}", 1, {"p": text}) for n, text in enumerate(texts)]
        for action, value in zip(files, _typed(arrow, texts, values), strict=True):
            action["add"]["partitionValues_parsed"] = {"p": value}
        forms = {"partition": pa.struct([("p", arrow)])} if typed else {}
        part = write_sidecar(table, "s.parquet", files, **forms)
        write_v2(table, 0, [V2_PROTOCOL, schema, checkpoint_metadata(0), part], "json")
        tables.append(deltaic.DeltaTable(table.root))
    by_text, by_type = (pa.table(t.get_add_actions(flatten=True)).sort_by("path") for t in tables)
    assert by_type.equals(by_text)
    parts = [sorted(map(str, t.partitions())) for t in tables]
    assert parts[0] == parts[1]


def _typed(arrow: pa.DataType, texts: list[str | None], values: list[Any] | None) -> list[Any]:
    if values is None:
        return [None] * len(texts)
    if pa.types.is_date(arrow):
        return list(pa.array(values).cast(arrow).to_pylist())
    if pa.types.is_decimal(arrow):
        return [None if value is None else Decimal(value) for value in values]
    return values


def test_a_table_with_a_v2_checkpoint_is_refreshed(log: Log) -> None:
    part = write_sidecar(log.table, "s.parquet", log.files[:4], stats=STATS, partition=PARTITION)
    write_v2(log.table, 3, [*log.head, part], "parquet")
    table = log.open()
    log.table.commit(5, {"remove": {"path": "p=0/f.parquet", "dataChange": True}})
    table.update_incremental()
    assert table.version() == 5
    assert len(table.file_uris()) == 4
    error = error_of(partial(deltaic.DeltaTable, log.table.root, version=9))
    assert code_of(error) == "version_not_found"
