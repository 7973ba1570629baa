#pragma once

// What a table becomes by rows that are written to it: as it was, with further columns, or with a
// new schema. Safe to call from any thread.

#include <deltaic/delta/operations/write_table.h>

#include "delta/write/data_file_writer.h"

namespace deltaic::delta {

/// The table as a write of rows with these columns leaves it. Throws `kInvalidArgument` for
/// partition columns and properties that are not the table's, and as `NewTable`.
TableShape EvolvedTable(const TableShape& table, const std::vector<StructField>& columns,
                        const WriteRequest& request);

}  // namespace deltaic::delta
