#pragma once

// The live files of a snapshot, as log replay leaves them.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <deltaic/delta/snapshot/active_files.h>

#include "delta/log/action_reconciliation.h"
#include "delta/snapshot/deleted_rows_cache.h"
#include "delta/snapshot/typed_columns.h"

namespace deltaic::delta {

/// Live files with the names of the table's partition columns as the log spells them; the accessors
/// of a file are those of `ActiveFiles`. Immutable but for what `TypedColumns` and
/// `DeletedRowsCache` keep; safe to share.
class ActiveFileColumns {
 public:
  /// Files whose columns are together. File number i is row `row(i - first_file)` of them.
  struct Batch {
    LiveFiles::Batch live;
    int64_t first_file;
    int64_t total_size;  ///< Of the live files.
    bool has_deletion_vectors;
    std::shared_ptr<const TypedColumns> typed;
    /// The partition columns that files have values for, ascending, and the number that the files
    /// have for the name.
    std::vector<std::pair<int, uint32_t>> partition_names;

    const AddedFiles& files() const { return *live.files; }
    int64_t end_file() const { return first_file + static_cast<int64_t>(live.size()); }
    uint32_t row(int64_t file) const { return live.row(static_cast<size_t>(file - first_file)); }
  };

  /// `older` are the files that `files` were made from, if any: what they have typed and read is
  /// kept.
  ActiveFileColumns(LiveFiles files, const std::vector<std::string>& partition_columns,
                    const ActiveFileColumns* older = nullptr);

  int64_t size() const { return size_; }
  std::string path(int64_t file) const;
  int64_t file_size(int64_t file) const;
  int64_t modification_time(int64_t file) const;
  std::optional<std::string_view> partition_value(int64_t file, int column) const;
  std::optional<DeletionVectorDescriptor> deletion_vector(int64_t file) const;
  bool has_deletion_vectors() const { return has_deletion_vectors_; }
  std::optional<int64_t> base_row_id(int64_t file) const;
  std::optional<int64_t> row_commit_version(int64_t file) const;
  int64_t total_size() const { return total_size_; }

  const std::vector<Batch>& batches() const { return batches_; }
  const Batch& BatchOf(int64_t file) const;

  /// What deletion vectors were read to say, of older snapshots too.
  const std::shared_ptr<DeletedRowsCache>& deleted_rows() const { return deleted_rows_; }

  /// What a newer snapshot starts from.
  LiveFiles files() const;

 private:
  std::vector<Batch> batches_;
  std::shared_ptr<DeletedRowsCache> deleted_rows_;
  int64_t size_ = 0;
  int64_t total_size_ = 0;
  bool has_deletion_vectors_ = false;
};

}  // namespace deltaic::delta
