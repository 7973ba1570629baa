#include "delta/scan/file_pruning.h"
#include "delta/protocol/table_properties.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <deltaic/datafusion/pruning_predicate.h>
#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include "base/parallel_for.h"
#include "columnar/batch_builder.h"
#include "delta/scan/file_description.h"
#include "delta/scan/statistics_of_files.h"
#include "delta/snapshot/active_file_columns.h"
#include "delta/statistics/statistics_columns.h"

namespace deltaic::delta {
namespace {

using datafusion::Expression;
using datafusion::PruningPredicate;

bool Contains(const std::vector<StructField>& fields, std::string_view name) {
  return std::any_of(fields.begin(), fields.end(),
                     [&](const StructField& field) { return field.name == name; });
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
  const std::vector<std::string>& names = filter.columns();
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
    split.name_path |= on_files && columns.path_column &&
                       std::ranges::count(filter.columns(), *columns.path_column) > 0;
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

/// Null counts of partition columns: none, or all rows of the file where the value is null, and
/// those may be unknown.
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
    std::vector<std::optional<int64_t>> counts(partitions.num_rows(), 0);
    for (int64_t row = 0; row < partitions.num_rows(); ++row) {
      if (!ArrowArrayViewIsNull(values.get(), row)) continue;
      counts[row].reset();
      if (!ArrowArrayViewIsNull(rows.get(), row)) {
        counts[row] = ArrowArrayViewGetIntUnsafe(rows.get(), row);
      }
    }
    builder.AddOptionalInt64(partitions.schema().column_name(column), counts);
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
  builder.AddColumns(PathsOf(snapshot, *columns.path_column, files));
  return builder.Finish();
}

/// A query's filters in the form in which many files are judged.
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

/// The files of a batch that are left.
class Selection {
 public:
  explicit Selection(const ActiveFileColumns::Batch& batch)
      : batch_(batch), num_left_(static_cast<int64_t>(batch.live.size())) {}

  const ActiveFileColumns::Batch& batch() const { return batch_; }
  bool empty() const { return num_left_ == 0; }

  void JudgeConstants(const Snapshot& snapshot, const TableColumns& columns,
                      const Judgement& judgement) {
    RecordBatch constants =
        batch_.typed->PartitionValues(columns.partition_fields, columns.partition_zone);
    if (judgement.filters.name_path) constants = WithPaths(snapshot, batch_, columns, constants);
    pruned_by_partition_ = Prune([&](std::vector<uint8_t>& kept) {
      PruneByConstants(judgement.filters.on_files, constants, kept);
    });
  }

  void JudgeStatistics(const TableColumns& columns, const Judgement& judgement) {
    RecordBatch statistics = batch_.typed->Statistics(judgement.fields);
    if (judgement.needs_partitions) {
      statistics = WithPartitions(
          statistics,
          batch_.typed->PartitionValues(columns.partition_fields, columns.partition_zone));
    }
    const std::vector<uint8_t> may_match = judgement.predicate.MayMatch(statistics);
    pruned_by_statistics_ = Prune([&](std::vector<uint8_t>& kept) {
      for (size_t i = 0; i < kept.size(); ++i) kept[i] &= may_match[i];
    });
  }

  /// The statistics of all files rule them out.
  void Drop() { pruned_by_statistics_ = std::exchange(num_left_, 0); }

  void AddTo(SelectedFiles& selected) const {
    for (size_t i = 0; !empty() && i < batch_.live.size(); ++i) {
      if (kept_.empty() || kept_[batch_.live.row(i)] != 0) {
        selected.files.push_back(batch_.first_file + static_cast<int64_t>(i));
      }
    }
    selected.pruned_by_partition += pruned_by_partition_;
    selected.pruned_by_statistics += pruned_by_statistics_;
  }

 private:
  /// Returns how many files `judge` drops. Rows that are not live are judged as well, which costs
  /// less than leaving them out.
  template <typename Judge>
  int64_t Prune(const Judge& judge) {
    kept_.resize(batch_.files().num_rows(), 1);
    judge(kept_);
    int64_t left = 0;
    for (size_t i = 0; i < batch_.live.size(); ++i) left += kept_[batch_.live.row(i)];
    return std::exchange(num_left_, left) - left;
  }

  const ActiveFileColumns::Batch& batch_;
  std::vector<uint8_t> kept_;  // By row; empty where all are.
  int64_t num_left_;
  int64_t pruned_by_partition_ = 0;
  int64_t pruned_by_statistics_ = 0;
};

std::vector<AddedFilesPtr> FilesOf(std::span<Selection* const> selections) {
  std::vector<AddedFilesPtr> files;
  for (const Selection* selection : selections) files.push_back(selection->batch().live.files);
  return files;
}

/// Drops batches by what is known of many files at once without their statistics.
void JudgeBounds(const Judgement& judgement, std::span<Selection* const> selections) {
  std::vector<std::string> names;
  for (const StructField& field : judgement.fields) {
    if (HasIntegerBounds(field.type.kind())) names.push_back(field.stored_name());
  }
  if (names.empty()) return;
  for (const KnownBounds& known : FindBounds(FilesOf(selections), names)) {
    if (!known.bounds.leaves || known.bounds.leaves->num_rows() == 0) continue;
    const size_t num_runs = known.bounds.leaves->num_rows();
    std::vector<ColumnStatistics> bounds;
    for (const StructField& field : judgement.fields) {
      StatisticsColumnBuilder builder(field);
      builder.Append(*known.bounds.leaves, {}, {.size = num_runs});
      bounds.push_back(builder.Finish());
    }
    const std::vector<uint8_t> may_match = judgement.predicate.MayMatch(
        MakeStatistics(std::vector<int64_t>(num_runs, AddedFiles::kNone), bounds));
    for (size_t i = 0; i < known.batches.size(); ++i) {
      const auto [begin, end] = known.bounds.runs_of_batches[i];
      const bool is_ruled_out =
          begin < end && std::all_of(may_match.begin() + begin, may_match.begin() + end,
                                     [](uint8_t may) { return may == 0; });
      if (is_ruled_out) selections[known.batches[i]]->Drop();
    }
  }
}

/// Reads the numbers of records of the next `num_batches` batches that files from number `begin` on
/// are of. Returns where the files of the next batch begin.
size_t ReadRecordsAhead(const ActiveFileColumns& active, const std::vector<int64_t>& files,
                        size_t begin, size_t num_batches) {
  std::vector<AddedFilesPtr> batches;
  auto next = files.begin() + static_cast<ptrdiff_t>(begin);
  while (next != files.end() && batches.size() < num_batches) {
    const ActiveFileColumns::Batch& batch = active.BatchOf(*next);
    batches.push_back(batch.live.files);
    next = std::lower_bound(next, files.end(), batch.end_file());
  }
  ReadStatistics(batches, {});
  return static_cast<size_t>(next - files.begin());
}

/// Drops the files, which ascend, after those that hold `limit` rows.
void PruneByLimit(const ActiveFileColumns& active, int64_t limit, std::vector<int64_t>& files) {
  // A few batches tend to be enough: ever more are read ahead.
  size_t num_ahead = 1;
  size_t num_read = 0;
  int64_t rows = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    if (rows >= limit) {
      files.resize(i);
      return;
    }
    if (i == num_read) {
      num_read = ReadRecordsAhead(active, files, i, num_ahead);
      num_ahead *= 2;
    }
    const ActiveFileColumns::Batch& batch = active.BatchOf(files[i]);
    const int64_t count = (*batch.typed->RowCounts())[batch.row(files[i])];
    if (count < 0) continue;
    // Row counts of hostile logs may overflow a sum.
    if (__builtin_add_overflow(rows, count, &rows)) rows = INT64_MAX;
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

SelectedFiles SelectFiles(const Snapshot& snapshot, const TableColumns& columns,
                          const datafusion::ScanRequest& request) {
  const Judgement judgement(columns, request.filters);
  const ActiveFileColumns& active = snapshot.files().columns();
  std::vector<Selection> selections;
  selections.reserve(active.batches().size());
  for (const ActiveFileColumns::Batch& batch : active.batches()) selections.emplace_back(batch);
  const auto left = [&] {
    std::vector<Selection*> left;
    for (Selection& selection : selections) {
      if (!selection.empty()) left.push_back(&selection);
    }
    return left;
  };
  const auto judge = [&](const auto& judge_one) {
    const std::vector<Selection*> of = left();
    ParallelFor(of.size(), [&](size_t i) {
      ThrowIfCancelled();
      judge_one(*of[i]);
    });
  };
  try {
    if (!judgement.filters.on_files.empty()) {
      judge([&](Selection& of) { of.JudgeConstants(snapshot, columns, judgement); });
    }
    if (!judgement.predicate.always_true()) {
      std::vector<std::string> names;
      for (const StructField& field : judgement.fields) names.push_back(field.stored_name());
      JudgeBounds(judgement, left());
      ReadStatistics(FilesOf(left()), names);
      judge([&](Selection& of) { of.JudgeStatistics(columns, judgement); });
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorruptLog) throw;
    throw Error(error.code(), fmt::format("{} Version {}.", error.message(), snapshot.version()));
  }

  SelectedFiles selected;
  for (const Selection& selection : selections) selection.AddTo(selected);
  if (request.limit && judgement.filters.decided) {
    const size_t before = selected.files.size();
    PruneByLimit(active, *request.limit, selected.files);
    selected.pruned_by_limit = static_cast<int64_t>(before - selected.files.size());
  }
  return selected;
}

}  // namespace deltaic::delta
