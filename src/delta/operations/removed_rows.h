#pragma once

// What becomes of the files that an operation takes rows out of. Safe to call from any thread.

#include <cstdint>
#include <vector>

#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/operations/matching_rows.h"

namespace deltaic::delta {

/// A file that loses rows.
struct ReducedFile {
  int64_t file = 0;         ///< Its number among the live files.
  RowSet deleted;           ///< With those that were deleted before.
  RowSet newly_deleted;     ///< Those of the operation.
  int64_t num_records = 0;  ///< Physical rows, deleted or not.
};

/// Rows on their way out of a table.
struct RemovedRows {
  std::vector<ReducedFile> whole;    ///< Files that lose all rows they had left.
  std::vector<ReducedFile> reduced;  ///< Files that keep some.
  int64_t num_rows = 0;              ///< Of the operation.
};

/// Sorts the files of `rows`, which are live ones. Reads their deletion vectors, and footers where
/// the log does not say how many records a file has. Throws as `ReadDeletedRows`, and `kInternal`
/// for a row that its file does not have.
RemovedRows SortRemovedRows(const Snapshot& snapshot, const RowsByFile& rows);

/// How many rows live file number `file` has by its footer.
int64_t CountStoredRows(const Snapshot& snapshot, int64_t file);

/// How many rows some live files have, deleted ones apart. Reads the footers of files of which the
/// log does not say it.
int64_t CountLiveRows(const Snapshot& snapshot, const std::vector<int64_t>& files);

}  // namespace deltaic::delta
