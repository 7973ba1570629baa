#include "delta/scan/file_pruning.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <deltaic/datafusion/pruning_predicate.h>
#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include "columnar/batch_builder.h"
#include "delta/log/parallel_for.h"
#include "delta/protocol/excerpt.h"
#include "delta/protocol/nanoarrow_check.h"
#include "delta/protocol/partition_value.h"
#include "delta/protocol/statistics_columns.h"
#include "delta/scan/row_selection.h"
#include "delta/snapshot/active_file_columns.h"

namespace deltaic::delta {
namespace {

using datafusion::Expression;
using datafusion::PruningPredicate;

bool Contains(const std::vector<StructField>& fields, std::string_view name) {
  return std::any_of(fields.begin(), fields.end(),
                     [&](const StructField& field) { return field.name == name; });
}

/// Length from which on writers cut strings of statistics.
int StringPrefixLength(const Metadata& metadata) {
  constexpr int kDefault = 32;
  const auto property = metadata.configuration.find("delta.dataSkippingStringPrefixLength");
  if (property == metadata.configuration.end()) return kDefault;
  const std::string& text = property->second;
  int length = kDefault;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return std::clamp(length, 0, kDefault);
}

/// The request's filters, by how they can be judged.
struct SplitFilters {
  std::vector<Expression> on_files;  // Name columns only that are constant in a file.
  std::vector<Expression> on_rows;
  bool name_path = false;
  bool decided = true;  // All of them, by the choice of files.
};

/// Whether the filter names columns, and none but partition columns and the path column.
bool IsOnFiles(const Expression& filter, const TableColumns& columns) {
  const std::vector<std::string> names = filter.columns();
  return !names.empty() && std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return Contains(columns.partition_fields, name) || name == columns.path_column;
  });
}

SplitFilters Split(const std::vector<Expression>& filters, const TableColumns& columns) {
  SplitFilters split;
  for (const Expression& filter : filters) {
    split.decided &= filter.is_deterministic() && IsDecidedByFiles(filter, columns);
    if (!filter.is_deterministic()) continue;
    const bool on_files = IsOnFiles(filter, columns);
    (on_files ? split.on_files : split.on_rows).push_back(filter);
    const std::vector<std::string> names = filter.columns();
    split.name_path |= on_files && columns.path_column &&
                       std::find(names.begin(), names.end(), *columns.path_column) != names.end();
  }
  return split;
}

/// Whether the filter must see every file that it fails on: its error is the query's to raise.
bool IsOfTheFilter(ErrorCode code) {
  return code != ErrorCode::kCancelled && code != ErrorCode::kResourcesExhausted &&
         code != ErrorCode::kForked;
}

/// Clears `kept` where a filter is not true.
void PruneByConstants(const std::vector<Expression>& filters, const RecordBatch& constants,
                      std::vector<uint8_t>& kept) {
  for (const Expression& filter : filters) {
    try {
      const std::vector<uint8_t> matches = datafusion::EvaluateFilters({filter}, constants);
      for (size_t i = 0; i < kept.size(); ++i) kept[i] &= matches[i];
    } catch (const Error& error) {
      if (filter.is_infallible() || !IsOfTheFilter(error.code())) throw;
    }
  }
}

/// Column `num_rows` of `statistics`, to be read while those live.
nanoarrow::UniqueArrayView RowCounts(const RecordBatch& statistics) {
  const ArrowArray* num_rows =
      statistics.c_array()->children[statistics.schema().FindColumn("num_rows")];
  nanoarrow::UniqueArrayView counts;
  ArrowArrayViewInitFromType(counts.get(), NANOARROW_TYPE_INT64);
  if (ArrowArrayViewSetArray(counts.get(), num_rows, nullptr) != NANOARROW_OK) {
    throw Error(ErrorCode::kInternal, "The statistics have no row counts.");
  }
  return counts;
}

/// Null counts of partition columns: none, or the whole file where the value is null.
RecordBatch PartitionNullCounts(const RecordBatch& partitions, const RecordBatch& statistics) {
  const nanoarrow::UniqueArrayView rows = RowCounts(statistics);
  BatchBuilder builder(partitions.num_rows());
  for (int64_t column = 0; column < partitions.num_columns(); ++column) {
    nanoarrow::UniqueArrayView values;
    ArrowError error;
    if (ArrowArrayViewInitFromSchema(values.get(), partitions.schema().c_schema()->children[column],
                                     &error) != NANOARROW_OK ||
        ArrowArrayViewSetArray(values.get(), partitions.c_array()->children[column], &error) !=
            NANOARROW_OK) {
      throw Error(ErrorCode::kInternal, error.message);
    }
    std::vector<int64_t> counts(partitions.num_rows(), 0);
    for (int64_t row = 0; row < partitions.num_rows(); ++row) {
      if (ArrowArrayViewIsNull(values.get(), row) && !ArrowArrayViewIsNull(rows.get(), row)) {
        counts[row] = ArrowArrayViewGetIntUnsafe(rows.get(), row);
      }
    }
    builder.AddInt64(partitions.schema().column_name(column), counts);
  }
  return builder.Finish();
}

/// Column `name` of `statistics`, a struct; nothing where it is lacking.
std::optional<RecordBatch> StructColumn(const RecordBatch& statistics, std::string_view name) {
  const int64_t column = statistics.schema().FindColumn(name);
  if (column < 0) return std::nullopt;
  nanoarrow::UniqueSchema schema;
  if (ArrowSchemaDeepCopy(statistics.schema().c_schema()->children[column], schema.get()) !=
      NANOARROW_OK) {
    throw std::bad_alloc();
  }
  nanoarrow::UniqueArray all;
  statistics.Export(all.get());
  nanoarrow::UniqueArray array;
  ArrowArrayMove(all->children[column], array.get());
  return RecordBatch::Import(Schema::Import(schema.get()), array.get());
}

/// Adds partition columns to statistics: their value is both bounds.
RecordBatch WithPartitions(const RecordBatch& statistics, const RecordBatch& partitions) {
  const int64_t files = statistics.num_rows();
  BatchBuilder all(files);
  all.AddColumn(statistics, statistics.schema().FindColumn("num_rows"));
  for (const char* name : {"null_count", "min", "max"}) {
    BatchBuilder columns(files);
    if (std::optional<RecordBatch> of_files = StructColumn(statistics, name)) {
      columns.AddColumns(*of_files);
    }
    columns.AddColumns(std::string_view(name) == "null_count"
                           ? PartitionNullCounts(partitions, statistics)
                           : partitions);
    all.AddStruct(name, columns.Finish());
  }
  return all.Finish();
}

/// A column with a text a file, which `write` puts into the string that it is given.
template <typename Write>
RecordBatch StringColumn(const char* name, const std::vector<int64_t>& files, Write write) {
  nanoarrow::UniqueArray array;
  CheckNanoarrow(ArrowArrayInitFromType(array.get(), NANOARROW_TYPE_STRING));
  CheckNanoarrow(ArrowArrayStartAppending(array.get()));
  CheckNanoarrow(ArrowArrayReserve(array.get(), static_cast<int64_t>(files.size())));
  std::string text;
  for (int64_t file : files) {
    write(file, text);
    CheckNanoarrow(
        ArrowArrayAppendString(array.get(), {text.data(), static_cast<int64_t>(text.size())}));
  }
  CheckNanoarrow(ArrowArrayFinishBuildingDefault(array.get(), nullptr));
  nanoarrow::UniqueSchema schema;
  CheckNanoarrow(ArrowSchemaInitFromType(schema.get(), NANOARROW_TYPE_STRING));
  CheckNanoarrow(ArrowSchemaSetName(schema.get(), name));
  BatchBuilder builder(static_cast<int64_t>(files.size()));
  builder.AddArray(std::move(schema), std::move(array));
  return builder.Finish();
}

/// The parts of `_metadata` that are constant in a file.
RecordBatch MetadataOf(const Snapshot& snapshot, const std::vector<int64_t>& files) {
  const auto name = [](const char* part) { return kMetadataPrefix + std::string(part); };
  BatchBuilder builder(static_cast<int64_t>(files.size()));
  builder.AddColumns(
      StringColumn(name("file_path").c_str(), files,
                   [&](int64_t file, std::string& text) { text = snapshot.FileUri(file); }));
  builder.AddColumns(
      StringColumn(name("file_name").c_str(), files, [&](int64_t file, std::string& text) {
        text = snapshot.FileLocation(file);
        text.erase(0, text.rfind('/') + 1);
      }));
  std::vector<int64_t> sizes;
  std::vector<int64_t> times;
  for (int64_t file : files) {
    sizes.push_back(snapshot.files().file_size(file));
    // Microseconds; times of hostile logs may overflow.
    int64_t time = 0;
    times.push_back(
        __builtin_mul_overflow(snapshot.files().modification_time(file), int64_t{1000}, &time)
            ? 0
            : time);
  }
  builder.AddInt64(name("file_size"), sizes);
  builder.AddInt64(name("file_modification_time"), times);
  return builder.Finish();
}

/// What the log says of the rows of a table with row tracking.
RecordBatch RowTrackingOf(const Snapshot& snapshot, const std::vector<int64_t>& files) {
  // So far from the end of the numbers that no file has the rows to get there.
  constexpr int64_t kMaxBaseRowId = int64_t{1} << 62;
  std::vector<int64_t> ids;
  std::vector<int64_t> versions;
  for (const int64_t file : files) {
    const std::optional<int64_t> id = snapshot.files().base_row_id(file);
    const std::optional<int64_t> version = snapshot.files().row_commit_version(file);
    if (!id || !version || *id > kMaxBaseRowId) {
      throw Error(ErrorCode::kCorruptLog,
                  fmt::format("Row tracking is enabled, and a file has no {} that can be one. "
                              "Version {}, file: {}",
                              version ? "baseRowId" : "defaultRowCommitVersion", snapshot.version(),
                              Excerpt(snapshot.files().path(file))));
    }
    ids.push_back(*id);
    versions.push_back(*version);
  }
  BatchBuilder builder(static_cast<int64_t>(files.size()));
  builder.AddInt64(kBaseRowId, ids);
  builder.AddInt64(kDefaultCommitVersion, versions);
  return builder.Finish();
}

/// Adds the path column to constants of a batch, whose rows need not be live: those that are not
/// have an empty path.
RecordBatch WithPaths(const Snapshot& snapshot, const ActiveFileColumns::Batch& batch,
                      const TableColumns& columns, const RecordBatch& constants) {
  std::vector<int64_t> files(constants.num_rows(), -1);
  for (size_t i = 0; i < batch.live.size(); ++i) {
    files[batch.live.row(i)] = batch.first_file + static_cast<int64_t>(i);
  }
  BatchBuilder builder(constants.num_rows());
  builder.AddColumns(constants);
  builder.AddColumns(
      StringColumn(columns.path_column->c_str(), files, [&](int64_t file, std::string& text) {
        text = file < 0 ? "" : snapshot.FileLocation(file);
      }));
  return builder.Finish();
}

/// What a query's filters say of files, in the form in which many are judged.
struct Judgement {
  Judgement(const TableColumns& columns, const std::vector<Expression>& request)
      : filters(Split(request, columns)), predicate(filters.on_rows, columns.table_schema) {
    const std::vector<std::string>& names = predicate.columns();
    for (const StructField& field : columns.file_fields) {
      if (std::binary_search(names.begin(), names.end(), field.name)) fields.push_back(field);
    }
    needs_partitions = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return Contains(columns.partition_fields, name);
    });
  }

  SplitFilters filters;
  PruningPredicate predicate;
  std::vector<StructField> fields;  // Those whose statistics the predicate uses.
  bool needs_partitions = false;    // Whether it names partition columns as well.
};

/// Selects files of a batch. Rows that are not live are judged as well, which costs less than
/// leaving them out.
SelectedFiles SelectFrom(const Snapshot& snapshot, const ActiveFileColumns::Batch& batch,
                         const TableColumns& columns, const Judgement& judgement,
                         int string_prefix_length) {
  SelectedFiles selected;
  std::vector<uint8_t> kept(batch.files().num_rows(), 1);
  const auto count = [&] {
    int64_t files = 0;
    for (size_t i = 0; i < batch.live.size(); ++i) files += kept[batch.live.row(i)];
    return files;
  };
  int64_t left = static_cast<int64_t>(batch.live.size());
  if (!judgement.filters.on_files.empty()) {
    RecordBatch constants = batch.typed->PartitionValues(columns.partition_fields);
    if (judgement.filters.name_path) constants = WithPaths(snapshot, batch, columns, constants);
    PruneByConstants(judgement.filters.on_files, constants, kept);
    selected.pruned_by_partition = left - count();
    left -= selected.pruned_by_partition;
  }
  if (!judgement.predicate.always_true() && left > 0) {
    RecordBatch statistics = batch.typed->Statistics(judgement.fields, string_prefix_length);
    if (judgement.needs_partitions) {
      statistics =
          WithPartitions(statistics, batch.typed->PartitionValues(columns.partition_fields));
    }
    const std::vector<uint8_t> may_match = judgement.predicate.MayMatch(statistics);
    for (size_t i = 0; i < kept.size(); ++i) kept[i] &= may_match[i];
    selected.pruned_by_statistics = left - count();
    left -= selected.pruned_by_statistics;
  }
  selected.files.reserve(static_cast<size_t>(left));
  for (size_t i = 0; i < batch.live.size(); ++i) {
    if (kept[batch.live.row(i)] != 0) {
      selected.files.push_back(batch.first_file + static_cast<int64_t>(i));
    }
  }
  return selected;
}

/// Drops the files behind those that hold `limit` rows.
void PruneByLimit(const ActiveFileColumns& active, int64_t limit, std::vector<int64_t>& files) {
  int64_t rows = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    if (rows >= limit) {
      files.resize(i);
      return;
    }
    const ActiveFileColumns::Batch& batch = active.BatchOf(files[i]);
    const int64_t count = (*batch.typed->RowCounts())[batch.row(files[i])];
    if (count < 0) continue;
    // Row counts of hostile logs may overflow a sum.
    if (__builtin_add_overflow(rows, count, &rows)) rows = INT64_MAX;
  }
}

/// Calls `visit` for each run of files that are of one batch, with their rows.
template <typename Visit>
void VisitByBatch(const ActiveFileColumns& active, const std::vector<int64_t>& files,
                  const Visit& visit) {
  std::vector<uint32_t> rows;
  for (size_t begin = 0; begin < files.size();) {
    ThrowIfCancelled();
    const ActiveFileColumns::Batch& batch = active.BatchOf(files[begin]);
    rows.clear();
    for (; begin < files.size() && files[begin] >= batch.first_file &&
           files[begin] < batch.end_file();
         ++begin) {
      rows.push_back(batch.row(files[begin]));
    }
    visit(batch, LeafRows{.list = rows.data(), .size = rows.size()});
  }
}

}  // namespace

SelectedFiles AllFiles(const Snapshot& snapshot) {
  SelectedFiles all;
  all.files.resize(snapshot.files().size());
  std::iota(all.files.begin(), all.files.end(), 0);
  return all;
}

bool IsDecidedByFiles(const Expression& filter, const TableColumns& columns) {
  // One that may fail is left to the rows: it must not fail for a row that another filter rules
  // out.
  return filter.is_infallible() && IsOnFiles(filter, columns);
}

RecordBatch PlacesOf(const Snapshot& snapshot, const std::vector<int64_t>& files) {
  const ActiveFiles& active = snapshot.files();
  std::vector<int64_t> stores;
  std::vector<int64_t> sizes;
  std::vector<int64_t> modified;
  for (std::vector<int64_t>* column : {&stores, &sizes, &modified}) column->reserve(files.size());
  for (const int64_t file : files) {
    sizes.push_back(active.file_size(file));
    modified.push_back(active.modification_time(file));
  }
  BatchBuilder builder(static_cast<int64_t>(files.size()));
  builder.AddColumns(StringColumn("path", files, [&](int64_t file, std::string& text) {
    FilePlace place = snapshot.PlaceOf(active.path(file));
    stores.push_back(place.store);
    text = std::move(place.location);
  }));
  if (std::any_of(stores.begin(), stores.end(), [](int64_t store) { return store != 0; })) {
    builder.AddInt64("store", stores);
  }
  builder.AddInt64("size", sizes);
  builder.AddInt64("last_modified", modified);
  if (active.has_deletion_vectors()) builder.AddColumns(SkipsRows(snapshot, files));
  return builder.Finish();
}

RecordBatch ConstantsOf(const Snapshot& snapshot, const TableColumns& columns,
                        bool wants_row_tracking, const std::vector<int64_t>& files) {
  BatchBuilder builder(static_cast<int64_t>(files.size()));
  if (!columns.partition_fields.empty()) {
    builder.AddColumns(PartitionValuesOf(snapshot, columns, files));
  }
  if (columns.path_column) {
    builder.AddColumns(
        StringColumn(columns.path_column->c_str(), files,
                     [&](int64_t file, std::string& text) { text = snapshot.FileLocation(file); }));
  }
  if (columns.has_metadata) builder.AddColumns(MetadataOf(snapshot, files));
  if (columns.has_row_tracking && wants_row_tracking) {
    builder.AddColumns(RowTrackingOf(snapshot, files));
  } else if (columns.has_row_tracking) {
    const std::vector<int64_t> unused(files.size(), 0);
    builder.AddInt64(kBaseRowId, unused);
    builder.AddInt64(kDefaultCommitVersion, unused);
  }
  return builder.Finish();
}

RecordBatch PartitionValuesOf(const Snapshot& snapshot, const TableColumns& columns,
                              const std::vector<int64_t>& files) {
  const ActiveFiles& active = snapshot.files();
  int64_t file = 0;
  try {
    return ParsePartitionValues(columns.partition_fields, static_cast<int64_t>(files.size()),
                                [&](int64_t row, size_t column) {
                                  file = files[row];
                                  return active.partition_value(
                                      file, columns.partition_positions[column]);
                                });
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorruptLog) throw;
    throw Error(error.code(), fmt::format("{} Version {}, file: {}", error.message(),
                                          snapshot.version(), Excerpt(active.path(file))));
  }
}

void ReadStatistics(const Snapshot& snapshot, const std::vector<StructField>& fields,
                    const std::vector<int64_t>& files) {
  const ActiveFileColumns& active = ColumnsOf(snapshot.files());
  std::vector<std::string> names;
  for (const StructField& field : fields) names.push_back(field.stored_name());
  VisitByBatch(active, files, [&](const ActiveFileColumns::Batch& batch, const LeafRows&) {
    batch.files().ReadStatistics(names);
  });
}

RecordBatch StatisticsOf(const Snapshot& snapshot, const std::vector<StructField>& fields,
                         const std::vector<int64_t>& files, RowsThatCount rows_that_count,
                         BoundUse use) {
  const ActiveFileColumns& active = ColumnsOf(snapshot.files());
  const DeletionVectorColumn no_vectors;
  const int prefix_length = StringPrefixLength(snapshot.metadata());
  std::vector<int64_t> row_counts;
  std::vector<StatisticsColumnBuilder> builders;
  for (const StructField& field : fields) builders.emplace_back(field, prefix_length, use);
  VisitByBatch(active, files, [&](const ActiveFileColumns::Batch& batch, const LeafRows& rows) {
    const DeletionVectorColumn& vectors =
        rows_that_count == RowsThatCount::kLive ? batch.files().deletion_vectors : no_vectors;
    AppendRowCounts(*batch.files().RecordStatistics(), vectors, rows, row_counts);
    for (size_t i = 0; i < fields.size(); ++i) {
      builders[i].Append(*batch.files().StatisticsOf(fields[i].stored_name()), vectors, rows);
    }
  });
  std::vector<ColumnStatistics> columns;
  for (StatisticsColumnBuilder& builder : builders) columns.push_back(builder.Finish());
  return MakeStatistics(row_counts, columns);
}

SelectedFiles SelectFiles(const Snapshot& snapshot, const TableColumns& columns,
                          const datafusion::ScanRequest& request) {
  const Judgement judgement(columns, request.filters);
  const ActiveFileColumns& active = ColumnsOf(snapshot.files());
  const int prefix_length = StringPrefixLength(snapshot.metadata());
  std::vector<SelectedFiles> parts(active.batches().size());
  ParallelFor(parts.size(), [&](size_t i) {
    ThrowIfCancelled();
    try {
      parts[i] = SelectFrom(snapshot, active.batches()[i], columns, judgement, prefix_length);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kCorruptLog) throw;
      throw Error(error.code(), fmt::format("{} Version {}.", error.message(), snapshot.version()));
    }
  });

  SelectedFiles selected;
  for (const SelectedFiles& part : parts) {
    selected.files.insert(selected.files.end(), part.files.begin(), part.files.end());
    selected.pruned_by_partition += part.pruned_by_partition;
    selected.pruned_by_statistics += part.pruned_by_statistics;
  }
  if (request.limit && judgement.filters.decided) {
    const size_t before = selected.files.size();
    PruneByLimit(active, *request.limit, selected.files);
    selected.pruned_by_limit = static_cast<int64_t>(before - selected.files.size());
  }
  return selected;
}

}  // namespace deltaic::delta
