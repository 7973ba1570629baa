"""A table of many files, whose columns rise from file to file."""

from __future__ import annotations

from pathlib import Path

import deltalake
import pyarrow as pa
import pytest

FILES = 8
ROWS = 1000


@pytest.fixture(scope="session")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of 1000 rows: `id` from 1000 times the file's number on, `part` its number or null in
    file 7, `name` the text of `id`. Each is one add action, in its order."""
    root = tmp_path_factory.mktemp("scan") / "big"
    for number in range(FILES):
        ids = list(range(number * ROWS, (number + 1) * ROWS))
        rows = pa.table(
            {
                "id": pa.array(ids, pa.int64()),
                "part": pa.array([None if number == 7 else number] * ROWS, pa.int32()),
                "name": pa.array([f"{value:06d}" for value in ids]),
            }
        )
        deltalake.write_deltalake(root, rows, partition_by=["part"], mode="append")
    return root


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two rows: `key` 2500 and 2600, `part` 2 and 2."""
    root = tmp_path_factory.mktemp("scan") / "small"
    rows = pa.table(
        {"key": pa.array([2500, 2600], pa.int64()), "wanted": pa.array([2, 2], pa.int32())}
    )
    deltalake.write_deltalake(root, rows)
    return root
