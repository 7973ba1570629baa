#pragma once

// Deleted rows as the engine takes them: rows of a file that it skips. Safe to call from any
// thread.

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/datafusion/table_provider.h>
#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/protocol/row_bitmap.h"

namespace deltaic::delta {

/// The column `rows_to_skip` of some files, see `datafusion::FileScan::files`. Throws as
/// `DeletionVectorOf`.
RecordBatch RowsToSkip(const Snapshot& snapshot, const std::vector<int64_t>& files);

/// The same where other rows are to be skipped than those that are deleted: `skipped`, by the
/// number of their file.
RecordBatch RowsToSkip(const Snapshot& snapshot, const std::map<int64_t, RowSet>& skipped);

/// Reads deletion vectors by what `RowsToSkip` says about them, and keeps what it read for the
/// snapshot and its successors. Throws as `ReadDeletedRows`.
std::shared_ptr<const datafusion::RowSkipper> MakeRowSkipper(const Snapshot& snapshot);

/// The same, or null where no file has a deletion vector.
std::shared_ptr<const datafusion::RowSkipper> RowSkipperOf(const Snapshot& snapshot);

}  // namespace deltaic::delta
