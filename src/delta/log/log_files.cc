#include "delta/log/log_files.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

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

// How much a checkpoint is to be preferred to others of its version.
int64_t Rank(const Checkpoint& checkpoint) {
  const std::optional<LogFileName> name = ParseLogFileName(NameOf(checkpoint.parts.front()));
  const bool has_own_name = name && name->kind == LogFileKind::kUuidCheckpoint;
  return has_own_name ? 1 : -static_cast<int64_t>(checkpoint.parts.size());
}

}  // namespace

bool LogSegment::has_compacted_commits() const {
  return std::any_of(commits.begin(), commits.end(),
                     [](const CommitFile& commit) { return commit.first_version.has_value(); });
}

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
      case LogFileKind::kUuidCheckpoint:
        checkpoints_.push_back({name->version, {std::move(object)}});
        break;
      case LogFileKind::kCheckpointPart:
        parts[{name->version, name->num_parts}].emplace(name->part, std::move(object));
        break;
      case LogFileKind::kCompactedCommits:
        compacted_.push_back({name->last_version, std::move(object), name->version});
        break;
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
  std::sort(compacted_.begin(), compacted_.end(), [](const CommitFile& a, const CommitFile& b) {
    return std::tie(a.first_version, a.version) < std::tie(b.first_version, b.version);
  });
  std::stable_sort(checkpoints_.begin(), checkpoints_.end(),
                   [](const Checkpoint& a, const Checkpoint& b) {
                     if (a.version != b.version) return a.version < b.version;
                     return Rank(a) < Rank(b);
                   });
}

void LogFiles::ApplyCatalog(int64_t max_version, std::vector<CommitFile> ratified) {
  const auto is_newer = [&](const auto& file) { return file.version > max_version; };
  std::erase_if(commits_, is_newer);
  std::erase_if(compacted_, is_newer);
  std::erase_if(checkpoints_, is_newer);
  std::vector<CommitFile> commits;
  // Of equal ones the union takes the first.
  std::set_union(std::make_move_iterator(ratified.begin()), std::make_move_iterator(ratified.end()),
                 std::make_move_iterator(commits_.begin()), std::make_move_iterator(commits_.end()),
                 std::back_inserter(commits), ByVersion);
  commits_ = std::move(commits);
  max_version_ = max_version;
}

std::optional<int64_t> LogFiles::latest_version() const {
  std::optional<int64_t> latest;  // Nothing is less than any version.
  if (!commits_.empty()) latest = commits_.back().version;
  if (!checkpoints_.empty()) latest = std::max(latest, {checkpoints_.back().version});
  return latest && max_version_ ? max_version_ : latest;
}

std::variant<LogSegment, Error> LogFiles::Select(std::optional<int64_t> version,
                                                 const UnreadableFiles& unreadable) const {
  const std::optional<int64_t> latest = latest_version();
  if (!latest) {
    return Error(ErrorCode::kTableNotFound, "The Delta log holds no commit.");
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
  for (int64_t previous = base; previous < segment.version; ++previous, ++end) {
    if (end != commits_.end() && end->version == previous + 1) continue;
    const int64_t missing = previous + 1;
    const std::optional<int64_t> earliest = EarliestReachable();
    if (version && earliest && *earliest > *version) return NoSuchVersion(*version);
    return Error(ErrorCode::kCorruptLog,
                 fmt::format("Version {} cannot be read: there is no complete checkpoint to start "
                             "from, or no commit after it. Missing is commit {}: {}",
                             segment.version, missing, CommitLocation(missing)));
  }
  segment.commits.assign(begin, end);
  UseCompactedCommits(unreadable, segment);

  const auto own = std::lower_bound(commits_.begin(), commits_.end(),
                                    CommitFile{segment.version, {}}, ByVersion);
  if (own != commits_.end() && own->version == segment.version) segment.own_commit = *own;
  segment.last_modified_ms = segment.own_commit
                                 ? segment.own_commit->object.last_modified_ms
                                 : segment.checkpoint->parts.front().last_modified_ms;
  return segment;
}

// Finds the cover of the versions with the fewest files, from the last version backwards.
void LogFiles::UseCompactedCommits(const UnreadableFiles& unreadable, LogSegment& segment) const {
  const size_t count = segment.commits.size();
  if (compacted_.empty() || count < 2) return;
  const int64_t first = segment.commits.front().version;
  struct Step {
    size_t files = 0;                       // From here to the end.
    const CommitFile* compacted = nullptr;  // What to go on with, if not the commit itself.
  };
  std::vector<Step> steps(count + 1);
  auto file = compacted_.rbegin();
  for (size_t at = count; at-- > 0;) {
    const int64_t version = first + static_cast<int64_t>(at);
    steps[at].files = steps[at + 1].files + 1;
    while (file != compacted_.rend() && *file->first_version > version) ++file;
    for (; file != compacted_.rend() && *file->first_version == version; ++file) {
      if (file->version > segment.version || unreadable.contains(file->object.location)) continue;
      const size_t files = steps[static_cast<size_t>(file->version - first) + 1].files + 1;
      if (files < steps[at].files) steps[at] = {files, &*file};
    }
  }
  std::vector<CommitFile> way;
  for (size_t at = 0; at < count;) {
    const CommitFile* compacted = steps[at].compacted;
    way.push_back(compacted != nullptr ? *compacted : segment.commits[at]);
    at = static_cast<size_t>(way.back().version - first) + 1;
  }
  segment.commits = std::move(way);
}

std::optional<int64_t> LogFiles::EarliestReachable() const {
  const bool from_start = !commits_.empty() && commits_.front().version == 0;
  if (checkpoints_.empty()) return from_start ? std::optional<int64_t>(0) : std::nullopt;
  // A cleanup removes the commits before a checkpoint in any order, so commit 0 alone shows
  // nothing.
  const int64_t checkpoint = checkpoints_.front().version;
  const auto before = static_cast<size_t>(checkpoint);
  const bool is_complete =
      before == 0 || (commits_.size() >= before && commits_[before - 1].version == checkpoint - 1);
  return from_start && is_complete ? 0 : checkpoint;
}

Error LogFiles::NoSuchVersion(int64_t version) const {
  const int64_t latest = latest_version().value_or(0);
  return Error(ErrorCode::kVersionNotFound,
               fmt::format("The table has no version {}; it has the versions {} to {}.", version,
                           EarliestReachable().value_or(latest), latest));
}

}  // namespace deltaic::delta
