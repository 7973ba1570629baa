#include "delta/log/log_cleanup.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "delta/log/checkpoint/checkpoint_batch.h"
#include "delta/log/checkpoint/checkpoint_columns.h"
#include "delta/log/checkpoint/checkpoint_reader.h"
#include "delta/log/commit_timestamp.h"
#include "delta/log/log_files.h"
#include "delta/log/log_segment.h"
#include "delta/protocol/log_path.h"
#include "delta/protocol/table_properties.h"
#include "delta/protocol/table_support.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectMeta;
using datafusion::ObjectStore;

constexpr int64_t kMillisPerDay = 86'400'000;
// So many are removed at a time, oldest first.
constexpr size_t kFilesAtOnce = 1000;

// The midnight before a time that lies `span` back.
int64_t MidnightBefore(int64_t now_ms, std::chrono::milliseconds span) {
  int64_t time;
  if (__builtin_sub_overflow(now_ms, int64_t{span.count()}, &time)) {
    return std::numeric_limits<int64_t>::min();
  }
  int64_t rest = time % kMillisPerDay;
  if (rest < 0) rest += kMillisPerDay;
  return __builtin_sub_overflow(time, rest, &time) ? std::numeric_limits<int64_t>::min() : time;
}

// Whether the table can be read from the checkpoint: all of it is decoded.
bool IsReadable(const ObjectStore& store, const Checkpoint& checkpoint) {
  try {
    const CheckpointManifest manifest = ReadCheckpointManifest(store, checkpoint);
    if (!manifest.state.protocol || !manifest.state.metadata) return false;
    for (const ObjectMeta& file : manifest.file_parts) {
      CheckpointBatches batches(file, OpenCheckpointFile(store, file), CheckpointFileColumns());
      while (batches.Next()) {
      }
    }
    return true;
  } catch (const Error& error) {
    const bool is_of_file = error.code() == ErrorCode::kCorruptLog ||
                            error.code() == ErrorCode::kCorruptData ||
                            error.code() == ErrorCode::kFileNotFound;
    if (!is_of_file) throw;
    return false;
  }
}

// The last version that has expired.
std::optional<int64_t> LastExpired(const ObjectStore& store, const LogFiles& files,
                                   const Protocol& protocol, const Metadata& metadata,
                                   int64_t now_ms) {
  const int64_t cutoff = MidnightBefore(now_ms, TableProperties(metadata).log_retention());
  try {
    return FindVersionAtTimestamp(store, files, FindInCommitTimestamps(protocol, metadata), cutoff);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kVersionNotFound) throw;
    return std::nullopt;
  }
}

// A file that is to go. Within a version commits go before the checkpoint that they lead to.
struct Expired {
  int64_t version;
  bool is_checkpoint;
  std::string location;

  bool operator<(const Expired& other) const {
    return std::tie(version, is_checkpoint, location) <
           std::tie(other.version, other.is_checkpoint, other.location);
  }
};

std::string_view NameOf(const ObjectMeta& object, std::string_view folder) {
  std::string_view name = object.location;
  if (name.starts_with(folder)) name.remove_prefix(folder.size() + 1);
  return name;
}

void AddLogFiles(const std::vector<ObjectMeta>& objects, int64_t first_kept,
                 std::vector<Expired>& expired) {
  for (const ObjectMeta& object : objects) {
    const std::optional<LogFileName> name = ParseLogFileName(NameOf(object, kLogFolder));
    if (!name) continue;
    const bool is_compacted = name->kind == LogFileKind::kCompactedCommits;
    const bool is_checkpoint = name->kind == LogFileKind::kCheckpoint ||
                               name->kind == LogFileKind::kCheckpointPart ||
                               name->kind == LogFileKind::kUuidCheckpoint;
    const bool has_expired =
        is_compacted ? name->version <= first_kept : name->version < first_kept;
    if (has_expired) expired.push_back({name->version, is_checkpoint, object.location});
  }
}

// Of commits that were published since.
void AddStagedCommits(const ObjectStore& store, int64_t first_kept, std::vector<Expired>& expired) {
  for (const ObjectMeta& object : store.List(kStagedCommitFolder)) {
    const std::string_view name = NameOf(object, kStagedCommitFolder);
    int64_t version;
    const char* end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data(), end, version);
    if (error != std::errc() || rest == end || *rest != '.' || version < 0) continue;
    if (version <= first_kept) expired.push_back({version, false, object.location});
  }
}

// What may go where all from `first_kept` on stays, in the order in which it goes.
std::vector<std::string> ExpiredFiles(const ObjectStore& store,
                                      const std::vector<ObjectMeta>& objects, int64_t first_kept,
                                      bool has_staged_commits) {
  std::vector<Expired> expired;
  AddLogFiles(objects, first_kept, expired);
  if (has_staged_commits) AddStagedCommits(store, first_kept, expired);
  std::sort(expired.begin(), expired.end());
  std::vector<std::string> locations;
  for (Expired& file : expired) locations.push_back(std::move(file.location));
  return locations;
}

// The sidecars that the checkpoints name; nothing where one of them cannot be read.
std::optional<std::set<std::string>> NamedSidecars(const ObjectStore& store) {
  std::set<std::string> named;
  const LogFiles files(store.List(kLogFolder));
  for (const Checkpoint& checkpoint : files.checkpoints()) {
    try {
      const CheckpointManifest manifest = ReadCheckpointManifest(store, checkpoint);
      for (const ObjectMeta& file : manifest.file_parts) named.insert(file.location);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kCorruptLog && error.code() != ErrorCode::kFileNotFound) throw;
      return std::nullopt;
    }
  }
  return named;
}

std::vector<std::string> UnnamedSidecars(const ObjectStore& store, int64_t now_ms) {
  // A checkpoint that is being written has its sidecars first.
  const int64_t newest = MidnightBefore(now_ms, std::chrono::days(1));
  std::vector<std::string> old;
  for (const ObjectMeta& object : store.List(kSidecarFolder)) {
    if (object.last_modified_ms < newest) old.push_back(object.location);
  }
  if (old.empty()) return old;
  const auto named = NamedSidecars(store);
  if (!named) return {};
  std::erase_if(old, [&](const std::string& location) { return named->contains(location); });
  return old;
}

void Remove(const ObjectStore& store, const std::vector<std::string>& locations,
            std::vector<std::string>& removed) {
  for (size_t begin = 0; begin < locations.size(); begin += kFilesAtOnce) {
    const auto from = locations.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = std::min(kFilesAtOnce, locations.size() - begin);
    const std::vector<std::string> some(from, from + static_cast<std::ptrdiff_t>(count));
    store.DeleteMany(some);
    removed.insert(removed.end(), some.begin(), some.end());
  }
}

}  // namespace

std::vector<std::string> CleanUpLog(const TableAccess& access, const Protocol& protocol,
                                    const Metadata& metadata, int64_t now_ms, CatalogLeave leave) {
  const bool is_of_catalog = access.catalog() != nullptr || NeedsCatalog(protocol);
  if (is_of_catalog && leave == CatalogLeave::kNotGiven) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("A catalog manages the table: its log is cleaned up with the catalog's "
                            "leave only. Table: {}",
                            access.store().name()));
  }
  const ObjectStore& store = access.store();
  const std::vector<ObjectMeta> objects = store.List(kLogFolder);
  const LogFiles files(objects);
  const auto last_expired = LastExpired(store, files, protocol, metadata, now_ms);
  std::vector<std::string> removed;
  if (!last_expired) return removed;
  const auto is_protected = TableProperties(metadata).protected_checkpoints_before();
  const std::vector<Checkpoint>& checkpoints = files.checkpoints();
  for (auto checkpoint = checkpoints.rbegin(); checkpoint != checkpoints.rend(); ++checkpoint) {
    const int64_t first_kept = checkpoint->version;
    if (first_kept > *last_expired) continue;
    if (is_protected && first_kept < *is_protected) break;
    const std::vector<std::string> expired =
        ExpiredFiles(store, objects, first_kept, is_of_catalog);
    if (!expired.empty() && !IsReadable(store, *checkpoint)) continue;
    Remove(store, expired, removed);
    Remove(store, UnnamedSidecars(store, now_ms), removed);
    break;
  }
  return removed;
}

}  // namespace deltaic::delta
