"""Results as pyarrow tables. Imported only where pyarrow is wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from deltaic._internal import BatchStream
from deltaic.filters import FilterLiteralType, FilterType


def read_table(stream: BatchStream) -> pa.Table:
    """Reads a stream to its end. Strings become plain ones, which all of pyarrow takes."""
    schema = pa.schema(stream.schema)
    table = pa.Table.from_batches([pa.record_batch(batch) for batch in stream], schema)
    if not table.column_names:  # A cast would lose the number of rows.
        return table
    return table.cast(pa.schema([field.with_type(plain_type(field.type)) for field in schema]))


def read_filtered(
    stream: BatchStream, columns: Sequence[str] | None, expression: ds.Expression
) -> pa.Table:
    """Reads the rows of a stream for which an expression holds.

    The stream is read by the calling thread, which a scanner of pyarrow would leave deaf to Ctrl-C.
    """
    kinds = pa.schema(stream.schema)
    schema = pa.schema([field.with_type(plain_type(field.type)) for field in kinds])

    def matching(table: pa.Table) -> pa.Table:
        rows = table.filter(expression)
        return rows if columns is None else rows.select(list(columns))

    none = matching(schema.empty_table())
    parts = (pa.Table.from_batches([pa.record_batch(batch).cast(schema)]) for batch in stream)
    batches = [batch for part in parts for batch in matching(part).to_batches()]
    return pa.Table.from_batches(batches, none.schema)


def read_dataset(
    dataset: ds.FileSystemDataset, columns: Sequence[str] | None, expression: ds.Expression | None
) -> pa.Table:
    """Reads the rows of a dataset for which an expression holds."""
    if expression is None or not _may_name_floats(expression, dataset.schema):
        return dataset.to_table(columns=columns, filter=expression)
    # pyarrow does not find NaN by bounds of row groups: the expression is a column here.
    names = dataset.schema.names if columns is None else list(columns)
    answer = "is wanted"
    while answer in names:
        answer += "?"
    fragments = list(dataset.get_fragments(expression))
    chosen = ds.FileSystemDataset(fragments, dataset.schema, dataset.format, dataset.filesystem)
    wanted = {name: ds.field(name) for name in names} | {answer: expression}
    scanner = chosen.scanner(columns=wanted)
    batches = [batch.filter(batch.column(answer)) for batch in scanner.to_batches()]
    return pa.Table.from_batches(batches, scanner.projected_schema).select(names)


def _may_name_floats(expression: ds.Expression, schema: pa.Schema) -> bool:
    if "FieldPath" in str(expression):  # A column by its position.
        return True
    others = pa.schema([field for field in schema if not _has_float(field.type)])
    try:
        others.empty_table().filter(expression)
    except pa.ArrowException:
        return True
    return False


def _has_float(kind: pa.DataType) -> bool:
    fields = [kind.field(i) for i in range(kind.num_fields)]
    return pa.types.is_floating(kind) or any(_has_float(field.type) for field in fields)


def to_expression(filters: FilterType) -> ds.Expression:
    """Makes an expression of filters, see `deltaic.filters`.

    Raises:
        ValueError: for malformed filters and unknown operators.
    """
    conjunctions = [filters] if all(isinstance(item, tuple) for item in filters) else filters
    if not filters or not all(conjunctions):
        raise ValueError("malformed filters: an empty list")
    alternatives = [
        reduce(lambda a, b: a & b, map(_comparison, conjunction)) for conjunction in conjunctions
    ]
    return reduce(lambda a, b: a | b, alternatives)


def _comparison(literal: FilterLiteralType) -> ds.Expression:
    column, operator, value = literal
    if value is None and operator in ("=", "==", "!="):
        is_null = ds.field(column).is_null()
        return ~is_null if operator == "!=" else is_null
    if operator == "in" and not value:  # pyarrow takes no list without a type.
        return ds.scalar(False)
    if operator == "not in" and not value:
        return ds.scalar(True)
    return pq.filters_to_expression([literal])


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
