#pragma once

// What commits say about themselves (PROTOCOL.md, "Commit Provenance Information").

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/delta/log/table_access.h>

namespace deltaic::delta {

/// A commit of a table's history.
struct HistoryEntry {
  int64_t version = 0;  ///< That of the commit file's name, whatever the commit says.
  /// When it was committed, in milliseconds since the Unix epoch: its in-commit timestamp, else the
  /// time of its file.
  int64_t timestamp_ms = 0;
  /// The commit's commitInfo as a JSON object, as the log has it, with the member `version`
  /// last. A commit without one has only `timestamp` (that of the file) and `version`.
  std::string json;
};

/// Reads the history of a table, newest first: the newest `limit` commits, or all that are still
/// there. Safe to call from any thread.
///
/// The log is listed once. Of a large commit only the part up to its commitInfo is read, in pieces;
/// commits that are cleaned up meanwhile are left out. Throws `kTableNotFound` where there is no
/// log, `kCorruptLog` naming the file for a commit that makes no sense.
DELTAIC_EXPORT std::vector<HistoryEntry> History(const TableAccess& access,
                                                 std::optional<int64_t> limit = {});

}  // namespace deltaic::delta
