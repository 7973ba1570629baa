#pragma once

// Deleted rows as the engine takes them: rows of a file that it skips (`FileScan::rows_to_skip`).
// Safe to call from any thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// Whether rows of some files are skipped: a batch of one column, `skips_rows`.
RecordBatch SkipsRows(const Snapshot& snapshot, const std::vector<int64_t>& files);

/// Reads the rows to skip of one of `files`, by its place among them, when it is asked; nothing
/// where no file of the snapshot has any. Throws as `ReadDeletedRows` does.
std::function<RecordBatch(int64_t)> RowsToSkip(std::shared_ptr<const Snapshot> snapshot,
                                               std::shared_ptr<const std::vector<int64_t>> files);

}  // namespace deltaic::delta
