#pragma once

// Rows as changes: what change files hold (PROTOCOL.md, "Add CDC File"). Nothing runs here. Safe to
// call from any thread.

#include <cstdint>
#include <memory>
#include <vector>

#include <deltaic/datafusion/data_frame.h>
#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/operations/removed_rows.h"
#include "delta/write/data_file_writer.h"

namespace deltaic::delta {

/// The rows that files lose, as they are: of `reduced` those of the operation, of `whole`, live
/// files by their numbers, all that they had left. Throws as `ReadDeletedRows`.
datafusion::DataFrame LostRows(const std::shared_ptr<const Snapshot>& snapshot,
                               const std::vector<ReducedFile>& reduced,
                               const std::vector<int64_t>& whole);

/// All rows of data files that no version has.
datafusion::DataFrame RowsOfNewFiles(const Snapshot& table, const std::vector<AddFile>& files);

/// The rows, which have the columns of `shape`, with the type of their change, as
/// `WriteChangeFiles` takes them.
datafusion::DataFrame AsChanges(const datafusion::DataFrame& rows, const TableShape& shape,
                                const char* change_type);

}  // namespace deltaic::delta
