"""Delta tables, spelled as in `deltalake`."""

from __future__ import annotations

import importlib.metadata
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from arro3.core import RecordBatchReader

from deltaic import _internal
from deltaic._reader import make_reader
from deltaic.filters import FilterType, to_predicate
from deltaic.schema import Schema

if TYPE_CHECKING:
    import pandas
    import pyarrow

__all__ = ["DeltaTable", "Metadata", "ProtocolVersions"]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


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


class DeltaTable:
    """A Delta table at one version.

    The version is read when the table is opened and changes only by `load_as_version` and
    `update_incremental`. Tables may be used by several threads and can be pickled.
    """

    def __init__(
        self,
        table_uri: str | os.PathLike[str],
        version: int | str | datetime | None = None,
        storage_options: dict[str, str] | None = None,
        without_files: bool = False,
        log_buffer_size: int | None = None,
        skip_stats: bool = False,
    ) -> None:
        """Opens the table at a path or URL.

        Args:
            table_uri: A local path, or a URL such as s3://bucket/table.
            version: The version to open: a number, or a time as `load_as_version` takes it.
                None opens the newest.
            storage_options: Credentials, endpoints and client settings of the storage.
            without_files: Deprecated and without effect.
            log_buffer_size: Deprecated and without effect.
            skip_stats: Deprecated and without effect.

        Raises:
            TableNotFoundError: There is no Delta table at the location.
            VersionNotFoundError: The table has no such version.
            DeltaProtocolError: The log is corrupt or needs a feature that is not supported.
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
        self._storage_options = dict(storage_options) if storage_options else None
        number, timestamp_ms = (None, None) if version is None else _parse_version(version)
        self._table = _internal.open_table(
            os.fspath(table_uri), number, timestamp_ms, self._storage_options or {}
        )

    @staticmethod
    def is_deltatable(
        table_uri: str | os.PathLike[str], storage_options: dict[str, str] | None = None
    ) -> bool:
        """Whether there is a Delta log at a path or URL."""
        return _internal.is_delta_table(os.fspath(table_uri), storage_options or {})

    @property
    def table_uri(self) -> str:
        """The table's root as a URL with a trailing slash."""
        return self._table.table_uri()

    def version(self) -> int:
        """Returns the version that the table stands at."""
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

    def files(self) -> list[str]:
        """Returns the paths of the live files as the table holds them: relative, or absolute."""
        return self._table.files()

    def file_uris(self) -> list[str]:
        """Returns the live files as absolute paths (local tables) or URLs."""
        return self._table.file_uris()

    def load_as_version(self, version: int | str | datetime) -> None:
        """Moves to another version; the table is unchanged where that fails.

        Args:
            version: A number; or a time, as a datetime (UTC where it has no zone) or as RFC 3339
                text, for the last version committed at or before it.
        """
        number, timestamp_ms = _parse_version(version)
        if number is not None:
            self._table.load_version(number)
        elif timestamp_ms is not None:
            self._table.load_timestamp(timestamp_ms)

    def update_incremental(self) -> None:
        """Moves to the newest version."""
        self._table.refresh()

    def count(self) -> int:
        """Returns the number of rows."""
        return self._table.count()

    def scan(
        self, columns: list[str] | None = None, predicate: str | None = None
    ) -> RecordBatchReader:
        """Reads rows lazily, in no stated order, from the files that can hold matching ones.

        Args:
            columns: The columns to read; None reads all.
            predicate: SQL that is true for the wanted rows. Names keep their case.

        Returns:
            A reader whose iteration raises the exceptions of this package.
        """
        return make_reader(self._scan(columns, predicate))

    def _scan(self, columns: list[str] | None, predicate: str | None) -> _internal.BatchStream:
        if columns is None:
            columns = [field.name for field in self.schema().fields]
        return self._table.scan(columns, predicate)

    def to_pyarrow_table(
        self,
        partitions: FilterType | None = None,
        columns: list[str] | None = None,
        filesystem: None = None,
        filters: FilterType | None = None,
    ) -> pyarrow.Table:
        """Reads rows into a pyarrow table.

        Args:
            partitions: A filter over partition columns, as `filters`; "" stands for null there,
                as in the log.
            columns: The columns to read; None reads all.
            filesystem: Must be None: files are read with the table's storage options.
            filters: A filter in disjunctive normal form, see `deltaic.filters.to_predicate`.
        """
        try:
            from deltaic._pyarrow import read_table
        except ImportError as error:
            raise ImportError(
                "to_pyarrow_table needs pyarrow: pip install 'deltaic[pyarrow]'"
            ) from error
        if filesystem is not None:
            raise NotImplementedError(
                "filesystem is not supported: give the table its storage_options"
            )
        return read_table(self._scan(columns, self._predicate(partitions, filters)))

    def to_pandas(
        self,
        partitions: FilterType | None = None,
        columns: list[str] | None = None,
        filesystem: None = None,
        filters: FilterType | None = None,
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

    def _predicate(self, partitions: FilterType | None, filters: FilterType | None) -> str | None:
        types = {field.name: field.type.type for field in self.schema().fields}
        predicates = []
        if partitions is not None:
            partition_columns = self.metadata().partition_columns
            predicates.append(
                to_predicate(
                    _with_null_partitions(partitions),
                    {name: kind for name, kind in types.items() if name in partition_columns},
                )
            )
        if filters is not None:
            predicates.append(to_predicate(filters, types))
        return " AND ".join(f"({predicate})" for predicate in predicates) or None

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.scan().__arrow_c_stream__(requested_schema)

    def __datafusion_table_provider__(self, session: Any | None = None) -> object:  # noqa: ANN401
        """Makes the table, at this version, known to a session of the package `datafusion`.

        `SessionContext.register_table(name, table)` calls it.
        """
        _check_datafusion_version()
        codec = getattr(session, "__datafusion_logical_extension_codec__", None)
        if codec is None:
            raise RuntimeError(
                "the DataFusion session that the table is registered in must be given, as "
                f"datafusion=={_internal.DATAFUSION_MAJOR_VERSION} does; without that package, use "
                "deltaic.QueryBuilder"
            )
        return _internal.table_provider_capsule(self._table, codec())

    def __reduce__(self) -> tuple[type[DeltaTable], tuple[Any, ...]]:
        return type(self), (self.table_uri, self.version(), self._storage_options)

    def __repr__(self) -> str:
        return f"DeltaTable({self.table_uri!r}, version={self.version()})"


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


def _with_null_partitions(partitions: FilterType) -> Any:  # noqa: ANN401
    """Replaces the empty text, which is how the log writes null, by None."""

    def replaced(item: Any) -> Any:  # noqa: ANN401
        if isinstance(item, tuple):
            column, operator, value = item
            if isinstance(value, (list, tuple, set, frozenset)):
                return column, operator, [None if one == "" else one for one in value]
            return column, operator, None if value == "" else value
        return [replaced(one) for one in item]

    return [replaced(item) for item in partitions]


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
