#include "delta/scan/file_scan_plan.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "columnar/batch_builder.h"
#include "delta/scan/file_pruning.h"

namespace deltaic::delta {
namespace {

/// The file columns whose statistics the engine can profit from: those that the query names, and
/// that are no structs.
std::vector<StructField> NamedColumns(const TableColumns& columns,
                                      const datafusion::ScanRequest& request) {
  std::set<std::string> names;
  for (const datafusion::Expression& filter : request.filters) {
    for (std::string& name : filter.columns()) names.insert(std::move(name));
  }
  std::vector<StructField> named;
  for (size_t i = 0; i < columns.file_fields.size(); ++i) {
    const bool projected = !request.projection.has_value() ||
                           std::find(request.projection->begin(), request.projection->end(),
                                     static_cast<int32_t>(i)) != request.projection->end();
    if (columns.file_fields[i].type.is_nested()) continue;
    if (projected || names.count(columns.file_fields[i].name) > 0) {
      named.push_back(columns.file_fields[i]);
    }
  }
  return named;
}

RecordBatch DescribeFiles(const Snapshot& snapshot, const TableColumns& columns,
                          const datafusion::ScanRequest& request,
                          const std::vector<int64_t>& files) {
  const ActiveFiles& active = snapshot.files();
  std::vector<std::string> paths;
  std::vector<int64_t> sizes;
  std::vector<int64_t> modified;
  for (int64_t file : files) {
    paths.push_back(snapshot.FileLocation(file));
    sizes.push_back(active.file_size(file));
    modified.push_back(active.modification_time(file));
  }
  BatchBuilder builder(static_cast<int64_t>(files.size()));
  builder.AddStrings("path", paths);
  builder.AddInt64("size", sizes);
  builder.AddInt64("last_modified", modified);
  if (!columns.partition_fields.empty()) {
    builder.AddStruct("partition", PartitionValuesOf(snapshot, columns, files));
  }
  builder.AddColumns(StatisticsOf(snapshot, NamedColumns(columns, request), files));
  return builder.Finish();
}

}  // namespace

datafusion::FileScan PlanFileScan(const Snapshot& snapshot, const TableColumns& columns,
                                  const datafusion::ScanRequest& request) {
  const SelectedFiles selected = SelectFiles(snapshot, columns, request);
  std::vector<std::pair<std::string, std::string>> annotations = {
      {"files_listed", fmt::to_string(snapshot.files().size())},
      {"files_pruned_by_partition", fmt::to_string(selected.pruned_by_partition)},
      {"files_pruned_by_statistics", fmt::to_string(selected.pruned_by_statistics)},
  };
  if (selected.pruned_by_limit > 0) {
    annotations.emplace_back("files_pruned_by_limit", fmt::to_string(selected.pruned_by_limit));
  }
  annotations.emplace_back("files_read", fmt::to_string(selected.files.size()));
  return {.store = snapshot.store(),
          .file_schema = columns.file_schema,
          .partition_schema = columns.partition_schema,
          .files = DescribeFiles(snapshot, columns, request, selected.files),
          .annotations = std::move(annotations)};
}

}  // namespace deltaic::delta
