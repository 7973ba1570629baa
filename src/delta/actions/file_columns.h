#pragma once

// Add and remove actions as columns (PROTOCOL.md, "Add File and Remove File"): no object a file.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "columnar/packed_integers.h"
#include "columnar/packed_texts.h"
#include "columnar/text_column.h"
#include "delta/actions/partition_maps.h"
#include "delta/statistics/deferred_statistics.h"
#include "delta/statistics/deletion_vector_column.h"
#include "delta/statistics/statistics_leaves.h"

namespace deltaic::delta {

/// What identifies a logical file: its path as the log spells it, and the unique id of its
/// deletion vector ("" = none). A newer action replaces older ones of the same key.
struct FileKey {
  std::string path;
  std::string deletion_vector_id;

  auto operator<=>(const FileKey&) const = default;
};

/// A hash that differs from process to process.
uint32_t HashFileKey(std::string_view path, std::string_view deletion_vector_id);

/// Add actions by row. Immutable once made; safe to share.
struct AddedFiles {
  /// The number of a row without one.
  static constexpr int64_t kNone = -1;

  PackedTexts paths;
  DeletionVectorColumn deletion_vectors;
  StatisticsLeaves statistics;  ///< Without rows where they are deferred.
  std::shared_ptr<const DeferredStatistics> deferred_statistics = nullptr;
  size_t deferred_batch = 0;  ///< The number that those have for these files.
  PackedIntegers sizes;
  PackedIntegers modification_times;
  /// "Row Tracking". May be short: the rows after its end have none.
  PackedIntegers base_row_ids;
  PackedIntegers row_commit_versions;
  PartitionMaps partition_values;
  std::vector<uint32_t> key_hashes;

  size_t num_rows() const { return paths.size(); }
  FileKey key(size_t row) const;

  /// Makes sure that the statistics of some top-level columns, by their stored names, and the
  /// numbers of records are there. Deferred ones fail as reading their file does.
  void ReadStatistics(std::span<const std::string> columns) const;

  /// The statistics of a column, with the numbers of records, and those alone; without values where
  /// they are deferred and not read. Valid as long as the files.
  StatisticsPtr StatisticsOf(std::string_view column) const;
  StatisticsPtr RecordStatistics() const;
};

using AddedFilesPtr = std::shared_ptr<const AddedFiles>;

/// As `AddedFiles::ReadStatistics`, for some batches of files: deferred ones are read side by side.
void ReadStatistics(std::span<const AddedFilesPtr> batches, std::span<const std::string> columns);

/// What is known of batches of files whose statistics of `columns` were not read; one for each
/// store of deferred statistics, with the places of its batches in `batches`.
struct KnownBounds {
  std::vector<size_t> batches;
  RunBounds bounds;
};
std::vector<KnownBounds> FindBounds(std::span<const AddedFilesPtr> batches,
                                    std::span<const std::string> columns);

/// Collects add actions, one set of columns after the other. A row is complete when every column
/// but those that may be short has it. One thread at a time.
struct AddedFilesBuilder {
  TextColumnBuilder paths;
  DeletionVectorColumn deletion_vectors;
  StatisticsLeavesBuilder statistics;
  std::vector<int64_t> sizes;
  std::vector<int64_t> modification_times;
  std::vector<int64_t> base_row_ids;         ///< May be short.
  std::vector<int64_t> row_commit_versions;  ///< May be short.
  PartitionMapsBuilder partition_values;

  size_t num_rows() const { return paths.size(); }

  /// Adds rows of other files, whose statistics are not deferred.
  void AppendRows(const AddedFiles& from, std::span<const uint32_t> rows);

  /// The files; the next ones start without rows, and numbers of names and leaves stay the same.
  AddedFiles Finish();
};

/// Sets a number of `row`, which becomes the last one of a column that may be short.
void SetNumber(std::vector<int64_t>& column, size_t row, int64_t number);

/// The number of a row in a column that may be short.
std::optional<int64_t> NumberAt(const PackedIntegers& column, size_t row);

/// How many files readers put together: those that later are judged at a time.
constexpr size_t kFilesInBatch = 8192;

/// Whether two rows say the same of a file.
bool SameFile(const AddedFiles& a, uint32_t row_a, const AddedFiles& b, uint32_t row_b);

/// Keys of remove actions by row.
struct RemovedFiles {
  TextColumnBuilder paths;
  TextColumnBuilder deletion_vector_ids;  ///< May be short: the rows after its end have none.
  std::vector<uint32_t> key_hashes;

  size_t num_rows() const { return paths.size(); }
  FileKey key(size_t row) const;
  void Append(std::string_view path, std::string_view deletion_vector_id);
};

}  // namespace deltaic::delta
