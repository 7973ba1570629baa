#pragma once

// The columns of a table as a query sees them, in the order of the table's schema, then those that
// the scan adds; and where each comes from: the data files, or the log (PROTOCOL.md, "Data Files").

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <deltaic/columnar/schema.h>
#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/scan/delta_scan_config.h>
#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/protocol/partition_value.h"

namespace deltaic::delta {

/// What the column `_metadata` tells about a row.
enum class MetadataParts : uint8_t {
  kOfQueries,  ///< What `DeltaScanConfig::metadata_column` lists.
  /// What tells a row from all others: `file_number` (int64, among the snapshot's live files) and
  /// `row_index`; `row_id` and `row_commit_version` where rows have them.
  kIdentity,
};

/// Immutable once made; safe to share between threads. A column is nullable for Arrow where the
/// table says so, and those of `DeltaScanConfig::schema` all are. The engine refuses a file that
/// has a null in another one, or lacks it.
struct TableColumns {
  /// Throws `kInvalidArgument` where a column that the scan adds has the name of another one, or
  /// where the wanted schema does not fit the table, or where there is no such time zone.
  TableColumns(const Snapshot& snapshot, const DeltaScanConfig& config,
               MetadataParts parts = MetadataParts::kOfQueries);

  /// The table's columns as they are: no dictionaries, nothing added.
  explicit TableColumns(const Snapshot& snapshot)
      : TableColumns(snapshot, DeltaScanConfig().WithWrapPartitionValues(false)) {}

  /// The table's fields that are read from files, as the table declares them.
  std::vector<StructField> file_fields;
  /// The table's fields that the log gives, as the table declares them.
  std::vector<StructField> partition_fields;
  /// The index of each of `partition_fields` in the metadata's partition columns.
  std::vector<int> partition_positions;
  /// As `DeltaScanConfig::partition_time_zone`.
  PartitionZone partition_zone;
  /// What is read from files: the columns of `file_fields`, those that are wanted and new, and
  /// parts of `_metadata`.
  Schema file_schema;
  /// How files know `file_schema`'s columns, where columns are mapped; see
  /// `datafusion::FileScan::stored_schema`.
  std::optional<Schema> stored_schema;
  /// What is constant in a file: `partition_fields`, the path column, parts of `_metadata`.
  Schema partition_schema;
  /// What a query sees.
  Schema table_schema;
  /// Where each column of `table_schema` is: see `datafusion::FileScan::columns`.
  std::vector<int32_t> places;
  std::optional<std::string> path_column;
  bool has_metadata = false;
  MetadataParts metadata_parts = MetadataParts::kOfQueries;
  /// The name of `_metadata`: another one with `MetadataParts::kIdentity`, if a column of the table
  /// begins with that.
  std::string metadata_column;
  /// Whether `_metadata` has ids and commit versions of rows.
  bool has_row_tracking = false;

  /// The name of a part of `_metadata` while it is a column of its own.
  std::string PartOfMetadata(std::string_view part) const;
};

/// Parts that fields of `_metadata` are computed from.
inline constexpr char kFileNumber[] = "file_number";
inline constexpr char kRowIndex[] = "row_index";
inline constexpr char kBaseRowId[] = "base_row_id";
inline constexpr char kDefaultCommitVersion[] = "default_row_commit_version";
inline constexpr char kStoredRowId[] = "stored_row_id";
inline constexpr char kStoredCommitVersion[] = "stored_row_commit_version";

}  // namespace deltaic::delta
