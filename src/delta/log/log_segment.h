#pragma once

// Finds the files of a version in a store (PROTOCOL.md, "Delta Log Entries", "Last Checkpoint
// File"). Safe to call from any thread.

#include <cstdint>
#include <optional>

#include <deltaic/delta/log/table_access.h>

#include "delta/log/log_files.h"

namespace deltaic::delta {

/// Finds the log files from `first_version` on: one listing, or requests for one file after the
/// other where the store cannot list. The latter start at 0, and at the checkpoint that
/// _last_checkpoint names, and end with the first commit that is missing. Throws `kInvalidArgument`
/// where the table's catalog contradicts itself.
LogFiles ListLogFiles(const TableAccess& access, int64_t first_version);

/// Finds the files of a version (nothing = the newest): from the checkpoint on that
/// _last_checkpoint names if that leads there, else from the whole log. Files in `unreadable` are
/// passed over.
///
/// Throws `kTableNotFound`, `kVersionNotFound` naming the versions there are, `kCorruptLog` naming
/// a missing commit, and as `ListLogFiles`.
LogSegment FindLogSegment(const TableAccess& access, std::optional<int64_t> version,
                          const UnreadableFiles& unreadable = {});

}  // namespace deltaic::delta
