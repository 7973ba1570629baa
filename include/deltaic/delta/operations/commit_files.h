#pragma once

// Files that somebody else wrote, as those of a table.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/delta/scan/filter_sql.h>
#include <deltaic/delta/scan/scan_files.h>
#include <deltaic/delta/snapshot/snapshot.h>
#include <deltaic/delta/transaction/commit_properties.h>
#include <deltaic/delta/transaction/commit_result.h>

namespace deltaic::delta {

/// A live file that goes.
struct RemovedFile {
  std::string path;         ///< As in the log.
  bool data_change = true;  ///< False where its rows are in files that the same commit adds.
  /// Milliseconds since the Unix epoch; nothing is now.
  std::optional<int64_t> deletion_timestamp = {};
};

/// A request to add files that are there, and to remove others, in one commit.
struct CommitFilesRequest {
  std::vector<ScanFile> add = {};
  bool data_change = true;  ///< Of the files to add.
  std::vector<RemovedFile> remove = {};
  /// Removes all live files for which these are true: an overwrite. `remove` is empty then.
  std::optional<PartitionFilters> replace = {};
  CommitProperties commit = {};
  PostCommitProperties post_commit = {};
};

/// Commits files. They are not read: that they hold rows of the table is for the caller to know.
///
/// Throws `kInvalidArgument` naming the file where it lacks a partition value, its path is none of
/// the table's, its statistics are no JSON, or a file to remove is not live; `kUnsupportedFeature`
/// for a table with constraints, which nobody could check; and as `WriteTable` for the commit.
DELTAIC_EXPORT CommitResult CommitFiles(const std::shared_ptr<const Snapshot>& snapshot,
                                        const CommitFilesRequest& request);

}  // namespace deltaic::delta
