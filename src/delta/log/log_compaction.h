#pragma once

// Puts commits together (PROTOCOL.md, "Log Compaction Files"). Safe to call from any thread.

#include <cstdint>
#include <string>

#include <deltaic/delta/log/table_access.h>

namespace deltaic::delta {

/// Writes what the commits from `first_version` to `last_version` come to, as one file beside them,
/// and returns its location. One that is there already stays.
///
/// Removed files and domains stay in it, since older states may have them; commitInfo, changed rows
/// and actions that nobody knows do not. Throws `kInvalidArgument` for less than two versions,
/// `kVersionNotFound` naming a commit that is not in the log, `kCorruptLog` as reading does, and
/// the errors of the store.
std::string CompactLog(const TableAccess& access, int64_t first_version, int64_t last_version);

}  // namespace deltaic::delta
