#include "delta/scan/row_selection.h"

#include <utility>

#include "columnar/batch_builder.h"
#include "delta/scan/deletion_vector_reader.h"

namespace deltaic::delta {

RecordBatch SkipsRows(const Snapshot& snapshot, const std::vector<int64_t>& files) {
  std::vector<bool> skips;
  skips.reserve(files.size());
  for (const int64_t file : files) {
    skips.push_back(snapshot.files().deletion_vector(file).has_value());
  }
  BatchBuilder builder(static_cast<int64_t>(files.size()));
  builder.AddBooleans("skips_rows", skips);
  return builder.Finish();
}

std::function<RecordBatch(int64_t)> RowsToSkip(std::shared_ptr<const Snapshot> snapshot,
                                               std::shared_ptr<const std::vector<int64_t>> files) {
  if (!snapshot->files().has_deletion_vectors()) return {};
  return [snapshot = std::move(snapshot), files = std::move(files)](int64_t place) {
    const RowSetPtr rows = ReadDeletedRows(*snapshot, files->at(static_cast<size_t>(place)));
    std::vector<int64_t> begins;
    std::vector<int64_t> ends;
    begins.reserve(rows->ranges.size());
    ends.reserve(rows->ranges.size());
    for (const RowRange& range : rows->ranges) {
      begins.push_back(range.begin);
      ends.push_back(range.end);
    }
    BatchBuilder builder(static_cast<int64_t>(rows->ranges.size()));
    builder.AddInt64("begin", begins);
    builder.AddInt64("end", ends);
    return builder.Finish();
  };
}

}  // namespace deltaic::delta
