#pragma once

// The live files of a snapshot as columns: no object a file. Row i is a file, 0 <= i < size().

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/delta/protocol/deletion_vector.h>

namespace deltaic::delta {

/// Read access to the live files. Immutable; safe to share between threads. Views are valid as
/// long as the snapshot.
class DELTAIC_EXPORT ActiveFiles {
 public:
  virtual ~ActiveFiles();

  virtual int64_t size() const = 0;

  /// The path as the log spells it: a percent-encoded URI, relative to the table or absolute.
  virtual std::string path(int64_t file) const = 0;

  /// Bytes.
  virtual int64_t file_size(int64_t file) const = 0;

  /// Milliseconds since the Unix epoch.
  virtual int64_t modification_time(int64_t file) const = 0;

  /// The raw text of a partition value; nothing for null (an empty text is null too). `column`
  /// counts within the metadata's partition columns.
  virtual std::optional<std::string_view> partition_value(int64_t file, int column) const = 0;

  /// What deletes rows of the file; nothing where none are deleted.
  virtual std::optional<DeletionVectorDescriptor> deletion_vector(int64_t file) const = 0;

  /// Whether any file has a deletion vector.
  virtual bool has_deletion_vectors() const = 0;

  /// "Row Tracking": the id of the file's first row, and the version that its rows are from unless
  /// the file itself says otherwise; nothing where the log does not say.
  virtual std::optional<int64_t> base_row_id(int64_t file) const = 0;
  virtual std::optional<int64_t> row_commit_version(int64_t file) const = 0;

  /// Sum of `file_size`.
  virtual int64_t total_size() const = 0;
};

}  // namespace deltaic::delta
