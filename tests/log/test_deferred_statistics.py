"""Statistics of large checkpoints are read when a query asks for them: what they say is the same,
whatever became of the checkpoint since the table was opened."""

from __future__ import annotations

import base64
import json
import os
import random
from concurrent.futures import ThreadPoolExecutor
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
    write_parquet,
    write_sidecar,
    write_v2,
)
from harness.child import run_python
from harness.errors import code_of, error_of
from harness.log_table import Action, LogTable, add, field, metadata, remove
from harness.parquet_bytes import Value, change_footer

FILES = 60
ROWS = 10
LAST = 3
# As much text that Parquet cannot make smaller makes the statistics of few files large.
WIDE_BYTES = 24 << 10
METADATA = metadata(field("x", "long"), field("y", "double"), field("wide", "string"))
_VALUES = pa.struct([("x", pa.int64()), ("y", pa.float64()), ("wide", pa.string())])
STATS = pa.struct(
    [
        ("numRecords", pa.int64()),
        ("minValues", _VALUES),
        ("maxValues", _VALUES),
        ("nullCount", pa.struct([(name, pa.int64()) for name in ("x", "y", "wide")])),
    ]
)
FORMS = ["classic", "sidecar", "struct", "both", "empty struct", "two sidecars"]


def _wide(generator: random.Random, first: str) -> str:
    return first + base64.b64encode(generator.randbytes(WIDE_BYTES)).decode()


class Log:
    """A table whose checkpoint has statistics of more than a megabyte in each of its files. File i
    has the rows 10 i to 10 i + 9; the statistics tell the truth of x and y, and none has a value of
    `wide`."""

    def __init__(self, root: Path, form: str = "classic") -> None:
        self.table = LogTable(root)
        self.form = form
        self.files: list[Action] = []
        generator = random.Random(7)
        for number in range(FILES):
            x = list(range(ROWS * number, ROWS * (number + 1)))
            data = {
                "x": pa.array(x, pa.int64()),
                "y": pa.array([value / 2 for value in x], pa.float64()),
                "wide": pa.array([None] * ROWS, pa.string()),
            }
            statistics = {
                "numRecords": ROWS,
                "minValues": {"x": x[0], "y": x[0] / 2, "wide": _wide(generator, "a")},
                "maxValues": {"x": x[-1], "y": x[-1] / 2, "wide": _wide(generator, "z")},
                "nullCount": {"x": 0, "y": 0, "wide": 0},
            }
            self.files.append(self.table.data(f"{number}.parquet", data, stats=statistics))
        each = FILES // (LAST + 1)
        for version in range(LAST + 1):
            head = [V2_PROTOCOL, METADATA] if version == 0 else []
            self.table.commit(version, *head, *self.files[each * version : each * (version + 1)])
        self.write_checkpoint(self.files)

    def write_checkpoint(self, files: list[Action]) -> None:
        head = [V2_PROTOCOL, METADATA]
        if self.form == "classic":
            self.checkpoint = self.table.log / f"{LAST:020d}.checkpoint.parquet"
            write_parquet(self.checkpoint, [*head, *files])
            return
        if self.form == "two sidecars":
            half = len(files) // 2
            first = self._write_sidecar("one.parquet", files[:half], "struct")
            second = self._write_sidecar("two.parquet", files[half:], "sidecar")
            named = [first, second]
        else:
            named = [self._write_sidecar("one.parquet", files, self.form)]
        write_v2(self.table, LAST, [*head, checkpoint_metadata(LAST), *named], "json")

    def _write_sidecar(self, name: str, files: list[Action], form: str) -> Action:
        typed: dict[str, Any] = {}
        if form != "sidecar":
            typed = {"stats": STATS, "texts": form != "struct"}
            is_empty = form == "empty struct"
            for file in files:
                statistics = None if is_empty else json.loads(file["add"]["stats"])
                file["add"]["stats_parsed"] = statistics
        self.checkpoint = self.table.log / "_sidecars" / name
        return write_sidecar(self.table, name, files, **typed)

    def forget_commits(self) -> None:
        for version in range(LAST + 1):
            (self.table.log / f"{version:020d}.json").unlink()

    def keep_data(self, *numbers: int) -> None:
        """Leaves these data files only: a query that opens another one fails."""
        for number in set(range(FILES)) - set(numbers):
            (self.table.root / f"{number}.parquet").unlink()

    def open(self) -> deltaic.DeltaTable:
        return deltaic.DeltaTable(self.table.root)


def _find(table: deltaic.DeltaTable, x: int) -> list[Any]:
    found: list[Any] = query(f"SELECT x, y FROM t WHERE x = {x}", t=table).to_pylist()
    return found


def _spoil_statistics(path: Path) -> None:
    """Overwrites what the file says in the chunks of statistics, not the footer."""
    footer = pq.ParquetFile(path).metadata
    content = bytearray(path.read_bytes())
    for group in range(footer.num_row_groups):
        for column in range(footer.num_columns):
            chunk = footer.row_group(group).column(column)
            if chunk.path_in_schema.startswith("add.stats"):
                start = chunk.dictionary_page_offset or chunk.data_page_offset
                end = start + chunk.total_compressed_size
                content[start:end] = b"\xff" * (end - start)
    stat = path.stat()
    path.write_bytes(bytes(content))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize("form", FORMS)
def test_a_query_opens_no_file_that_deferred_statistics_rule_out(tmp_path: Path, form: str) -> None:
    log = Log(tmp_path / "t", form)
    log.forget_commits()
    log.keep_data(42)
    table = log.open()
    assert _find(table, 425) == [{"x": 425, "y": 212.5}]
    assert query("SELECT x FROM t WHERE y = 212.5 AND x > 3", t=table).num_rows == 1
    assert query("SELECT x FROM t WHERE wide < 'a'", t=table).num_rows == 0
    assert query("SELECT count(*) AS n FROM t", t=table).to_pylist() == [{"n": FILES * ROWS}]
    assert query("SELECT max(x) AS m FROM t", t=table).to_pylist() == [{"m": FILES * ROWS - 1}]


@pytest.mark.parametrize("form", FORMS)
def test_deferred_statistics_are_those_that_the_commits_tell(tmp_path: Path, form: str) -> None:
    log = Log(tmp_path / "t", form)
    deferred = collect(log.open().get_add_actions(flatten=True)).sort_by("path")
    log.checkpoint.unlink()
    for file in log.table.log.glob("*.checkpoint*"):
        file.unlink()
    told = collect(log.open().get_add_actions(flatten=True)).sort_by("path")
    assert told.num_rows == FILES
    assert deferred == told


def test_names_with_dots_find_their_typed_statistics(tmp_path: Path) -> None:
    name = "a.b"
    table = LogTable(tmp_path / "t")
    values = pa.struct([(name, pa.int64()), ("wide", pa.string())])
    stats = pa.struct([("numRecords", pa.int64()), ("minValues", values), ("maxValues", values)])
    generator = random.Random(8)
    files = []
    for number in range(FILES):
        bounds = {name: number, "wide": _wide(generator, "w")}
        statistics = {"numRecords": 1, "minValues": bounds, "maxValues": bounds}
        files.append(add(f"{number}.parquet", 1, stats_parsed=statistics))
    head = [V2_PROTOCOL, metadata(field(name, "long"), field("wide", "string"))]
    path = table.log / f"{0:020d}.checkpoint.parquet"
    write_parquet(path, [*head, *files], stats=stats, texts=False)
    opened = deltaic.DeltaTable(table.root)
    found = opened.file_uris(file_pruning_predicate=f'"{name}" = 7')
    assert [uri.rsplit("/", 1)[1] for uri in found] == ["7.parquet"]


def test_one_long_text_of_many_files_does_not_fill_memory(tmp_path: Path) -> None:
    """Parquet stores it once, and each file would have it."""
    table = LogTable(tmp_path / "t")
    text = "x" * 100_000
    statistics = json.dumps({"numRecords": 1, "minValues": {"x": 1, "wide": text}})
    files = [add(f"{number}.parquet", 1, stats=statistics) for number in range(3000)]
    write_parquet(table.log / f"{0:020d}.checkpoint.parquet", [V2_PROTOCOL, METADATA, *files])
    script = (
        "import resource, sys, deltaic\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "table = deltaic.DeltaTable(sys.argv[1])\n"
        "found = table.file_uris(file_pruning_predicate='x = 0 AND wide > 1')\n"
        "grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before\n"
        "print(len(found), grown)"
    )
    ended = run_python(script, [str(table.root)], timeout=120)
    found, grown = map(int, ended.stdout.split())
    assert found == 0
    assert grown < 200 << 10, "KiB, of 300 MB of text"


def test_ranges_of_rows_cover_a_file_whose_footer_claims_fewer(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "t")
    path = table.log / f"{0:020d}.checkpoint.parquet"
    files = [add(f"{number}.parquet", 1, stats={"numRecords": 1}) for number in range(20_000)]
    write_parquet(path, [V2_PROTOCOL, METADATA, *files])

    def claim(footer: Value) -> None:
        footer[4][0][3].value = 17_000

    change_footer(path, claim)
    assert len(set(deltaic.DeltaTable(table.root).file_uris())) == 20_000


def test_opening_reads_no_statistics_of_a_large_checkpoint(tmp_path: Path) -> None:
    log = Log(tmp_path / "t")
    log.forget_commits()
    _spoil_statistics(log.checkpoint)
    table = log.open()
    assert len(table.file_uris()) == FILES
    error = error_of(lambda: _find(table, 425))
    assert code_of(error) == "corrupt_log"
    assert log.checkpoint.name in str(error)


@pytest.mark.parametrize("form", FORMS)
def test_unreadable_statistics_are_read_from_commits(tmp_path: Path, form: str) -> None:
    log = Log(tmp_path / "t", form)
    _spoil_statistics(log.checkpoint)
    log.keep_data(42)
    table = log.open()
    assert _find(table, 425) == [{"x": 425, "y": 212.5}]
    assert _find(table, 420) == [{"x": 420, "y": 210}]


@pytest.mark.parametrize("form", ["classic", "struct", "two sidecars"])
def test_a_checkpoint_that_is_gone_is_made_up_for_by_commits(tmp_path: Path, form: str) -> None:
    log = Log(tmp_path / "t", form)
    log.keep_data(42)
    table = log.open()
    log.checkpoint.unlink()
    assert _find(table, 425) == [{"x": 425, "y": 212.5}]
    assert query("SELECT x FROM t WHERE y = 212.5", t=table).to_pylist() == [{"x": 425}]


def test_a_checkpoint_that_is_gone_is_made_up_for_by_a_newer_one(tmp_path: Path) -> None:
    """As when a log is cleaned up while a service has the table open at an old version."""
    log = Log(tmp_path / "t")
    table = log.open()
    kept = [file for file in log.files if file["add"]["path"] != "7.parquet"]
    write_parquet(
        log.table.log / f"{LAST + 1:020d}.checkpoint.parquet", [V2_PROTOCOL, METADATA, *kept]
    )
    log.table.commit(LAST + 1, remove("7.parquet"))
    log.checkpoint.unlink()
    log.forget_commits()
    log.keep_data(7, 42)
    # File 7 is no longer known to the log: it may have any row.
    assert _find(table, 425) == [{"x": 425, "y": 212.5}]
    assert _find(table, 71) == [{"x": 71, "y": 35.5}]
    assert table.version() == LAST
    table.update_incremental()
    assert _find(table, 425) == [{"x": 425, "y": 212.5}]
    assert _find(table, 71) == []


def test_a_checkpoint_without_which_nothing_is_known_names_itself(tmp_path: Path) -> None:
    log = Log(tmp_path / "t")
    log.forget_commits()
    table = log.open()
    log.checkpoint.unlink()
    error = error_of(lambda: _find(table, 425))
    assert code_of(error) == "corrupt_log"
    assert log.checkpoint.name in str(error)
    assert len(table.file_uris()) == FILES


@pytest.mark.parametrize("form", ["classic", "struct", "two sidecars"])
def test_a_checkpoint_that_was_written_anew_is_not_mistaken_for_the_old_one(
    tmp_path: Path, form: str
) -> None:
    log = Log(tmp_path / "t", form)
    log.forget_commits()
    table = log.open()
    log.checkpoint.unlink()
    log.write_checkpoint(log.files[::-1])
    log.keep_data(42)
    assert _find(table, 425) == [{"x": 425, "y": 212.5}]


def test_statistics_are_found_again_after_refreshes(tmp_path: Path) -> None:
    log = Log(tmp_path / "t")
    table = log.open()
    data = {"x": pa.array([425], pa.int64()), "y": pa.array([1.0], pa.float64())}
    statistics = {"numRecords": 1, "minValues": {"x": 425}, "maxValues": {"x": 425}}
    later = log.table.data("later.parquet", data, stats=statistics)
    log.table.commit(LAST + 1, later, remove("42.parquet"))
    table.update_incremental()
    log.keep_data()
    assert _find(table, 425) == [{"x": 425, "y": 1.0}]
    assert _find(table, 421) == []


def test_many_threads_may_be_the_first_to_ask(tmp_path: Path) -> None:
    log = Log(tmp_path / "t", "struct")
    for _ in range(5):
        numbers = [37 * i % (FILES * ROWS) for i in range(32)]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(partial(_find, log.open()), numbers))
        assert found == [[{"x": number, "y": number / 2}] for number in numbers]


def test_files_whose_statistics_say_nothing_are_read(tmp_path: Path) -> None:
    log = Log(tmp_path / "t")
    for number in range(0, FILES, 2):
        log.files[number]["add"]["stats"] = "{" if number % 4 else '{"numRecords": 10}'
    log.checkpoint.unlink()
    log.write_checkpoint(log.files)
    log.forget_commits()
    table = log.open()
    for x in (0, 15, 20, 425, 599):
        assert _find(table, x) == [{"x": x, "y": x / 2}]
    assert query("SELECT count(*) AS n FROM t", t=table).to_pylist() == [{"n": FILES * ROWS}]
