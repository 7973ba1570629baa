#pragma once

// Bounds of bounds: the statistics of a checkpoint's Parquet file about its typed statistics, by
// runs of rows, which tells of many files at once whether a query can want any of them.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <deltaic/datafusion/object_store.h>
#include <deltaic/datafusion/parquet_file.h>

#include "delta/log/checkpoint/checkpoint_batch.h"
#include "delta/statistics/statistics_leaves.h"

namespace deltaic::delta {

/// The runs of rows of one file.
class RowRuns {
 public:
  RowRuns() = default;
  /// `first_rows` ascend; the last run has no end. The first run has the number `first_run`.
  RowRuns(std::vector<int64_t> first_rows, uint32_t first_run)
      : first_rows_(std::move(first_rows)), first_run_(first_run) {}

  /// The first run that has some of the rows, and the one after the last; none where one of the
  /// rows is in no run.
  std::pair<uint32_t, uint32_t> Of(const datafusion::RowRange& rows) const;

 private:
  std::vector<int64_t> first_rows_;
  uint32_t first_run_ = 0;
};

/// The least `min` and the greatest `max` of top-level columns, by their stored names, in the
/// statistics of each run of rows of a file, where every row has both. Columns of integers, dates
/// and timestamps have such bounds. Reading them throws as reading the file does.
///
/// A file of the table whose own bounds contradict each other counts with both of them.
class CheckpointBounds {
 public:
  CheckpointBounds(const datafusion::ObjectMeta& file, const datafusion::ParquetFile& parquet,
                   const std::vector<std::string>& columns);

  /// Adds a row to `leaves` for each run.
  RowRuns AppendTo(StatisticsLeavesBuilder& leaves) const;

 private:
  const std::vector<std::string>& columns_;
  const CheckpointBatch runs_;
};

}  // namespace deltaic::delta
