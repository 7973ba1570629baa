#include <deltaic/delta/snapshot/snapshot_loader.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_json.h>

#include "delta/log/action_reconciliation.h"
#include "delta/log/checkpoint_reader.h"
#include "delta/log/commit_reader.h"
#include "delta/log/commit_timestamp.h"
#include "delta/log/log_segment.h"
#include "delta/protocol/log_path.h"
#include "delta/protocol/table_support.h"
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

// A state without files that has passed every check on whether the table may be read.
Snapshot::State CheckState(const ObjectStore& store, int64_t version, TableState state) {
  if (!state.protocol) Incomplete(store, version, "protocol");
  const Protocol& protocol = state.protocol->action;
  InFile(state.protocol->location, version, [&] { CheckProtocolReadable(protocol); });
  if (!state.metadata) Incomplete(store, version, "metaData");
  const Metadata& metadata = state.metadata->action;
  DataType schema = InFile(state.metadata->location, version, [&] {
    if (metadata.schema_string.empty()) {
      throw Error(ErrorCode::kCorruptLog, "metaData.schemaString is missing.");
    }
    DataType parsed = ParseSchemaJson(metadata.schema_string);
    CheckReadable(protocol, metadata, parsed);
    return parsed;
  });
  return {store,
          version,
          0,
          protocol,
          metadata,
          std::move(schema),
          std::move(state.transactions),
          std::move(state.domains),
          nullptr};
}

SnapshotPtr MakeSnapshot(Snapshot::State state, int64_t timestamp_ms, LiveFiles files,
                         const ActiveFileColumns* older) {
  state.timestamp_ms = timestamp_ms;
  state.files = std::make_shared<const ActiveFileColumns>(std::move(files),
                                                          state.metadata.partition_columns, older);
  return std::make_shared<const Snapshot>(std::move(state));
}

std::optional<int64_t> InCommitTimestamp(const Commit& commit) {
  for (const CommitActions& piece : commit.pieces) {
    if (piece.commit_info) return piece.commit_info->in_commit_timestamp;
  }
  return std::nullopt;
}

// The time of a version whose commits behind `segment.checkpoint` are `commits`.
int64_t TimestampOf(const ObjectStore& store, const Metadata& metadata, const LogSegment& segment,
                    const std::vector<Commit>& commits) {
  if (!HasInCommitTimestamps(metadata)) return segment.last_modified_ms;
  if (!commits.empty()) {
    if (const auto time = InCommitTimestamp(commits.back())) return *time;
  }
  const std::string location = CommitLocation(segment.version);
  try {
    return ReadInCommitTimestamp(store, {segment.version, {location, 0, 0}});
  } catch (const Error& error) {
    // The commit of a checkpoint's version may be cleaned up: the time of the file that is left.
    if (error.code() != ErrorCode::kFileNotFound || !commits.empty()) throw;
    return segment.last_modified_ms;
  }
}

bool SaysUnreadable(const Error& error) {
  return error.code() == ErrorCode::kCorruptLog || error.code() == ErrorCode::kFileNotFound;
}

// A version's log, read except for the files of its checkpoint.
struct LoadedLog {
  LogSegment segment;
  std::vector<Commit> commits;
  Snapshot::State state;
};

LoadedLog LoadLog(const ObjectStore& store, LogSegment segment, TableState base) {
  std::vector<Commit> commits = ReadCommits(store, segment.commits);
  Snapshot::State state =
      CheckState(store, segment.version, ReconcileState(std::move(base), commits));
  return {std::move(segment), std::move(commits), std::move(state)};
}

SnapshotPtr Finish(LoadedLog log, const LiveFiles& base, const ActiveFileColumns* older = nullptr) {
  LiveFiles files = ReconcileFiles(base, log.commits);
  const int64_t time = TimestampOf(log.state.store, log.state.metadata, log.segment, log.commits);
  return MakeSnapshot(std::move(log.state), time, std::move(files), older);
}

SnapshotPtr Load(const ObjectStore& store, std::optional<int64_t> version) {
  CheckpointIds unreadable;
  std::exception_ptr first_failure;
  while (true) {
    LogSegment segment;
    try {
      segment = FindLogSegment(store, version, unreadable);
    } catch (const Error& error) {
      if (first_failure && error.code() != ErrorCode::kCancelled) {
        std::rethrow_exception(first_failure);
      }
      throw;
    }
    // Another checkpoint must lead to the same version.
    version = segment.version;
    if (!segment.checkpoint) return Finish(LoadLog(store, std::move(segment), {}), {});

    const Checkpoint checkpoint = *segment.checkpoint;
    const auto read =
        [&](const auto& reader) -> std::optional<decltype(reader(store, checkpoint))> {
      try {
        return reader(store, checkpoint);
      } catch (const Error& error) {
        if (!SaysUnreadable(error)) throw;
        if (!first_failure) first_failure = std::current_exception();
        unreadable.insert(checkpoint.id());
        return std::nullopt;
      }
    };
    std::optional<TableState> base = read(ReadCheckpointState);
    if (!base) continue;
    LoadedLog log = LoadLog(store, std::move(segment), *std::move(base));
    const std::optional<LiveFiles> files = read(ReadCheckpointFiles);
    if (!files) continue;
    return Finish(std::move(log), *files);
  }
}

// Whether a listing still has the file that the snapshot's version was last seen as.
bool HasOwnFile(const LogFiles& files, const Snapshot& snapshot) {
  const bool is_file_time = !HasInCommitTimestamps(snapshot.metadata());
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

// The commits that are newer than the snapshot; nothing where they do not follow it without a
// gap up to the newest version, or the log is no longer the one it was read from.
std::optional<LogSegment> FindNewerCommits(const Snapshot& snapshot) {
  const LogFiles files = ListLogFiles(snapshot.store(), snapshot.version());
  if (!HasOwnFile(files, snapshot)) return std::nullopt;
  LogSegment segment;
  segment.version = snapshot.version();
  for (const CommitFile& commit : files.commits()) {
    if (commit.version <= snapshot.version()) continue;
    if (commit.version != segment.version + 1) return std::nullopt;
    segment.version = commit.version;
    segment.last_modified_ms = commit.object.last_modified_ms;
    segment.commits.push_back(commit);
  }
  if (files.latest_version() != segment.version) return std::nullopt;
  return segment;
}

}  // namespace

bool HasDeltaLog(const ObjectStore& store) {
  return ListLogFiles(store, 0).latest_version().has_value();
}

SnapshotPtr LoadLatestSnapshot(const ObjectStore& store) { return Load(store, std::nullopt); }

SnapshotPtr LoadSnapshotAtVersion(const ObjectStore& store, int64_t version) {
  if (version < 0) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("A version is a number from 0 on: {}", version));
  }
  return Load(store, version);
}

SnapshotPtr LoadSnapshotAtTimestamp(const ObjectStore& store, int64_t timestamp_ms) {
  SnapshotPtr latest = Load(store, std::nullopt);
  const LogFiles files = ListLogFiles(store, 0);
  if (files.commits().empty() && timestamp_ms >= latest->timestamp_ms()) return latest;
  const int64_t version = FindVersionAtTimestamp(store, files, latest->metadata(), timestamp_ms);
  return version == latest->version() ? latest : Load(store, version);
}

SnapshotPtr RefreshSnapshot(SnapshotPtr snapshot) {
  const auto* columns = dynamic_cast<const ActiveFileColumns*>(&snapshot->files());
  std::optional<LogSegment> newer;
  if (columns != nullptr) newer = FindNewerCommits(*snapshot);
  if (!newer) return Load(snapshot->store(), std::nullopt);
  if (newer->commits.empty()) return snapshot;

  // Where the older actions stood is known no more; they have passed the checks.
  TableState base;
  const std::string location = CommitLocation(snapshot->version());
  base.protocol = {snapshot->protocol(), location};
  base.metadata = {snapshot->metadata(), location};
  base.transactions = snapshot->transactions();
  base.domains = snapshot->domains();
  return Finish(LoadLog(snapshot->store(), *std::move(newer), std::move(base)), columns->files(),
                columns);
}

}  // namespace deltaic::delta
