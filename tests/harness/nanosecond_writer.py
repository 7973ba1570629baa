"""Tables with nanoseconds as `deltalake` writes them. It keeps them after a switch, which is of the
whole process: so this is done in another one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa

CONFIGURATION = {"delta.checkpoint.writeStatsAsStruct": "true"}


def _write(root: str, files: Sequence[bytes], partition_by: list[str], checkpoint: bool) -> None:
    for content in files:
        rows = pa.ipc.open_stream(io.BytesIO(content)).read_all()
        deltalake.write_deltalake(
            root, rows, partition_by=partition_by, mode="append", configuration=CONFIGURATION
        )
    if checkpoint:
        deltalake.DeltaTable(root).create_checkpoint()


def _read(root: str) -> bytes:
    return _as_bytes(deltalake.DeltaTable(root).to_pyarrow_table())


def _as_bytes(rows: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return sink.getvalue()


class NanosecondWriter:
    """A process in which `deltalake` keeps nanoseconds. Ends with the block that it is used in."""

    def __init__(self) -> None:
        self._process = ProcessPoolExecutor(
            1, get_context("spawn"), initializer=deltalake.enable_nanosecond_timestamps
        )

    def __enter__(self) -> NanosecondWriter:
        return self

    def __exit__(self, *_: Any) -> None:
        self._process.shutdown()

    def write(
        self,
        root: Path,
        *commits: pa.Table,
        partition_by: Sequence[str] = (),
        checkpoint: bool = False,
    ) -> None:
        """Writes a table, a commit for each table of rows, and at last a checkpoint."""
        files = [_as_bytes(rows) for rows in commits]
        self._process.submit(_write, str(root), files, list(partition_by), checkpoint).result()

    def read(self, root: Path) -> pa.Table:
        """The rows as `deltalake` reads them."""
        return pa.ipc.open_stream(
            io.BytesIO(self._process.submit(_read, str(root)).result())
        ).read_all()
