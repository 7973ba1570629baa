#include "delta/scan/file_scan_plan.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <deltaic/delta/protocol/schema_arrow.h>
#include <fmt/format.h>

#include "columnar/batch_builder.h"
#include "delta/protocol/sql_literal.h"
#include "delta/scan/file_description.h"
#include "delta/scan/file_pruning.h"
#include "delta/scan/row_selection.h"
#include "delta/scan/statistics_of_files.h"

namespace deltaic::delta {
namespace {

/// So few are opened sooner than the statistics of all files are read from the log.
constexpr size_t kFewFiles = 32;

/// The file columns whose statistics the engine can profit from: those that the query names, and
/// that are no structs.
std::vector<StructField> NamedColumns(const TableColumns& columns,
                                      const datafusion::ScanRequest& request) {
  std::set<std::string, std::less<>> names;
  for (const datafusion::Expression& filter : request.filters) {
    names.insert(filter.columns().begin(), filter.columns().end());
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

/// Whether the query wants `_metadata`, or asks something of it.
bool WantsMetadata(const TableColumns& columns, const datafusion::ScanRequest& request) {
  const auto column =
      static_cast<int32_t>(columns.table_schema.FindColumn(columns.metadata_column));
  if (!request.projection || std::ranges::count(*request.projection, column) > 0) return true;
  return std::ranges::any_of(request.filters, [&](const datafusion::Expression& filter) {
    return std::ranges::count(filter.columns(), columns.metadata_column) > 0;
  });
}

RecordBatch DescribeFiles(const Snapshot& snapshot, const TableColumns& columns,
                          bool wants_metadata, const std::vector<int64_t>& files) {
  BatchBuilder builder(static_cast<int64_t>(files.size()));
  builder.AddColumns(PlacesOf(snapshot, files));
  if (snapshot.files().has_deletion_vectors()) builder.AddColumns(RowsToSkip(snapshot, files));
  if (columns.partition_schema.num_columns() > 0) {
    builder.AddStruct("partition", ConstantsOf(snapshot, columns, wants_metadata, files));
  }
  return builder.Finish();
}

/// How the parts of `_metadata` become one column.
std::optional<datafusion::PackedColumn> PackedMetadata(const TableColumns& columns) {
  if (!columns.has_metadata) return std::nullopt;
  using datafusion::Expression;
  datafusion::PackedColumn packed = {.name = columns.metadata_column,
                                     .fields = {},
                                     .row_index = columns.PartOfMetadata(kRowIndex)};
  const bool is_identity = columns.metadata_parts == MetadataParts::kIdentity;
  for (const char* field : is_identity
                               ? std::vector<const char*>{kFileNumber, kRowIndex}
                               : std::vector<const char*>{"file_path", "file_name", "file_size",
                                                          "file_modification_time", kRowIndex}) {
    packed.fields.emplace_back(field, Expression::Column(columns.PartOfMetadata(field)));
  }
  if (columns.has_row_tracking) {
    std::vector<StructField> parts;
    for (const char* part :
         {kRowIndex, kBaseRowId, kDefaultCommitVersion, kStoredRowId, kStoredCommitVersion}) {
      parts.push_back(
          {.name = columns.PartOfMetadata(part), .type = DataType::Primitive(TypeKind::kLong)});
    }
    const Schema schema = ToArrowSchema(parts, ArrowNullability::kAll);
    const auto add = [&](const char* field, const std::string& sql) {
      packed.fields.emplace_back(field, Expression::Parse(sql, schema));
    };
    const auto name = [&](const char* part) { return SqlIdentifier(columns.PartOfMetadata(part)); };
    add("row_id", fmt::format("coalesce({}, {} + {})", name(kStoredRowId), name(kBaseRowId),
                              name(kRowIndex)));
    add("row_commit_version",
        fmt::format("coalesce({}, {})", name(kStoredCommitVersion), name(kDefaultCommitVersion)));
  }
  return packed;
}

/// What every scan of the table has.
datafusion::FileScan EmptyScan(const Snapshot& snapshot, const TableColumns& columns) {
  return {.store = snapshot.store(),
          .other_stores = snapshot.access().allowed_roots(),
          .file_schema = columns.file_schema,
          .stored_schema = columns.stored_schema,
          .partition_schema = columns.partition_schema,
          .packed = PackedMetadata(columns),
          .columns = columns.places,
          .files = {},
          .row_skipper = RowSkipperOf(snapshot),
          .missing_file_note = MissingFileNote(snapshot.version(), snapshot.store().name())};
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
  datafusion::FileScan scan = EmptyScan(*snapshot, *columns);
  scan.use_row_filters = config.enable_parquet_pushdown;
  scan.annotations = std::move(annotations);
  BatchBuilder known(static_cast<int64_t>(files->size()));
  const std::vector<StructField> named = NamedColumns(*columns, request);
  if (files->size() > kFewFiles) ReadStatistics(*snapshot, named, *files);
  known.AddColumns(StatisticsOf(*snapshot, named, *files));
  const bool wants_metadata = WantsMetadata(*columns, request);
  if (files->size() > kManyFiles) {
    scan.describe = [snapshot, columns, wants_metadata, files] {
      return DescribeFiles(*snapshot, *columns, wants_metadata, *files);
    };
  } else {
    known.AddColumns(DescribeFiles(*snapshot, *columns, wants_metadata, *files));
  }
  scan.files = known.Finish();
  return scan;
}

datafusion::FileScan PlanRowScan(const std::shared_ptr<const Snapshot>& snapshot,
                                 const std::shared_ptr<const TableColumns>& columns,
                                 const std::map<int64_t, RowSet>& skipped) {
  std::vector<int64_t> files;
  for (const auto& [file, rows] : skipped) files.push_back(file);
  BatchBuilder known(static_cast<int64_t>(files.size()));
  known.AddColumns(PlacesOf(*snapshot, files));
  known.AddColumns(RowsToSkip(*snapshot, skipped));
  if (columns->partition_schema.num_columns() > 0) {
    known.AddStruct("partition", ConstantsOf(*snapshot, *columns, columns->has_metadata, files));
  }
  datafusion::FileScan scan = EmptyScan(*snapshot, *columns);
  scan.row_skipper = MakeRowSkipper(*snapshot);
  scan.files = known.Finish();
  return scan;
}

}  // namespace deltaic::delta
