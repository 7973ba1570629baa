"""Flipped bits in a data file: an error of its bytes that names it, or rows. Which of the two is
not said: Parquet has no checksum over all of a file, and what a flip leaves readable is read."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import datafusion
import deltaic
import pyarrow as pa
import pytest
from deltaic.exceptions import DeltaError

from harness.arrow import collect, exhaust
from harness.errors import code_of, describe
from harness.log_table import PROTOCOL, LogTable, field, metadata

DATA = "a.parquet"
ROWS = 20
SECONDS = 5

FORMS: dict[str, dict[str, Any]] = {
    "plain": {"compression": "none", "use_dictionary": False},
    "dictionaries": {"compression": "snappy"},
    "split-bytes": {
        "compression": "none",
        "use_dictionary": False,
        "column_encoding": {"n": "BYTE_STREAM_SPLIT", "x": "DELTA_BINARY_PACKED"},
    },
    "second-pages": {"compression": "zstd", "data_page_version": "2.0"},
    "page-index": {"compression": "none", "write_page_index": True, "write_page_checksum": True},
}


def _columns() -> pa.Table:
    days = [datetime(2024, 1, 1 + i, tzinfo=UTC) for i in range(ROWS)]
    return pa.table(
        {
            "x": pa.array(range(ROWS), pa.int64()),
            "s": [f"t{i % 5}" for i in range(ROWS)],
            "l": [[i, i + 1] for i in range(ROWS)],
            "d": pa.array([Decimal(i) / 10 for i in range(ROWS)], pa.decimal128(9, 1)),
            "n": [None if i % 3 else 1.5 * i for i in range(ROWS)],
            "b": [i % 2 == 0 for i in range(ROWS)],
            "t": pa.array(days, pa.timestamp("us", "UTC")),
        }
    )


METADATA = metadata(
    field("x", "long"),
    field("s", "string"),
    field("l", {"type": "array", "elementType": "long", "containsNull": True}),
    field("d", "decimal(9,1)"),
    field("n", "double"),
    field("b", "boolean"),
    field("t", "timestamp"),
)


def _flips(path: Path, seed: str, count: int | None) -> Iterator[str]:
    """Flips one bit after the other, so many or one in each byte; says where."""
    whole = path.read_bytes()
    choice = random.Random(seed)
    places = range(len(whole)) if count is None else choice.sample(range(len(whole)), count)
    for place in places:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << choice.randrange(8)
        path.write_bytes(bytes(flipped))
        yield f"byte {place} is {flipped[place]:#x}, not {whole[place]:#x}"


def _error(read: Callable[[], object], *kinds: type[Exception]) -> Exception | None:
    try:
        read()
    except kinds as error:
        return error
    return None


@pytest.mark.parametrize("form", FORMS)
def test_flipped_bits(
    form: str, tmp_path: Path, long_run: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    table = LogTable(tmp_path / "table")
    table.commit(0, PROTOCOL, METADATA, table.data(DATA, _columns(), **FORMS[form]))
    for where in _flips(table.root / DATA, form, None if long_run else 800):
        begun = time.monotonic()
        error = _error(lambda: exhaust(deltaic.DeltaTable(table.root).scan()), DeltaError)
        if error is not None:
            assert code_of(error) == "corrupt_data", f"{where}: {describe(error)}"
            assert DATA in str(error), f"{where}: {describe(error)}"
        assert time.monotonic() - begun < SECONDS, where
    assert "panicked" not in capfd.readouterr().err


@pytest.mark.parametrize("form", FORMS)
def test_flipped_bits_in_the_wheel(form: str, tmp_path: Path, long_run: bool) -> None:
    """A panic that crossed into the wheel would end the process."""
    table = LogTable(tmp_path / "table")
    table.commit(0, PROTOCOL, METADATA, table.data(DATA, _columns(), **FORMS[form]))
    opened = deltaic.DeltaTable(table.root)
    for where in _flips(table.root / DATA, form, None if long_run else 200):
        context = datafusion.SessionContext()
        context.register_table("t", opened)
        frame = context.sql("SELECT * FROM t WHERE x > 3")
        error = _error(partial(collect, frame), Exception)
        assert error is None or DATA in str(error), f"{where}: {error}"
