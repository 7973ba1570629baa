"""Results as pyarrow tables. Imported only where pyarrow is wanted."""

from __future__ import annotations

import pyarrow as pa

from deltaic._internal import BatchStream


def read_table(stream: BatchStream) -> pa.Table:
    """Reads a stream to its end. Strings become plain ones, which all of pyarrow takes."""
    schema = pa.schema(stream.schema)
    table = pa.Table.from_batches([pa.record_batch(batch) for batch in stream], schema)
    return table.cast(pa.schema([_plain_field(field) for field in schema]))


def _plain_field(field: pa.Field) -> pa.Field:
    return field.with_type(_plain_type(field.type))


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if kind == pa.string_view():
        return pa.string()
    if kind == pa.binary_view():
        return pa.binary()
    if pa.types.is_struct(kind):
        return pa.struct([_plain_field(kind.field(i)) for i in range(kind.num_fields)])
    if pa.types.is_list(kind):
        return pa.list_(_plain_field(kind.value_field))
    if pa.types.is_map(kind):
        return pa.map_(_plain_field(kind.key_field), _plain_field(kind.item_field))
    return kind
