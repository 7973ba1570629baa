#pragma once

// The commits that others made after the version that a transaction has read. Safe to call from any
// thread.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <deltaic/datafusion/object_store.h>
#include <deltaic/delta/log/table_access.h>

#include "delta/actions/action.h"
#include "delta/log/log_files.h"
#include "delta/transaction/commit_info.h"

namespace deltaic::delta {

/// A commit of another writer.
struct WinningCommit {
  int64_t version = 0;
  CommitInfoFacts facts;
  std::optional<int64_t> in_commit_timestamp_ms;
  std::vector<Action> actions;
};

/// The newest version and the commits that lead to it.
struct NewerCommits {
  int64_t newest_version = 0;
  std::vector<CommitFile> commits;  ///< Ascending, one for each version.
};

/// Finds the commits after `version`, up to the newest one, which is `known_version` at least: that
/// is there, whatever a listing says. Throws `CommitConflict` of kind `kWinnersUnknown` where some
/// are cleaned up.
NewerCommits FindNewerCommits(const TableAccess& access, int64_t version, int64_t known_version,
                              int64_t attempts);

/// Reads one commit. Throws `kCorruptLog` naming the file, and the errors of the store.
WinningCommit ReadWinningCommit(const datafusion::ObjectStore& store, const CommitFile& file);

/// Takes from the front of `files`, which is not empty, as many as memory should hold at a time,
/// and reads them side by side. Throws `kCorruptLog` naming the file, and `kWinnersUnknown` as
/// above.
std::vector<WinningCommit> ReadWinningCommits(const datafusion::ObjectStore& store,
                                              std::span<const CommitFile>& files, int64_t attempts);

}  // namespace deltaic::delta
