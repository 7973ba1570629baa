#pragma once

// Which files of a snapshot can hold a row that a query wants, judged by the log alone: partition
// values first, then statistics (PROTOCOL.md, "Partition Value Serialization", "Per-file
// Statistics"). Pure functions of immutable values; safe to call from any thread.

#include <cstdint>
#include <vector>

#include <deltaic/datafusion/table_provider.h>
#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/scan/table_columns.h"

namespace deltaic::delta {

/// The files to read, as numbers in the snapshot's files, and why the others are left out.
struct SelectedFiles {
  std::vector<int64_t> files;
  int64_t pruned_by_partition = 0;
  int64_t pruned_by_statistics = 0;
  int64_t pruned_by_limit = 0;
};

/// Selects the files for a request. A file is left out only if no row of it can satisfy all
/// filters, or if the files before it hold as many rows as the limit asks for and the choice of
/// files decides all filters.
SelectedFiles SelectFiles(const Snapshot& snapshot, const TableColumns& columns,
                          const datafusion::ScanRequest& request);

/// Every file of a snapshot.
SelectedFiles AllFiles(const Snapshot& snapshot);

/// Whether the choice of files decides a deterministic filter: it holds for every row of the files
/// that `SelectFiles` keeps.
bool IsDecidedByFiles(const datafusion::Expression& filter, const TableColumns& columns);

}  // namespace deltaic::delta
