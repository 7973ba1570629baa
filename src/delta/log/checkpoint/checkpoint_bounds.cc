#include "delta/log/checkpoint/checkpoint_bounds.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "delta/log/checkpoint/parsed_statistics.h"

namespace deltaic::delta {
namespace {

std::string NameOf(std::string_view part, std::string_view column) {
  return fmt::format("add.stats_parsed.{}.{}", part, column);
}

std::vector<std::string> NamesOf(const std::vector<std::string>& columns) {
  std::vector<std::string> names;
  for (const std::string& column : columns) {
    // With a dot, it could be a field of another column.
    if (column.find('.') != std::string::npos) continue;
    names.push_back(NameOf("minValues", column));
    names.push_back(NameOf("maxValues", column));
  }
  return names;
}

}  // namespace

std::pair<uint32_t, uint32_t> RowRuns::Of(const datafusion::RowRange& rows) const {
  const auto begin = first_rows_.begin();
  const auto behind_first = std::upper_bound(begin, first_rows_.end(), rows.begin);
  if (behind_first == begin || rows.begin >= rows.end) return {0, 0};
  const auto behind_last = std::lower_bound(behind_first, first_rows_.end(), rows.end);
  return {first_run_ + static_cast<uint32_t>(behind_first - begin - 1),
          first_run_ + static_cast<uint32_t>(behind_last - begin)};
}

CheckpointBounds::CheckpointBounds(const datafusion::ObjectMeta& file,
                                   const datafusion::ParquetFile& parquet,
                                   const std::vector<std::string>& columns)
    : columns_(columns), runs_(file.location, parquet.Bounds(NamesOf(columns))) {}

RowRuns CheckpointBounds::AppendTo(StatisticsLeavesBuilder& leaves) const {
  const auto size = static_cast<size_t>(runs_.num_rows());
  const ArrowColumn root = runs_.Root();
  for (const std::string& column : columns_) {
    AppendBounds(column, root.Child(NameOf("minValues", column)).Child("min"),
                 root.Child(NameOf("maxValues", column)).Child("max"), size, leaves);
  }
  const int64_t* first_rows = root.Child("first_row").Longs();
  RowRuns runs({first_rows, first_rows + size}, static_cast<uint32_t>(leaves.num_rows()));
  leaves.EndRows(size);
  return runs;
}

}  // namespace deltaic::delta
