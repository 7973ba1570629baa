#include "delta/log/commit_timestamp.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "delta/actions/action_json.h"
#include "delta/protocol/table_feature.h"
#include "delta/protocol/table_properties.h"

#include "delta/statistics/statistics_leaves.h"

namespace deltaic::delta {
namespace {

constexpr int64_t kFirstBytes = 16 * 1024;

std::optional<int64_t> InCommitTimestamp(std::string_view json, const CommitFile& commit) {
  const CommitActions actions = ParseCommitActions(json, {commit.object.location, commit.version});
  return actions.commit_info ? actions.commit_info->in_commit_timestamp : std::nullopt;
}

[[noreturn]] void RefuseTimeless(const CommitFile& commit) {
  throw Error(ErrorCode::kCorruptLog,
              fmt::format("Commit {} has no commitInfo.inCommitTimestamp, which the table's "
                          "properties promise: {}",
                          commit.version, commit.object.location));
}

// The last of `commits` whose file time, made to ascend, is not beyond the wanted one.
std::optional<int64_t> LastByFileTime(std::span<const CommitFile> commits, int64_t timestamp_ms) {
  std::optional<int64_t> last;
  int64_t least = std::numeric_limits<int64_t>::min();
  for (const CommitFile& commit : commits) {
    const int64_t time = std::max(commit.object.last_modified_ms, least);
    if (time > timestamp_ms || time == std::numeric_limits<int64_t>::max()) break;
    last = commit.version;
    least = time + 1;
  }
  return last;
}

// The same by in-commit timestamps, which ascend by themselves.
std::optional<int64_t> LastByInCommitTimestamp(const datafusion::ObjectStore& store,
                                               std::span<const CommitFile> commits,
                                               int64_t timestamp_ms) {
  const auto later =
      std::partition_point(commits.begin(), commits.end(), [&](const CommitFile& commit) {
        const std::optional<int64_t> time = ReadInCommitTimestamp(store, commit);
        if (!time) RefuseTimeless(commit);
        return *time <= timestamp_ms;
      });
  if (later == commits.begin()) return std::nullopt;
  return std::prev(later)->version;
}

std::string TimeText(int64_t timestamp_ms) {
  constexpr int64_t kYear0 = -62'167'219'200'000;
  constexpr int64_t kYear10000 = 253'402'300'800'000;
  if (timestamp_ms >= kYear0 && timestamp_ms < kYear10000) return InstantText(timestamp_ms);
  return fmt::format("{} milliseconds since 1970", timestamp_ms);
}

}  // namespace

std::optional<InCommitTimestamps> FindInCommitTimestamps(const Protocol& protocol,
                                                         const Metadata& metadata) {
  const TableProperties properties(metadata);
  for (const std::string suffix : {"", "-preview"}) {
    if (!IsListedForWriters(protocol, "inCommitTimestamp" + suffix) ||
        !properties.in_commit_timestamps(suffix)) {
      continue;
    }
    return InCommitTimestamps{properties.in_commit_timestamps_since_version(suffix).value_or(0),
                              properties.in_commit_timestamps_since_time(suffix)};
  }
  return std::nullopt;
}

std::optional<int64_t> ReadInCommitTimestamp(const datafusion::ObjectStore& store,
                                             const CommitFile& commit) {
  if (commit.content) return InCommitTimestamp(*commit.content, commit);
  const int64_t length = std::min(kFirstBytes, commit.object.size);
  const datafusion::Bytes start =
      length > 0 ? store.GetRange(commit.object.location, 0, length) : datafusion::Bytes();
  const size_t line_end = start.view().find('\n');
  // The commitInfo must be the first action; if a writer thought otherwise, it is still there.
  if (line_end != std::string_view::npos && start.view().front() == '{' &&
      start.view()[line_end - 1] == '}') {
    if (const auto time = InCommitTimestamp(start.view().substr(0, line_end), commit)) {
      return time;
    }
  }
  return InCommitTimestamp(store.Get(commit.object.location).view(), commit);
}

int64_t FindVersionAtTimestamp(const datafusion::ObjectStore& store, const LogFiles& files,
                               const std::optional<InCommitTimestamps>& latest,
                               int64_t timestamp_ms) {
  const std::span<const CommitFile> commits = files.commits();
  std::optional<int64_t> version;
  if (!latest) {
    version = LastByFileTime(commits, timestamp_ms);
  } else {
    const auto enabled = std::partition_point(
        commits.begin(), commits.end(),
        [&](const CommitFile& commit) { return commit.version < latest->first_version; });
    const bool is_behind = timestamp_ms >= latest->first_timestamp_ms.value_or(timestamp_ms);
    version = is_behind ? LastByInCommitTimestamp(store, {enabled, commits.end()}, timestamp_ms)
                        : LastByFileTime({commits.begin(), enabled}, timestamp_ms);
  }
  if (!version) {
    throw Error(ErrorCode::kVersionNotFound,
                fmt::format("The table has no version that was committed at or before {}",
                            TimeText(timestamp_ms)));
  }
  return *version;
}

}  // namespace deltaic::delta
