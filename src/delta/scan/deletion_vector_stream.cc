#include <deltaic/delta/scan/deletion_vector_stream.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/text/excerpt.h"
#include "columnar/batch_builder.h"
#include "columnar/batch_function_stream.h"
#include "columnar/column_builder.h"
#include "delta/scan/deletion_vector_reader.h"
#include "delta/scan/deletion_vector_source.h"

namespace deltaic::delta {
namespace {

// A batch of a row a file.
class Builder {
 public:
  void Append(std::string_view path, const RowSet& deleted, int64_t records) {
    paths_.AppendBytes(path);
    ArrowArray* items = selections_.child(0);
    ArrowBuffer* bits = ArrowArrayBuffer(items, 1);
    const int64_t size = (records + 7) / 8;
    CheckNanoarrow(ArrowBufferAppendFill(bits, 0, size));
    ArrowBitsSetTo(bits->data, 0, records, 1);
    for (const RowRange& range : deleted.ranges) {
      ArrowBitsSetTo(bits->data, range.begin, range.end - range.begin, 0);
    }
    items->length = records;
    selections_.FinishElement();
    ++num_rows_;
  }

  RecordBatch Finish() {
    BatchBuilder batch(num_rows_);
    batch.Add(std::move(paths_));
    batch.Add(std::move(selections_));
    return batch.Finish();
  }

 private:
  int64_t num_rows_ = 0;
  ColumnBuilder paths_{"filepath", NANOARROW_TYPE_LARGE_STRING, Nullability::kRequired};
  ColumnBuilder selections_ =
      ColumnBuilder::Lists("selection_vector", "item", NANOARROW_TYPE_BOOL, Nullability::kRequired);
};

RecordBatch Describe(const Snapshot& snapshot, int64_t file) {
  const RowSetPtr deleted = ReadDeletedRows(snapshot, file);
  const int64_t last = deleted->ranges.empty() ? 0 : deleted->ranges.back().end;
  const int64_t records = std::max(last, RecordsOf(snapshot, file).value_or(0));
  if (records > INT32_MAX) {
    throw Error(ErrorCode::kResourcesExhausted,
                fmt::format("A file has more rows than a list holds: {} in {}, version {}", records,
                            Excerpt(snapshot.files().path(file)), snapshot.version()));
  }
  Builder builder;
  builder.Append(snapshot.store().url() + snapshot.FileLocation(file), *deleted, records);
  return builder.Finish();
}

}  // namespace

RecordBatchStream DeletionVectors(std::shared_ptr<const Snapshot> snapshot) {
  const auto next = [snapshot, file = int64_t{0}]() mutable -> std::optional<RecordBatch> {
    const ActiveFiles& files = snapshot->files();
    while (file < files.size() && !files.deletion_vector(file)) ++file;
    if (file == files.size()) return std::nullopt;
    return Describe(*snapshot, file++);
  };
  return StreamOf(Builder().Finish().schema(), next);
}

}  // namespace deltaic::delta
