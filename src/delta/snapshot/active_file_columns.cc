#include "delta/snapshot/active_file_columns.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace deltaic::delta {

ActiveFiles::~ActiveFiles() = default;

ActiveFileColumns::ActiveFileColumns(LiveFiles files,
                                     const std::vector<std::string>& partition_columns)
    : files_(std::move(files)) {
  std::unordered_map<std::string_view, int> columns;
  for (size_t i = 0; i < partition_columns.size(); ++i) {
    columns.emplace(partition_columns[i], static_cast<int>(i));
  }
  column_names_.reserve(files_.batches.size());
  for (const auto& batch : files_.batches) {
    ColumnNames names;
    const PartitionMaps& values = *batch->partition_values;
    for (uint32_t number = 0; number < values.num_names(); ++number) {
      const auto column = columns.find(values.name(number));
      if (column != columns.end()) names.emplace_back(column->second, number);
    }
    std::sort(names.begin(), names.end());
    column_names_.push_back(std::move(names));
  }
  for (int64_t file = 0; file < size(); ++file) {
    // Sizes are not negative; a log may claim more bytes than there can be.
    if (__builtin_add_overflow(total_size_, file_size(file), &total_size_)) {
      total_size_ = std::numeric_limits<int64_t>::max();
      break;
    }
  }
}

std::string_view ActiveFileColumns::path(int64_t file) const {
  return batch(file).paths[files_.rows[file].row];
}

int64_t ActiveFileColumns::file_size(int64_t file) const {
  return batch(file).sizes[files_.rows[file].row];
}

int64_t ActiveFileColumns::modification_time(int64_t file) const {
  return batch(file).modification_times[files_.rows[file].row];
}

std::optional<std::string_view> ActiveFileColumns::partition_value(int64_t file, int column) const {
  const LiveFiles::Row row = files_.rows[file];
  const ColumnNames& names = column_names_[row.batch];
  const auto name = std::lower_bound(names.begin(), names.end(), std::pair(column, uint32_t{0}));
  if (name == names.end() || name->first != column) return std::nullopt;
  const AddedFiles& files = *files_.batches[row.batch];
  const uint32_t value = files.partition_values->FindValue(row.row, name->second);
  if (value == PartitionMaps::kNull) return std::nullopt;
  const std::string_view text = files.partition_texts[value];
  if (text.empty()) return std::nullopt;
  return text;
}

std::string_view ActiveFileColumns::statistics_json(int64_t file) const {
  return batch(file).statistics[files_.rows[file].row];
}

}  // namespace deltaic::delta
