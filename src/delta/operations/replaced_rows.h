#pragma once

// The files that an overwrite takes out of a table, and the rows of theirs that stay. Safe to call
// from any thread.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <deltaic/datafusion/expression.h>
#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/actions/file_actions.h"
#include "delta/operations/removed_rows.h"
#include "delta/transaction/read_scope.h"

namespace deltaic::delta {

/// What an overwrite replaces.
struct ReplacedRows {
  std::vector<int64_t> files;  ///< Live files to remove, by number.
  /// Those of them with rows that are not replaced, which must be written again.
  std::vector<ReducedFile> reduced = {};
  ReadScope reads = {};
};

/// All rows of the table.
ReplacedRows ReplaceTable(const Snapshot& snapshot);

/// Reads a predicate over the table's columns. Throws `kInvalidSql`, and `kInvalidArgument` for one
/// that does not give the same answer each time.
datafusion::Expression CheckPredicate(const Snapshot& snapshot, const std::string& predicate);

/// The rows for which `predicate`, SQL over the table's columns, is true. Files are read only where
/// the log does not decide the predicate. Throws as `CheckPredicate`, and the errors of the query.
ReplacedRows ReplaceWhere(const std::shared_ptr<const Snapshot>& snapshot,
                          const std::string& predicate);

/// The rows of the partitions that `files` are in.
ReplacedRows ReplacePartitions(const Snapshot& snapshot, const std::vector<AddFile>& files);

}  // namespace deltaic::delta
