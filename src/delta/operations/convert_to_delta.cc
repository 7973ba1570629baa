#include <deltaic/delta/operations/convert_to_delta.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <deltaic/datafusion/parquet_file.h>
#include <deltaic/delta/operations/table_definition.h>
#include <deltaic/delta/protocol/schema_arrow.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>
#include <deltaic/delta/transaction/commit_errors.h>
#include <fmt/format.h>

#include "base/count_work.h"
#include "base/parallel_for.h"
#include "base/text/ascii.h"
#include "base/text/excerpt.h"
#include "base/text/json_writer.h"
#include "delta/operations/folder_partitions.h"
#include "delta/operations/merged_footers.h"
#include "delta/operations/new_table.h"
#include "delta/operations/parquet_folder.h"
#include "delta/protocol/log_path.h"
#include "delta/protocol/schema/field_metadata.h"
#include "delta/protocol/table_properties.h"
#include "delta/statistics/indexed_columns.h"
#include "delta/transaction/post_commit.h"
#include "delta/transaction/transaction.h"
#include "delta/write/schema_merge.h"
#include "delta/write/table_constraints.h"
#include "delta/write/written_statistics.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectMeta;
using datafusion::ParquetFile;

// What the footers of files say.
struct Footers {
  std::vector<StructField> columns = {};
  std::vector<std::string> statistics = {};  // JSON of each file.
  int64_t num_rows = 0;
};

// Reads footers, several at a time.
class FooterReader {
 public:
  FooterReader(const datafusion::ObjectStore& store, const std::vector<ObjectMeta>& files,
               const ConvertToDeltaRequest& request)
      : store_(store), files_(files), request_(request) {}

  // Statistics go by the columns of all files, which are nearly always those of the first one: the
  // footers are read once more where they are not.
  Footers Read() {
    Footers footers{.columns = ColumnsOf(files_.front())};
    while (true) {
      footers.statistics = ReadAll(footers.columns);
      if (others_.empty()) break;
      std::vector<StructField> merged = Merged();
      if (merged == footers.columns) break;
      footers.columns = std::move(merged);
    }
    for (const int64_t rows : num_rows_) footers.num_rows += rows;
    return footers;
  }

 private:
  std::vector<StructField> ColumnsOf(const ObjectMeta& file) const {
    MergedFooters columns;
    columns.Add(file.location, ColumnsOf(file, Open(file)));
    return columns.columns();
  }

  ParquetFile Open(const ObjectMeta& file) const {
    return ParquetFile::Open(store_, file.location, file.size);
  }

  static std::vector<StructField> ColumnsOf(const ObjectMeta& file, const ParquetFile& parquet) {
    try {
      return FromArrowSchema(*parquet.schema().c_schema());
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInvalidArgument) throw;
      throw Error(ErrorCode::kSchemaMismatch,
                  fmt::format("{}\nin the file {}", error.message(), Excerpt(file.location)));
    }
  }

  // The columns of the table that are in files.
  std::vector<StructField> InFiles(const std::vector<StructField>& columns) const {
    std::vector<StructField> in_files;
    for (const StructField& column : columns) {
      const bool is_stored =
          column.type.kind() != TypeKind::kVoid &&
          std::ranges::find(request_.partition_columns, column.name, &StructField::name) ==
              request_.partition_columns.end();
      if (is_stored) in_files.push_back(column);
    }
    return in_files;
  }

  std::vector<std::string> ReadAll(const std::vector<StructField>& columns) {
    constexpr size_t kRequestsAtOnce = 32;
    Metadata metadata;
    metadata.configuration = request_.configuration;
    std::vector<StatisticsLeaf> leaves;
    if (request_.collects_statistics) {
      leaves = StatisticsLeavesOf(IndexedColumns(InFiles(columns), metadata));
    }
    std::vector<std::vector<std::string>> paths;
    std::vector<StructField> types;
    for (const StatisticsLeaf& leaf : leaves) {
      types.push_back({fmt::format("{}", paths.size()), leaf.type});
      paths.push_back(leaf.path);
    }
    const Schema wanted = ToArrowSchema(types, ArrowNullability::kAll);
    const StatisticsForm form{
        .max_characters = static_cast<int>(TableProperties(metadata).string_prefix_length())};
    const bool is_first_time = num_rows_.empty();
    num_rows_.resize(files_.size());
    std::vector<std::string> statistics(files_.size());
    ParallelFor(
        files_.size(),
        [&](size_t i) {
          ThrowIfCancelled();
          const ParquetFile parquet = Open(files_[i]);
          if (is_first_time) {
            num_rows_[i] = parquet.NumRows();
            NoteColumns(i, ColumnsOf(files_[i], parquet), columns);
            CountWork({.rows = num_rows_[i], .bytes = files_[i].size, .files = 1});
          }
          statistics[i] =
              StatisticsOfFiles(parquet.Statistics(paths, wanted), leaves, form).front();
        },
        store_.is_local() ? 1 : kRequestsAtOnce);
    return statistics;
  }

  void NoteColumns(size_t file, std::vector<StructField> columns,
                   const std::vector<StructField>& wanted) {
    MergedFooters nullable;
    nullable.Add(files_[file].location, columns);
    if (nullable.columns() == wanted) return;
    const std::lock_guard lock(mutex_);
    others_.emplace(file, std::move(columns));
  }

  // In the order of the files, so that the table is the same whichever footer came first.
  std::vector<StructField> Merged() const {
    MergedFooters merged;
    merged.Add(files_.front().location, ColumnsOf(files_.front()));
    for (const auto& [file, columns] : others_) merged.Add(files_[file].location, columns);
    return merged.columns();
  }

  const datafusion::ObjectStore& store_;
  const std::vector<ObjectMeta>& files_;
  const ConvertToDeltaRequest& request_;
  std::vector<int64_t> num_rows_;
  std::mutex mutex_;
  std::map<size_t, std::vector<StructField>> others_;  // Columns of files that have other ones.
};

// A partition column that files have, too, keeps its place and gets its type from the request.
std::vector<StructField> WithPartitionColumns(std::vector<StructField> columns,
                                              const std::vector<StructField>& partition) {
  for (const StructField& column : partition) {
    const auto there = std::ranges::find(columns, column.name, &StructField::name);
    if (there == columns.end()) {
      columns.push_back(column);
    } else {
      *there = column;
    }
  }
  return columns;
}

TableShape ShapeFor(const ConvertToDeltaRequest& request, std::vector<StructField> columns) {
  TableDefinition definition{.schema = DataType::Struct(WithPartitionColumns(
                                 std::move(columns), request.partition_columns)),
                             .name = request.name,
                             .description = request.description,
                             .configuration = request.configuration};
  for (const StructField& column : request.partition_columns) {
    definition.partition_columns.push_back(column.name);
  }
  return NewTable(definition);
}

// What only a writer of all rows can keep.
void CheckRequest(const ConvertToDeltaRequest& request) {
  CheckCommitProperties(request.commit);
  if (request.mode != SaveMode::kErrorIfExists && request.mode != SaveMode::kIgnore) {
    throw Error(ErrorCode::kInvalidArgument,
                "Files become a new table: the mode is error or ignore.");
  }
  FieldMetadata metadata;
  for (const StructField& column : request.partition_columns) {
    if (!metadata.Read(column)) continue;
    if (metadata.generation_expression() || metadata.identity_step() || metadata.text_length()) {
      throw Error(ErrorCode::kUnsupportedFeature,
                  fmt::format("Nobody can tell whether the values that are there are what the "
                              "metadata of the partition column asks for: {}",
                              Excerpt(column.name)));
    }
  }
  Metadata of_table;
  of_table.configuration = request.configuration;
  const auto mapping = TableProperties(of_table).column_mapping_mode();
  if (mapping && !EqualsIgnoringCase(*mapping, "none")) {
    throw Error(ErrorCode::kUnsupportedFeature,
                "The files name their columns as the table does: the property "
                "delta.columnMapping.mode cannot be set.");
  }
}

void CheckShape(const TableShape& shape) {
  if (ConstraintsOf(shape.schema, shape.metadata).empty()) return;
  throw Error(ErrorCode::kUnsupportedFeature,
              "The table has constraints, and nobody can tell whether the rows of the files keep "
              "them.");
}

CommitOperation Operation(const ConvertToDeltaRequest& request, size_t num_files) {
  CommitOperation operation{.name = "CONVERT"};
  operation.parameters["numFiles"] = fmt::format("{}", num_files);
  operation.parameters["collectStats"] = request.collects_statistics ? "true" : "false";
  operation.parameters["sourceFormat"] = "parquet";
  JsonWriter json(operation.parameters["partitionedBy"]);
  json.BeginArray();
  for (const StructField& column : request.partition_columns) json.String(column.name);
  json.EndArray();
  operation.metrics["numConvertedFiles"] = fmt::format("{}", num_files);
  return operation;
}

ConvertToDeltaResult Skipped(const TableAccess& access) {
  std::shared_ptr<const Snapshot> snapshot = LoadLatestSnapshot(access);
  const int64_t version = snapshot->version();
  return {.commit = {.version = version, .snapshot = std::move(snapshot), .is_skipped = true}};
}

std::vector<std::string> LocationsOf(const std::vector<ObjectMeta>& files) {
  std::vector<std::string> locations;
  locations.reserve(files.size());
  for (const ObjectMeta& file : files) locations.push_back(file.location);
  return locations;
}

}  // namespace

ConvertToDeltaResult ConvertToDelta(const TableAccess& access,
                                    const ConvertToDeltaRequest& request) {
  CheckRequest(request);
  if (HasDeltaLog(access.store())) {
    if (request.mode == SaveMode::kIgnore) return Skipped(access);
    throw Error(ErrorCode::kAlreadyExists,
                fmt::format("There is a table already: {}", access.store().name()));
  }
  const std::vector<ObjectMeta> files = ListParquetFiles(access.store());
  if (files.empty()) {
    throw Error(ErrorCode::kTableNotFound,
                fmt::format("There is no Parquet file in the folder or below it: {}",
                            access.store().name()));
  }
  std::vector<NullableTexts> partitions =
      PartitionsOfFolders(request.partition_columns, request.folders, LocationsOf(files));
  Footers footers = FooterReader(access.store(), files, request).Read();
  const TableShape shape = ShapeFor(request, std::move(footers.columns));
  CheckShape(shape);

  Transaction transaction = Transaction::Create(access);
  transaction.Stage(shape.protocol);
  transaction.Stage(shape.metadata);
  ConvertToDeltaResult result{.num_files = static_cast<int64_t>(files.size()),
                              .num_rows = footers.num_rows};
  for (size_t i = 0; i < files.size(); ++i) {
    AddFile add;
    add.path = EncodeDataPath(files[i].location);
    add.partition_values = std::move(partitions[i]);
    add.size = files[i].size;
    add.modification_time = files[i].last_modified_ms;
    add.stats = std::move(footers.statistics[i]);
    result.num_bytes += add.size;
    transaction.Stage(std::move(add));
  }
  try {
    result.commit = std::move(transaction)
                        .Commit(Operation(request, files.size()), request.commit,
                                {.steps = PostCommitSteps(request.post_commit)});
  } catch (const CommitConflict& conflict) {
    if (request.mode != SaveMode::kIgnore || conflict.kind() != ConflictKind::kTableCreated) throw;
    return Skipped(access);
  }
  return result;
}

}  // namespace deltaic::delta
