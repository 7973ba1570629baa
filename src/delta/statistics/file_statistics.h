#pragma once

// The statistics of files: JSON texts in the log, typed columns for the engine (PROTOCOL.md,
// "Per-file Statistics"). Pure functions over a range of rows.

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/protocol/data_type.h>

#include "delta/statistics/deletion_vector_column.h"
#include "delta/statistics/statistics_columns.h"

namespace deltaic::delta {

/// Which statistics are wanted.
struct StatisticsRequest {
  /// Top-level columns.
  std::vector<StructField> columns;
  /// By row, what is deleted of the files.
  DeletionVectorColumn deletion_vectors = {};
  BoundsForm bounds = BoundsForm::kThatHold;
};

/// The JSON text of a row; empty where there is none. The view must last until the next call.
using StatisticsText = std::function<std::string_view(int64_t row)>;

/// Types the statistics of the rows `begin` to `end`, as `StatisticsColumnBuilder` and
/// `MakeStatistics` do.
RecordBatch ParseFileStatistics(const StatisticsRequest& request, int64_t begin, int64_t end,
                                const StatisticsText& text);

}  // namespace deltaic::delta
