#include "delta/transaction/winning_commits.h"

#include <algorithm>
#include <optional>
#include <variant>

#include <fmt/format.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <deltaic/delta/transaction/commit_errors.h>

#include "base/parallel_for.h"
#include "delta/actions/action_text.h"
#include "delta/log/commit_reader.h"
#include "delta/log/log_error.h"
#include "delta/log/log_segment.h"
#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

constexpr size_t kMaxCommits = 256;
constexpr int64_t kMaxBytes = int64_t{32} << 20;

[[noreturn]] void FailUnknown(int64_t version, int64_t attempts) {
  throw CommitConflict(ConflictKind::kWinnersUnknown,
                       fmt::format("The commit of version {} is cleaned up, so that nobody can "
                                   "tell whether it is a conflict.",
                                   version),
                       std::nullopt, attempts);
}

WinningCommit Parse(const CommitFile& file, std::string_view json) {
  WinningCommit winner;
  winner.version = file.version;
  winner.actions = ReadActions(json, {file.object.location, file.version});
  if (winner.actions.empty()) {
    throw Error(ErrorCode::kCorruptLog, fmt::format("Commit {} is corrupt: it has no action: {}",
                                                    file.version, file.object.location));
  }
  for (const Action& action : winner.actions) {
    if (const CommitInfo* info = std::get_if<CommitInfo>(&action)) {
      winner.facts = ReadCommitInfoFacts(info->json);
      winner.in_commit_timestamp_ms = info->in_commit_timestamp;
    }
  }
  return winner;
}

}  // namespace

NewerCommits FindNewerCommits(const TableAccess& access, int64_t version, int64_t known_version,
                              int64_t attempts) {
  const LogFiles files = ListLogFiles(access, version + 1);
  NewerCommits newer;
  newer.newest_version = std::max(files.latest_version().value_or(version), known_version);
  auto next = files.commits().begin();
  for (int64_t wanted = version + 1; wanted <= newer.newest_version; ++wanted) {
    while (next != files.commits().end() && next->version < wanted) ++next;
    if (next != files.commits().end() && next->version == wanted) {
      newer.commits.push_back(*next);
      continue;
    }
    if (access.catalog()) FailUnknown(wanted, attempts);
    // A listing may be behind.
    CommitFile file{.version = wanted, .object = {.location = CommitLocation(wanted)}};
    std::optional<datafusion::ObjectMeta> object = access.store().Head(file.object.location);
    if (!object) FailUnknown(wanted, attempts);
    file.object.size = object->size;
    file.object.last_modified_ms = object->last_modified_ms;
    newer.commits.push_back(std::move(file));
  }
  return newer;
}

WinningCommit ReadWinningCommit(const datafusion::ObjectStore& store, const CommitFile& file) {
  return Parse(file, ReadCommitBytes(store, {&file, 1}).front().view());
}

std::vector<WinningCommit> ReadWinningCommits(const datafusion::ObjectStore& store,
                                              std::span<const CommitFile>& files,
                                              int64_t attempts) {
  size_t count = 1;
  int64_t bytes = files.front().object.size;
  while (count < std::min(files.size(), kMaxCommits) &&
         files[count].object.size <= kMaxBytes - std::min(bytes, kMaxBytes)) {
    bytes += files[count++].object.size;
  }
  const std::span<const CommitFile> chosen = files.first(count);
  files = files.subspan(count);
  std::vector<datafusion::Bytes> contents;
  try {
    contents = ReadCommitBytes(store, chosen);
  } catch (const Error& error) {
    if (IsGone(error)) FailUnknown(chosen.front().version, attempts);
    throw;
  }
  std::vector<WinningCommit> winners(chosen.size());
  ParallelFor(chosen.size(), [&](size_t i) {
    ThrowIfCancelled();
    winners[i] = Parse(chosen[i], contents[i].view());
  });
  return winners;
}

}  // namespace deltaic::delta
