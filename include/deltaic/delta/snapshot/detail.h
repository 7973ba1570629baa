#pragma once

// What a table is, at a glance: DESCRIBE DETAIL of Spark.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// The members have the names and the order of Spark's columns.
struct TableDetail {
  std::string format;  ///< "delta".
  std::string id;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::string location;               ///< The root as a URL with a trailing slash.
  std::optional<int64_t> created_at;  ///< Milliseconds since the Unix epoch.
  int64_t last_modified = 0;          ///< When the version was committed, likewise.
  std::vector<std::string> partition_columns;
  /// By what files are clustered; fields of structs with dots. Empty where it is unknown.
  std::vector<std::string> clustering_columns;
  int64_t num_files = 0;
  int64_t size_in_bytes = 0;  ///< Of the live files.
  std::map<std::string, std::string> properties;
  int32_t min_reader_version = 0;
  int32_t min_writer_version = 0;
  /// Those that the protocol lists, and those that its versions imply. Sorted.
  std::vector<std::string> table_features;

  bool operator==(const TableDetail&) const = default;
};

/// Describes a table at the snapshot's version.
DELTAIC_EXPORT TableDetail Detail(const Snapshot& snapshot);

/// The same as one row with the columns format, id, name, description, location, createdAt,
/// lastModified, partitionColumns, clusteringColumns, numFiles, sizeInBytes, properties,
/// minReaderVersion, minWriterVersion, tableFeatures. Times are timestamps in milliseconds, UTC.
DELTAIC_EXPORT RecordBatch ToRecordBatch(const TableDetail& detail);

}  // namespace deltaic::delta
