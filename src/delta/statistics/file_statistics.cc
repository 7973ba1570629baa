#include "delta/statistics/file_statistics.h"

#include <deltaic/base/cancellation.h>

#include "delta/statistics/statistics_leaves.h"
#include "delta/statistics/statistics_text.h"

namespace deltaic::delta {

RecordBatch ParseFileStatistics(const StatisticsRequest& request, int64_t begin, int64_t end,
                                const StatisticsText& text) {
  constexpr int64_t kRowsBetweenChecks = 4096;
  StatisticsLeavesBuilder texts;
  StatisticsTextParser parser(texts);
  for (int64_t row = begin; row < end; ++row) {
    if ((row - begin) % kRowsBetweenChecks == 0) ThrowIfCancelled();
    parser.Append(text(row));
  }
  const StatisticsLeaves leaves = texts.Finish();
  const LeafRows rows{.size = leaves.num_rows()};
  std::vector<int64_t> row_counts;
  AppendRowCounts(leaves, request.deletion_vectors, rows, row_counts);
  std::vector<ColumnStatistics> columns;
  for (const StructField& column : request.columns) {
    StatisticsColumnBuilder builder(column, request.bounds);
    builder.Append(leaves, request.deletion_vectors, rows);
    columns.push_back(builder.Finish());
  }
  return MakeStatistics(row_counts, columns);
}

}  // namespace deltaic::delta
