#include "delta/scan/row_selection.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "columnar/batch_builder.h"
#include "delta/protocol/deletion_vector.h"
#include "delta/scan/deletion_vector_reader.h"
#include "delta/scan/deletion_vector_source.h"
#include "delta/snapshot/active_file_columns.h"

namespace deltaic::delta {
namespace {

class DeletionVectorSkipper : public datafusion::RowSkipper {
 public:
  explicit DeletionVectorSkipper(std::shared_ptr<DeletedRowsCache> cache)
      : cache_(std::move(cache)) {}

  RecordBatch RowsToSkip(std::string_view descriptor,
                         const std::vector<datafusion::ObjectStore>& stores) const override {
    const RowSetPtr rows = ReadDeletedRows(ParseDeletionVectorSource(descriptor), stores, *cache_);
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
  }

 private:
  std::shared_ptr<DeletedRowsCache> cache_;
};

}  // namespace

RecordBatch RowsToSkip(const Snapshot& snapshot, const std::vector<int64_t>& files) {
  std::vector<std::optional<std::string>> descriptors;
  descriptors.reserve(files.size());
  for (const int64_t file : files) {
    const std::optional<DeletionVectorSource> source = DeletionVectorOf(snapshot, file);
    descriptors.push_back(source ? std::optional(ToText(*source)) : std::nullopt);
  }
  BatchBuilder builder(static_cast<int64_t>(files.size()));
  builder.AddNullableStrings("rows_to_skip", descriptors);
  return builder.Finish();
}

RecordBatch RowsToSkip(const Snapshot& snapshot, const std::map<int64_t, RowSet>& skipped) {
  std::vector<std::optional<std::string>> descriptors;
  descriptors.reserve(skipped.size());
  for (const auto& [file, rows] : skipped) {
    if (rows.ranges.empty()) {
      descriptors.emplace_back();
      continue;
    }
    const std::string vector = EncodeVector(rows);
    descriptors.emplace_back(ToText({.table_version = snapshot.version(),
                                     .file = snapshot.files().path(file),
                                     .inline_text = EncodeInlineVector(vector),
                                     .size_in_bytes = static_cast<int32_t>(vector.size()),
                                     .cardinality = rows.cardinality}));
  }
  BatchBuilder builder(static_cast<int64_t>(skipped.size()));
  builder.AddNullableStrings("rows_to_skip", descriptors);
  return builder.Finish();
}

std::shared_ptr<const datafusion::RowSkipper> RowSkipperOf(const Snapshot& snapshot) {
  return snapshot.files().has_deletion_vectors() ? MakeRowSkipper(snapshot) : nullptr;
}

std::shared_ptr<const datafusion::RowSkipper> MakeRowSkipper(const Snapshot& snapshot) {
  return std::make_shared<const DeletionVectorSkipper>(snapshot.files().columns().deleted_rows());
}

}  // namespace deltaic::delta
