#pragma once

// How a Delta table is shown to queries and read by them.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <deltaic/base/export.h>
#include <deltaic/columnar/schema.h>
#include <deltaic/datafusion/session_context.h>
#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// The usual name of the column that tells each row's file.
inline constexpr std::string_view kPathColumn = "__delta_rs_path";

/// The struct column of `DeltaScanConfig::metadata_column`.
inline constexpr std::string_view kMetadataColumn = "_metadata";

/// Columns that a scan adds to those of the table.
struct AddedColumns {
  std::optional<std::string> file_column = {};  ///< As `DeltaScanConfig::file_column_name`.
  bool metadata = false;                        ///< As `DeltaScanConfig::metadata_column`.
};

/// Settings of a scan, a plain value; the defaults are those of the `deltalake` crate. Columns come
/// in this order: those of the files, partition columns, the path column, `_metadata`.
struct DELTAIC_EXPORT DeltaScanConfig {
  /// Adds a string column of this name: the location of a row's file, relative to the table.
  std::optional<std::string> file_column_name = {};
  /// Makes dictionaries of partition columns of strings and binaries, and of the path column: with
  /// UInt16 keys, or UInt32 beyond 65,536 values. Queries are faster without.
  bool wrap_partition_values = true;
  /// Has the Parquet reader evaluate filters while it decodes. Otherwise the session's
  /// "datafusion.execution.parquet.pushdown_filters" decides. Row groups and pages are skipped in
  /// either case.
  bool enable_parquet_pushdown = true;
  /// Leaves out files that partition values, statistics or a limit rule out.
  bool enable_file_skipping = true;
  /// Reads strings and binaries as Arrow views, which is faster; otherwise as Utf8 and Binary.
  bool schema_force_view_types = true;
  /// The columns to read in place of the table's: fewer, in another order, of wider types, or new
  /// ones, which are null. Their types are taken as they are given.
  std::optional<Schema> schema = {};
  /// Adds the struct column `_metadata`: `file_path` (with the table's root), `file_name`,
  /// `file_size` (bytes), `file_modification_time`, `row_index` (a row's position in its file);
  /// where row tracking is enabled `row_id` and `row_commit_version` as well.
  bool metadata_column = false;

  DeltaScanConfig WithFileColumnName(std::string name) const;
  DeltaScanConfig WithWrapPartitionValues(bool enable) const;
  DeltaScanConfig WithParquetPushdown(bool enable) const;
  DeltaScanConfig WithFileSkipping(bool enable) const;
  DeltaScanConfig WithForceViewTypes(bool enable) const;
  DeltaScanConfig WithSchema(Schema columns) const;
  /// `struct_type` as a Delta type. Throws `kInvalidArgument` if it is no struct.
  DeltaScanConfig WithSchema(const DataType& struct_type) const;
  DeltaScanConfig WithMetadataColumn(bool enable = true) const;
  /// These columns on top of those that are added already.
  DeltaScanConfig WithAddedColumns(const AddedColumns& added) const;

  /// The settings for a table of `session`: no dictionaries; view types and pushdown as
  /// "datafusion.execution.parquet.schema_force_view_types" and "….pushdown_filters" say now.
  static DeltaScanConfig NewFromSession(const datafusion::SessionContext& session);
};

/// Gives the settings for the next table that a query names.
using ScanConfigSource = std::function<DeltaScanConfig()>;

/// Settings as `NewFromSession` finds them at the time of each call. Does not keep `session` alive;
/// where it is gone, the defaults.
DELTAIC_EXPORT ScanConfigSource ScanConfigOf(const datafusion::SessionContext& session);

/// The settings of `source` with more columns.
DELTAIC_EXPORT ScanConfigSource With(ScanConfigSource source, AddedColumns added);

}  // namespace deltaic::delta
