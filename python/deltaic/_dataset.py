"""Tables as pyarrow datasets. Imported only where pyarrow is wanted."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pa_fs
from arro3.core import Table

from deltaic._internal import RawDeltaTable
from deltaic._local_files import are_plain
from deltaic._native_filters import NativeFilters
from deltaic._pyarrow import large_type, plain_type


def make_dataset(
    table: RawDeltaTable,
    schema: pa.Schema,
    partition_columns: Sequence[str],
    filters: NativeFilters | None,
    predicate: str | None,
    filesystem: str | pa_fs.FileSystem | None,
    parquet_read_options: ds.ParquetReadOptions | None,
    wanted_schema: pa.Schema | None,
    as_large_types: bool,
) -> ds.FileSystemDataset:
    """Makes a dataset of the table's files. `table` stays at its version meanwhile."""
    if any(_is_variant(field) or _has_variant(field.type) for field in schema):
        raise NotImplementedError(
            "pyarrow cannot read the type variant from files; use DeltaTable.scan or QueryBuilder"
        )
    table.require_whole_files(filters, predicate)
    files = table.files(filters, predicate)
    batches = table.get_add_actions(False, filters, predicate, bounds_hold=True)
    actions = pa.table(Table.from_batches(batches))
    sizes = actions.column("size_bytes").to_pylist()
    shown = wanted_schema if wanted_schema is not None else _shown(schema, as_large_types)
    if filesystem is None:
        filesystem = _own_filesystem(table, files, sizes)
    elif isinstance(filesystem, str):
        base, path = pa_fs.FileSystem.from_uri(filesystem)
        filesystem = pa_fs.SubTreeFileSystem(path, base)
    parquet = ds.ParquetFileFormat(
        read_options=parquet_read_options,
        default_fragment_scan_options=ds.ParquetFragmentScanOptions(pre_buffer=True),
    )
    kinds = [_shown(schema, large) for large in (False, True)]
    judged = [
        field
        for field in shown
        if any(field.type == _type_of(kind, field.name) for kind in kinds)
        # Writers leave NaN out of statistics, and pyarrow counts NaN as null where it is asked to.
        and not pa.types.is_floating(field.type)
    ]
    guarantees = _guarantees(actions, shown, judged, partition_columns)
    fragments = [
        parquet.make_fragment(path, filesystem, partition_expression=guarantee, file_size=size)
        for path, guarantee, size in zip(files, guarantees, sizes, strict=True)
    ]
    return ds.FileSystemDataset(fragments, shown, parquet, filesystem)


def _shown(schema: pa.Schema, as_large_types: bool) -> pa.Schema:
    convert = large_type if as_large_types else plain_type
    return pa.schema([field.with_type(convert(field.type)) for field in schema])


def _type_of(schema: pa.Schema, name: str) -> pa.DataType | None:
    index = schema.get_field_index(name)
    return schema.field(index).type if index >= 0 else None


def _guarantees(
    actions: pa.Table,
    shown: pa.Schema,
    judged: Sequence[pa.Field],
    partition_columns: Sequence[str],
) -> list[ds.Expression]:
    """What is true of every row of a file, file by file.

    The columns `judged` are shown in the table's own type, which its statistics are of. Nothing is
    promised of them that pyarrow would take for their value.
    """
    makers: list[tuple[list[list[Any]], Callable[..., ds.Expression | None]]] = []
    partitions = _members(actions, "partition")
    for name in partition_columns:
        kind = _type_of(shown, name)
        if kind is not None:
            makers.append(([_scalars(partitions[name], kind)], _partition_guarantee(name)))
    null_counts, *sides = (_members(actions, part) for part in ("null_count", "min", "max"))
    constant = set(partition_columns)
    for field in judged:
        if field.name in constant or field.name not in null_counts:
            continue
        nulls = null_counts[field.name].to_pylist()
        unknown = [None] * len(actions)
        bounds = [
            _scalars(side[field.name], field.type) if field.name in side else unknown
            for side in sides
        ]
        makers.append(([nulls, *bounds], _statistics_guarantee(field.name)))
    guarantees = []
    for i in range(len(actions)):
        parts = [make(*(column[i] for column in columns)) for columns, make in makers]
        known = [part for part in parts if part is not None]
        guarantees.append(reduce(lambda a, b: a & b, known) if known else ds.scalar(True))
    return guarantees


def _members(actions: pa.Table, part: str) -> dict[str, pa.Array]:
    """The columns of a struct, but for structs; none where there is no such struct."""
    if part not in actions.column_names:
        return {}
    members = actions.column(part).combine_chunks()
    names = [members.type.field(i).name for i in range(members.type.num_fields)]
    columns = zip(names, members.flatten(), strict=True)
    return {name: column for name, column in columns if not pa.types.is_struct(column.type)}


def _scalars(column: pa.Array, kind: pa.DataType) -> list[pa.Scalar | None]:
    return [scalar if scalar.is_valid else None for scalar in column.cast(kind)]


def _partition_guarantee(name: str) -> Callable[[pa.Scalar | None], ds.Expression]:
    column = ds.field(name)

    def make(value: pa.Scalar | None) -> ds.Expression:
        return column.is_null() if value is None else column == value

    return make


def _statistics_guarantee(name: str) -> Callable[..., ds.Expression | None]:
    column = ds.field(name)

    def make(
        nulls: int | None, low: pa.Scalar | None, high: pa.Scalar | None
    ) -> ds.Expression | None:
        parts = [column >= low] if low is not None else []
        if high is not None:
            parts.append(column <= high)
        if nulls == 0:
            parts.append(column.is_valid())
        else:  # A comparison with null is not true, so that it cannot be promised alone.
            parts = [part | column.is_null() for part in parts]
        return reduce(lambda a, b: a & b, parts) if parts else None

    return make


def _has_variant(kind: pa.DataType) -> bool:
    if getattr(kind, "extension_name", None) == "arrow.parquet.variant":
        return True
    fields = [kind.field(i) for i in range(kind.num_fields)]
    return any(_is_variant(field) or _has_variant(field.type) for field in fields)


def _is_variant(field: pa.Field) -> bool:
    return (field.metadata or {}).get(b"ARROW:extension:name") == b"arrow.parquet.variant"


def _own_filesystem(
    table: RawDeltaTable, files: Sequence[str], sizes: Sequence[int]
) -> pa_fs.FileSystem:
    # Files that are not below the root have full names.
    elsewhere = any(path.startswith("/") or "://" in path for path in files)
    is_local = table.table_uri().startswith("file:") and not elsewhere
    if is_local and are_plain(table.root(), files):
        return pa_fs.SubTreeFileSystem(table.root(), pa_fs.LocalFileSystem())
    handler = _TableFiles(table, dict(zip(files, sizes, strict=True)))
    return pa_fs.PyFileSystem(handler)


class _File(io.RawIOBase):
    """A data file, read with the table's own storage options."""

    def __init__(self, table: RawDeltaTable, path: str, size: int) -> None:
        self._table, self._path, self._size, self._position = table, path, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._size - self._position)
        length = left if size < 0 else min(size, left)
        if length == 0:
            return b""
        data = self._table.read_range(self._path, self._position, length)
        self._position += len(data)
        return data

    def readall(self) -> bytes:
        return self.read()

    def size(self) -> int:
        return self._size


class _TableFiles(pa_fs.FileSystemHandler):  # type: ignore[misc]
    """The data files of a table, to read."""

    def __init__(self, table: RawDeltaTable, sizes: dict[str, int]) -> None:
        self._table, self._sizes = table, sizes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _TableFiles) and self._table is other._table

    def __hash__(self) -> int:
        return id(self._table)

    def get_type_name(self) -> str:
        return "deltaic"

    def normalize_path(self, path: str) -> str:
        return path

    def get_file_info(self, paths: list[str]) -> list[pa_fs.FileInfo]:
        return [self._info(path) for path in paths]

    def _info(self, path: str) -> pa_fs.FileInfo:
        size = self._sizes.get(path)
        if size is None:
            return pa_fs.FileInfo(path, pa_fs.FileType.NotFound)
        return pa_fs.FileInfo(path, pa_fs.FileType.File, size=size)

    def get_file_info_selector(self, selector: pa_fs.FileSelector) -> list[pa_fs.FileInfo]:
        inside = [path for path in self._sizes if path.startswith(selector.base_dir)]
        return self.get_file_info(inside)

    def open_input_file(self, path: str) -> pa.PythonFile:
        size = self._sizes.get(path)
        if size is None:
            raise FileNotFoundError(path)
        return pa.PythonFile(_File(self._table, path, size), mode="r")

    def open_input_stream(self, path: str) -> pa.PythonFile:
        return self.open_input_file(path)

    def _refuse(self, *_: object, **__: object) -> Any:  # noqa: ANN401
        raise NotImplementedError("the files of a table are only read through its dataset")

    create_dir = delete_dir = delete_dir_contents = delete_root_dir_contents = _refuse
    delete_file = move = copy_file = open_output_stream = open_append_stream = _refuse
