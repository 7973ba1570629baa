#pragma once

// Reads the deletion vectors of live files (PROTOCOL.md, "Deletion Vectors").

#include <cstdint>
#include <optional>

#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/snapshot/deleted_rows_cache.h"

namespace deltaic::delta {

/// Which rows of live file number `file` are deleted: with one or two requests to the store, or
/// none for an inline vector or one that was read lately. Safe to call from any thread.
///
/// Throws, naming the file: `kCorruptData` for a vector that is damaged, contradicts the log, or
/// deletes rows that the file does not have by the log; `kFileNotFound`; `kCorruptLog` and
/// `kUnsupportedFeature` for a path that does not lead into the table; `kResourcesExhausted` for a
/// vector that is too great.
RowSetPtr ReadDeletedRows(const Snapshot& snapshot, int64_t file);

/// How many records live file number `file` has by the log, deleted or not.
std::optional<int64_t> RecordsOf(const Snapshot& snapshot, int64_t file);

}  // namespace deltaic::delta
