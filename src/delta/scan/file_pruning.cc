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
#include "delta/protocol/file_statistics.h"
#include "delta/protocol/partition_value.h"

namespace deltaic::delta {
namespace {

using datafusion::Expression;
using datafusion::PruningPredicate;

// Files judged together, on one thread: columns of that many rows are cheap to hold, and a cancel
// is noticed between two of them.
constexpr size_t kFilesAtOnce = 16384;

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
  std::vector<Expression> on_partitions;  // Name partition columns only.
  std::vector<Expression> on_rows;
};

SplitFilters Split(const std::vector<Expression>& filters, const TableColumns& columns) {
  SplitFilters split;
  for (const Expression& filter : filters) {
    if (!filter.is_deterministic()) continue;
    const std::vector<std::string> names = filter.columns();
    const bool of_partitions =
        !names.empty() && std::all_of(names.begin(), names.end(), [&](const std::string& name) {
          return Contains(columns.partition_fields, name);
        });
    (of_partitions ? split.on_partitions : split.on_rows).push_back(filter);
  }
  return split;
}

void Keep(const std::vector<uint8_t>& kept, std::vector<int64_t>& files) {
  size_t count = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    if (kept[i] != 0) files[count++] = files[i];
  }
  files.resize(count);
}

/// Whether the filter must see every file that it fails on: its error is the query's to raise.
bool IsOfTheFilter(ErrorCode code) {
  return code != ErrorCode::kCancelled && code != ErrorCode::kResourcesExhausted &&
         code != ErrorCode::kForked;
}

void PruneByPartition(const std::vector<Expression>& filters, const RecordBatch& partitions,
                      std::vector<int64_t>& files) {
  std::vector<uint8_t> kept(files.size(), 1);
  for (const Expression& filter : filters) {
    try {
      const std::vector<uint8_t> matches = datafusion::EvaluateFilters({filter}, partitions);
      for (size_t i = 0; i < kept.size(); ++i) kept[i] &= matches[i];
    } catch (const Error& error) {
      if (!IsOfTheFilter(error.code())) throw;
    }
  }
  Keep(kept, files);
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

void PruneByStatistics(const Snapshot& snapshot, const TableColumns& columns,
                       const PruningPredicate& predicate, std::vector<int64_t>& files) {
  std::vector<StructField> fields;
  for (const StructField& field : columns.file_fields) {
    const std::vector<std::string>& names = predicate.columns();
    if (std::binary_search(names.begin(), names.end(), field.name)) fields.push_back(field);
  }
  RecordBatch statistics = StatisticsOf(snapshot, fields, files);
  if (!columns.partition_fields.empty()) {
    statistics = WithPartitions(statistics, PartitionValuesOf(snapshot, columns, files));
  }
  Keep(predicate.MayMatch(statistics), files);
}

/// Drops the files behind those that hold `limit` rows.
void PruneByLimit(const Snapshot& snapshot, int64_t limit, std::vector<int64_t>& files) {
  int64_t rows = 0;
  for (size_t begin = 0; begin < files.size(); begin += kFilesAtOnce) {
    const std::vector<int64_t> some(files.begin() + begin,
                                    files.begin() + std::min(begin + kFilesAtOnce, files.size()));
    const RecordBatch statistics = StatisticsOf(snapshot, {}, some);
    const nanoarrow::UniqueArrayView counts = RowCounts(statistics);
    for (size_t i = 0; i < some.size(); ++i) {
      if (rows >= limit) {
        files.resize(begin + i);
        return;
      }
      const auto row = static_cast<int64_t>(i);
      if (ArrowArrayViewIsNull(counts.get(), row)) continue;
      // Row counts of hostile logs may overflow a sum.
      if (__builtin_add_overflow(rows, ArrowArrayViewGetIntUnsafe(counts.get(), row), &rows)) {
        rows = INT64_MAX;
      }
    }
  }
}

}  // namespace

RecordBatch PartitionValuesOf(const Snapshot& snapshot, const TableColumns& columns,
                              const std::vector<int64_t>& files) {
  const ActiveFiles& active = snapshot.files();
  int64_t file = 0;
  try {
    return ParsePartitionValues(columns.partition_fields, static_cast<int64_t>(files.size()),
                                [&](int64_t row, size_t column) {
                                  file = files[row];
                                  return active.partition_value(file, static_cast<int>(column));
                                });
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorruptLog) throw;
    throw Error(error.code(), fmt::format("{} Version {}, file: {}", error.message(),
                                          snapshot.version(), Excerpt(active.path(file))));
  }
}

RecordBatch StatisticsOf(const Snapshot& snapshot, const std::vector<StructField>& fields,
                         const std::vector<int64_t>& files) {
  const ActiveFiles& active = snapshot.files();
  return ParseFileStatistics(
      {.columns = fields, .string_prefix_length = StringPrefixLength(snapshot.metadata())}, 0,
      static_cast<int64_t>(files.size()),
      [&](int64_t row) { return active.statistics_json(files[row]); });
}

SelectedFiles SelectFiles(const Snapshot& snapshot, const TableColumns& columns,
                          const datafusion::ScanRequest& request) {
  const SplitFilters filters = Split(request.filters, columns);
  const PruningPredicate predicate(filters.on_rows, columns.table_schema);
  const auto num_files = static_cast<size_t>(snapshot.files().size());
  std::vector<SelectedFiles> parts((num_files + kFilesAtOnce - 1) / kFilesAtOnce);
  ParallelFor(parts.size(), [&](size_t part) {
    ThrowIfCancelled();
    const size_t begin = part * kFilesAtOnce;
    std::vector<int64_t> files(std::min(kFilesAtOnce, num_files - begin));
    std::iota(files.begin(), files.end(), static_cast<int64_t>(begin));
    if (!filters.on_partitions.empty()) {
      const size_t before = files.size();
      PruneByPartition(filters.on_partitions, PartitionValuesOf(snapshot, columns, files), files);
      parts[part].pruned_by_partition = static_cast<int64_t>(before - files.size());
    }
    if (!predicate.always_true() && !files.empty()) {
      const size_t before = files.size();
      PruneByStatistics(snapshot, columns, predicate, files);
      parts[part].pruned_by_statistics = static_cast<int64_t>(before - files.size());
    }
    parts[part].files = std::move(files);
  });

  SelectedFiles selected;
  for (const SelectedFiles& part : parts) {
    selected.files.insert(selected.files.end(), part.files.begin(), part.files.end());
    selected.pruned_by_partition += part.pruned_by_partition;
    selected.pruned_by_statistics += part.pruned_by_statistics;
  }
  if (request.limit && request.filters.empty()) {
    const size_t before = selected.files.size();
    PruneByLimit(snapshot, *request.limit, selected.files);
    selected.pruned_by_limit = static_cast<int64_t>(before - selected.files.size());
  }
  return selected;
}

}  // namespace deltaic::delta
