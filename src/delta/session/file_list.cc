#include "delta/session/file_list.h"

#include <numeric>
#include <string>
#include <vector>

#include "columnar/batch_builder.h"
#include "delta/scan/file_description.h"
#include "delta/scan/statistics_of_files.h"
#include "delta/scan/table_columns.h"

namespace deltaic::delta {
namespace {

RecordBatch List(const Snapshot& snapshot, const std::vector<int64_t>& files) {
  const ActiveFiles& active = snapshot.files();
  std::vector<std::string> paths;
  std::vector<std::string> uris;
  std::vector<int64_t> sizes;
  std::vector<int64_t> times;
  std::vector<int64_t> deleted;
  for (int64_t file : files) {
    paths.push_back(snapshot.FileLocation(file));
    uris.push_back(snapshot.FileUri(file));
    sizes.push_back(active.file_size(file));
    times.push_back(active.modification_time(file));
    const auto vector = active.deletion_vector(file);
    deleted.push_back(vector ? vector->cardinality : 0);
  }
  const auto count = static_cast<int64_t>(files.size());
  BatchBuilder builder(count);
  builder.AddStrings("path", paths);
  builder.AddStrings("uri", uris);
  builder.AddInt64("size", sizes);
  builder.AddTimestamps("modification_time", times);
  const TableColumns columns(snapshot);
  if (!columns.partition_fields.empty()) {
    builder.AddStruct("partition_values", PartitionValuesOf(snapshot, columns, files));
  }
  ReadStatistics(snapshot, {}, files);
  const RecordBatch statistics = StatisticsOf(snapshot, {}, files, RowsThatCount::kAll);
  builder.AddColumn("num_records", statistics, statistics.schema().FindColumn("num_rows"));
  builder.AddInt64("num_deleted", deleted);
  return builder.Finish();
}

}  // namespace

Schema FileListSchema(const Snapshot& snapshot) { return List(snapshot, {}).schema(); }

RecordBatch ListFiles(const Snapshot& snapshot) {
  std::vector<int64_t> files(static_cast<size_t>(snapshot.files().size()));
  std::iota(files.begin(), files.end(), 0);
  return List(snapshot, files);
}

}  // namespace deltaic::delta
