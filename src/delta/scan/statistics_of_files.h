#pragma once

// Statistics of files as the engine takes them (PROTOCOL.md, "Per-file Statistics"). Safe to call
// from any thread.

#include <cstdint>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/statistics/statistics_columns.h"

namespace deltaic::delta {

/// Which rows statistics are of.
enum class RowsThatCount : uint8_t {
  kLive,  ///< Those that no deletion vector deletes.
  kAll,   ///< Those of the data file.
};

/// Makes sure that the statistics of some files for some columns are there.
void ReadStatistics(const Snapshot& snapshot, const std::vector<StructField>& fields,
                    const std::vector<int64_t>& files);

/// Statistics of some files for some columns, as `datafusion::FileScan::files` holds them; unknown
/// where they have not been read.
RecordBatch StatisticsOf(const Snapshot& snapshot, const std::vector<StructField>& fields,
                         const std::vector<int64_t>& files,
                         RowsThatCount rows = RowsThatCount::kLive,
                         BoundsForm bounds = BoundsForm::kThatHold);

}  // namespace deltaic::delta
