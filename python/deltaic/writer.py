"""Writing Delta tables, spelled as in `deltalake.writer`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, cast

from arro3.core import RecordBatch, RecordBatchReader

from deltaic import _internal, transaction, writer_properties
from deltaic._options import as_configuration, as_names, check_options
from deltaic.schema import ArrowSchemaExportable, Schema
from deltaic.table import DeltaTable, _location, _schema_json
from deltaic.transaction import AddAction, CommitProperties, PostCommitHookProperties
from deltaic.writer_properties import BloomFilterProperties, ColumnProperties, WriterProperties

if TYPE_CHECKING:
    pass

__all__ = [
    "ArrowArrayExportable",
    "ArrowStreamExportable",
    "BloomFilterProperties",
    "ColumnProperties",
    "WriterProperties",
    "convert_to_deltalake",
    "create_table_with_add_actions",
    "write_deltalake",
]


class ArrowStreamExportable(Protocol):
    """Anything with rows: a table or data frame of pyarrow, polars, pandas, duckdb, arro3, …."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class ArrowArrayExportable(Protocol):
    """A record batch of any library."""

    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...


Rows: TypeAlias = ArrowStreamExportable | ArrowArrayExportable | Sequence[ArrowArrayExportable]


def write_deltalake(
    table_or_uri: str | os.PathLike[str] | DeltaTable,
    data: Rows,
    *,
    partition_by: list[str] | str | None = None,
    mode: Literal["error", "append", "overwrite", "ignore"] = "error",
    name: str | None = None,
    description: str | None = None,
    configuration: Mapping[str, str | None] | None = None,
    schema_mode: Literal["merge", "overwrite"] | None = None,
    storage_options: dict[str, str] | None = None,
    predicate: str | None = None,
    partition_overwrite_mode: Literal["static", "dynamic"] = "static",
    target_file_size: int | None = None,
    writer_properties: WriterProperties | None = None,
    commit_properties: CommitProperties | None = None,
    post_commithook_properties: PostCommitHookProperties | None = None,
) -> None:
    """Writes rows to a table in one commit, and makes the table where there is none.

    Columns go by name. Every value is stored exactly, or the write is refused: an `int64` of 7 fits
    a column of type short, one of 70,000 does not. A `DeltaTable` moves to the new version.

    Args:
        table_or_uri: A table, or the path or URL of one.
        data: Rows: anything with `__arrow_c_stream__` or `__arrow_c_array__`, or a sequence of the
            latter. A stream is read once and never held as a whole.
        partition_by: The partition columns of a new table. Those of a table that is there are the
            same, unless its schema is overwritten.
        mode: What to do where there is a table: raise, add rows, replace rows, or nothing.
        name: Of a new table.
        description: Of a new table.
        configuration: Properties of a new table; a table that is there has them already.
        schema_mode: "merge" adds columns and fields that the table lacks, and rows may lack
            columns, which are null then. "overwrite" gives the table the schema of the rows.
        storage_options: Credentials, endpoints and client settings of the storage. None takes those
            of a `DeltaTable`.
        predicate: Of an overwrite, SQL: the rows to replace. All new rows must satisfy it.
        partition_overwrite_mode: Of an overwrite of a partitioned table: whether all rows are
            replaced, or, with "dynamic", those of the partitions that the new rows are in.
        target_file_size: Bytes after which a data file is closed. None takes the table's property
            `delta.targetFileSize`, or 100 MiB.
        writer_properties: How Parquet files are written.
        commit_properties: Settings of the commit.
        post_commithook_properties: What follows the commit.

    Raises:
        DeltaError: There is a table already, or rows break a constraint: the message names it, and
            shows a row.
        SchemaMismatchError: The rows do not fit the table; the message names the column.
        CommitFailedError: Another writer won.
        DeltaProtocolError: The table needs a feature that is not supported.
        ValueError, TypeError: An argument makes no sense.
        CommitStateUnknownError: The storage failed, and the commit may have been made.
        OSError: The storage failed.
    """
    table, uri = _target(table_or_uri)
    if storage_options is None and table is not None:
        options = dict(table._storage_options or {})
    else:
        options = check_options("storage_options", storage_options)
    for argument, value, known in (
        ("mode", mode, ("error", "append", "overwrite", "ignore")),
        ("schema_mode", schema_mode, (None, "merge", "overwrite")),
        ("partition_overwrite_mode", partition_overwrite_mode, ("static", "dynamic")),
    ):
        if value not in known:
            names = ", ".join(repr(each) for each in known)
            raise ValueError(f"{argument} is one of {names}, not {value!r}")
    written = _internal.write_table(
        uri,
        options,
        None if table is None else table._table,
        rows_of(data),
        {
            "mode": mode,
            "schema_mode": schema_mode or "strict",
            "partition_overwrite_mode": partition_overwrite_mode,
        },
        as_names(partition_by),
        name,
        description,
        as_configuration(configuration),
        predicate,
        target_file_size,
        _native_properties(writer_properties),
        transaction.to_native(commit_properties, post_commithook_properties),
    )
    if written is None:
        warnings.warn(
            f"The rows are committed, but the new version of the table cannot be read: {uri}",
            RuntimeWarning,
            stacklevel=2,
        )
    elif table is not None:
        table._table = written
        table._warn()


def _native_properties(properties: WriterProperties | None) -> dict[str, str]:
    return writer_properties.to_native(properties)


def _target(
    table_or_uri: str | os.PathLike[str] | DeltaTable,
) -> tuple[DeltaTable | None, str]:
    if isinstance(table_or_uri, DeltaTable):
        return table_or_uri, table_or_uri.table_uri
    if isinstance(table_or_uri, (str, os.PathLike)):
        return None, _location(table_or_uri)
    kind = type(table_or_uri).__name__
    raise ValueError(f"table_or_uri must be a str, a path or a DeltaTable, not {kind}")


def rows_of(data: Rows) -> object:
    """Returns a capsule with an Arrow stream of the rows.

    Raises:
        TypeError: The object has no rows, or is a sequence of such.
    """
    if hasattr(data, "__arrow_c_stream__"):
        return data.__arrow_c_stream__(None)
    if hasattr(data, "__arrow_c_array__"):
        batch = RecordBatch.from_arrow(data)
        return RecordBatchReader.from_batches(batch.schema, [batch]).__arrow_c_stream__()
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)) and data:
        batches = [RecordBatch.from_arrow(_array(each)) for each in data]
        return RecordBatchReader.from_batches(batches[0].schema, batches).__arrow_c_stream__()
    raise TypeError(
        "data has no rows: it needs __arrow_c_stream__ or __arrow_c_array__, or is a sequence of "
        f"objects with the latter; it is of type {type(data).__name__}"
    )


def _array(data: object) -> ArrowArrayExportable:
    if not hasattr(data, "__arrow_c_array__"):
        raise TypeError(f"data holds an object of type {type(data).__name__}, which has no rows")
    return cast(ArrowArrayExportable, data)


def create_table_with_add_actions(
    table_uri: str | os.PathLike[str],
    schema: Schema | ArrowSchemaExportable,
    add_actions: Sequence[AddAction],
    mode: Literal["error", "append", "overwrite", "ignore"] = "error",
    partition_by: list[str] | str | None = None,
    name: str | None = None,
    description: str | None = None,
    configuration: Mapping[str, str | None] | None = None,
    storage_options: dict[str, str] | None = None,
    *args: object,
    commit_properties: CommitProperties | None = None,
    post_commithook_properties: PostCommitHookProperties | None = None,
) -> None:
    """Makes a table of files that are there already.

    The files are not read: that they hold rows of the table is for the caller to know. Arguments
    and errors are those of `DeltaTable.create`.
    """
    commit_properties, post_commithook_properties = transaction.take_positional(
        "create_table_with_add_actions", args, commit_properties, post_commithook_properties
    )
    _internal.create_table(
        _location(table_uri),
        check_options("storage_options", storage_options),
        _schema_json(schema),
        mode,
        as_names(partition_by),
        name,
        description,
        as_configuration(configuration),
        False,
        [action._native() for action in add_actions],
        transaction.to_native(commit_properties, post_commithook_properties),
    )


def convert_to_deltalake(
    uri: str | os.PathLike[str],
    mode: Literal["error", "ignore"] = "error",
    partition_by: Schema | ArrowSchemaExportable | None = None,
    partition_strategy: Literal["hive", "directory"] | None = None,
    name: str | None = None,
    description: str | None = None,
    configuration: Mapping[str, str | None] | None = None,
    storage_options: dict[str, str] | None = None,
    *args: object,
    collect_stats: bool = True,
    commit_properties: CommitProperties | None = None,
    post_commithook_properties: PostCommitHookProperties | None = None,
) -> None:
    """Makes the Parquet files in a folder and below it a table; the files stay as they are.

    Files and folders whose names begin with a dot or an underscore are passed over. The schema is
    that of all files: columns that one lacks are null there.

    Args:
        uri: The path or URL of the folder.
        mode: What to do where there is a table: raise, or nothing.
        partition_by: The partition columns with their types.
        partition_strategy: How folders tell partition values: "hive" by name
            (`year=2024/month=5`), "directory" by place (`2024/5`).
        name: Of the table.
        description: Of the table.
        configuration: Properties of the table.
        storage_options: Credentials, endpoints and client settings of the storage.
        args: The last two, in their order: deprecated.
        collect_stats: Whether to take bounds and counts of nulls from the footers of the files.
        commit_properties: Settings of the commit.
        post_commithook_properties: What follows the commit.

    Raises:
        DeltaError: There is a table already.
        TableNotFoundError: There is no Parquet file.
        SchemaMismatchError: Two files contradict each other; the message names both and the column.
        ValueError: A file is not in the folders of a partition, a folder tells a value that its
            column does not hold, or an argument makes no sense.
        DeltaProtocolError: A file is no Parquet, or the table is to have constraints.
        OSError: The storage failed.
    """
    commit_properties, post_commithook_properties = transaction.take_positional(
        "convert_to_deltalake", args, commit_properties, post_commithook_properties
    )
    if partition_by is not None and partition_strategy is None:
        raise ValueError("partition_by needs a partition_strategy: hive or directory")
    for argument, value, known in (
        ("mode", mode, ("error", "ignore")),
        ("partition_strategy", partition_strategy, (None, "hive", "directory")),
    ):
        if value not in known:
            names = ", ".join(repr(each) for each in known)
            raise ValueError(f"{argument} is one of {names}, not {value!r}")
    _internal.convert_to_table(
        _location(uri),
        check_options("storage_options", storage_options),
        mode,
        None if partition_by is None else _schema_json(partition_by),
        partition_strategy or "hive",
        name,
        description,
        as_configuration(configuration),
        collect_stats,
        transaction.to_native(commit_properties, post_commithook_properties),
    )
