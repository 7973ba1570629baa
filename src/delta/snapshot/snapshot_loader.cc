#include <deltaic/delta/snapshot/snapshot_loader.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_json.h>

#include "delta/log/action_reconciliation.h"
#include "delta/log/checkpoint_files.h"
#include "delta/log/checkpoint_reader.h"
#include "delta/log/commit_reader.h"
#include "delta/log/commit_timestamp.h"
#include "delta/log/log_error.h"
#include "delta/log/log_segment.h"
#include "delta/log/small_batches.h"
#include "delta/protocol/column_mapping.h"
#include "delta/protocol/log_path.h"
#include "delta/protocol/table_support.h"
#include "delta/protocol/type_widening.h"
#include "delta/snapshot/active_file_columns.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectStore;
using SnapshotPtr = std::shared_ptr<const Snapshot>;

// Runs a check of what a log file says, and names the file and the version in its error.
template <typename Check>
auto InFile(const std::string& location, int64_t version, const Check& check) {
  try {
    return check();
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{} Version {}: {}", error.message(), version, location));
  }
}

[[noreturn]] void Incomplete(const ObjectStore& store, int64_t version, std::string_view action) {
  throw Error(ErrorCode::kCorruptLog, fmt::format("The log has no {} action up to version {}: {}{}",
                                                  action, version, store.url(), kLogFolder));
}

// Where a log is: in its folder, and with the catalog that manages the table, if any.
struct LogPlace {
  const ObjectStore& store;
  CatalogCommitsPtr catalog;

  LogSource source() const { return catalog ? LogSource::kCatalog : LogSource::kFolder; }
};

// A state without files that has passed every check on whether the table may be read.
Snapshot::State CheckState(const LogPlace& place, int64_t version, TableState state) {
  const ObjectStore& store = place.store;
  const LogSource source = place.source();
  if (!state.protocol) Incomplete(store, version, "protocol");
  const Protocol& protocol = state.protocol->action;
  InFile(state.protocol->location, version, [&] { CheckProtocolReadable(protocol, source); });
  if (!state.metadata) Incomplete(store, version, "metaData");
  const Metadata& metadata = state.metadata->action;
  DataType schema = InFile(state.metadata->location, version, [&] {
    if (metadata.schema_string.empty()) {
      throw Error(ErrorCode::kCorruptLog, "metaData.schemaString is missing.");
    }
    DataType parsed = ParseSchemaJson(metadata.schema_string);
    CheckReadable(protocol, metadata, parsed, source);
    CheckTypeChanges(protocol, parsed);
    return MapColumns(parsed, ColumnMappingModeOf(protocol, metadata));
  });
  return {store,
          version,
          0,
          protocol,
          metadata,
          std::move(schema),
          std::move(state.transactions),
          std::move(state.domains),
          ActiveFiles(nullptr),
          place.catalog};
}

SnapshotPtr MakeSnapshot(Snapshot::State state, int64_t timestamp_ms, LiveFiles files,
                         const ActiveFileColumns* older) {
  state.timestamp_ms = timestamp_ms;
  state.files = ActiveFiles(std::make_shared<const ActiveFileColumns>(
      std::move(files), StoredNames(state.schema, state.metadata.partition_columns), older));
  return std::make_shared<const Snapshot>(std::move(state));
}

std::optional<int64_t> InCommitTimestamp(const Commit& commit) {
  for (const CommitActions& piece : commit.pieces) {
    if (piece.commit_info) return piece.commit_info->in_commit_timestamp;
  }
  return std::nullopt;
}

// The time of a version whose commits behind `segment.checkpoint` are `commits`.
int64_t TimestampOf(const Snapshot::State& state, const LogSegment& segment,
                    const std::vector<Commit>& commits) {
  const auto in_commit = FindInCommitTimestamps(state.protocol, state.metadata);
  if (!in_commit || segment.version < in_commit->first_version) return segment.last_modified_ms;
  if (!commits.empty()) {
    if (const auto time = InCommitTimestamp(commits.back())) return *time;
  }
  // The commit of a checkpoint's version may be cleaned up: the time of the file that is left.
  if (!segment.own_commit) return segment.last_modified_ms;
  // A commit without the time that the properties promise can be read all the same, but is no place
  // to travel to by time.
  return ReadInCommitTimestamp(state.store, *segment.own_commit).value_or(segment.last_modified_ms);
}

// A version's log, read except for the files of its checkpoint.
struct LoadedLog {
  LogSegment segment;
  std::vector<Commit> commits;
  Snapshot::State state;
};

SnapshotPtr Finish(LoadedLog log, const LiveFiles& base, const ActiveFileColumns* older = nullptr) {
  LiveFiles files = ReconcileFiles(base, log.commits);
  if (older != nullptr) files = MergeSmallBatches(std::move(files));
  const int64_t time = TimestampOf(log.state, log.segment, log.commits);
  return MakeSnapshot(std::move(log.state), time, std::move(files), older);
}

// The files in use that others can stand in for, if an error says that they cannot be read.
using Dispensable = UnreadableFiles;

// What a way to a version starts from. A log that is cleaned up has other ways then.
struct Start {
  explicit Start(const LogSegment& segment) {
    if (segment.checkpoint) checkpoint = segment.checkpoint->id();
    if (!segment.commits.empty()) first_commit = segment.commits.front().version;
    for (const CommitFile& commit : segment.commits) {
      if (commit.first_version) compacted.push_back(commit.object.location);
    }
  }
  bool operator==(const Start&) const = default;

  std::string checkpoint;
  int64_t first_commit = -1;
  std::vector<std::string> compacted;
};

// A way to a version that was given up.
struct DeadEnd {
  std::string passed_over;
  std::string message;
};

// What `busy` files of a way are called.
std::string NamesOf(const std::optional<Checkpoint>& checkpoint, const Dispensable& busy) {
  if (!checkpoint || !busy.contains(checkpoint->id())) return "A file of compacted commits";
  const std::string name = fmt::format("The checkpoint of version {}", checkpoint->version);
  return busy.size() == 1 ? name : name + " or a file of compacted commits";
}

std::vector<std::string> WarningsOf(const std::vector<DeadEnd>& dead_ends,
                                    const LogSegment& segment) {
  const std::string way = segment.checkpoint
                              ? fmt::format("the checkpoint of version {} and later commits",
                                            segment.checkpoint->version)
                              : std::string("commits alone");
  std::vector<std::string> warnings;
  for (const DeadEnd& end : dead_ends) {
    warnings.push_back(fmt::format("{} is passed over, and version {} is read from {} instead. {}",
                                   end.passed_over, segment.version, way, end.message));
  }
  return warnings;
}

// The ways to a version (nothing = the newest), one after the other. None leads through
// `unreadable` files.
class Ways {
 public:
  Ways(const LogPlace& place, std::optional<int64_t> version, UnreadableFiles unreadable)
      : place_(place), version_(version), unreadable_(std::move(unreadable)) {}

  // The next way, to no older version than those before.
  LogSegment Next() {
    if (next_) return *std::exchange(next_, std::nullopt);
    try {
      return Find();
    } catch (const Error& error) {
      const bool is_final =
          error.code() == ErrorCode::kCancelled || error.code() == ErrorCode::kVersionNotFound;
      if (!first_failure_ || is_final) throw;
      throw Error(*first_failure_);
    }
  }

  // Takes the error of the way that had `start`. Throws it where there is nothing else to try.
  void Fail(const Error& error, const Start& start, const std::optional<Checkpoint>& checkpoint,
            Dispensable busy_with) {
    if (IsGone(error)) {
      if (++listings_ > kMaxListings) throw LogError(error);
      // It is no fault of the log if it was cleaned up meanwhile.
      next_ = Find();
      if (Start(*next_) != start) return;
      next_.reset();
    }
    const Error log_error = LogError(error);
    if (log_error.code() != ErrorCode::kCorruptLog || busy_with.empty()) throw Error(log_error);
    if (!first_failure_) first_failure_ = log_error;
    dead_ends_.push_back({NamesOf(checkpoint, busy_with), log_error.message()});
    unreadable_.merge(busy_with);
  }

  // What was wrong with the ways before that of `segment`.
  std::vector<std::string> Warnings(const LogSegment& segment) const {
    return WarningsOf(dead_ends_, segment);
  }

 private:
  LogSegment Find() {
    LogSegment segment = FindFor(version_);
    if (segment.version < least_version_) segment = FindFor(least_version_);
    least_version_ = segment.version;
    return segment;
  }

  LogSegment FindFor(std::optional<int64_t> version) const {
    return FindLogSegment(place_.store, version, unreadable_, place_.catalog.get());
  }

  const LogPlace& place_;
  const std::optional<int64_t> version_;
  UnreadableFiles unreadable_;
  std::optional<LogSegment> next_;
  std::optional<Error> first_failure_;
  std::vector<DeadEnd> dead_ends_;
  int64_t least_version_ = 0;
  int listings_ = 1;
};

// Calls `read` with one way to a version after the other until it can go one. It is called with the
// way, with what it is to keep up to date, the dispensable files that it is busy with, and with
// what was wrong with the ways before.
template <typename Read>
auto ReadBySomeWay(const LogPlace& place, std::optional<int64_t> version,
                   UnreadableFiles unreadable, const Read& read) {
  Ways ways(place, version, std::move(unreadable));
  while (true) {
    LogSegment segment = ways.Next();
    const Start start(segment);
    const std::optional<Checkpoint> checkpoint = segment.checkpoint;
    const std::vector<std::string> warnings = ways.Warnings(segment);
    Dispensable busy_with;
    try {
      return read(std::move(segment), busy_with, warnings);
    } catch (const Error& error) {
      ways.Fail(error, start, checkpoint, std::move(busy_with));
    }
  }
}

Dispensable CheckpointOf(const LogSegment& segment) {
  if (!segment.checkpoint) return {};
  return {segment.checkpoint->id()};
}

Dispensable CompactedCommitsOf(const LogSegment& segment) {
  Dispensable files;
  for (const CommitFile& commit : segment.commits) {
    if (commit.first_version) files.insert(commit.object.location);
  }
  return files;
}

// Reads the commits of a segment behind what its checkpoint says, and keeps what it is `busy` with
// up to date.
LoadedLog LoadLog(const LogPlace& place, LogSegment segment, TableState base, Dispensable& busy) {
  busy = CompactedCommitsOf(segment);
  std::vector<Commit> commits = ReadCommits(place.store, segment.commits);
  TableState state = ReconcileState(std::move(base), commits);
  busy.merge(CheckpointOf(segment));
  Snapshot::State checked = CheckState(place, segment.version, std::move(state));
  busy = CompactedCommitsOf(segment);
  return {std::move(segment), std::move(commits), std::move(checked)};
}

CheckpointManifest ReadManifest(const LogPlace& place, const LogSegment& segment) {
  if (!segment.checkpoint) return {};
  return ReadCheckpointManifest(place.store, *segment.checkpoint);
}

// A catalog says nothing of tables that are not its own.
void CheckHasCatalog(const Protocol& protocol, const LogPlace& place) {
  if (!place.catalog || NeedsCatalog(protocol)) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("No catalog manages the table, whose commits cannot be handed in: {}",
                          place.store.url()));
}

// Makes the way to the files of a segment's checkpoint, to be gone once more.
using MakeReplay = std::function<ReplayAgain(const LogPlace& place, const LogSegment& segment)>;

SnapshotPtr Load(const LogPlace& place, std::optional<int64_t> version,
                 const UnreadableFiles& unreadable, const MakeReplay& make_replay) {
  return ReadBySomeWay(
      place, version, unreadable,
      [&](LogSegment segment, Dispensable& busy, const std::vector<std::string>& warnings) {
        busy = CheckpointOf(segment);
        CheckpointManifest manifest = ReadManifest(place, segment);
        LoadedLog log = LoadLog(place, std::move(segment), manifest.state, busy);
        log.state.warnings = warnings;
        busy = CheckpointOf(log.segment);
        const LiveFiles files =
            ReadCheckpointFiles(place.store, manifest, make_replay(place, log.segment));
        busy = CompactedCommitsOf(log.segment);
        return Finish(std::move(log), files);
      });
}

// What is found by the way has nothing left to be read later.
ReplayAgain ReplayOf(const LogPlace& place, const LogSegment& segment) {
  if (!segment.checkpoint) return nullptr;
  return [store = place.store, catalog = place.catalog,
          checkpoint = *segment.checkpoint](bool is_unreadable) {
    UnreadableFiles unreadable;
    if (is_unreadable) unreadable.insert(checkpoint.id());
    const auto files = [&](std::optional<int64_t> version) {
      const SnapshotPtr snapshot = Load({store, catalog}, version, unreadable,
                                        [](const auto&, const auto&) { return nullptr; });
      return snapshot->files().columns().files();
    };
    try {
      return files(checkpoint.version);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kCancelled) throw;
    }
    // The log does not reach back to that version any more.
    return files(std::nullopt);
  };
}

SnapshotPtr Load(const LogPlace& place, std::optional<int64_t> version) {
  return Load(place, version, {}, ReplayOf);
}

// What a version says but for its files.
Snapshot::State LoadState(const LogPlace& place, std::optional<int64_t> version) {
  return ReadBySomeWay(place, version, {}, [&](LogSegment segment, Dispensable& busy, const auto&) {
    busy = CheckpointOf(segment);
    CheckpointManifest manifest = ReadManifest(place, segment);
    LoadedLog log = LoadLog(place, std::move(segment), std::move(manifest.state), busy);
    log.state.timestamp_ms = TimestampOf(log.state, log.segment, log.commits);
    return std::move(log.state);
  });
}

SnapshotPtr LoadLatest(const LogPlace& place) {
  SnapshotPtr snapshot = Load(place, std::nullopt);
  CheckHasCatalog(snapshot->protocol(), place);
  return snapshot;
}

// Whether a listing still has the file that the snapshot's version was last seen as.
bool HasOwnFile(const LogFiles& files, const Snapshot& snapshot) {
  const bool is_file_time = !FindInCommitTimestamps(snapshot.protocol(), snapshot.metadata());
  const auto is_own = [&](int64_t version, const datafusion::ObjectMeta& object) {
    return version == snapshot.version() &&
           (!is_file_time || object.last_modified_ms == snapshot.timestamp_ms());
  };
  return std::any_of(
             files.commits().begin(), files.commits().end(),
             [&](const CommitFile& commit) { return is_own(commit.version, commit.object); }) ||
         std::any_of(files.checkpoints().begin(), files.checkpoints().end(),
                     [&](const Checkpoint& checkpoint) {
                       return is_own(checkpoint.version, checkpoint.parts.front());
                     });
}

std::optional<int64_t> FirstCommit(const LogFiles& files) {
  if (files.commits().empty()) return std::nullopt;
  return files.commits().front().version;
}

// The commits that are newer than the snapshot; nothing where they do not follow it without a
// gap up to the newest version, or the log is no longer the one it was read from.
std::optional<LogSegment> FindNewerCommits(const Snapshot& snapshot, const LogPlace& place) {
  const LogFiles files = ListLogFiles(place.store, snapshot.version(), place.catalog.get());
  if (!HasOwnFile(files, snapshot)) return std::nullopt;
  LogSegment segment;
  segment.version = snapshot.version();
  for (const CommitFile& commit : files.commits()) {
    if (commit.version <= snapshot.version()) continue;
    if (commit.version != segment.version + 1) return std::nullopt;
    segment.version = commit.version;
    segment.last_modified_ms = commit.object.last_modified_ms;
    segment.commits.push_back(commit);
    segment.own_commit = commit;
  }
  if (files.latest_version() != segment.version) return std::nullopt;
  return segment;
}

}  // namespace

bool HasDeltaLog(const ObjectStore& store) {
  return ListLogFiles(store, 0).latest_version().has_value();
}

SnapshotPtr LoadLatestSnapshot(const ObjectStore& store, CatalogCommitsPtr catalog) {
  return LoadLatest({store, std::move(catalog)});
}

SnapshotPtr LoadSnapshotAtVersion(const ObjectStore& store, int64_t version,
                                  CatalogCommitsPtr catalog) {
  if (version < 0) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("A version is a number from 0 on: {}", version));
  }
  return Load({store, std::move(catalog)}, version);
}

SnapshotPtr LoadSnapshotAtTimestamp(const ObjectStore& store, int64_t timestamp_ms,
                                    CatalogCommitsPtr catalog) {
  const LogPlace place{store, std::move(catalog)};
  std::optional<int64_t> first_commit;
  for (int listings = 1;; ++listings) {
    const Snapshot::State latest = LoadState(place, std::nullopt);
    CheckHasCatalog(latest.protocol, place);
    const LogFiles files = ListLogFiles(store, 0, place.catalog.get());
    if (files.commits().empty() && timestamp_ms >= latest.timestamp_ms) {
      return Load(place, latest.version);
    }
    const auto in_commit = FindInCommitTimestamps(latest.protocol, latest.metadata);
    std::optional<int64_t> version;
    try {
      version = FindVersionAtTimestamp(store, files, in_commit, timestamp_ms);
      return Load(place, *version);
    } catch (const Error& error) {
      // What was listed may be cleaned up meanwhile: then the log begins later than it did.
      const bool is_cleaned =
          IsGone(error) || (version && error.code() == ErrorCode::kVersionNotFound);
      const std::optional<int64_t> first = FirstCommit(files);
      if (!is_cleaned || first == first_commit || listings == kMaxListings) throw LogError(error);
      first_commit = first;
    }
  }
}

SnapshotPtr RefreshSnapshot(SnapshotPtr snapshot) {
  CatalogCommitsPtr catalog = snapshot->catalog();
  return RefreshSnapshot(std::move(snapshot), std::move(catalog));
}

SnapshotPtr RefreshSnapshot(SnapshotPtr snapshot, CatalogCommitsPtr catalog) {
  const LogPlace place{snapshot->store(), std::move(catalog)};
  std::optional<LogSegment> newer = FindNewerCommits(*snapshot, place);
  if (!newer) return LoadLatest(place);
  if (newer->commits.empty()) return snapshot;

  // Where the older actions stood is known no more; they have passed the checks.
  TableState base;
  const std::string location = CommitLocation(snapshot->version());
  base.protocol = {snapshot->protocol(), location};
  base.metadata = {snapshot->metadata(), location};
  base.transactions = snapshot->transactions();
  base.domains = snapshot->domains();
  Dispensable nothing;
  try {
    LoadedLog log = LoadLog(place, *std::move(newer), std::move(base), nothing);
    const ActiveFileColumns& columns = snapshot->files().columns();
    snapshot = Finish(std::move(log), columns.files(), &columns);
  } catch (const Error& error) {
    if (IsGone(error)) return LoadLatest(place);
    throw LogError(error);
  }
  CheckHasCatalog(snapshot->protocol(), place);
  return snapshot;
}

}  // namespace deltaic::delta
