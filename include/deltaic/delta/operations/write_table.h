#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/datafusion/data_frame.h>
#include <deltaic/delta/log/table_access.h>
#include <deltaic/delta/operations/save_mode.h>
#include <deltaic/delta/snapshot/snapshot.h>
#include <deltaic/delta/transaction/commit_properties.h>
#include <deltaic/delta/transaction/commit_result.h>
#include <deltaic/delta/write/write_options.h>

namespace deltaic::delta {

/// Which rows an overwrite replaces.
enum class OverwriteScope : uint8_t {
  kTable,       ///< All, or those of the predicate.
  kPartitions,  ///< Those of the partitions that the new rows are in.
};

/// A request to write the rows of a query to a table.
struct WriteRequest {
  SaveMode mode = SaveMode::kErrorIfExists;
  SchemaMode schema_mode = SchemaMode::kStrict;
  /// Of an overwrite: the rows to replace, as SQL over the table's columns (Spark's
  /// `replaceWhere`). The new rows must satisfy it.
  std::optional<std::string> predicate = {};
  OverwriteScope overwrite = OverwriteScope::kTable;
  /// The partition columns of a new table; of one that is there they must be the same, unless the
  /// schema is overwritten.
  std::optional<std::vector<std::string>> partition_columns = {};
  /// Of a new table.
  std::optional<std::string> name = {};
  std::optional<std::string> description = {};
  std::map<std::string, std::string> configuration = {};
  /// Whether an overwrite gives the table the schema of the rows and, in place of its own, the
  /// partitioning, name, description and properties that are above.
  bool replaces_definition = false;
  /// Whether columns of a new schema may be null at every depth, whatever the rows declare: what a
  /// query finds out of itself is not what its author asks of later rows.
  bool makes_nullable = false;
  /// Whether texts are read as numbers, dates and times where the table has such a column.
  bool parses_texts = false;
  WriterOptions writer = {};
  CommitProperties commit = {};
  PostCommitProperties post_commit = {};
};

/// What a write did.
struct WriteMetrics {
  int64_t num_added_files = 0;
  int64_t num_removed_files = 0;
  int64_t num_added_rows = 0;
  int64_t num_added_bytes = 0;
  /// Rows that were written again because they are in a file with rows that are replaced.
  int64_t num_copied_rows = 0;
  /// How many partitions the new files are in.
  int64_t num_partitions = 0;
  int64_t execution_time_ms = 0;
};

struct WriteResult {
  CommitResult commit;
  WriteMetrics metrics;
};

/// Writes rows to a table, in one commit, and makes the table where there is none. Every value is
/// stored exactly, or the write is refused; columns go by name. `snapshot` is the version that the
/// caller knows, by which conflicts are told; null is the newest.
///
/// Throws `kAlreadyExists`; `kInvalidArgument` naming the column where the rows do not fit the
/// table; `kConstraintViolation` naming the constraint and showing a row; `kUnsupportedFeature`;
/// `CommitConflict` where another writer won; `CommitStateUnknown`; the errors of the query and of
/// the store. The files of a write that fails are removed, as far as the store allows.
DELTAIC_EXPORT WriteResult WriteTable(const TableAccess& access,
                                      std::shared_ptr<const Snapshot> snapshot,
                                      const datafusion::DataFrame& rows,
                                      const WriteRequest& request);

}  // namespace deltaic::delta
