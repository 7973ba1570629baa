#pragma once

// What lies in the log folder, and which of it makes up a version (PROTOCOL.md, "Delta Log
// Entries", "Checkpoints", "Log Compaction Files"). Plain values.

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/object_store.h>

namespace deltaic::delta {

/// A commit that is there, or a compacted file of several of them.
struct CommitFile {
  int64_t version = 0;
  datafusion::ObjectMeta object;
  /// Of compacted commits the version they begin with; `version` is the one they end with.
  std::optional<int64_t> first_version = {};
  /// The commit itself where a catalog holds it. `object` names it then, and is in no store.
  std::shared_ptr<const std::string> content = {};
};

/// A checkpoint of which all files are there: one, or its parts in order. What V2 checkpoints have
/// in sidecars is named in their file.
struct Checkpoint {
  int64_t version = 0;
  std::vector<datafusion::ObjectMeta> parts;

  /// What tells it from other checkpoints of the table.
  const std::string& id() const { return parts.front().location; }
};

/// Files to pass over, by their location, or that of their first part.
using UnreadableFiles = std::set<std::string>;

/// The files that a version is read from.
struct LogSegment {
  int64_t version = 0;
  std::optional<Checkpoint> checkpoint;
  /// Every commit after the checkpoint, or from 0 on, ascending and without a gap.
  std::vector<CommitFile> commits;
  /// The version's own commit, where it is still there.
  std::optional<CommitFile> own_commit;
  /// Of the version's commit file, or of its checkpoint if that is all there is.
  int64_t last_modified_ms = 0;

  bool has_compacted_commits() const;
};

/// The log files of a table that a listing found.
class LogFiles {
 public:
  /// Takes a listing of the log folder, or a part of one, in any order; ignores what is no log
  /// file.
  explicit LogFiles(std::vector<datafusion::ObjectMeta> objects);

  /// Takes what a catalog knows: drops all that is newer than `max_version`, and has `ratified`
  /// commits, ascending, in the place of files of their versions.
  void ApplyCatalog(int64_t max_version, std::vector<CommitFile> ratified);

  const std::vector<CommitFile>& commits() const { return commits_; }  ///< Ascending.
  /// Complete ones, ascending; those to be preferred last within a version: V2 checkpoints with a
  /// name of their own, then those in fewer parts.
  const std::vector<Checkpoint>& checkpoints() const { return checkpoints_; }

  /// The newest version that any commit or checkpoint speaks of, or that a catalog does; nothing
  /// where there is no commit and no checkpoint.
  std::optional<int64_t> latest_version() const;

  /// Chooses the files of a version (nothing = the newest that the log speaks of), starting from
  /// the newest checkpoint, and with compacted commits in the place of the others where that makes
  /// fewer files. Nothing is used that is in `unreadable`. Where there is no such version, or no
  /// way to it, returns the error that says why, given that the listing is complete.
  std::variant<LogSegment, Error> Select(std::optional<int64_t> version,
                                         const UnreadableFiles& unreadable = {}) const;

 private:
  std::optional<int64_t> EarliestReachable() const;
  Error NoSuchVersion(int64_t version) const;
  void UseCompactedCommits(const UnreadableFiles& unreadable, LogSegment& segment) const;

  std::vector<CommitFile> commits_;
  std::vector<CommitFile> compacted_;  // Ascending by the version they begin with.
  std::vector<Checkpoint> checkpoints_;
  std::optional<int64_t> max_version_;  // Of a catalog.
};

}  // namespace deltaic::delta
