#include "delta/log/log_files.h"

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

std::string_view NameOf(const datafusion::ObjectMeta& object) {
  std::string_view name = object.location;
  if (name.starts_with(kLogFolder)) name.remove_prefix(kLogFolder.size());
  if (name.starts_with('/')) name.remove_prefix(1);
  return name;
}

bool ByVersion(const CommitFile& a, const CommitFile& b) { return a.version < b.version; }

}  // namespace

LogFiles::LogFiles(std::vector<datafusion::ObjectMeta> objects) {
  // Parts found, by version and number of parts that there should be.
  std::map<std::pair<int64_t, int32_t>, std::map<int32_t, datafusion::ObjectMeta>> parts;
  for (datafusion::ObjectMeta& object : objects) {
    const std::optional<LogFileName> name = ParseLogFileName(NameOf(object));
    if (!name) continue;
    switch (name->kind) {
      case LogFileKind::kCommit:
        commits_.push_back({name->version, std::move(object)});
        break;
      case LogFileKind::kCheckpoint:
        checkpoints_.push_back({name->version, {std::move(object)}});
        break;
      case LogFileKind::kCheckpointPart:
        parts[{name->version, name->num_parts}].emplace(name->part, std::move(object));
        break;
      case LogFileKind::kUuidCheckpoint:
        uuid_checkpoints_.push_back(name->version);
        break;
      case LogFileKind::kCompactedCommits:
      case LogFileKind::kChecksum:
        break;
    }
  }
  for (auto& [id, found] : parts) {
    if (found.size() != static_cast<size_t>(id.second)) continue;
    Checkpoint checkpoint{id.first, {}};
    for (auto& [part, object] : found) checkpoint.parts.push_back(std::move(object));
    checkpoints_.push_back(std::move(checkpoint));
  }
  if (!std::is_sorted(commits_.begin(), commits_.end(), ByVersion)) {
    std::sort(commits_.begin(), commits_.end(), ByVersion);
  }
  std::stable_sort(checkpoints_.begin(), checkpoints_.end(),
                   [](const Checkpoint& a, const Checkpoint& b) {
                     if (a.version != b.version) return a.version < b.version;
                     return a.parts.size() > b.parts.size();
                   });
  std::sort(uuid_checkpoints_.begin(), uuid_checkpoints_.end());
}

std::optional<int64_t> LogFiles::latest_version() const {
  std::optional<int64_t> latest;  // Nothing is less than any version.
  if (!commits_.empty()) latest = commits_.back().version;
  if (!checkpoints_.empty()) latest = std::max(latest, {checkpoints_.back().version});
  if (!uuid_checkpoints_.empty()) latest = std::max(latest, {uuid_checkpoints_.back()});
  return latest;
}

std::variant<LogSegment, Error> LogFiles::Select(std::optional<int64_t> version,
                                                 const CheckpointIds& unreadable) const {
  const std::optional<int64_t> latest = latest_version();
  if (!latest) {
    return Error(ErrorCode::kTableNotFound, "There is no Delta table: the log has no commit.");
  }
  if (version && (*version < 0 || *version > *latest)) return NoSuchVersion(*version);

  LogSegment segment;
  segment.version = version.value_or(*latest);
  for (const Checkpoint& checkpoint : checkpoints_) {
    if (checkpoint.version > segment.version) break;
    if (!unreadable.contains(checkpoint.id())) segment.checkpoint = checkpoint;
  }
  const int64_t base = segment.checkpoint ? segment.checkpoint->version : -1;
  const auto begin =
      std::upper_bound(commits_.begin(), commits_.end(), CommitFile{base, {}}, ByVersion);
  auto end = begin;
  for (int64_t behind = base; behind < segment.version; ++behind, ++end) {
    if (end != commits_.end() && end->version == behind + 1) continue;
    const int64_t missing = behind + 1;
    const auto uuid = std::upper_bound(uuid_checkpoints_.begin(), uuid_checkpoints_.end(), base);
    if (uuid != uuid_checkpoints_.end() && *uuid <= segment.version) {
      return Error(ErrorCode::kUnsupportedFeature,
                   fmt::format("The table needs the reader feature v2Checkpoint, which is not "
                               "supported: version {} can only be read through a V2 checkpoint.",
                               segment.version));
    }
    const std::optional<int64_t> earliest = EarliestReachable();
    if (version && earliest && *earliest > *version) return NoSuchVersion(*version);
    return Error(ErrorCode::kCorruptLog,
                 fmt::format("Version {} cannot be read: there is no complete checkpoint to start "
                             "from, or no commit behind it. Missing is commit {}: {}",
                             segment.version, missing, CommitLocation(missing)));
  }
  segment.commits.assign(begin, end);

  const auto own = std::lower_bound(commits_.begin(), commits_.end(),
                                    CommitFile{segment.version, {}}, ByVersion);
  if (own != commits_.end() && own->version == segment.version) {
    segment.last_modified_ms = own->object.last_modified_ms;
  } else {
    segment.last_modified_ms = segment.checkpoint->parts.front().last_modified_ms;
  }
  return segment;
}

std::optional<int64_t> LogFiles::EarliestReachable() const {
  if (!commits_.empty() && commits_.front().version == 0) return 0;
  if (!checkpoints_.empty()) return checkpoints_.front().version;
  return std::nullopt;
}

Error LogFiles::NoSuchVersion(int64_t version) const {
  const int64_t latest = latest_version().value_or(0);
  return Error(ErrorCode::kVersionNotFound,
               fmt::format("The table has no version {}; it has the versions {} to {}.", version,
                           EarliestReachable().value_or(latest), latest));
}

}  // namespace deltaic::delta
