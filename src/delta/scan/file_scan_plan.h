#pragma once

// A query's request on a snapshot, turned into the list of Parquet files that answers it.

#include <cstdint>
#include <map>
#include <memory>

#include <deltaic/datafusion/table_provider.h>
#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/protocol/row_bitmap.h"
#include "delta/scan/table_columns.h"

namespace deltaic::delta {

/// More files than these are described when the plan needs them.
inline constexpr size_t kManyFiles = 1000;

/// Selects the files and attaches partition values and statistics to each. Safe to call from any
/// thread. Throws `kCorruptLog` for paths and partition values of the log that make no sense.
datafusion::FileScan PlanFileScan(const std::shared_ptr<const Snapshot>& snapshot,
                                  const std::shared_ptr<const TableColumns>& columns,
                                  const DeltaScanConfig& config,
                                  const datafusion::ScanRequest& request);

/// Reads live files whole but for `skipped`, rows by the number of their file, whatever deletion
/// vectors the files have. Without statistics. Otherwise as `PlanFileScan`.
datafusion::FileScan PlanRowScan(const std::shared_ptr<const Snapshot>& snapshot,
                                 const std::shared_ptr<const TableColumns>& columns,
                                 const std::map<int64_t, RowSet>& skipped);

}  // namespace deltaic::delta
