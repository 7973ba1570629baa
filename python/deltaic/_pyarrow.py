"""Results as pyarrow tables. Imported only where pyarrow is wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.dataset as ds

from deltaic._internal import BatchStream


def read_table(stream: BatchStream) -> pa.Table:
    """Reads a stream to its end. Strings become plain ones, which all of pyarrow takes."""
    schema = pa.schema(stream.schema)
    table = pa.Table.from_batches([pa.record_batch(batch) for batch in stream], schema)
    return table.cast(pa.schema([field.with_type(plain_type(field.type)) for field in schema]))


def read_filtered(
    stream: BatchStream, columns: Sequence[str] | None, expression: ds.Expression
) -> pa.Table:
    """Reads the rows of a stream for which an expression holds."""
    kinds = pa.schema(stream.schema)
    schema = pa.schema([field.with_type(plain_type(field.type)) for field in kinds])
    batches = (pa.record_batch(batch).cast(schema) for batch in stream)
    scanner = ds.Scanner.from_batches(
        batches, schema=schema, columns=columns and list(columns), filter=expression
    )
    return scanner.to_table()


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type with plain strings, binaries and lists instead of views."""
    if kind == pa.string_view():
        return pa.string()
    if kind == pa.binary_view():
        return pa.binary()
    return _rebuilt(kind, plain_type, pa.list_)


def large_type(kind: pa.DataType) -> pa.DataType:
    """The type with strings, binaries and lists that have 64-bit offsets."""
    if kind in (pa.string(), pa.string_view()):
        return pa.large_string()
    if kind in (pa.binary(), pa.binary_view()):
        return pa.large_binary()
    return _rebuilt(kind, large_type, pa.large_list)


def _rebuilt(
    kind: pa.DataType,
    convert: Callable[[pa.DataType], pa.DataType],
    make_list: Callable[[pa.Field], pa.DataType],
) -> pa.DataType:
    def converted(field: pa.Field) -> pa.Field:
        return field.with_type(convert(field.type))

    if pa.types.is_struct(kind):
        return pa.struct([converted(kind.field(i)) for i in range(kind.num_fields)])
    if pa.types.is_list(kind):
        return make_list(converted(kind.value_field))
    if pa.types.is_map(kind):
        return pa.map_(converted(kind.key_field), converted(kind.item_field))
    return kind
