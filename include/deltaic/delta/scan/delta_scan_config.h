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

/// What a user may ask of the scan of one table.
struct ScanOptions {
  std::optional<std::string> file_column = {};          ///< As `DeltaScanConfig::file_column_name`.
  bool metadata = false;                                ///< As `DeltaScanConfig::metadata_column`.
  std::optional<std::string> partition_time_zone = {};  ///< As the member of `DeltaScanConfig`.

  bool operator==(const ScanOptions&) const = default;
};

/// Settings of a scan, a plain value; the defaults are those of the `deltalake` crate. Columns come
/// in the order of the table's schema, or of `schema`; then the path column, then `_metadata`.
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
  /// ones, which are null. Their types are taken as they are given; all are nullable.
  std::optional<Schema> schema = {};
  /// Adds the struct column `_metadata`: `file_path` (with the table's root), `file_name`,
  /// `file_size` (bytes), `file_modification_time`, `row_index` (a row's position in its file);
  /// where row tracking is enabled `row_id` and `row_commit_version` as well.
  bool metadata_column = false;
  /// The zone of partition values of type timestamp that name none: "UTC", another name of the IANA
  /// database ("Europe/Berlin") or an offset ("+01:00"). Spark writes them in the zone of its
  /// session unless it is told to write UTC. Of a time that a clock shows twice, the earlier one is
  /// meant, and one that it skips is as much later, as in java.time.
  std::string partition_time_zone = "UTC";

  DeltaScanConfig WithFileColumnName(std::string name) const;
  DeltaScanConfig WithWrapPartitionValues(bool enable) const;
  DeltaScanConfig WithParquetPushdown(bool enable) const;
  DeltaScanConfig WithFileSkipping(bool enable) const;
  DeltaScanConfig WithForceViewTypes(bool enable) const;
  DeltaScanConfig WithSchema(Schema columns) const;
  /// `struct_type` as a Delta type. Throws `kInvalidArgument` if it is no struct.
  DeltaScanConfig WithSchema(const DataType& struct_type) const;
  DeltaScanConfig WithMetadataColumn(bool enable = true) const;
  DeltaScanConfig WithPartitionTimeZone(std::string zone) const;
  /// What the options ask for on top of what is set already.
  DeltaScanConfig WithOptions(const ScanOptions& options) const;

  /// The settings for a table of `session`: no dictionaries; view types and pushdown as
  /// "datafusion.execution.parquet.schema_force_view_types" and "….pushdown_filters" say now.
  static DeltaScanConfig NewFromSession(const datafusion::SessionContext& session);
};

/// Gives the settings for the next table that a query names.
using ScanConfigSource = std::function<DeltaScanConfig()>;

/// Settings as `NewFromSession` finds them at the time of each call. Does not keep `session` alive;
/// where it is gone, the defaults.
DELTAIC_EXPORT ScanConfigSource ScanConfigOf(const datafusion::SessionContext& session);

/// The settings of `source` with options.
DELTAIC_EXPORT ScanConfigSource With(ScanConfigSource source, ScanOptions options);

}  // namespace deltaic::delta
