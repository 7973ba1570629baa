#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <deltaic/base/export.h>
#include <deltaic/delta/snapshot/snapshot.h>
#include <deltaic/delta/transaction/commit_properties.h>
#include <deltaic/delta/transaction/commit_result.h>
#include <deltaic/delta/write/write_options.h>

namespace deltaic::delta {

/// A request to delete rows.
struct DeleteRequest {
  /// The rows to delete, as SQL over the table's columns: those for which it is true, not null.
  /// Nothing = all rows.
  std::optional<std::string> predicate = {};
  WriterOptions writer = {};
  CommitProperties commit = {};
  PostCommitProperties post_commit = {};
};

/// What a deletion did.
struct DeleteMetrics {
  /// Data files that were written for the rows that stay; files with a new deletion vector are not
  /// among them.
  int64_t num_added_files = 0;
  /// Data files that went.
  int64_t num_removed_files = 0;
  int64_t num_added_change_files = 0;
  int64_t num_added_bytes = 0;    ///< Of the added data files.
  int64_t num_removed_bytes = 0;  ///< Of the removed data files.
  int64_t num_deleted_rows = 0;
  int64_t num_copied_rows = 0;  ///< Rows that were written again.
  int64_t num_deletion_vectors_added = 0;
  int64_t num_deletion_vectors_removed = 0;  ///< Those of files that went, and replaced ones.
  int64_t num_deletion_vectors_updated = 0;
  int64_t execution_time_ms = 0;
  int64_t scan_time_ms = 0;     ///< Of finding the rows.
  int64_t rewrite_time_ms = 0;  ///< Of writing files.
};

struct DeleteResult {
  /// Where no row was to be deleted, nothing is committed: the version is that of the snapshot, and
  /// `attempts` is 0.
  CommitResult commit;
  DeleteMetrics metrics;
};

/// Deletes rows in one commit. Files of which the log says that all their rows go are removed
/// unread. Of other files the rows are marked by deletion vectors where the table has
/// `delta.enableDeletionVectors`; elsewhere the rows that stay are written to new files. A table
/// with a change data feed gets change files of the deleted rows, unless whole files went only.
///
/// Throws `kInvalidSql`; `kInvalidArgument` for a predicate that does not give the same answer each
/// time; `kConstraintViolation` for an append-only table; `kUnsupportedFeature`; `CommitConflict`
/// where another writer won; `CommitStateUnknown`; the errors of the query and of the store. Files
/// of a deletion that fails are removed, as far as the store allows.
DELTAIC_EXPORT DeleteResult DeleteRows(const std::shared_ptr<const Snapshot>& snapshot,
                                       const DeleteRequest& request);

}  // namespace deltaic::delta
