"""How the Parquet files of a table are written, spelled as in `deltalake.writer`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Literal

__all__ = [
    "BloomFilterProperties",
    "ColumnProperties",
    "Compression",
    "Encoding",
    "WriterProperties",
]


class Compression(Enum):
    """A codec of data pages."""

    UNCOMPRESSED = "UNCOMPRESSED"
    SNAPPY = "SNAPPY"
    GZIP = "GZIP"
    BROTLI = "BROTLI"
    LZ4 = "LZ4"
    ZSTD = "ZSTD"
    LZ4_RAW = "LZ4_RAW"

    @classmethod
    def from_str(cls, value: str) -> Compression:
        """Returns the codec of a name, in any case.

        Raises:
            ValueError: There is no such codec.
        """
        try:
            return cls(value.upper())
        except ValueError:
            names = ", ".join(codec.value for codec in cls)
            raise ValueError(f"compression is one of {names}, not {value!r}") from None

    def get_level_range(self) -> tuple[int, int]:
        """Returns the least and the greatest level.

        Raises:
            KeyError: The codec has no levels.
        """
        return _LEVELS[self][:2]

    def get_default_level(self) -> int:
        """Returns the level where none is given.

        Raises:
            KeyError: The codec has no levels.
        """
        return _LEVELS[self][2]

    def check_valid_level(self, level: int) -> bool:
        """Returns True for a level that the codec has.

        Raises:
            ValueError: The codec does not have the level.
        """
        least, greatest = self.get_level_range()
        if not least <= level <= greatest:
            raise ValueError(
                f"the level of {self.value} is from {least} to {greatest}, not {level}"
            )
        return True


_LEVELS = {
    Compression.GZIP: (0, 10, 6),
    Compression.BROTLI: (0, 11, 1),
    Compression.ZSTD: (1, 22, 1),
}


class Encoding(Enum):
    """An encoding of values."""

    PLAIN = "PLAIN"
    RLE = "RLE"
    DELTA_BINARY_PACKED = "DELTA_BINARY_PACKED"
    DELTA_LENGTH_BYTE_ARRAY = "DELTA_LENGTH_BYTE_ARRAY"
    DELTA_BYTE_ARRAY = "DELTA_BYTE_ARRAY"
    BYTE_STREAM_SPLIT = "BYTE_STREAM_SPLIT"

    @classmethod
    def from_str(cls, value: str) -> Encoding:
        """Returns the encoding of a name, in any case.

        Raises:
            ValueError: There is no such encoding.
        """
        try:
            return cls(value.upper())
        except ValueError:
            names = ", ".join(encoding.value for encoding in cls)
            raise ValueError(f"encoding is one of {names}, not {value!r}") from None


class BloomFilterProperties:
    """Bloom filters of a column."""

    def __init__(
        self,
        set_bloom_filter_enabled: bool | None,
        fpp: float | None = None,
        ndv: int | None = None,
    ) -> None:
        """Says whether there are any.

        Args:
            set_bloom_filter_enabled: Whether filters are written.
            fpp: The rate of false positives, between 0 and 1. None is 0.05.
            ndv: The number of distinct values that is expected. None is a million.

        Raises:
            ValueError: The rate is not between 0 and 1.
        """
        if fpp is not None and not 0 < fpp < 1:
            raise ValueError("fpp must be between 0 and 1")
        self.set_bloom_filter_enabled = set_bloom_filter_enabled
        self.fpp = fpp
        self.ndv = ndv

    def __str__(self) -> str:
        return (
            f"set_bloom_filter_enabled: {self.set_bloom_filter_enabled}, "
            f"fpp: {self.fpp}, ndv: {self.ndv}"
        )

    def _properties(self) -> dict[str, object]:
        return {
            "bloom_filter_enabled": self.set_bloom_filter_enabled,
            "bloom_filter_fpp": self.fpp,
            "bloom_filter_ndv": self.ndv,
        }


class ColumnProperties:
    """How a column is written."""

    def __init__(
        self,
        dictionary_enabled: bool | None = None,
        statistics_enabled: Literal["NONE", "CHUNK", "PAGE"] | None = None,
        bloom_filter_properties: BloomFilterProperties | None = None,
        encoding: Literal[
            "PLAIN",
            "RLE",
            "DELTA_BINARY_PACKED",
            "DELTA_LENGTH_BYTE_ARRAY",
            "DELTA_BYTE_ARRAY",
            "BYTE_STREAM_SPLIT",
        ]
        | None = None,
    ) -> None:
        """Sets what is not None.

        Args:
            dictionary_enabled: Whether values go into a dictionary as long as it is small.
            statistics_enabled: Whether the file has statistics of the column, for chunks or for
                pages too. Statistics of the log are made of them: without, there are none.
            bloom_filter_properties: Bloom filters.
            encoding: The encoding of values that are in no dictionary.

        Raises:
            ValueError: There is no such encoding, or it is given together with a dictionary.
        """
        if dictionary_enabled and encoding is not None:
            raise ValueError("an encoding is for columns without a dictionary")
        self.dictionary_enabled = dictionary_enabled
        self.statistics_enabled = statistics_enabled
        self.bloom_filter_properties = bloom_filter_properties
        self.encoding = None if encoding is None else Encoding.from_str(encoding)

    def __str__(self) -> str:
        encoding = None if self.encoding is None else self.encoding.value
        return (
            f"dictionary_enabled: {self.dictionary_enabled}, "
            f"statistics_enabled: {self.statistics_enabled}, "
            f"bloom_filter_properties: {self.bloom_filter_properties}, encoding: {encoding}"
        )

    def _properties(self) -> dict[str, object]:
        bloom = self.bloom_filter_properties
        return {
            "dictionary_enabled": self.dictionary_enabled,
            "statistics_enabled": self.statistics_enabled,
            "encoding": None if self.encoding is None else self.encoding.value,
            **({} if bloom is None else bloom._properties()),
        }


class WriterProperties:
    """How Parquet files are written. What is None is left to Deltaic."""

    def __init__(
        self,
        data_page_size_limit: int | None = None,
        dictionary_page_size_limit: int | None = None,
        data_page_row_count_limit: int | None = None,
        write_batch_size: int | None = None,
        max_row_group_size: int | None = None,
        compression: Literal["UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"]
        | None = None,
        compression_level: int | None = None,
        statistics_truncate_length: int | None = None,
        default_column_properties: ColumnProperties | None = None,
        column_properties: dict[str, ColumnProperties] | None = None,
    ) -> None:
        """Sets what is not None.

        Args:
            data_page_size_limit: Bytes of a data page, about.
            dictionary_page_size_limit: Bytes of a dictionary; what exceeds them is in none.
            data_page_row_count_limit: Rows of a data page.
            write_batch_size: Rows that are encoded at once.
            max_row_group_size: Rows of a row group.
            compression: The codec of pages.
            compression_level: Its level: GZIP 0 to 10, BROTLI 0 to 11, ZSTD 1 to 22.
            statistics_truncate_length: Bytes of bounds in the file's own statistics.
            default_column_properties: Of columns that `column_properties` does not name.
            column_properties: Of columns by name; of a field of a struct as "struct.field".

        Raises:
            ValueError: There is no such codec, its level is out of range, or a level is given
                without a codec.
        """
        self.data_page_size_limit = data_page_size_limit
        self.dictionary_page_size_limit = dictionary_page_size_limit
        self.data_page_row_count_limit = data_page_row_count_limit
        self.write_batch_size = write_batch_size
        self.max_row_group_size = max_row_group_size
        self.compression = _codec(compression, compression_level)
        self.statistics_truncate_length = statistics_truncate_length
        self.default_column_properties = default_column_properties
        self.column_properties = column_properties

    def __str__(self) -> str:
        columns = None
        if self.column_properties is not None:
            columns = {name: str(column) for name, column in self.column_properties.items()}
        return (
            f"WriterProperties(data_page_size_limit: {self.data_page_size_limit}, "
            f"dictionary_page_size_limit: {self.dictionary_page_size_limit}, "
            f"data_page_row_count_limit: {self.data_page_row_count_limit}, "
            f"write_batch_size: {self.write_batch_size}, "
            f"max_row_group_size: {self.max_row_group_size}, compression: {self.compression}, "
            f"statistics_truncate_length: {self.statistics_truncate_length},"
            f"default_column_properties: {self.default_column_properties}, "
            f"column_properties: {columns})"
        )


def _codec(compression: str | None, level: int | None) -> str | None:
    if compression is None:
        if level is not None:
            raise ValueError("compression_level needs a compression")
        return None
    codec = Compression.from_str(compression)
    if codec not in _LEVELS:
        return codec.value
    if level is None:
        level = codec.get_default_level()
    codec.check_valid_level(level)
    return f"{codec.value}({level})"


def to_native(properties: WriterProperties | None) -> dict[str, str]:
    """Returns the properties as texts by the names that docs/writing.md lists."""
    if properties is None:
        return {}
    named: dict[str, object] = {
        "compression": properties.compression,
        "data_page_size_limit": properties.data_page_size_limit,
        "dictionary_page_size_limit": properties.dictionary_page_size_limit,
        "data_page_row_count_limit": properties.data_page_row_count_limit,
        "write_batch_size": properties.write_batch_size,
        "max_row_group_size": properties.max_row_group_size,
        "statistics_truncate_length": properties.statistics_truncate_length,
    }
    if properties.default_column_properties is not None:
        named.update(properties.default_column_properties._properties())
    for column, of_column in (properties.column_properties or {}).items():
        for name, value in of_column._properties().items():
            named[f"column.{column}.{name}"] = value
    return _texts(named)


def _texts(named: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value).lower() for name, value in named.items() if value is not None}
