#pragma once

// Record batches as the bytes of a Parquet file (the writer of the crate parquet). Where the bytes
// go is up to the caller. One thread at a time.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/schema.h>

namespace deltaic::datafusion {

struct ParquetSettings {
  /// "uncompressed", "snappy", "gzip", "lz4_raw" or "zstd".
  std::string compression = "zstd";
  int64_t row_group_rows = int64_t{1} << 20;
  /// Leaves whose values hardly repeat, as paths with dots: no dictionary is tried for them.
  std::vector<std::string> plain_columns = {};
};

/// Encodes one file. Holds the row group at hand in its encoded form, and bytes that were not
/// taken. A linear resource.
class ParquetEncoder {
 public:
  /// `schema` is that of the file. Throws `kInvalidArgument` for a type that Parquet lacks and for
  /// an unknown compression.
  ParquetEncoder(const Schema& schema, const ParquetSettings& settings);
  ParquetEncoder(ParquetEncoder&&) noexcept;
  ~ParquetEncoder();

  /// Adds rows, all without `rows`. Columns and fields go by their names at every depth: those that
  /// the batch lacks are null, others are left out, and values are cast to the file's types. Throws
  /// `kExecution` for a value that does not fit; the file cannot be continued after an error.
  void Write(const RecordBatch& batch, std::optional<std::span<const uint32_t>> rows = {});

  /// Bytes of the file, which follow those that were given before. Valid until the next call.
  std::string_view Take();

  /// Ends the file and returns the rest of its bytes, as `Take` does.
  std::string_view Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace deltaic::datafusion
