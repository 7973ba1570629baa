#include <deltaic/delta/snapshot/snapshot_loader.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_json.h>

#include "delta/log/action_reconciliation.h"
#include "delta/log/checkpoint/checkpoint_files.h"
#include "delta/log/checkpoint/checkpoint_reader.h"
#include "delta/log/checkpoint/small_batches.h"
#include "delta/log/commit_reader.h"
#include "delta/log/commit_timestamp.h"
#include "delta/log/log_error.h"
#include "delta/log/log_segment.h"
#include "delta/log/log_source.h"
#include "delta/protocol/log_path.h"
#include "delta/protocol/schema/column_mapping.h"
#include "delta/protocol/schema/type_widening.h"
#include "delta/protocol/table_support.h"
#include "delta/snapshot/active_file_columns.h"
#include "delta/snapshot/segment_candidates.h"
#include "delta/snapshot/snapshot_state.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectStore;
using SnapshotPtr = std::shared_ptr<const Snapshot>;
using SegmentPtr = std::shared_ptr<const LogSegment>;

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

// A state without files that has passed every check on whether the table may be read.
SnapshotState CheckState(const TableAccess& access, int64_t version, TableState state) {
  const LogSource source = LogSourceOf(access);
  if (!state.protocol) Incomplete(access.store(), version, "protocol");
  const Protocol& protocol = state.protocol->action;
  InFile(state.protocol->location, version, [&] { CheckProtocolReadable(protocol, source); });
  if (!state.metadata) Incomplete(access.store(), version, "metaData");
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
  return {.access = access,
          .version = version,
          .timestamp_ms = 0,
          .protocol = protocol,
          .metadata = metadata,
          .schema = std::move(schema),
          .transactions = std::move(state.transactions),
          .domains = std::move(state.domains),
          .files = ActiveFiles(nullptr),
          .segment = nullptr,
          .warnings = {}};
}

SnapshotPtr MakeSnapshot(SnapshotState state, LiveFiles files, const ActiveFileColumns* older) {
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

// The time of a version whose commits after `segment.checkpoint` are `commits`.
int64_t TimestampOf(const SnapshotState& state, const LogSegment& segment,
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
  return ReadInCommitTimestamp(state.access.store(), *segment.own_commit)
      .value_or(segment.last_modified_ms);
}

// A version's log, read except for the files of its checkpoint.
struct LoadedLog {
  SegmentPtr segment;
  std::vector<Commit> commits;
  SnapshotState state;
};

SnapshotPtr Finish(LoadedLog log, const LiveFiles& base) {
  log.state.timestamp_ms = TimestampOf(log.state, *log.segment, log.commits);
  log.state.segment = std::move(log.segment);
  return MakeSnapshot(std::move(log.state), ReconcileFiles(base, log.commits), nullptr);
}

// The snapshot that `log`, the commits after `older`, leads to; all of `segment` leads there too.
SnapshotPtr FinishRefresh(LoadedLog log, SegmentPtr segment, const Snapshot& older) {
  log.state.timestamp_ms = TimestampOf(log.state, *log.segment, log.commits);
  log.state.segment = std::move(segment);
  const ActiveFileColumns& columns = older.files().columns();
  LiveFiles files = MergeSmallBatches(ReconcileFiles(columns.files(), log.commits));
  return MakeSnapshot(std::move(log.state), std::move(files), &columns);
}

UnreadableFiles CheckpointOf(const LogSegment& segment) {
  if (!segment.checkpoint) return {};
  return {segment.checkpoint->id()};
}

UnreadableFiles CompactedCommitsOf(const LogSegment& segment) {
  UnreadableFiles files;
  for (const CommitFile& commit : segment.commits) {
    if (commit.first_version) files.insert(commit.object.location);
  }
  return files;
}

// Reads the commits of a segment after its checkpoint, and keeps what it is `busy` with
// up to date.
LoadedLog LoadLog(const TableAccess& access, SegmentPtr segment, TableState base,
                  UnreadableFiles& busy) {
  busy = CompactedCommitsOf(*segment);
  std::vector<Commit> commits = ReadCommits(access.store(), segment->commits);
  TableState state = ReconcileState(std::move(base), commits);
  busy.merge(CheckpointOf(*segment));
  SnapshotState checked = CheckState(access, segment->version, std::move(state));
  busy = CompactedCommitsOf(*segment);
  return {std::move(segment), std::move(commits), std::move(checked)};
}

CheckpointManifest ReadManifest(const TableAccess& access, const LogSegment& segment) {
  if (!segment.checkpoint) return {};
  return ReadCheckpointManifest(access.store(), *segment.checkpoint);
}

// A catalog says nothing of tables that are not its own.
void CheckHasCatalog(const Protocol& protocol, const TableAccess& access) {
  if (!access.catalog() || NeedsCatalog(protocol)) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("No catalog manages the table, whose commits cannot be handed in: {}",
                          access.store().url()));
}

// Makes a function that reads the files of a segment's checkpoint again, later.
using MakeReplay = std::function<ReplayAgain(const TableAccess& access, const LogSegment& segment)>;

SnapshotPtr Load(const TableAccess& access, std::optional<int64_t> version,
                 const UnreadableFiles& unreadable, const MakeReplay& make_replay) {
  return ReadSomeSegment(
      access, version, unreadable,
      [&](const SegmentPtr& segment, UnreadableFiles& busy, std::vector<std::string> warnings) {
        busy = CheckpointOf(*segment);
        CheckpointManifest manifest = ReadManifest(access, *segment);
        LoadedLog log = LoadLog(access, segment, manifest.state, busy);
        log.state.warnings = std::move(warnings);
        busy = CheckpointOf(*segment);
        const LiveFiles files =
            ReadCheckpointFiles(access.store(), manifest, make_replay(access, *segment));
        busy = CompactedCommitsOf(*segment);
        return Finish(std::move(log), files);
      });
}

// Null for a segment without a checkpoint. A snapshot that such a function loads has none itself.
ReplayAgain ReplayOf(const TableAccess& access, const LogSegment& segment) {
  if (!segment.checkpoint) return nullptr;
  return [access, checkpoint = *segment.checkpoint](bool is_unreadable) {
    UnreadableFiles unreadable;
    if (is_unreadable) unreadable.insert(checkpoint.id());
    const auto files = [&](std::optional<int64_t> version) {
      const SnapshotPtr snapshot =
          Load(access, version, unreadable, [](const auto&, const auto&) { return nullptr; });
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

SnapshotPtr Load(const TableAccess& access, std::optional<int64_t> version) {
  return Load(access, version, {}, ReplayOf);
}

// What a version says but for its files.
SnapshotState LoadState(const TableAccess& access, std::optional<int64_t> version) {
  return ReadSomeSegment(
      access, version, {}, [&](const SegmentPtr& segment, UnreadableFiles& busy, const auto&) {
        busy = CheckpointOf(*segment);
        CheckpointManifest manifest = ReadManifest(access, *segment);
        LoadedLog log = LoadLog(access, segment, std::move(manifest.state), busy);
        log.state.timestamp_ms = TimestampOf(log.state, *segment, log.commits);
        return std::move(log.state);
      });
}

// The file of a segment's own version.
const datafusion::ObjectMeta& OwnFile(const LogSegment& segment) {
  return segment.own_commit ? segment.own_commit->object : segment.checkpoint->parts.front();
}

// Whether a listing still has the file that the snapshot's version was last seen as. Another file
// of the version, such as its checkpoint, counts where the time of the version is that of no file.
bool HasOwnFile(const LogFiles& files, const Snapshot& snapshot) {
  const bool is_file_time = !FindInCommitTimestamps(snapshot.protocol(), snapshot.metadata());
  const datafusion::ObjectMeta& seen = OwnFile(snapshot.segment());
  const auto is_own = [&](int64_t version, const datafusion::ObjectMeta& object) {
    if (version != snapshot.version()) return false;
    if (object.location != seen.location && !is_file_time) return true;
    return object.size == seen.size && object.last_modified_ms == seen.last_modified_ms;
  };
  return std::ranges::any_of(
             files.commits(),
             [&](const CommitFile& commit) { return is_own(commit.version, commit.object); }) ||
         std::ranges::any_of(files.checkpoints(), [&](const Checkpoint& checkpoint) {
           return is_own(checkpoint.version, checkpoint.parts.front());
         });
}

std::optional<int64_t> FirstCommit(const LogFiles& files) {
  if (files.commits().empty()) return std::nullopt;
  return files.commits().front().version;
}

// How to get from a snapshot to the newest version.
struct Advance {
  SegmentPtr newer;    // The commits after the snapshot; null where there are none.
  SegmentPtr segment;  // All that leads to the version.
};

// The segment of a snapshot, and the commits after it. A newer checkpoint makes it shorter:
// sessions that follow a table for long do not collect its commits.
LogSegment Extend(const LogSegment& older, const LogSegment& newer, const LogFiles& files) {
  auto choice = files.Select(newer.version);
  if (LogSegment* shorter = std::get_if<LogSegment>(&choice)) return std::move(*shorter);
  LogSegment segment = newer;
  segment.checkpoint = older.checkpoint;
  segment.commits = older.commits;
  segment.commits.insert(segment.commits.end(), newer.commits.begin(), newer.commits.end());
  return segment;
}

// Nothing where the newer commits do not follow the snapshot without a gap up to `version` (nothing
// = the newest), or the log is no longer the one it was read from.
std::optional<Advance> FindAdvance(const Snapshot& snapshot, const TableAccess& access,
                                   std::optional<int64_t> version) {
  const LogFiles files = ListLogFiles(access, snapshot.version());
  if (!HasOwnFile(files, snapshot)) return std::nullopt;
  LogSegment newer;
  newer.version = snapshot.version();
  for (const CommitFile& commit : files.commits()) {
    if (commit.version <= snapshot.version()) continue;
    if (version && commit.version > *version) break;
    if (commit.version != newer.version + 1) return std::nullopt;
    newer.version = commit.version;
    newer.last_modified_ms = commit.object.last_modified_ms;
    newer.commits.push_back(commit);
    newer.own_commit = commit;
  }
  if ((version ? version : files.latest_version()) != newer.version) return std::nullopt;
  if (newer.commits.empty()) return Advance{};
  LogSegment segment = Extend(snapshot.segment(), newer, files);
  return Advance{std::make_shared<const LogSegment>(std::move(newer)),
                 std::make_shared<const LogSegment>(std::move(segment))};
}

// What a snapshot says but for its files. Its actions have passed the checks.
TableState StateOf(const Snapshot& snapshot) {
  // Which files of the log they were in is known no more.
  const std::string location = CommitLocation(snapshot.version());
  TableState state;
  state.protocol = {snapshot.protocol(), location};
  state.metadata = {snapshot.metadata(), location};
  state.transactions = snapshot.transactions();
  state.domains = snapshot.domains();
  return state;
}

// Loads a version anew (nothing = the newest).
SnapshotPtr LoadAnew(const TableAccess& access, std::optional<int64_t> version) {
  return version ? LoadSnapshotAtVersion(access, *version) : LoadLatestSnapshot(access);
}

SnapshotPtr Refresh(SnapshotPtr snapshot, CatalogCommitsPtr catalog,
                    std::optional<int64_t> version) {
  const TableAccess access = snapshot->access().WithCatalog(std::move(catalog));
  std::optional<Advance> advance = FindAdvance(*snapshot, access, version);
  if (!advance) return LoadAnew(access, version);
  if (!advance->newer) return snapshot;

  UnreadableFiles nothing;
  try {
    LoadedLog log = LoadLog(access, std::move(advance->newer), StateOf(*snapshot), nothing);
    snapshot = FinishRefresh(std::move(log), std::move(advance->segment), *snapshot);
  } catch (const Error& error) {
    if (IsGone(error)) return LoadAnew(access, version);
    throw LogError(error);
  }
  CheckHasCatalog(snapshot->protocol(), access);
  return snapshot;
}

}  // namespace

bool HasDeltaLog(const ObjectStore& store) {
  return ListLogFiles(TableAccess(store), 0).latest_version().has_value();
}

SnapshotPtr LoadLatestSnapshot(const TableAccess& access) {
  SnapshotPtr snapshot = Load(access, std::nullopt);
  CheckHasCatalog(snapshot->protocol(), access);
  return snapshot;
}

SnapshotPtr LoadSnapshotAtVersion(const TableAccess& access, int64_t version) {
  if (version < 0) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("A version is a number from 0 on: {}", version));
  }
  return Load(access, version);
}

SnapshotPtr LoadSnapshotAtTimestamp(const TableAccess& access, int64_t timestamp_ms) {
  std::optional<int64_t> first_commit;
  for (int listings = 1;; ++listings) {
    const SnapshotState latest = LoadState(access, std::nullopt);
    CheckHasCatalog(latest.protocol, access);
    const LogFiles files = ListLogFiles(access, 0);
    if (files.commits().empty() && timestamp_ms >= latest.timestamp_ms) {
      return Load(access, latest.version);
    }
    const auto in_commit = FindInCommitTimestamps(latest.protocol, latest.metadata);
    std::optional<int64_t> version;
    try {
      version = FindVersionAtTimestamp(access.store(), files, in_commit, timestamp_ms);
      return Load(access, *version);
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
  CatalogCommitsPtr catalog = snapshot->access().catalog();
  return RefreshSnapshot(std::move(snapshot), std::move(catalog));
}

SnapshotPtr RefreshSnapshot(SnapshotPtr snapshot, CatalogCommitsPtr catalog) {
  return Refresh(std::move(snapshot), std::move(catalog), std::nullopt);
}

SnapshotPtr RefreshSnapshotTo(SnapshotPtr snapshot, CatalogCommitsPtr catalog, int64_t version) {
  return Refresh(std::move(snapshot), std::move(catalog), version);
}

}  // namespace deltaic::delta
