#pragma once

// The live files of a snapshot as columns: no object a file. Row i is a file, 0 <= i < size().

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/delta/protocol/deletion_vector_descriptor.h>

namespace deltaic::delta {

class ActiveFileColumns;

/// Read access to the live files. An immutable handle: cheap to copy, safe to share between
/// threads. Views are valid as long as a copy of it.
class DELTAIC_EXPORT ActiveFiles {
 public:
  explicit ActiveFiles(std::shared_ptr<const ActiveFileColumns> columns)
      : columns_(std::move(columns)) {}

  int64_t size() const;

  /// The path as the log spells it: a percent-encoded URI, relative to the table or absolute.
  std::string path(int64_t file) const;

  /// Bytes.
  int64_t file_size(int64_t file) const;

  /// Milliseconds since the Unix epoch.
  int64_t modification_time(int64_t file) const;

  /// The raw text of a partition value; nothing for null, which an empty text may be too. `column`
  /// counts within the metadata's partition columns.
  std::optional<std::string_view> partition_value(int64_t file, int column) const;

  /// What deletes rows of the file; nothing where none are deleted.
  std::optional<DeletionVectorDescriptor> deletion_vector(int64_t file) const;

  /// Whether any file has a deletion vector.
  bool has_deletion_vectors() const;

  /// "Row Tracking": the id of the file's first row, and the version that its rows are from unless
  /// the file itself says otherwise; nothing where the log does not say.
  std::optional<int64_t> base_row_id(int64_t file) const;
  std::optional<int64_t> row_commit_version(int64_t file) const;

  /// Sum of `file_size`.
  int64_t total_size() const;

  /// The columns themselves, for the library.
  const ActiveFileColumns& columns() const { return *columns_; }

 private:
  std::shared_ptr<const ActiveFileColumns> columns_;
};

}  // namespace deltaic::delta
