#pragma once

// Reads the deletion vectors of live files (PROTOCOL.md, "Deletion Vectors").

#include <vector>

#include <deltaic/datafusion/object_store.h>

#include "delta/scan/deletion_vector_source.h"
#include "delta/snapshot/deleted_rows_cache.h"

namespace deltaic::delta {

/// Which rows of a live file are deleted: with one or two requests to the store, or none for an
/// inline vector or one that `cache` has. `stores` are those that `FilePlace::store` counts. Safe
/// to call from any thread.
///
/// Throws, naming the file: `kCorruptData` for a vector that is damaged, contradicts the log, or
/// deletes rows that the file does not have by the log; `kCorruptLog` for an inline one that is no
/// text of one; `kFileNotFound`; `kResourcesExhausted` for a vector that is too great.
RowSetPtr ReadDeletedRows(const DeletionVectorSource& source,
                          const std::vector<datafusion::ObjectStore>& stores,
                          DeletedRowsCache& cache);

/// Which rows of live file number `file` are deleted; none where it has no vector. Throws as the
/// above and as `DeletionVectorOf`.
RowSetPtr ReadDeletedRows(const Snapshot& snapshot, int64_t file);

}  // namespace deltaic::delta
