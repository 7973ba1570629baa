#pragma once

// What statements do to the rows of a table. Safe to call from any thread.

#include <cstdint>
#include <memory>

#include <deltaic/datafusion/table_provider.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// Writes the rows of an INSERT to a table and returns their number. Columns that the statement
/// left out are filled as the table says, or null. Throws as `WriteTable`.
int64_t InsertRows(const std::shared_ptr<const Snapshot>& snapshot,
                   const datafusion::DataFrame& rows, datafusion::InsertMode mode);

/// The rows of a snapshot with their identities, to be deleted by `TableProvider::Delete`, which
/// throws as `DeleteRows`.
std::shared_ptr<const datafusion::TableProvider> RowsToChange(
    const std::shared_ptr<const Snapshot>& snapshot);

}  // namespace deltaic::delta
