#include "delta/scan/statistics_of_files.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "delta/snapshot/active_file_columns.h"

namespace deltaic::delta {

int StringPrefixLength(const Metadata& metadata) {
  constexpr int kDefault = 32;
  const auto property = metadata.configuration.find("delta.dataSkippingStringPrefixLength");
  if (property == metadata.configuration.end()) return kDefault;
  const std::string& text = property->second;
  int length = kDefault;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return std::clamp(length, 0, kDefault);
}

void ReadStatistics(const Snapshot& snapshot, const std::vector<StructField>& fields,
                    const std::vector<int64_t>& files) {
  const ActiveFileColumns& active = ColumnsOf(snapshot.files());
  std::vector<std::string> names;
  for (const StructField& field : fields) names.push_back(field.stored_name());
  std::vector<AddedFilesPtr> batches;
  active.VisitByBatch(files, [&](const ActiveFileColumns::Batch& batch, const LeafRows&) {
    batches.push_back(batch.live.files);
  });
  delta::ReadStatistics(batches, names);
}

RecordBatch StatisticsOf(const Snapshot& snapshot, const std::vector<StructField>& fields,
                         const std::vector<int64_t>& files, RowsThatCount rows_that_count,
                         StatisticsBounds bounds) {
  const ActiveFileColumns& active = ColumnsOf(snapshot.files());
  const DeletionVectorColumn no_vectors;
  const int prefix_length = StringPrefixLength(snapshot.metadata());
  std::vector<int64_t> row_counts;
  std::vector<StatisticsColumnBuilder> builders;
  for (const StructField& field : fields) builders.emplace_back(field, prefix_length, bounds);
  active.VisitByBatch(files, [&](const ActiveFileColumns::Batch& batch, const LeafRows& rows) {
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

}  // namespace deltaic::delta
