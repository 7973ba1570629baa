#include "delta/log/log_compaction.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "delta/actions/action_text.h"
#include "delta/log/checkpoint/output/file_key_set.h"
#include "delta/log/commit_replay.h"
#include "delta/log/log_segment.h"
#include "delta/log/new_log_file.h"
#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

std::vector<CommitFile> FindCommits(const TableAccess& access, int64_t first, int64_t last) {
  const LogFiles files = ListLogFiles(access, first);
  std::vector<CommitFile> commits;
  for (const CommitFile& commit : files.commits()) {
    const bool is_published = commit.object.location == CommitLocation(commit.version);
    if (commit.version < first || commit.version > last || !is_published) continue;
    if (commit.version != first + static_cast<int64_t>(commits.size())) break;
    commits.push_back(commit);
  }
  const int64_t next = first + static_cast<int64_t>(commits.size());
  if (next <= last) {
    throw Error(ErrorCode::kVersionNotFound,
                fmt::format("Commits {} to {} cannot be put together. Missing in the log is {}: {}",
                            first, last, next, CommitLocation(next)));
  }
  return commits;
}

// Keeps the newest action of each key, of those that are handed over newest first.
class Newest {
 public:
  bool Keeps(const AddFile& add) {
    return files_.Insert(add.path, DeletionVectorIdOf(add.deletion_vector));
  }
  bool Keeps(const RemoveFile& remove) {
    return files_.Insert(remove.path, DeletionVectorIdOf(remove.deletion_vector));
  }
  bool Keeps(const SetTransaction& action) { return transactions_.insert(action.app_id).second; }
  bool Keeps(const DomainMetadata& action) { return domains_.insert(action.domain).second; }
  bool Keeps(const Protocol&) { return !std::exchange(has_protocol_, true); }
  bool Keeps(const Metadata&) { return !std::exchange(has_metadata_, true); }
  template <typename Other>
  bool Keeps(const Other&) {
    return false;
  }

 private:
  FileKeySet files_;
  std::set<std::string> transactions_;
  std::set<std::string> domains_;
  bool has_protocol_ = false;
  bool has_metadata_ = false;
};

}  // namespace

std::string CompactLog(const TableAccess& access, int64_t first_version, int64_t last_version) {
  if (first_version < 0 || last_version <= first_version) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("Two commits at least are put together, not {} to {}", first_version,
                            last_version));
  }
  const std::vector<CommitFile> commits = FindCommits(access, first_version, last_version);
  NewLogFile file(access.store(), CompactedCommitsLocation(first_version, last_version));
  Newest newest;
  std::string lines;
  ReplayCommits(access.store(), commits, [&](std::vector<ActionPiece>& pieces) {
    for (const ActionPiece& actions : pieces) {
      lines.clear();
      for (const Action& action : actions) {
        const bool is_kept = std::visit([&](const auto& of) { return newest.Keeps(of); }, action);
        if (is_kept) AppendActionLine(action, lines);
      }
      file.Append(lines);
    }
  });
  file.Finish();
  return file.location();
}

}  // namespace deltaic::delta
