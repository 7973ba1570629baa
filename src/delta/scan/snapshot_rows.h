#pragma once

// The rows of a snapshot as operations read them: the table's columns, nothing added.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <deltaic/datafusion/table_provider.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// The rows of some live files, by their numbers; with `path_column` a column of that name with the
/// location of each row's file. Safe to call from any thread.
std::shared_ptr<const datafusion::TableProvider> RowsOfFiles(
    const std::shared_ptr<const Snapshot>& snapshot, const std::vector<int64_t>& files,
    const std::string& path_column = "");

}  // namespace deltaic::delta
