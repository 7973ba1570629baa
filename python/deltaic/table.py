"""Delta tables, spelled as in `deltalake`."""

from __future__ import annotations

import importlib.metadata
import json
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from arro3.core import RecordBatch, RecordBatchReader, Table

from deltaic import _internal, transaction
from deltaic import writer_properties as _writer_properties
from deltaic._native_filters import (
    FilePruningPredicateType,
    NativeFilters,
    choose,
    for_pyarrow,
    to_native,
)
from deltaic._options import as_configuration, as_names, check_options
from deltaic._reader import make_reader
from deltaic.catalog_commits import CatalogCommits
from deltaic.exceptions import DeltaProtocolError, from_code
from deltaic.filters import (
    FilterConjunctionType,
    FilterDNFType,
    FilterLiteralType,
    FilterType,
    PartitionFilterType,
)
from deltaic.schema import ArrowSchemaExportable, Schema
from deltaic.transaction import (
    AddAction,
    CommitProperties,
    PostCommitHookProperties,
    RemoveAction,
)
from deltaic.writer_properties import WriterProperties

if TYPE_CHECKING:
    import pandas
    import pyarrow
    import pyarrow.dataset
    import pyarrow.fs

__all__ = [
    "ChecksumReport",
    "DeltaTable",
    "DeltaTableConfig",
    "FilePruningPredicateType",
    "FilterConjunctionType",
    "FilterDNFType",
    "FilterLiteralType",
    "FilterType",
    "Metadata",
    "PartitionFilterType",
    "ProtocolVersions",
    "TableSummary",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _location(table_uri: str | os.PathLike[str]) -> str:
    """The path or URL of a table as the native library takes it."""
    location = os.fspath(table_uri)
    try:
        location.encode()
    except UnicodeEncodeError:
        raise from_code(
            "invalid_argument", f"The path or URL of a table is not valid UTF-8: {location!r}"
        ) from None
    return location


def _schema_json(schema: Schema | ArrowSchemaExportable) -> str:
    if isinstance(schema, Schema):
        return schema.to_json()
    if hasattr(schema, "__arrow_c_schema__"):
        return _internal.schema_json_of_arrow(schema.__arrow_c_schema__())
    raise TypeError(
        f"schema is a Schema or has __arrow_c_schema__; it is of type {type(schema).__name__}"
    )


@dataclass(frozen=True)
class Metadata:
    """What a table says about itself."""

    id: str
    name: str | None
    description: str | None
    partition_columns: list[str]
    created_time: int | None
    """Milliseconds since the Unix epoch."""
    configuration: dict[str, str]

    def __str__(self) -> str:
        return (
            f"Metadata(id: {self.id}, name: {self.name}, description: {self.description}, "
            f"partition_columns: {self.partition_columns}, created_time: {self.created_time}, "
            f"configuration: {self.configuration})"
        )


class ProtocolVersions(NamedTuple):
    """What a client must understand to read or write a table."""

    min_reader_version: int
    min_writer_version: int
    writer_features: list[str] | None
    reader_features: list[str] | None


class ChecksumReport(NamedTuple):
    """Whether a version of a table is what its checksum says."""

    state: Literal["absent", "unreadable", "matches", "differs"]
    differences: list[str]
    """What differs, an entry a member of the checksum."""


class TableSummary(NamedTuple):
    """The newest version of a table at a glance."""

    version: int
    protocol: ProtocolVersions
    metadata: Metadata
    num_files: int
    size_in_bytes: int
    is_from_checksum: bool
    """Whether the version's checksum says all this, so that the log was not replayed."""


class DeltaTableConfig(NamedTuple):
    """How a table was opened; deprecated and without effect."""

    without_files: bool
    log_buffer_size: int
    skip_stats: bool = False


class DeltaTable:
    """A Delta table at one version.

    The version is read when the table is opened and changes only by `load_as_version` and
    `update_incremental`. Tables may be used by several threads and can be pickled. Two are equal if
    they have the same place, version and storage options. They have no hash: the version changes.
    """

    def __init__(
        self,
        table_uri: str | os.PathLike[str],
        version: int | str | datetime | None = None,
        storage_options: dict[str, str] | None = None,
        without_files: bool = False,
        log_buffer_size: int | None = None,
        skip_stats: bool = False,
        *,
        catalog_commits: CatalogCommits | None = None,
    ) -> None:
        """Opens the table at a path or URL.

        Args:
            table_uri: A local path, of which a leading "~" is the home directory, or a URL such as
                s3://bucket/table.
            version: The version to open: a number, or a time as `load_as_version` takes it.
                None opens the newest.
            storage_options: Credentials, endpoints and client settings of the storage, as
                `deltalake` names them: docs/storage_options.md lists all. Those of several kinds of
                storage may be in one dict.
            without_files: Deprecated and without effect.
            log_buffer_size: Deprecated and without effect.
            skip_stats: Deprecated and without effect.
            catalog_commits: The commits that the table's catalog has ratified. Such a
                table cannot be opened without, and no other one with it.

        Raises:
            TableNotFoundError: There is no Delta table at the location.
            VersionNotFoundError: The table has no such version.
            InvalidArgumentError: A storage option is not known, or its value does not fit it.
            TypeError: A storage option is no str.
            DeltaProtocolError: The log is corrupt or needs a feature that is not supported.

        What is wrong with the log but can be done without, such as a checkpoint that cannot be read
        where the commits are there, is a `RuntimeWarning`.
        """
        for name, used in (
            ("without_files", without_files),
            ("log_buffer_size", log_buffer_size is not None),
            ("skip_stats", skip_stats),
        ):
            if used:
                warnings.warn(
                    f"{name} is deprecated and has no effect", DeprecationWarning, stacklevel=2
                )
        self._storage_options = check_options("storage_options", storage_options) or None
        self._catalog_commits = catalog_commits
        number, timestamp_ms = (None, None) if version is None else _parse_version(version)
        self._table = _internal.open_table(
            _location(table_uri),
            number,
            timestamp_ms,
            self._storage_options or {},
            _native_commits(catalog_commits),
        )
        self._warn()

    def _warn(self) -> None:
        """Tells what was wrong with the log and could be done without."""
        for text in self._table.warnings():
            warnings.warn(text, RuntimeWarning, stacklevel=3)

    @classmethod
    def create(
        cls,
        table_uri: str | os.PathLike[str],
        schema: Schema | ArrowSchemaExportable,
        mode: Literal["error", "append", "overwrite", "ignore"] = "error",
        partition_by: list[str] | str | None = None,
        name: str | None = None,
        description: str | None = None,
        configuration: Mapping[str, str | None] | None = None,
        storage_options: dict[str, str] | None = None,
        *args: object,
        commit_properties: CommitProperties | None = None,
        post_commithook_properties: PostCommitHookProperties | None = None,
        raise_if_key_not_exists: bool = True,
    ) -> DeltaTable:
        """Makes a table without rows at a path or URL.

        Args:
            table_uri: A local path or a URL.
            schema: The columns: a `Schema`, or anything with `__arrow_c_schema__`. Metadata of the
                fields of a `Schema` may say generation expressions, identities, defaults and
                invariants.
            mode: What to do where there is a table: raise, raise too ("append": there are no rows
                to append), replace it, or nothing.
            partition_by: The partition columns.
            name: A name, which the table keeps.
            description: A description, which the table keeps.
            configuration: Table properties. `delta.feature.<name>`, `delta.minReaderVersion` and
                `delta.minWriterVersion` ask for a protocol.
            storage_options: Credentials, endpoints and client settings of the storage.
            args: The next two, in this order: deprecated.
            commit_properties: Settings of the commit.
            post_commithook_properties: What follows the commit.
            raise_if_key_not_exists: Whether a property `delta.…` that nobody knows is an error; it
                is kept otherwise.

        Raises:
            DeltaError: There is a table already.
            ValueError: The schema, a partition column or a property makes no sense.
            DeltaProtocolError: The table needs a feature that is not supported.
            OSError: The storage failed.
        """
        options = check_options("storage_options", storage_options)
        commit_properties, post_commithook_properties = transaction.take_positional(
            "create", args, commit_properties, post_commithook_properties
        )
        if mode not in ("error", "append", "overwrite", "ignore"):
            raise ValueError(
                f"mode is one of 'error', 'append', 'overwrite', 'ignore', not {mode!r}"
            )
        table = cls.__new__(cls)
        table._storage_options = options or None
        table._catalog_commits = None
        table._table = _internal.create_table(
            _location(table_uri),
            options,
            _schema_json(schema),
            mode,
            as_names(partition_by),
            name,
            description,
            as_configuration(configuration),
            not raise_if_key_not_exists,
            [],
            transaction.to_native(commit_properties, post_commithook_properties),
        )
        return table

    @staticmethod
    def is_deltatable(
        table_uri: str | os.PathLike[str], storage_options: dict[str, str] | None = None
    ) -> bool:
        """Whether there is a Delta log at a path or URL."""
        options = check_options("storage_options", storage_options)
        return _internal.is_delta_table(_location(table_uri), options)

    @staticmethod
    def summarize(
        table_uri: str | os.PathLike[str],
        storage_options: dict[str, str] | None = None,
        *,
        catalog_commits: CatalogCommits | None = None,
    ) -> TableSummary:
        """Tells of the newest version: from its checksum where it has one, else from the log."""
        options = check_options("storage_options", storage_options)
        version, protocol, metadata, files, size, is_from_checksum = _internal.summarize_table(
            _location(table_uri), options, _native_commits(catalog_commits)
        )
        return TableSummary(
            version,
            ProtocolVersions(*protocol),
            Metadata(**metadata),
            files,
            size,
            is_from_checksum,
        )

    def delete(
        self,
        predicate: str | None = None,
        writer_properties: WriterProperties | None = None,
        *args: object,
        commit_properties: CommitProperties | None = None,
        post_commithook_properties: PostCommitHookProperties | None = None,
    ) -> dict[str, int]:
        """Deletes rows in one commit; the table moves to it.

        Rows are marked by deletion vectors where the table has `delta.enableDeletionVectors`;
        elsewhere files with such rows are written again without them. Where no row is to be
        deleted, nothing is committed.

        Args:
            predicate: SQL over the columns: the rows for which it is true, not null, are deleted.
                None is all rows.
            writer_properties: How Parquet files are written.
            args: The next two, in this order: deprecated.
            commit_properties: Settings of the commit.
            post_commithook_properties: What follows the commit.

        Returns:
            What it did: `num_deleted_rows`, `num_copied_rows`, `num_added_files`,
            `num_removed_files`, `num_added_change_files`, `num_added_bytes`, `num_removed_bytes`,
            `num_deletion_vectors_added`, `num_deletion_vectors_removed`,
            `num_deletion_vectors_updated`, `execution_time_ms`, `scan_time_ms`, `rewrite_time_ms`.

        Raises:
            SqlError: The predicate is no SQL, or names columns that are not there.
            DeltaError: The table takes no deletions (`delta.appendOnly`).
            CommitFailedError: Another writer won.
            DeltaProtocolError: The table needs a feature that is not supported.
            CommitStateUnknownError: The storage failed, and the commit may have been made.
        """
        commit_properties, post_commithook_properties = transaction.take_positional(
            "delete", args, commit_properties, post_commithook_properties
        )
        self._table, metrics = _internal.delete_rows(
            self._table,
            predicate,
            _writer_properties.to_native(writer_properties),
            transaction.to_native(commit_properties, post_commithook_properties),
        )
        self._warn()
        return metrics

    def create_checkpoint(self) -> None:
        """Writes the checkpoint of this version, in the form that the table's properties say."""
        self._table.create_checkpoint()

    def cleanup_metadata(self) -> None:
        """Removes what has expired of the log by `delta.logRetentionDuration`.

        Versions that are kept stay readable.
        """
        self._table.cleanup_metadata()

    def compact_logs(self, starting_version: int, ending_version: int) -> None:
        """Writes the commits of these versions as one file beside them, for readers to use."""
        self._table.compact_logs(starting_version, ending_version)

    def create_write_transaction(
        self,
        actions: Sequence[AddAction | RemoveAction],
        mode: Literal["append", "overwrite"],
        schema: Schema | ArrowSchemaExportable,
        partition_by: list[str] | str | None = None,
        partition_filters: FilterType | None = None,
        *args: object,
        commit_properties: CommitProperties | None = None,
        post_commithook_properties: PostCommitHookProperties | None = None,
    ) -> None:
        """Commits files that are there already, in one commit; the table moves to it.

        The files are not read: that they hold rows of the table is for the caller to know.

        Args:
            actions: Files to add and live files to remove; the latter with "append" only.
            mode: "overwrite" removes all live files, or those of `partition_filters`.
            schema: The schema of the files, which must be the table's.
            partition_by: The partition columns, which must be the table's.
            partition_filters: The partitions that an overwrite replaces.
            args: The next two, in this order: deprecated.
            commit_properties: Settings of the commit.
            post_commithook_properties: What follows the commit.

        Raises:
            ValueError: A file, the schema or the partitioning does not fit the table.
            DeltaProtocolError: The table has constraints, which nobody could check.
            CommitFailedError: Another writer won.
        """
        commit_properties, post_commithook_properties = transaction.take_positional(
            "create_write_transaction", args, commit_properties, post_commithook_properties
        )
        if Schema.from_json(_schema_json(schema)) != self.schema():
            raise from_code("schema_mismatch", "The files have another schema than the table.")
        if partition_by is not None and as_names(partition_by) != self.metadata().partition_columns:
            raise from_code("invalid_argument", "The table is partitioned otherwise.")
        added = [action for action in actions if isinstance(action, AddAction)]
        removed = [action for action in actions if isinstance(action, RemoveAction)]
        if len({action.data_change for action in added}) > 1:
            raise from_code("invalid_argument", "All files to add change data, or none does.")
        replaced = None
        if mode == "overwrite":
            replaced = to_native(partition_filters or [], self._types(), of_partitions=True)
        self._table = _internal.commit_files(
            self._table,
            [action._native() for action in added],
            all(action.data_change for action in added),
            [(each.path, each.data_change, each.deletion_timestamp) for each in removed],
            replaced,
            transaction.to_native(commit_properties, post_commithook_properties),
        )

    @property
    def table_uri(self) -> str:
        """The table's root as a URL with a trailing slash."""
        return self._table.table_uri()

    def version(self) -> int:
        """Returns the table's current version."""
        return self._table.version()

    def schema(self) -> Schema:
        """Returns the columns, partition columns included, in the table's own order."""
        return Schema.from_json(self._table.schema_json())

    def metadata(self) -> Metadata:
        """Returns what the table says about itself."""
        return Metadata(**self._table.metadata())

    def protocol(self) -> ProtocolVersions:
        """Returns what a client must understand to read or write the table."""
        return ProtocolVersions(*self._table.protocol())

    @property
    def table_config(self) -> DeltaTableConfig:
        """Deprecated: the parameters that it tells have no effect."""
        warnings.warn(
            "table_config is deprecated: its parameters have no effect",
            DeprecationWarning,
            stacklevel=2,
        )
        return DeltaTableConfig(False, 4 * (os.cpu_count() or 1), False)

    def files(
        self,
        partition_filters: FilterType | None = None,
        *,
        file_pruning_predicate: FilePruningPredicateType | None = None,
    ) -> list[str]:
        """Returns the paths of live files, decoded: relative to the table, or absolute.

        Args:
            partition_filters: Deprecated: `file_pruning_predicate` takes the same.
            file_pruning_predicate: Leaves out files that cannot hold a row for which it is true.
                SQL; or a list of tuples (column, operator, value), or a list of such lists, of
                which one must hold, see `deltaic.filters`. For partition columns "" is null too, as
                in the log. As in SQL, != and "not in" leave nulls out; an empty "not in" leaves out
                nothing. Exact for partition columns, by statistics for others.
        """
        return self._table.files(*self._choose(partition_filters, file_pruning_predicate))

    def file_uris(
        self,
        partition_filters: FilterType | None = None,
        *,
        file_pruning_predicate: FilePruningPredicateType | None = None,
    ) -> list[str]:
        """Returns live files as absolute paths (local tables) or URLs; arguments as in `files`."""
        return self._table.file_uris(*self._choose(partition_filters, file_pruning_predicate))

    def partitions(
        self,
        partition_filters: FilterType | None = None,
        *,
        file_pruning_predicate: FilePruningPredicateType | None = None,
    ) -> list[dict[str, str | None]]:
        """Returns the distinct partitions of live files, values as the log writes them, sorted.

        A table without partition columns has none. Arguments as in `files`.
        """
        names = self.metadata().partition_columns
        found = self._table.partitions(*self._choose(partition_filters, file_pruning_predicate))
        return [dict(zip(names, values, strict=True)) for values in found]

    def get_add_actions(self, flatten: bool = False) -> Table:
        """Returns the live files with their properties in the log.

        Columns: path (as the log spells it), size_bytes, modification_time, num_records (those that
        a deletion vector deletes are among them), and the structs null_count, min, max, partition,
        as far as they have fields. Bounds are as the log has them: writers cut texts and times, so
        that a maximum may be too small.

        Args:
            flatten: Gives every field of the structs a column of its own, such as "min.x".
        """
        return Table.from_batches(self._table.get_add_actions(flatten))

    def history(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Returns what commits say about themselves, newest first, each with its `version`.

        All commits that are still there count, those after the table's current version
        included. A commit without provenance information has its file's time as `timestamp`.

        Args:
            limit: How many of the newest commits; None for all.
        """
        return [json.loads(text) for text in self._table.history(limit)]

    def detail(self) -> dict[str, Any]:
        """Returns what the table is, as Spark's DESCRIBE DETAIL does."""
        row = RecordBatch.from_arrow(self._table.detail())
        values = {name: row.column(name)[0].as_py() for name in row.schema.names}
        values["properties"] = dict(values["properties"])
        return values

    def transaction_version(self, app_id: str) -> int | None:
        """Returns the last version of its own that an application committed, or None."""
        return self._table.transaction_version(app_id)

    def deletion_vectors(self) -> RecordBatchReader:
        """Returns the deletion vectors of live files: filepath, selection_vector (True = keep).

        A batch holds one file that has one; it is read when the batch is asked for.
        """
        return make_reader(self._table.deletion_vectors())

    def load_as_version(self, version: int | str | datetime) -> None:
        """Moves to another version; the table is unchanged where that fails.

        Args:
            version: A number; or a time, as a datetime (UTC where it has no zone) or as RFC 3339
                text, for the last version committed at or before it.

        Raises:
            VersionNotFoundError: There is no such version; for a time before the first commit too,
                where `deltalake` gives version 0.
        """
        number, timestamp_ms = _parse_version(version)
        if number is not None:
            self._table.load_version(number)
        elif timestamp_ms is not None:
            self._table.load_timestamp(timestamp_ms)
        self._warn()

    def update_incremental(self, catalog_commits: CatalogCommits | None = None) -> None:
        """Moves to the newest version.

        Args:
            catalog_commits: What the catalog that manages the table says now. Without it the newest
                version of such a table is the one that was known when it was opened.
        """
        self._table.refresh(_native_commits(catalog_commits))
        if catalog_commits is not None:
            self._catalog_commits = catalog_commits

    def verify_checksum(self) -> ChecksumReport:
        """Holds the version against its checksum, a file that some writers put beside commits."""
        return ChecksumReport(*self._table.verify_checksum())

    def count(self) -> int:
        """Returns the number of rows, exactly.

        The log knows it as a rule; the footers of files of which it does not are read.
        """
        return self._table.count()

    def scan(
        self,
        columns: list[str] | None = None,
        predicate: str | None = None,
        file_column: str | None = None,
        metadata: bool = False,
        partition_time_zone: str | None = None,
    ) -> RecordBatchReader:
        """Reads rows lazily, in no stated order, from the files that can hold matching ones.

        Args:
            columns: The columns to read; None reads all.
            predicate: SQL that is true for the wanted rows. Names keep their case.
            file_column: Adds a column of that name with the file of each row, as `files` names it.
            metadata: Adds the struct `_metadata` of `file_path` (the full name), `file_name`,
                `file_size` (bytes), `file_modification_time` and `row_index` (the row's position in
                its file).
            partition_time_zone: The zone of timestamps of partitions that name none, such as
                "Europe/Berlin" or "+01:00"; None is UTC. Spark writes them in its session's zone
                unless it is told to write UTC.

        Returns:
            A reader whose iteration raises the exceptions of this package, see
            `QueryBuilder.execute`.
        """
        return make_reader(
            self._scan(columns, predicate, file_column, metadata, partition_time_zone)
        )

    def _scan(
        self,
        columns: list[str] | None,
        predicate: str | None,
        file_column: str | None = None,
        metadata: bool = False,
        partition_time_zone: str | None = None,
    ) -> _internal.BatchStream:
        options = _internal.ScanOptions(file_column, metadata, partition_time_zone)
        return self._table.scan(columns, predicate, options)

    def with_scan_options(
        self,
        file_column: str | None = None,
        metadata: bool = False,
        partition_time_zone: str | None = None,
    ) -> TableWithScanOptions:
        """Returns the table, at this version, as the package `datafusion` is to read it.

        `SessionContext.register_table(name, table.with_scan_options(metadata=True))` takes it.
        The options are those of `scan`. It can be pickled, as the table can.
        """
        table = self._table.pinned()
        options = (file_column, metadata, partition_time_zone)
        return TableWithScanOptions(table, options, self._origin(table))

    def to_pyarrow_dataset(
        self,
        partitions: FilterType | None = None,
        filesystem: str | pyarrow.fs.FileSystem | None = None,
        parquet_read_options: pyarrow.dataset.ParquetReadOptions | None = None,
        schema: pyarrow.Schema | None = None,
        as_large_types: bool = False,
        file_pruning_predicate: FilePruningPredicateType | None = None,
    ) -> pyarrow.dataset.Dataset:
        """Makes a pyarrow dataset of the table's files at this version.

        Its fragments know the partition values and statistics of the log, so that filters skip
        files; statistics of floats are left out, since they do not know of NaN. pyarrow itself
        trusts those that Parquet files have of floats: conditions that NaN satisfies, such as
        `is_nan`, `!=` and `~(x <= 1)`, may lose rows, and do not in `to_pyarrow_table`. A table
        with deletion vectors has no dataset: its files hold deleted rows, too.

        Args:
            partitions: Deprecated: `file_pruning_predicate` takes the same.
            filesystem: What reads the files, rooted at the table, or its URI; None reads them with
                the table's storage options.
            parquet_read_options: Options of pyarrow.
            schema: The columns to show; None shows the table's.
            as_large_types: Gives strings, binaries and lists 64-bit offsets.
            file_pruning_predicate: Leaves files out, as in `files`.
        """
        try:
            import pyarrow as pa

            from deltaic._dataset import make_dataset
        except ImportError as error:
            raise ImportError(
                "to_pyarrow_dataset needs pyarrow: pip install 'deltaic[pyarrow]'"
            ) from error
        if partitions is not None and file_pruning_predicate is not None:
            raise ValueError("pass only file_pruning_predicate, not partitions too")
        if partitions is not None:
            file_pruning_predicate = partitions
        table = self._table.pinned()
        metadata = table.metadata()
        if metadata["configuration"].get("delta.columnMapping.mode", "none").lower() != "none":
            raise from_code(
                "unsupported_feature",
                "pyarrow finds columns by their own names, and the table needs columnMapping:"
                " use to_pyarrow_table, scan or a session",
            )
        return make_dataset(
            table,
            pa.schema(Schema.from_json(table.schema_json()).to_arrow()),
            metadata["partition_columns"],
            *self._choose(None, file_pruning_predicate),
            filesystem,
            parquet_read_options,
            schema,
            as_large_types,
        )

    def to_pyarrow_table(
        self,
        partitions: FilterType | None = None,
        columns: list[str] | None = None,
        filesystem: str | pyarrow.fs.FileSystem | None = None,
        filters: FilterType | pyarrow.dataset.Expression | None = None,
    ) -> pyarrow.Table:
        """Reads rows into a pyarrow table.

        Args:
            partitions: A filter over partition columns, which means what it does in `files`.
            columns: The columns to read; None reads all.
            filesystem: What reads the files, as in `to_pyarrow_dataset`.
            filters: A filter in disjunctive normal form, see `deltaic.filters`, in which as in
                pyarrow "not in" keeps nulls unless None is in the list; or an expression of
                pyarrow, which skips no files of tables that are no dataset.
        """
        try:
            from deltaic._pyarrow import read_dataset, read_filtered, read_table, to_expression
        except ImportError as error:
            raise ImportError(
                "to_pyarrow_table needs pyarrow: pip install 'deltaic[pyarrow]'"
            ) from error
        if filesystem is None and (filters is None or isinstance(filters, list)):
            return read_table(self._scan(columns, self._predicate(partitions, filters)))
        try:
            dataset = self.to_pyarrow_dataset(partitions, filesystem)
        except (DeltaProtocolError, NotImplementedError) as error:
            is_no_dataset = getattr(error, "code", None) in (None, "unsupported_feature")
            is_expression = filters is not None and not isinstance(filters, list)
            if filesystem is not None or not is_expression or not is_no_dataset:
                raise
            scanned = self._scan(None, self._predicate(partitions, None))
            return read_filtered(scanned, columns, filters)
        if isinstance(filters, list):
            self._predicate(None, filters)  # Refuses what it would refuse elsewhere.
            filters = to_expression(for_pyarrow(filters, self._types()))
        return read_dataset(dataset, columns, filters)

    def to_pandas(
        self,
        partitions: FilterType | None = None,
        columns: list[str] | None = None,
        filesystem: str | pyarrow.fs.FileSystem | None = None,
        filters: FilterType | pyarrow.dataset.Expression | None = None,
        types_mapper: Callable[[pyarrow.DataType], Any] | None = None,
    ) -> pandas.DataFrame:
        """Reads rows into a pandas data frame.

        Args:
            partitions: As in `to_pyarrow_table`.
            columns: As in `to_pyarrow_table`.
            filesystem: As in `to_pyarrow_table`.
            filters: As in `to_pyarrow_table`.
            types_mapper: Gives the pandas type for an Arrow type, or None for the default.
        """
        try:
            import pandas  # noqa: F401
        except ImportError as error:
            raise ImportError("to_pandas needs pandas: pip install 'deltaic[pandas]'") from error
        table = self.to_pyarrow_table(partitions, columns, filesystem, filters)
        frame: pandas.DataFrame = table.to_pandas(types_mapper=types_mapper)
        return frame

    def _types(self) -> dict[str, str]:
        return {field.name: field.type.type for field in self.schema().fields}

    def _choose(
        self,
        partition_filters: FilterType | None,
        file_pruning_predicate: FilePruningPredicateType | None,
    ) -> tuple[NativeFilters | None, str | None]:
        is_list = partition_filters is not None or not isinstance(
            file_pruning_predicate, (str, type(None))
        )
        types = self._types() if is_list else {}
        return choose(partition_filters, file_pruning_predicate, types)

    def _predicate(self, partitions: FilterType | None, filters: FilterType | None) -> str | None:
        predicates = []
        types = {} if partitions is None and filters is None else self._types()
        if partitions:
            partition_types = {name: types[name] for name in self.metadata().partition_columns}
            native = to_native(partitions, partition_types, of_partitions=True)
            predicates.append(self._table.filter_sql(native, of_partitions=True))
        if filters is not None:
            if not filters:
                raise ValueError("malformed filters: an empty list")
            native = to_native(filters, types, of_partitions=False)
            predicates.append(self._table.filter_sql(native, of_partitions=False))
        return " AND ".join(f"({predicate})" for predicate in predicates) or None

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.scan().__arrow_c_stream__(requested_schema)

    def __datafusion_table_provider__(self, session: Any | None = None) -> object:  # noqa: ANN401
        """Makes the table, at this version, known to a session of the package `datafusion`.

        `SessionContext.register_table(name, table)` calls it.
        """
        return self.with_scan_options().__datafusion_table_provider__(session)

    def __reduce__(self) -> tuple[Callable[..., DeltaTable], tuple[Any, ...]]:
        return _open_again, self._origin(self._table)

    def _origin(self, table: _internal.RawDeltaTable) -> _Origin:
        uri, version = table.table_uri(), table.version()
        return type(self), uri, version, self._storage_options, self._catalog_commits

    def __eq__(self, other: object) -> bool:
        """Whether both are the same table at the same version, read with the same options."""
        if not isinstance(other, DeltaTable):
            return NotImplemented
        return self._identity() == other._identity()

    __hash__ = None  # type: ignore[assignment]  # The version may change.

    def _identity(self) -> tuple[Any, ...]:
        table = self._table.pinned()
        # A table that was made anew at its place has another id.
        identifier = table.metadata()["id"]
        return table.table_uri(), table.version(), self._storage_options, identifier

    def __repr__(self) -> str:
        return f"DeltaTable({self.table_uri!r}, version={self.version()})"


class TableWithScanOptions:
    """A table for the package `datafusion`; see `DeltaTable.with_scan_options`."""

    def __init__(
        self,
        table: _internal.RawDeltaTable,
        options: _ScanOptions,
        origin: _Origin,
    ) -> None:
        """Use `DeltaTable.with_scan_options`."""
        self._table, self._options, self._origin = table, options, origin

    def __datafusion_table_provider__(self, session: Any | None = None) -> object:  # noqa: ANN401
        """Makes the table known to a session of the package `datafusion`."""
        _check_datafusion_version()
        codec = getattr(session, "__datafusion_logical_extension_codec__", None)
        if codec is None:
            raise RuntimeError(
                "the DataFusion session that the table is registered in must be given, as "
                f"datafusion=={_internal.DATAFUSION_MAJOR_VERSION} does; without that package, use "
                "deltaic.QueryBuilder"
            )
        options = _internal.ScanOptions(*self._options)
        return _internal.table_provider_capsule(self._table, codec(), options)

    def __reduce__(self) -> tuple[Callable[..., TableWithScanOptions], tuple[Any, ...]]:
        return _set_scan_options_again, (self._origin, self._options)


_ScanOptions: TypeAlias = tuple[str | None, bool, str | None]
"""The arguments of `DeltaTable.with_scan_options`."""

_Origin: TypeAlias = tuple[type[DeltaTable], str, int, dict[str, str] | None, CatalogCommits | None]
"""What opens a table again: the arguments of `_open_again`."""


def _open_again(
    kind: type[DeltaTable],
    table_uri: str,
    version: int,
    storage_options: dict[str, str] | None,
    catalog_commits: CatalogCommits | None,
) -> DeltaTable:
    return kind(table_uri, version, storage_options, catalog_commits=catalog_commits)


def _set_scan_options_again(origin: _Origin, options: _ScanOptions) -> TableWithScanOptions:
    return _open_again(*origin).with_scan_options(*options)


def _native_commits(
    commits: CatalogCommits | None,
) -> tuple[int, list[tuple[int, str, str | None]]] | None:
    if commits is None:
        return None
    return commits.max_version, [
        (commit.version, commit.path or "", commit.content) for commit in commits.commits
    ]


def _parse_version(version: int | str | datetime) -> tuple[int | None, int | None]:
    """Returns a version number or a time in milliseconds since the epoch."""
    if isinstance(version, int) and not isinstance(version, bool):
        if not 0 <= version < 2**63:
            raise ValueError(f"a version is a number from 0 to 2**63 - 1: {version}")
        return version, None
    if isinstance(version, str):
        text = version[:-1] + "+00:00" if version.endswith(("Z", "z")) else version
        try:
            version = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"Failed to parse datetime string: {version!r}") from None
    if isinstance(version, datetime):
        time = version if version.tzinfo else version.replace(tzinfo=timezone.utc)
        return None, (time - _EPOCH) // timedelta(milliseconds=1)
    raise TypeError("a version is an int, a str or a datetime")


def _check_datafusion_version() -> None:
    wanted = _internal.DATAFUSION_MAJOR_VERSION
    try:
        installed = importlib.metadata.version("datafusion")
    except importlib.metadata.PackageNotFoundError:
        raise RuntimeError(
            f"the package datafusion=={wanted} is not installed; deltaic.QueryBuilder does without"
        ) from None
    if installed.split(".")[0] != str(wanted):
        raise RuntimeError(
            f"tables are for datafusion=={wanted}: the binary interface differs between major "
            f"versions; installed: {installed}"
        )
