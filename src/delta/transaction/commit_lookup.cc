#include <deltaic/delta/transaction/commit_lookup.h>

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "delta/log/log_files.h"
#include "delta/log/log_segment.h"
#include "delta/transaction/winning_commits.h"

namespace deltaic::delta {

CommitOwner FindCommitOwner(const TableAccess& access, int64_t version, std::string_view txn_id) {
  const LogFiles files = ListLogFiles(access, version);
  const auto found = std::ranges::find(files.commits(), version, &CommitFile::version);
  if (found == files.commits().end()) {
    if (files.latest_version().value_or(-1) < version) return CommitOwner::kNobody;
    throw Error(ErrorCode::kVersionNotFound,
                fmt::format("The commit of version {} is cleaned up. Table: {}", version,
                            access.store().name()));
  }
  const WinningCommit commit = ReadWinningCommit(access.store(), *found);
  return commit.facts.txn_id == txn_id ? CommitOwner::kCaller : CommitOwner::kOther;
}

}  // namespace deltaic::delta
