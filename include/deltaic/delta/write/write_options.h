#pragma once

// How rows become data files, and what they may change of the table's schema. Plain values.

#include <cstdint>
#include <optional>

#include <deltaic/base/options.h>

namespace deltaic::delta {

/// What rows may change of the schema of the table that they are written to.
enum class SchemaMode : uint8_t {
  kStrict,     ///< Nothing: the rows have the table's columns, but those that it fills itself.
  kMerge,      ///< New columns are added, at any depth; columns that the rows lack are null.
  kOverwrite,  ///< The table gets the schema of the rows. For an overwrite of all rows only.
};

/// How data files are written.
struct WriterOptions {
  /// Bytes after which a file is closed; nothing = the table property `delta.targetFileSize`, or
  /// 100 MiB.
  std::optional<int64_t> target_file_size = {};
  /// Properties of the Parquet writer by their names; docs/writing.md lists them. The compression
  /// is that of the table property `delta.parquet.compression.codec`, or snappy, where they say
  /// none.
  Options parquet = {};
};

}  // namespace deltaic::delta
