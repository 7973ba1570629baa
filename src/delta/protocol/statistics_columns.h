#pragma once

// Statistics of files as the columns that the engine takes (`FileScan::files`), built row by row.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/protocol/data_type.h>

#include "delta/protocol/statistics_bound.h"

namespace deltaic::delta {

/// A count that is unknown where it is negative.
using StatisticsCount = int64_t;
constexpr StatisticsCount kUnknownCount = -1;

/// What a file's statistics say of one column.
struct ColumnStatistics {
  StatisticsCount null_count = kUnknownCount;
  Bound min;
  Bound max;
};

/// Builds the batch. Exclusive access; used up by `Finish`.
class StatisticsColumns {
 public:
  /// `columns` are primitive. Room is made for `num_rows` rows.
  StatisticsColumns(const std::vector<StructField>& columns, int64_t num_rows);
  ~StatisticsColumns();

  /// Adds a file; `statistics` holds an entry a column. Unknown bounds and those of types that
  /// have none are null. `is_tight` says whether certain bounds occur in the file.
  void Append(StatisticsCount num_records, const std::vector<ColumnStatistics>& statistics,
              bool is_tight);

  RecordBatch Finish();

 private:
  struct Arrays;
  std::vector<DataType> types_;
  std::unique_ptr<Arrays> arrays_;
};

}  // namespace deltaic::delta
