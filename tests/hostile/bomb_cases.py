"""Parquet files that are small and claim, or hold, much: checkpoints and data files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cases import LONG, Case
from harness.log_table import PROTOCOL, LogTable, add, field, metadata
from harness.parquet_bytes import Value, change_first_page, change_footer

CHECKPOINT = "00000000000000000000.checkpoint.parquet"
DATA = "b.parquet"
MILLIARD = 10**9
LARGEST = 2**31 - 1


def _in_checkpoint(damage: Callable[[Path], object]) -> Callable[[LogTable], object]:
    """A checkpoint is all there is of the log."""

    def build(table: LogTable) -> None:
        path = table.checkpoint(0, PROTOCOL, LONG, table.data("a.parquet", {"x": [1, 2, 3]}))
        damage(path)

    return build


def _in_data(damage: Callable[[Path], object]) -> Callable[[LogTable], object]:
    def build(table: LogTable) -> None:
        table.data(DATA, {"x": list(range(1000))})
        damage(table.root / DATA)
        table.commit(0, PROTOCOL, LONG, add(DATA, (table.root / DATA).stat().st_size))

    return build


def _footer(change: Callable[[Value], object]) -> Callable[[Path], object]:
    return lambda path: change_footer(path, change)


def _pages(number: int, value: int) -> Callable[[Path], object]:
    """Sets a number of the first page's header of each column."""

    def change(header: Value) -> None:
        header[number].value = value

    return lambda path: change_first_page(path, change)


def _page_values(count: int) -> Callable[[Path], object]:
    """The page says that it has as many values: a data page, or a dictionary."""

    def change(header: Value) -> None:
        for kind in (5, 7, 8):
            if kind in header.value:
                header[kind][1].value = count

    return lambda path: change_first_page(path, change)


def _rows(footer: Value) -> None:
    """A milliard rows, say the file and its row group; the columns say the truth."""
    footer[3].value = MILLIARD
    footer[4][0][3].value = MILLIARD


def _rows_and_values(footer: Value) -> None:
    _rows(footer)
    for column in footer[4][0][1]:
        column[3][5].value = MILLIARD


def _children(footer: Value) -> None:
    """The root of the schema says that it has more children than there are."""
    footer[2][0][5].value = LARGEST


def _chunk_sizes(footer: Value) -> None:
    for column in footer[4][0][1]:
        column[3][7].value = 2**62


def _long_list(path: Path) -> None:
    """The footer's list of row groups begins, and says that it is endless."""
    content = path.read_bytes()
    schema = content[-8 - int.from_bytes(content[-8:-4], "little") : -8]
    forged = schema[:2] + b"\x19\xfc\xff\xff\xff\xff\x07"
    path.write_bytes(content[:4] + forged + len(forged).to_bytes(4, "little") + b"PAR1")


def _page_of_300_mb(table: LogTable) -> None:
    """A column of one huge text, which compresses to next to nothing."""
    rows = pa.table({"x": ["x" * (300 << 20)]})
    path = table.root / DATA
    pq.write_table(rows, path, compression="zstd", use_dictionary=False, write_statistics=False)
    columns = metadata(field("x", "string"))
    table.commit(0, PROTOCOL, columns, add(DATA, path.stat().st_size))


def _checkpoint_page_of_300_mb(table: LogTable) -> None:
    path = table.checkpoint(0, PROTOCOL, LONG, add("a.parquet", 1))
    rows = pq.read_table(path)
    long_path = rows.to_pylist()
    long_path[2]["add"]["path"] = "x" * (300 << 20)
    pq.write_table(
        pa.Table.from_pylist(long_path, schema=rows.schema),
        path,
        compression="zstd",
        use_dictionary=False,
        write_statistics=False,
    )


def _both(name: str, damage: Callable[[Path], object]) -> list[Case]:
    return [
        Case(f"checkpoint with {name}", _in_checkpoint(damage), "corrupt_log", (CHECKPOINT,)),
        Case(f"data file with {name}", _in_data(damage), "corrupt_data", (DATA,)),
    ]


BOMB_CASES = [
    # The pages tell how many there are.
    Case("data file with a milliard rows", _in_data(_footer(_rows)), rows=1000),
    Case("data file with a milliard values", _in_data(_footer(_rows_and_values)), rows=1000),
    *(
        # It is read from the middle on, too, and there is none.
        Case(
            f"checkpoint with a milliard {what}",
            _in_checkpoint(_footer(lie)),
            "corrupt_log",
            (CHECKPOINT,),
        )
        for what, lie in (("rows", _rows), ("values", _rows_and_values))
    ),
    *_both("two milliard children of its schema", _footer(_children)),
    *_both("column chunks of four exbibytes", _footer(_chunk_sizes)),
    *_both("a list without end in its footer", _long_list),
    *_both("a page that unpacks to two gibibytes", _pages(2, LARGEST)),
    *_both("a page of two gibibytes", _pages(3, LARGEST)),
    *_both("a page of a negative size", _pages(2, -1)),
    *_both("a page of two milliard values", _page_values(LARGEST)),
    Case("data file with a page of 300 MB", _page_of_300_mb, "resources_exhausted", (DATA,)),
    Case(
        "checkpoint with a page of 300 MB",
        _checkpoint_page_of_300_mb,
        "corrupt_log",
        (CHECKPOINT, "resources_exhausted"),
    ),
]
