#include "delta/scan/file_scan_plan.h"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "columnar/batch_builder.h"
#include "delta/scan/file_pruning.h"
#include "delta/scan/row_selection.h"

namespace deltaic::delta {
namespace {

/// The file columns whose statistics the engine can profit from: those that the query names, and
/// that are no structs.
std::vector<StructField> NamedColumns(const TableColumns& columns,
                                      const datafusion::ScanRequest& request) {
  std::set<std::string, std::less<>> names;
  for (const datafusion::Expression& filter : request.filters) {
    for (std::string& name : filter.columns()) names.insert(std::move(name));
  }
  if (request.projection) {
    for (int32_t column : *request.projection) {
      names.emplace(columns.table_schema.column_name(column));
    }
  }
  std::vector<StructField> named;
  for (const StructField& field : columns.file_fields) {
    if (field.type.is_nested()) continue;
    if (!request.projection || names.count(field.name) > 0) named.push_back(field);
  }
  return named;
}

RecordBatch DescribeFiles(const Snapshot& snapshot, const TableColumns& columns,
                          const std::vector<int64_t>& files) {
  const ActiveFiles& active = snapshot.files();
  std::vector<int64_t> sizes;
  std::vector<int64_t> modified;
  sizes.reserve(files.size());
  modified.reserve(files.size());
  for (int64_t file : files) {
    sizes.push_back(active.file_size(file));
    modified.push_back(active.modification_time(file));
  }
  BatchBuilder builder(static_cast<int64_t>(files.size()));
  builder.AddColumns(PlacesOf(snapshot, files));
  builder.AddInt64("size", sizes);
  builder.AddInt64("last_modified", modified);
  if (columns.partition_schema.num_columns() > 0) {
    builder.AddStruct("partition", ConstantsOf(snapshot, columns, files));
  }
  if (active.has_deletion_vectors()) builder.AddColumns(SkipsRows(snapshot, files));
  return builder.Finish();
}

/// How the parts of `_metadata` become one column.
std::optional<datafusion::PackedColumn> PackedMetadata(const TableColumns& columns) {
  if (!columns.has_metadata) return std::nullopt;
  int32_t parts = 0;
  for (int64_t i = 0; i < columns.partition_schema.num_columns(); ++i) {
    parts += columns.partition_schema.column_name(i).starts_with(kMetadataPrefix) ? 1 : 0;
  }
  return datafusion::PackedColumn{
      .name = std::string(kMetadataColumn), .num_constants = parts, .row_index = "row_index"};
}

}  // namespace

datafusion::FileScan PlanFileScan(const std::shared_ptr<const Snapshot>& snapshot,
                                  const std::shared_ptr<const TableColumns>& columns,
                                  const DeltaScanConfig& config,
                                  const datafusion::ScanRequest& request) {
  SelectedFiles selected =
      config.enable_file_skipping ? SelectFiles(*snapshot, *columns, request) : AllFiles(*snapshot);
  std::vector<std::pair<std::string, std::string>> annotations = {
      {"files_listed", fmt::to_string(snapshot->files().size())},
      {"files_pruned_by_partition", fmt::to_string(selected.pruned_by_partition)},
      {"files_pruned_by_statistics", fmt::to_string(selected.pruned_by_statistics)},
  };
  if (selected.pruned_by_limit > 0) {
    annotations.emplace_back("files_pruned_by_limit", fmt::to_string(selected.pruned_by_limit));
  }
  annotations.emplace_back("files_read", fmt::to_string(selected.files.size()));
  const auto files = std::make_shared<const std::vector<int64_t>>(std::move(selected.files));
  datafusion::FileScan scan = {.store = snapshot->store(),
                               .other_stores = snapshot->store().allowed_roots(),
                               .file_schema = columns->file_schema,
                               .partition_schema = columns->partition_schema,
                               .packed = PackedMetadata(*columns),
                               .use_row_filters = config.enable_parquet_pushdown,
                               .files = {},
                               .describe = {},
                               .rows_to_skip = RowsToSkip(snapshot, files),
                               .annotations = std::move(annotations)};
  BatchBuilder known(static_cast<int64_t>(files->size()));
  known.AddColumns(StatisticsOf(*snapshot, NamedColumns(*columns, request), *files));
  if (files->size() > kManyFiles) {
    scan.describe = [snapshot, columns, files] {
      return DescribeFiles(*snapshot, *columns, *files);
    };
  } else {
    known.AddColumns(DescribeFiles(*snapshot, *columns, *files));
  }
  scan.files = known.Finish();
  return scan;
}

}  // namespace deltaic::delta
