from collections.abc import Iterator
from typing import Literal, TypeAlias, TypedDict

from deltaic._native_filters import NativeFilters

DATAFUSION_MAJOR_VERSION: int

# The newest version, and commits of the catalog: version, path, content.
NativeCommits: TypeAlias = tuple[int, list[tuple[int, str, str | None]]]

# Custom metadata, retries, application transactions, if_committed, checkpoint, cleanup.
NativeCommit: TypeAlias = tuple[
    dict[str, str], int | None, list[tuple[str, int, int | None]], str, bool, bool | None
]

# Path, size, modification time, partition values, statistics.
NativeFile: TypeAlias = tuple[str, int, int, dict[str, str | None], str]

class ArrowSchema:
    def __arrow_c_schema__(self) -> object: ...

class Batch:
    @property
    def num_rows(self) -> int: ...
    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...

class BatchStream:
    @property
    def schema(self) -> ArrowSchema: ...
    def __iter__(self) -> Iterator[Batch]: ...
    def __next__(self) -> Batch: ...

class RawMetadata(TypedDict):
    id: str
    name: str | None
    description: str | None
    partition_columns: list[str]
    created_time: int | None
    configuration: dict[str, str]

class RawDeltaTable:
    def version(self) -> int: ...
    def table_uri(self) -> str: ...
    def warnings(self) -> list[str]: ...
    def schema_json(self) -> str: ...
    def metadata(self) -> RawMetadata: ...
    def protocol(self) -> tuple[int, int, list[str] | None, list[str] | None]: ...
    def pinned(self) -> RawDeltaTable: ...
    def files(
        self, filters: NativeFilters | None = None, predicate: str | None = None
    ) -> list[str]: ...
    def file_uris(
        self, filters: NativeFilters | None = None, predicate: str | None = None
    ) -> list[str]: ...
    def partitions(
        self, filters: NativeFilters | None = None, predicate: str | None = None
    ) -> list[list[str | None]]: ...
    def get_add_actions(
        self,
        flatten: bool = False,
        filters: NativeFilters | None = None,
        predicate: str | None = None,
        bounds_hold: bool = False,
    ) -> list[Batch]: ...
    def filter_sql(self, filters: NativeFilters, of_partitions: bool) -> str: ...
    def get_add_file_sizes(self) -> dict[str, int]: ...
    def history(self, limit: int | None = None) -> list[str]: ...
    def detail(self) -> Batch: ...
    def transaction_version(self, app_id: str) -> int | None: ...
    def deletion_vectors(self) -> BatchStream: ...
    def require_whole_files(
        self, filters: NativeFilters | None = None, predicate: str | None = None
    ) -> None: ...
    def root(self) -> str: ...
    def read_range(self, location: str, offset: int, length: int) -> bytes: ...
    @staticmethod
    def is_deltatable(table_uri: str, storage_options: dict[str, str] | None = None) -> bool: ...
    def load_version(self, version: int) -> None: ...
    def load_timestamp(self, timestamp_ms: int) -> None: ...
    def refresh(self, catalog: NativeCommits | None = None) -> None: ...
    def create_checkpoint(self) -> None: ...
    def cleanup_metadata(self) -> list[str]: ...
    def compact_logs(self, first_version: int, last_version: int) -> None: ...
    def verify_checksum(
        self,
    ) -> tuple[Literal["absent", "unreadable", "matches", "differs"], list[str]]: ...
    def scan(
        self,
        columns: list[str] | None,
        predicate: str | None,
        options: ScanOptions,
    ) -> BatchStream: ...
    def count(self) -> int: ...

class ScanOptions:
    def __init__(
        self, file_column: str | None, metadata: bool, partition_time_zone: str | None
    ) -> None: ...

class Session:
    def register_table(
        self,
        name: str,
        table: RawDeltaTable,
        refresh: bool,
        options: ScanOptions,
    ) -> None: ...
    def register_catalog(self, name: str, uri: str, storage_options: dict[str, str]) -> None: ...
    def execute(self, sql: str) -> BatchStream: ...
    def first_rows_as_text(self, sql: str, max_rows: int) -> str: ...

def open_table(
    uri: str,
    version: int | None,
    timestamp_ms: int | None,
    storage_options: dict[str, str],
    catalog: NativeCommits | None,
) -> RawDeltaTable: ...
def summarize_table(
    uri: str, storage_options: dict[str, str], catalog: NativeCommits | None
) -> tuple[
    int,
    tuple[int, int, list[str] | None, list[str] | None],
    RawMetadata,
    int,
    int,
    bool,
]: ...
def scalar_function_names() -> list[str]: ...
def scalar_function_capsule(name: str) -> object: ...
def is_delta_table(uri: str, storage_options: dict[str, str]) -> bool: ...
def make_session(settings: dict[str, str], storage_options: dict[str, str]) -> Session: ...
def table_provider_capsule(
    table: RawDeltaTable, logical_codec: object, options: ScanOptions
) -> object: ...
def write_table(
    uri: str,
    storage_options: dict[str, str],
    table: RawDeltaTable | None,
    rows: object,
    modes: dict[str, str],
    partition_by: list[str] | None,
    name: str | None,
    description: str | None,
    configuration: dict[str, str],
    predicate: str | None,
    target_file_size: int | None,
    writer_properties: dict[str, str],
    commit: NativeCommit,
) -> RawDeltaTable | None: ...
def delete_rows(
    table: RawDeltaTable,
    predicate: str | None,
    writer_properties: dict[str, str],
    commit: NativeCommit,
) -> tuple[RawDeltaTable, dict[str, int]]: ...
def create_table(
    uri: str,
    storage_options: dict[str, str],
    schema_json: str,
    mode: str,
    partition_by: list[str] | None,
    name: str | None,
    description: str | None,
    configuration: dict[str, str],
    keeps_unknown_properties: bool,
    files: list[NativeFile],
    commit: NativeCommit,
) -> RawDeltaTable: ...
def convert_to_table(
    uri: str,
    storage_options: dict[str, str],
    mode: str,
    partition_schema_json: str | None,
    partition_strategy: str,
    name: str | None,
    description: str | None,
    configuration: dict[str, str],
    collect_stats: bool,
    commit: NativeCommit,
) -> None: ...
def commit_files(
    table: RawDeltaTable,
    added: list[NativeFile],
    data_change: bool,
    removed: list[tuple[str, bool, int | None]],
    replaced: NativeFilters | None,
    commit: NativeCommit,
) -> RawDeltaTable: ...
def check_store(
    uri: str, storage_options: dict[str, str], rounds: int, writers: int
) -> list[tuple[str, bool, str]]: ...
def schema_json_of_arrow(schema: object) -> str: ...
