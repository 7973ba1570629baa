#pragma once

// The properties of a table (PROTOCOL.md, "Change Metadata", and the properties of Delta Spark):
// the only place that knows their names, types and defaults. Pure functions.
//
// A reader must not stop at a property that concerns writers: a text that is no value of its
// property counts as absent. Whoever writes calls `CheckTableProperties` first.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/delta/protocol/state_actions.h>

namespace deltaic::delta {

enum class IsolationLevel : uint8_t { kSerializable, kWriteSerializable, kSnapshotIsolation };

enum class CheckpointPolicy : uint8_t { kClassic, kV2 };

/// Typed access to the properties of one `Metadata`, which must outlive it.
class TableProperties {
 public:
  using Milliseconds = std::chrono::milliseconds;

  explicit TableProperties(const Metadata& metadata) : texts_(metadata.configuration) {}

  /// The text of any property; nothing where it is absent.
  std::optional<std::string_view> Find(std::string_view name) const;

  bool append_only() const { return Flag("delta.appendOnly", false); }

  // Writing.
  IsolationLevel isolation_level() const;  ///< Serializable by default.
  bool change_data_feed() const;           ///< Off by default.
  bool deletion_vectors() const { return Flag("delta.enableDeletionVectors", false); }
  bool type_widening() const { return Flag("delta.enableTypeWidening", false); }
  bool variant_shredding() const { return Flag("delta.enableVariantShredding", false); }
  bool optimize_write() const { return Flag("delta.autoOptimize.optimizeWrite", false); }
  /// "true", "false", "auto" or "legacy".
  std::optional<std::string_view> auto_compact() const {
    return Find("delta.autoOptimize.autoCompact");
  }
  /// Bytes; nothing leaves it to the writer.
  std::optional<int64_t> target_file_size() const;
  bool tune_file_sizes_for_rewrites() const {
    return Flag("delta.tuneFileSizesForRewrites", false);
  }
  bool randomize_file_prefixes() const { return Flag("delta.randomizeFilePrefixes", false); }
  int64_t random_prefix_length() const { return Integer("delta.randomPrefixLength", 2); }
  std::optional<std::string_view> parquet_compression() const {
    return Find("delta.parquet.compression.codec");
  }
  std::optional<std::string_view> parquet_format_version() const {
    return Find("delta.parquet.format.version");
  }
  bool write_partition_columns_to_parquet() const {
    return Flag("delta.writePartitionColumnsToParquet", false);
  }
  /// CHECK constraints, name to SQL expression.
  std::map<std::string, std::string> constraints() const;

  // Statistics.
  int64_t num_indexed_columns() const;  ///< 32 by default; all: the greatest number.
  /// Names of columns as a list with commas; replaces the number.
  std::optional<std::string_view> statistics_columns() const {
    return Find("delta.dataSkippingStatsColumns");
  }
  /// How many characters of a string writers keep, 32 by default and at most.
  int string_prefix_length() const;

  // The log.
  int64_t checkpoint_interval() const {
    return Integer("delta.checkpointInterval", 10);
  }  ///< Commits.
  CheckpointPolicy checkpoint_policy() const;
  bool statistics_as_json() const { return Flag("delta.checkpoint.writeStatsAsJson", true); }
  bool statistics_as_struct() const { return Flag("delta.checkpoint.writeStatsAsStruct", true); }
  Milliseconds checkpoint_retention() const;    ///< 2 days by default.
  Milliseconds log_retention() const;           ///< 30 days by default.
  Milliseconds deleted_file_retention() const;  ///< 1 week by default.
  bool cleans_expired_log() const { return Flag("delta.enableExpiredLogCleanup", true); }
  /// Nothing keeps identifiers of transactions for ever.
  std::optional<Milliseconds> transaction_retention() const;
  Milliseconds dropped_feature_retention() const;  ///< 24 hours by default.
  std::optional<int64_t> protected_checkpoints_before() const {
    return FindInteger("delta.requireCheckpointProtectionBeforeVersion");
  }
  bool symlink_manifests() const {
    return Flag("delta.compatibility.symlinkFormatManifest.enabled", false);
  }

  // In-commit timestamps. `suffix` is "" or "-preview", as that of the feature.
  bool in_commit_timestamps(std::string_view suffix = "") const;
  /// Throw `kCorruptLog` for a text that is no integer: times would be wrong in silence.
  std::optional<int64_t> in_commit_timestamps_since_version(std::string_view suffix = "") const;
  std::optional<int64_t> in_commit_timestamps_since_time(std::string_view suffix = "") const;

  // Row tracking. Names of columns are never empty.
  bool row_tracking() const { return Flag("delta.enableRowTracking", false); }
  bool row_tracking_suspended() const { return Flag("delta.rowTrackingSuspended", false); }
  std::optional<std::string> row_id_column() const;
  std::optional<std::string> row_commit_version_column() const;

  // Column mapping.
  /// "none", "name" or "id" in any case, or what the table has instead.
  std::optional<std::string_view> column_mapping_mode() const {
    return Find("delta.columnMapping.mode");
  }
  int64_t max_column_id() const { return Integer("delta.columnMapping.maxColumnId", 0); }

  // Iceberg.
  bool iceberg_compat(int version) const;  ///< 1, 2 or 3.
  std::optional<std::string_view> universal_formats() const {
    return Find("delta.universalFormat.enabledFormats");
  }

 private:
  bool Flag(std::string_view name, bool otherwise) const;
  std::optional<int64_t> FindInteger(std::string_view name) const;
  int64_t Integer(std::string_view name, int64_t otherwise) const;
  Milliseconds Duration(std::string_view name, Milliseconds otherwise) const;
  std::optional<int64_t> StrictInteger(const std::string& name) const;

  const std::map<std::string, std::string>& texts_;
};

/// Throws `kInvalidArgument` for the first name that begins with "delta." and that nobody knows,
/// with the name that may be meant. For properties that are set: what tables have is left alone.
void CheckPropertyNames(const std::map<std::string, std::string>& configuration);

/// Throws `kInvalidArgument` naming the first property whose text is no value of it. Properties
/// that nobody knows are left alone.
void CheckTableProperties(const Metadata& metadata);

/// Reads a span of time as Spark writes intervals ("interval 30 days", "1 week 12 hours"), without
/// months and years; nothing for anything else or a negative one.
std::optional<std::chrono::milliseconds> ParseInterval(std::string_view text);

/// Reads a number of bytes ("104857600", "100mb", "1 g"); nothing for anything else.
std::optional<int64_t> ParseByteSize(std::string_view text);

}  // namespace deltaic::delta
