#include <deltaic/delta/scan/file_selection.h>

#include <algorithm>
#include <set>

#include <deltaic/datafusion/table_provider.h>

#include "delta/scan/file_pruning.h"

namespace deltaic::delta {
namespace {

std::vector<int64_t> Select(const Snapshot& snapshot, std::string_view sql) {
  const TableColumns columns(snapshot);
  const datafusion::ScanRequest request{
      .filters = {datafusion::Expression::Parse(sql, columns.table_schema)}};
  std::vector<int64_t> files = SelectFiles(snapshot, columns, request).files;
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<int64_t> FilesMatchingPredicate(const Snapshot& snapshot, std::string_view sql) {
  return Select(snapshot, sql);
}

std::vector<int64_t> FilesMatchingFilters(const Snapshot& snapshot,
                                          const PartitionFilters& filters) {
  if (filters.empty()) return AllFiles(snapshot).files;
  return Select(snapshot, FilterSql(snapshot, filters, FilterNulls::kOfPartitions));
}

std::vector<std::vector<std::optional<std::string>>> PartitionsOf(
    const Snapshot& snapshot, const std::vector<int64_t>& files) {
  using Views = std::vector<std::optional<std::string_view>>;
  const TableColumns columns(snapshot);
  const auto num_columns = columns.partition_fields.size();
  if (num_columns == 0) return {};
  std::set<Views> distinct;
  Views values(num_columns);
  for (const int64_t file : files) {
    for (size_t column = 0; column < num_columns; ++column) {
      values[column] = snapshot.files().partition_value(file, columns.partition_positions[column]);
      if (IsNullPartition(columns.partition_fields[column], values[column])) values[column].reset();
    }
    distinct.insert(values);
  }
  std::vector<std::vector<std::optional<std::string>>> partitions;
  for (const Views& views : distinct) partitions.emplace_back(views.begin(), views.end());
  return partitions;
}

}  // namespace deltaic::delta
