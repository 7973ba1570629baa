#pragma once

// The live files of a snapshot, as log replay leaves them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <deltaic/delta/snapshot/active_files.h>

#include "delta/log/action_reconciliation.h"

namespace deltaic::delta {

/// Live files with the names of the table's partition columns. Immutable; safe to share.
class ActiveFileColumns final : public ActiveFiles {
 public:
  ActiveFileColumns(LiveFiles files, const std::vector<std::string>& partition_columns);

  int64_t size() const override { return static_cast<int64_t>(files_.rows.size()); }
  std::string_view path(int64_t file) const override;
  int64_t file_size(int64_t file) const override;
  int64_t modification_time(int64_t file) const override;
  std::optional<std::string_view> partition_value(int64_t file, int column) const override;
  std::string_view statistics_json(int64_t file) const override;
  int64_t total_size() const override { return total_size_; }

  /// What a newer snapshot starts from.
  const LiveFiles& files() const { return files_; }

 private:
  // The partition columns that files of a batch have values for, ascending, and the number that
  // the batch has for the name.
  using ColumnNames = std::vector<std::pair<int, uint32_t>>;

  const AddedFiles& batch(int64_t file) const { return *files_.batches[files_.rows[file].batch]; }

  LiveFiles files_;
  std::vector<ColumnNames> column_names_;  // By batch.
  int64_t total_size_ = 0;
};

}  // namespace deltaic::delta
