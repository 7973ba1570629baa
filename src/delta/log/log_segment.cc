#include "delta/log/log_segment.h"

#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "delta/log/checkpoint/last_checkpoint.h"
#include "delta/log/log_error.h"
#include "delta/log/missing_table.h"
#include "delta/log/ratified_commits.h"
#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

using Objects = std::vector<datafusion::ObjectMeta>;

bool Probe(const datafusion::ObjectStore& store, const std::string& location, Objects& found) {
  std::optional<datafusion::ObjectMeta> object = store.Head(location);
  if (!object) return false;
  object->location = location;
  found.push_back(*std::move(object));
  return true;
}

void ProbeCommits(const datafusion::ObjectStore& store, int64_t first_version, Objects& found) {
  int64_t version = first_version;
  while (Probe(store, CommitLocation(version), found) &&
         version < std::numeric_limits<int64_t>::max()) {
    ++version;
  }
}

// The named checkpoint, its own commit, which may be gone, and the commits after it.
void ProbeFrom(const datafusion::ObjectStore& store, const LastCheckpointHint& hint,
               Objects& found) {
  const int32_t num_parts = hint.num_parts.value_or(1);
  for (int32_t part = 1; part <= num_parts; ++part) {
    std::string location = CheckpointLocation(hint.version);
    if (hint.num_parts) location = CheckpointPartLocation(hint.version, part, num_parts);
    if (!hint.file_name.empty()) location = fmt::format("{}/{}", kLogFolder, hint.file_name);
    if (!Probe(store, location, found)) return;
  }
  Probe(store, CommitLocation(hint.version), found);
  if (hint.version < std::numeric_limits<int64_t>::max()) {
    ProbeCommits(store, hint.version + 1, found);
  }
}

LogFiles WithCatalog(Objects found, const TableAccess& access) {
  LogFiles files(std::move(found));
  if (const CatalogCommits* catalog = access.catalog().get()) {
    files.ApplyCatalog(catalog->max_version, RatifiedCommitFiles(*catalog, access.store().url()));
  }
  return files;
}

LogFiles FilesFromHint(const TableAccess& access, const LastCheckpointHint& hint) {
  if (access.store().can_list()) return ListLogFiles(access, hint.version);
  Objects found;
  ProbeFrom(access.store(), hint, found);
  return WithCatalog(std::move(found), access);
}

using Choice = std::variant<LogSegment, Error>;

bool IsGap(const Choice& choice) {
  const Error* error = std::get_if<Error>(&choice);
  return error != nullptr && error->code() == ErrorCode::kCorruptLog;
}

// Selects from the whole log. A listing is no picture of one moment: it may have neither a commit
// that is cleaned up meanwhile nor the checkpoint that is written before that. So a gap counts once
// it is seen twice.
Choice SelectFromAll(const TableAccess& access, std::optional<int64_t> version,
                     const UnreadableFiles& unreadable) {
  Choice choice = ListLogFiles(access, 0).Select(version, unreadable);
  for (int listings = 1; IsGap(choice) && listings < kMaxListings; ++listings) {
    Choice again = ListLogFiles(access, 0).Select(version, unreadable);
    if (IsGap(again) && std::get<Error>(again).message() == std::get<Error>(choice).message()) {
      break;
    }
    choice = std::move(again);
  }
  return choice;
}

LogSegment Unwrap(Choice choice, const datafusion::ObjectStore& store) {
  if (const Error* error = std::get_if<Error>(&choice)) {
    if (error->code() == ErrorCode::kTableNotFound) throw NoTable(store);
    throw Error(error->code(), fmt::format("{} Table: {}", error->message(), store.name()));
  }
  return std::get<LogSegment>(std::move(choice));
}

}  // namespace

LogFiles ListLogFiles(const TableAccess& access, int64_t first_version) {
  const datafusion::ObjectStore& store = access.store();
  if (store.can_list()) {
    return WithCatalog(first_version == 0 ? store.List(kLogFolder)
                                          : store.List(kLogFolder, LogListStart(first_version)),
                       access);
  }
  Objects found;
  ProbeCommits(store, first_version, found);
  const std::optional<LastCheckpointHint> hint = ReadLastCheckpoint(store);
  const int64_t next = first_version + static_cast<int64_t>(found.size());
  if (hint && hint->version >= next) ProbeFrom(store, *hint, found);
  return WithCatalog(std::move(found), access);
}

LogSegment FindLogSegment(const TableAccess& access, std::optional<int64_t> version,
                          const UnreadableFiles& unreadable) {
  if (unreadable.empty()) {
    const std::optional<LastCheckpointHint> hint = ReadLastCheckpoint(access.store());
    if (hint && hint->version <= version.value_or(hint->version)) {
      auto choice = FilesFromHint(access, *hint).Select(version);
      if (LogSegment* segment = std::get_if<LogSegment>(&choice)) return std::move(*segment);
    }
  }
  return Unwrap(SelectFromAll(access, version, unreadable), access.store());
}

}  // namespace deltaic::delta
