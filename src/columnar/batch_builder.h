#pragma once

// Puts a record batch together from whole columns. One thread at a time.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <nanoarrow/nanoarrow.hpp>

#include "columnar/column_builder.h"

namespace deltaic {

/// Columns under construction; all must have the same number of rows.
class BatchBuilder {
 public:
  explicit BatchBuilder(int64_t num_rows) : num_rows_(num_rows) {}

  /// Adds a column of int64 without nulls.
  void AddInt64(std::string_view name, const std::vector<int64_t>& values);

  /// Adds a column that is null where a value is nothing.
  void AddOptionalInt64(std::string_view name, const std::vector<std::optional<int64_t>>& values);

  /// Adds a column of truth values without nulls.
  void AddBooleans(std::string_view name, const std::vector<bool>& values);

  /// Adds a column of strings without nulls, less than 2 GiB in all.
  void AddStrings(std::string_view name, const std::vector<std::string>& values);

  /// Adds a column of strings, less than 2 GiB in all.
  void AddNullableStrings(std::string_view name,
                          const std::vector<std::optional<std::string>>& values);

  /// Adds a column of timestamps without nulls: milliseconds since the Unix epoch, in UTC.
  void AddTimestamps(std::string_view name, const std::vector<int64_t>& values);

  /// Adds `rows` as one column, a struct.
  void AddStruct(std::string_view name, const RecordBatch& rows);

  /// Adds column `column` of `rows`, under its name.
  void AddColumn(const RecordBatch& rows, int64_t column);

  /// Adds column `column` of `rows` under another name.
  void AddColumn(std::string_view name, const RecordBatch& rows, int64_t column);

  /// Adds all columns of `rows`, under their names.
  void AddColumns(const RecordBatch& rows);

  /// Adds a column that was built value after value.
  void Add(ColumnBuilder column);

  /// Adds a finished array as a column, with the name that its schema has.
  void AddArray(nanoarrow::UniqueSchema schema, nanoarrow::UniqueArray array);

  /// Returns the batch; the builder is empty then.
  RecordBatch Finish();

 private:
  void AddNumbers(std::string_view name, const std::vector<int64_t>& values, const char* format);

  int64_t num_rows_;
  std::vector<nanoarrow::UniqueSchema> schemas_;
  std::vector<nanoarrow::UniqueArray> arrays_;
};

}  // namespace deltaic
