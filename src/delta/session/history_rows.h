#pragma once

// The history of a table as rows. Pure functions.

#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/log/history.h>

namespace deltaic::delta {

/// The rows of the function delta_history: commits with some members of their commitInfo as text,
/// and all of it as JSON.
RecordBatch ListHistory(const std::vector<HistoryEntry>& history);

/// The rows of `DESCRIBE HISTORY`: the columns of Spark's statement, in its types. A member of a
/// commitInfo that is missing or is of another type is null.
RecordBatch DescribeHistory(const std::vector<HistoryEntry>& history);

}  // namespace deltaic::delta
