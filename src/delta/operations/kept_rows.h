#pragma once

// Rows of a table that are written again as they are, to other files. Nothing runs here. Safe to
// call from any thread.

#include <memory>

#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/operations/removed_rows.h"
#include "delta/write/data_file_writer.h"

namespace deltaic::delta {

/// Rows to write, and the table as their files are to be.
struct KeptRows {
  TableRows rows;
  TableShape shape;
};

/// The rows that stay of `files`, as the table is from now on: columns that it did not have before
/// are null. Where the table tracks rows they keep their ids and commit versions ("Row Tracking").
/// Throws `kCorruptLog` where the table does not name the columns for these.
KeptRows RowsThatStay(const std::shared_ptr<const Snapshot>& snapshot,
                      const std::vector<ReducedFile>& files, TableShape shape);

}  // namespace deltaic::delta
