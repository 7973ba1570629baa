#pragma once

// Finds the files of a version in a store (PROTOCOL.md, "Delta Log Entries", "Last Checkpoint
// File"). Safe to call from any thread.

#include <cstdint>
#include <optional>

#include <deltaic/datafusion/object_store.h>
#include <deltaic/delta/log/catalog_commits.h>

#include "delta/log/log_files.h"

namespace deltaic::delta {

/// Finds the log files from `first_version` on: one listing, or requests for one file after the
/// other where the store cannot list. The latter start at 0, and at the checkpoint that
/// _last_checkpoint names, and end with the first commit that is missing. Where `catalog` is not
/// null, it says which commits there are; throws `kInvalidArgument` where it contradicts itself.
LogFiles ListLogFiles(const datafusion::ObjectStore& store, int64_t first_version,
                      const CatalogCommits* catalog = nullptr);

/// Finds the files of a version (nothing = the newest): from the checkpoint on that
/// _last_checkpoint names if that leads there, else from the whole log. Files in `unreadable` are
/// passed over.
///
/// Throws `kTableNotFound`, `kVersionNotFound` naming the versions there are, `kCorruptLog` naming
/// a missing commit, and as `ListLogFiles`.
LogSegment FindLogSegment(const datafusion::ObjectStore& store, std::optional<int64_t> version,
                          const UnreadableFiles& unreadable = {},
                          const CatalogCommits* catalog = nullptr);

}  // namespace deltaic::delta
