#pragma once

// Which rows of a snapshot an operation changes, by file and position. Safe to call from any
// thread.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <deltaic/columnar/record_batch_stream.h>
#include <deltaic/datafusion/data_frame.h>
#include <deltaic/datafusion/expression.h>
#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/protocol/row_bitmap.h"

namespace deltaic::delta {

/// Rows of live files: positions by the number of the file. No set is empty.
using RowsByFile = std::map<int64_t, RowSet>;

/// Runs a query over `RowsWithIdentity`, whose last column is that of the identities, and collects
/// these, each once. Memory: a bit a row, and less where few rows or long runs are found.
RowsByFile CollectRows(const datafusion::DataFrame& rows);

/// Files that may have a row for which a predicate is true, as far as the log knows.
struct CandidateFiles {
  std::vector<int64_t> files;  ///< Numbers of live files, ascending.
  bool are_whole = false;      ///< Whether it is true for every row of theirs.
};
CandidateFiles FilesWithMatches(const Snapshot& snapshot, const datafusion::Expression& predicate);

/// The rows of the table for which `predicate`, SQL over its columns, is true. Throws the errors of
/// the query.
RowsByFile RowsMatching(const std::shared_ptr<const Snapshot>& snapshot,
                        const std::string& predicate);

}  // namespace deltaic::delta
