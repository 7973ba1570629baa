#pragma once

// Finds the files of a version in a store (PROTOCOL.md, "Delta Log Entries", "Last Checkpoint
// File"). Safe to call from any thread.

#include <cstdint>
#include <optional>

#include <deltaic/datafusion/object_store.h>

#include "delta/log/log_files.h"

namespace deltaic::delta {

/// Finds the log files from `first_version` on: one listing, or requests for one file after the
/// other where the store cannot list. The latter start at 0, and at the checkpoint that
/// _last_checkpoint names, and end with the first commit that is missing.
LogFiles ListLogFiles(const datafusion::ObjectStore& store, int64_t first_version);

/// Finds the files of a version (nothing = the newest): from the checkpoint on that
/// _last_checkpoint names if that leads there, else from the whole log. Checkpoints in
/// `unreadable` are passed over.
///
/// Throws `kTableNotFound`, `kVersionNotFound` naming the versions there are, `kCorruptLog` naming
/// a missing commit, `kUnsupportedFeature` where only a V2 checkpoint leads there.
LogSegment FindLogSegment(const datafusion::ObjectStore& store, std::optional<int64_t> version,
                          const CheckpointIds& unreadable = {});

}  // namespace deltaic::delta
