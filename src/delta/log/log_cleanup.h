#pragma once

// Removes what has expired of a log (PROTOCOL.md, "Metadata Cleanup"). Safe to call from any
// thread, beside readers, writers and other cleanups.

#include <cstdint>
#include <string>
#include <vector>

#include <deltaic/delta/log/table_access.h>
#include <deltaic/delta/protocol/state_actions.h>

namespace deltaic::delta {

/// Whether a catalog lets us clean up the log of a table that it manages.
enum class CatalogLeave : bool { kNotGiven, kGiven };

/// Removes commits, checksums, checkpoints, compacted and staged commits that no version needs
/// which is younger than `delta.logRetentionDuration`, and then sidecars that no checkpoint names.
/// Returns the locations of what went.
///
/// `protocol` and `metadata` are those of the newest version, `now_ms` milliseconds since the Unix
/// epoch. What stays begins with the newest checkpoint at or before the last version that has
/// expired (a day ends at midnight UTC); it is read before anything is removed. Where there is
/// none, or `delta.requireCheckpointProtectionBeforeVersion` asks for older ones, all stays. Ages
/// are those of in-commit timestamps, or of the commits' files where the table has none.
///
/// That we may write the table at all is for the caller to check (`CheckProtocolWritable`). Throws
/// `kInvalidArgument` for a table of a catalog without its leave, and the errors of the store; what
/// went until then is gone.
std::vector<std::string> CleanUpLog(const TableAccess& access, const Protocol& protocol,
                                    const Metadata& metadata, int64_t now_ms,
                                    CatalogLeave leave = CatalogLeave::kNotGiven);

}  // namespace deltaic::delta
