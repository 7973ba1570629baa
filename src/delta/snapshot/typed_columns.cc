#include "delta/snapshot/typed_columns.h"

#include <limits>
#include <utility>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/text/excerpt.h"

namespace deltaic::delta {
namespace {

// No Parquet file of that many bytes has more rows: a page takes 16 bytes at least, and counts its
// values in 31 bits.
int64_t MaxRows(int64_t file_size) {
  constexpr int kRowsPerByteBits = 31 - 4;
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  return file_size > kMax >> kRowsPerByteBits ? kMax : file_size << kRowsPerByteBits;
}

}  // namespace

void AppendRowCounts(const AddedFiles& files, const LeafRows& rows, std::vector<int64_t>& counts) {
  const size_t begin = counts.size();
  AppendRowCounts(*files.RecordStatistics(), files.deletion_vectors, rows, counts);
  for (size_t i = 0; i < rows.size; ++i) {
    int64_t& count = counts[begin + i];
    if (count > MaxRows(files.sizes[rows[i]])) count = AddedFiles::kNone;
  }
}

std::shared_ptr<const std::vector<int64_t>> TypedColumns::RowCounts() const {
  files_->ReadStatistics({});
  const std::lock_guard lock(mutex_);
  if (!row_counts_) {
    std::vector<int64_t> counts;
    AppendRowCounts(*files_, {.size = files_->num_rows()}, counts);
    row_counts_ = std::make_shared<const std::vector<int64_t>>(std::move(counts));
  }
  return row_counts_;
}

// The statistics that the column is made from have been read.
ColumnStatistics TypedColumns::Column(const StructField& column) const {
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : statistics_) {
    if (entry.column == column) return entry.statistics;
  }
  StatisticsColumnBuilder builder(column);
  builder.Append(*files_->StatisticsOf(column.stored_name()), files_->deletion_vectors,
                 {.size = files_->num_rows()});
  if (statistics_.size() == kMaxColumns) statistics_.erase(statistics_.begin());
  statistics_.push_back({column, builder.Finish()});
  return statistics_.back().statistics;
}

RecordBatch TypedColumns::Statistics(const std::vector<StructField>& columns) const {
  std::vector<std::string> names;
  for (const StructField& column : columns) names.push_back(column.stored_name());
  files_->ReadStatistics(names);
  std::vector<ColumnStatistics> statistics;
  for (const StructField& column : columns) statistics.push_back(Column(column));
  return MakeStatistics(*RowCounts(), statistics);
}

RecordBatch TypedColumns::PartitionValues(const std::vector<StructField>& columns,
                                          const PartitionZone& zone) const {
  const std::lock_guard lock(mutex_);
  if (!partitions_ || partitions_->columns != columns || partitions_->zone != zone.name) {
    partitions_ = {columns, zone.name,
                   ParsePartitionValues(*files_, {.size = files_->num_rows()}, columns, zone)};
  }
  return partitions_->values;
}

RecordBatch ParsePartitionValues(const AddedFiles& files, const LeafRows& rows,
                                 const std::vector<StructField>& columns,
                                 const PartitionZone& zone) {
  std::vector<std::optional<uint32_t>> names;
  for (const StructField& column : columns) {
    names.push_back(files.partition_values.FindName(column.stored_name()));
  }
  uint32_t row = 0;
  const auto text = [&](int64_t i, size_t column) -> std::optional<std::string_view> {
    row = rows[static_cast<size_t>(i)];
    if (!names[column]) return std::nullopt;
    return files.partition_values.Find(row, *names[column]);
  };
  try {
    return ParsePartitionValues(columns, static_cast<int64_t>(rows.size), text, zone);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorruptLog) throw;
    throw Error(error.code(),
                fmt::format("{} File: {}", error.message(), Excerpt(files.paths[row])));
  }
}

}  // namespace deltaic::delta
