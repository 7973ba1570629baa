#pragma once

// Which rows of a snapshot an operation changes, by file and position. Safe to call from any
// thread.

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <deltaic/columnar/record_batch_stream.h>
#include <deltaic/datafusion/data_frame.h>
#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/protocol/row_bitmap.h"

namespace deltaic::delta {

/// Rows of live files: positions by the number of the file. No set is empty.
using RowsByFile = std::map<int64_t, RowSet>;

/// Runs a query over `RowsWithIdentity`, whose last column is that of the identities, and collects
/// these, each once. Memory: a bit a row, and less where few rows or long runs are found.
RowsByFile CollectRows(const datafusion::DataFrame& rows);

/// The rows of the table for which `predicate`, SQL over its columns, is true. Throws the errors of
/// the query.
RowsByFile RowsMatching(const std::shared_ptr<const Snapshot>& snapshot,
                        const std::string& predicate);

}  // namespace deltaic::delta
