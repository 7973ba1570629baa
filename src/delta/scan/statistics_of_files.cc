#include "delta/scan/statistics_of_files.h"

#include <algorithm>
#include <string>

#include <deltaic/base/cancellation.h>

#include "delta/protocol/table_properties.h"
#include "delta/snapshot/active_file_columns.h"

namespace deltaic::delta {
namespace {

// Calls `visit` for each run of files that are of one batch, with their rows.
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

void ReadStatistics(const Snapshot& snapshot, const std::vector<StructField>& fields,
                    const std::vector<int64_t>& files) {
  const ActiveFileColumns& active = snapshot.files().columns();
  std::vector<std::string> names;
  for (const StructField& field : fields) names.push_back(field.stored_name());
  std::vector<AddedFilesPtr> batches;
  VisitByBatch(active, files, [&](const ActiveFileColumns::Batch& batch, const LeafRows&) {
    batches.push_back(batch.live.files);
  });
  delta::ReadStatistics(batches, names);
}

RecordBatch StatisticsOf(const Snapshot& snapshot, const std::vector<StructField>& fields,
                         const std::vector<int64_t>& files, RowsThatCount rows_that_count,
                         BoundsForm bounds) {
  const ActiveFileColumns& active = snapshot.files().columns();
  const DeletionVectorColumn no_vectors;
  std::vector<int64_t> row_counts;
  std::vector<StatisticsColumnBuilder> builders;
  for (const StructField& field : fields) builders.emplace_back(field, bounds);
  VisitByBatch(active, files, [&](const ActiveFileColumns::Batch& batch, const LeafRows& rows) {
    const bool are_live = rows_that_count == RowsThatCount::kLive;
    const DeletionVectorColumn& vectors = are_live ? batch.files().deletion_vectors : no_vectors;
    if (are_live) {
      AppendRowCounts(batch.files(), rows, row_counts);
    } else {
      AppendRecordCounts(*batch.files().RecordStatistics(), rows, row_counts);
    }
    for (size_t i = 0; i < fields.size(); ++i) {
      builders[i].Append(*batch.files().StatisticsOf(fields[i].stored_name()), vectors, rows);
    }
  });
  std::vector<ColumnStatistics> columns;
  for (StatisticsColumnBuilder& builder : builders) columns.push_back(builder.Finish());
  return MakeStatistics(row_counts, columns);
}

}  // namespace deltaic::delta
