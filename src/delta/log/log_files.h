#pragma once

// What lies in the log folder, and which of it makes up a version (PROTOCOL.md, "Delta Log
// Entries", "Checkpoints"). Plain values.

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/object_store.h>

namespace deltaic::delta {

/// A commit file that is there.
struct CommitFile {
  int64_t version = 0;
  datafusion::ObjectMeta object;
};

/// A checkpoint of which all files are there: one, or its parts in order.
struct Checkpoint {
  int64_t version = 0;
  std::vector<datafusion::ObjectMeta> parts;

  /// What tells it from other checkpoints of the table.
  std::pair<int64_t, size_t> id() const { return {version, parts.size()}; }
};

/// Ids of checkpoints.
using CheckpointIds = std::set<std::pair<int64_t, size_t>>;

/// The files that a version is read from.
struct LogSegment {
  int64_t version = 0;
  std::optional<Checkpoint> checkpoint;
  /// Every commit behind the checkpoint, or from 0 on, ascending and without a gap.
  std::vector<CommitFile> commits;
  /// Of the version's commit file, or of its checkpoint if that is all there is.
  int64_t last_modified_ms = 0;
};

/// The log files of a table that a listing found.
class LogFiles {
 public:
  /// Takes a listing of the log folder, or a part of one, in any order; ignores what is no log
  /// file.
  explicit LogFiles(std::vector<datafusion::ObjectMeta> objects);

  const std::vector<CommitFile>& commits() const { return commits_; }  ///< Ascending.
  /// Complete ones, ascending; those in fewer parts last within a version.
  const std::vector<Checkpoint>& checkpoints() const { return checkpoints_; }

  /// The newest version that any commit or checkpoint speaks of; nothing where there is none.
  std::optional<int64_t> latest_version() const;

  /// Chooses the files of a version (nothing = the newest that the log speaks of), starting from
  /// the newest checkpoint that is not in `unreadable`. Where there is no such version, or no
  /// way to it, returns the error that says why, given that the listing is complete.
  std::variant<LogSegment, Error> Select(std::optional<int64_t> version,
                                         const CheckpointIds& unreadable = {}) const;

 private:
  std::optional<int64_t> EarliestReachable() const;
  Error NoSuchVersion(int64_t version) const;

  std::vector<CommitFile> commits_;
  std::vector<Checkpoint> checkpoints_;
  std::vector<int64_t> uuid_checkpoints_;  // Versions of V2 checkpoints, ascending.
};

}  // namespace deltaic::delta
