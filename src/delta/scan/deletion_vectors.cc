#include <deltaic/delta/scan/deletion_vectors.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/base/error.h>

#include "base/excerpt.h"
#include "columnar/arrow_append.h"
#include "columnar/batch_builder.h"
#include "columnar/batch_function_stream.h"
#include "columnar/nanoarrow_check.h"
#include "delta/scan/deletion_vector_reader.h"

namespace deltaic::delta {
namespace {

// A column without nulls under construction.
struct Column {
  Column(const char* name, ArrowType type) {
    ArrowSchemaInit(schema.get());
    CheckNanoarrow(ArrowSchemaSetType(schema.get(), type));
    CheckNanoarrow(ArrowSchemaSetName(schema.get(), name));
    schema->flags &= ~ARROW_FLAG_NULLABLE;
  }

  void Start() {
    CheckNanoarrow(ArrowArrayInitFromSchema(array.get(), schema.get(), nullptr));
    CheckNanoarrow(ArrowArrayStartAppending(array.get()));
  }

  void FinishInto(BatchBuilder& batch) {
    CheckNanoarrow(ArrowArrayFinishBuildingDefault(array.get(), nullptr));
    batch.AddArray(std::move(schema), std::move(array));
  }

  nanoarrow::UniqueSchema schema;
  nanoarrow::UniqueArray array;
};

// A batch of a row a file.
class Builder {
 public:
  Builder() {
    ArrowSchema* item = selections_.schema->children[0];
    CheckNanoarrow(ArrowSchemaSetType(item, NANOARROW_TYPE_BOOL));
    CheckNanoarrow(ArrowSchemaSetName(item, "item"));
    item->flags &= ~ARROW_FLAG_NULLABLE;
    paths_.Start();
    selections_.Start();
  }

  void Append(std::string_view path, const RowSet& deleted, int64_t records) {
    AppendBytes(path, paths_.array.get());
    ArrowArray* items = selections_.array->children[0];
    ArrowBuffer* bits = ArrowArrayBuffer(items, 1);
    const int64_t size = (records + 7) / 8;
    CheckNanoarrow(ArrowBufferAppendFill(bits, 0, size));
    ArrowBitsSetTo(bits->data, 0, records, 1);
    for (const RowRange& range : deleted.ranges) {
      ArrowBitsSetTo(bits->data, range.begin, range.end - range.begin, 0);
    }
    items->length = records;
    CheckNanoarrow(ArrowArrayFinishElement(selections_.array.get()));
    ++num_rows_;
  }

  RecordBatch Finish() {
    BatchBuilder batch(num_rows_);
    paths_.FinishInto(batch);
    selections_.FinishInto(batch);
    return batch.Finish();
  }

 private:
  int64_t num_rows_ = 0;
  Column paths_{"filepath", NANOARROW_TYPE_LARGE_STRING};
  Column selections_{"selection_vector", NANOARROW_TYPE_LIST};
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
