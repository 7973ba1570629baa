#pragma once

// Marks rows of data files as deleted (PROTOCOL.md, "Deletion Vectors", "Writer Requirement for
// Deletion Vectors"). One thread at a time.

#include <cstdint>
#include <vector>

#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/operations/removed_rows.h"
#include "delta/transaction/transaction.h"
#include "delta/write/deletion_vector_files.h"

namespace deltaic::delta {

/// What marking has done.
struct VectorMetrics {
  int64_t num_added = 0;    ///< Files that had no vector.
  int64_t num_updated = 0;  ///< Files that had another.
};

/// Stages each file anew with a vector of all its deleted rows, which `vectors` takes. All else
/// that the log has of a file stays, but that its bounds are no longer tight. Reads the log for it.
/// Throws as `ReadLiveAddActions` and `DeletionVectorFiles::Add`.
VectorMetrics StageVectors(const Snapshot& snapshot, const std::vector<ReducedFile>& files,
                           int64_t deletion_ms, DeletionVectorFiles& vectors,
                           Transaction& transaction);

/// Statistics that say `num_records` and that their bounds are wide; members that are there stay as
/// they are spelled.
std::string WithWideBounds(const std::optional<std::string>& stats, int64_t num_records);

}  // namespace deltaic::delta
