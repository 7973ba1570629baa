#pragma once

// Parquet files that are there, as a new table: nothing but a log is written.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/delta/log/table_access.h>
#include <deltaic/delta/operations/save_mode.h>
#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/transaction/commit_properties.h>
#include <deltaic/delta/transaction/commit_result.h>

namespace deltaic::delta {

/// How folders tell partition values.
enum class PartitionFolders : uint8_t {
  kHive,       ///< By name: `year=2024/month=5`, with Hive's escapes.
  kDirectory,  ///< By place: `2024/5`, verbatim.
};

/// A request to make a table of the Parquet files in a folder and below it.
struct ConvertToDeltaRequest {
  /// The partition columns with their types; every file must be in a folder for each.
  std::vector<StructField> partition_columns = {};
  PartitionFolders folders = PartitionFolders::kHive;
  std::optional<std::string> name = {};
  std::optional<std::string> description = {};
  std::map<std::string, std::string> configuration = {};
  /// Whether bounds and counts of nulls are taken from the footers; else there are but counts of
  /// rows.
  bool collects_statistics = true;
  SaveMode mode = SaveMode::kErrorIfExists;  ///< Or `kIgnore`.
  CommitProperties commit = {};
  PostCommitProperties post_commit = {};
};

struct ConvertToDeltaResult {
  CommitResult commit = {};
  int64_t num_files = 0;
  int64_t num_rows = 0;
  int64_t num_bytes = 0;
};

/// Makes the Parquet files in the table's folder and below it a table, in one commit. Files are not
/// written again. Those whose name, or that of a folder, begins with a dot or an underscore are
/// passed over, as long as that is no partition (`_p=1`), and so is what does not end in
/// `.parquet`. The schema is that of all files: columns that one lacks are null there, and all may
/// be null. The table's folder must not change meanwhile.
///
/// Throws `kAlreadyExists` where there is a table; `kTableNotFound` where there is no Parquet file;
/// `kInvalidArgument` naming the file where its folders are not those of the partition columns, or
/// a value does not fit its column, and where a folder below holds a table; `kSchemaMismatch`
/// naming the column and two files that contradict each other; `kCorruptData` naming the file that
/// is no Parquet; `kUnsupportedFeature` for properties that only a writer of all rows can keep
/// (constraints, column mapping); as `CreateTable` for the rest.
DELTAIC_EXPORT ConvertToDeltaResult ConvertToDelta(const TableAccess& access,
                                                   const ConvertToDeltaRequest& request);

}  // namespace deltaic::delta
