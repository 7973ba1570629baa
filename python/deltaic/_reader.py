"""Results as readers of `arro3`."""

from __future__ import annotations

from arro3.core import RecordBatchReader

from deltaic._internal import BatchStream


def make_reader(stream: BatchStream) -> RecordBatchReader:
    """Wraps a stream in a reader that pulls batches as they are asked for.

    The reader iterates `stream` itself, so that exceptions keep their class and `code`; they
    become text only where the reader is handed on through the Arrow C interface.
    """
    return RecordBatchReader.from_batches(stream.schema, stream)
