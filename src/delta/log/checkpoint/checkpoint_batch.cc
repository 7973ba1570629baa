#include "delta/log/checkpoint/checkpoint_batch.h"

#include <utility>

#include <deltaic/base/cancellation.h>

namespace deltaic::delta {
namespace {

using datafusion::ObjectMeta;
using datafusion::ParquetFile;

// Calls `read`; what is no Parquet makes the checkpoint corrupt.
template <typename Read>
auto OfCheckpoint(const ObjectMeta& file, const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorruptData) throw;
    const bool names_file = error.message().find(file.location) != std::string::npos;
    throw Error(ErrorCode::kCorruptLog,
                fmt::format("The checkpoint cannot be read: {}{}",
                            names_file ? "" : file.location + ": ", error.message()));
  }
}

}  // namespace

CheckpointBatch::CheckpointBatch(std::string location, RecordBatch batch)
    : location_(std::move(location)), batch_(std::move(batch)) {
  if (ArrowArrayViewInitFromSchema(view_.get(), batch_.schema().c_schema(), nullptr) !=
          NANOARROW_OK ||
      ArrowArrayViewSetArray(view_.get(), batch_.c_array(), nullptr) != NANOARROW_OK) {
    Fail("its columns cannot be read");
  }
}

ArrowColumn CheckpointBatch::Member(const ArrowColumn& parent, std::string_view name,
                                    ArrowType type) const {
  const ArrowColumn column = parent.Child(name);
  if (column.has_type(NANOARROW_TYPE_NA)) return {};
  if (column.exists() && !column.has_type(type)) {
    Fail(fmt::format("the column {} is not of type {}", name, ArrowTypeString(type)));
  }
  return column;
}

ArrowColumn CheckpointBatch::TextList(const ArrowColumn& parent, std::string_view name) const {
  const ArrowColumn column = Member(parent, name, NANOARROW_TYPE_LIST);
  if (column.exists() && !column.Elements().has_type(NANOARROW_TYPE_STRING_VIEW)) {
    Fail(fmt::format("the column {} is not a list of texts", name));
  }
  return column;
}

ArrowColumn CheckpointBatch::TextMap(const ArrowColumn& parent, std::string_view name) const {
  const ArrowColumn column = Member(parent, name, NANOARROW_TYPE_MAP);
  if (!column.exists()) return column;
  const ArrowColumn entries = column.Elements();
  if (entries.num_children() != 2 || !entries.Field(0).has_type(NANOARROW_TYPE_STRING_VIEW) ||
      !entries.Field(1).has_type(NANOARROW_TYPE_STRING_VIEW)) {
    Fail(fmt::format("the column {} is not a map of texts", name));
  }
  return column;
}

void CheckpointBatch::Fail(std::string_view what) const {
  throw Error(ErrorCode::kCorruptLog,
              fmt::format("The checkpoint is corrupt: {}: {}", what, location_));
}

ParquetFile OpenCheckpointFile(const datafusion::ObjectStore& store, const ObjectMeta& file) {
  try {
    return OfCheckpoint(file, [&] { return ParquetFile::Open(store, file.location, file.size); });
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kIo) throw;
    // A store may fail in this way where a file is shorter than it was when it was listed.
    const auto now = store.Head(file.location);
    if (now && now->size == file.size) throw;
    throw Error(ErrorCode::kCorruptLog,
                fmt::format("The checkpoint changed while it was opened: {}", error.message()));
  }
}

CheckpointBatches::CheckpointBatches(const ObjectMeta& file, const ParquetFile& parquet,
                                     const std::vector<std::string>& columns,
                                     const std::vector<datafusion::RowRange>& rows)
    : file_(file), stream_(OfCheckpoint(file, [&] { return parquet.Read(columns, rows); })) {}

std::unique_ptr<CheckpointBatch> CheckpointBatches::Next() {
  ThrowIfCancelled();
  return OfCheckpoint(file_, [&]() -> std::unique_ptr<CheckpointBatch> {
    std::optional<RecordBatch> batch = stream_.Next();
    if (!batch) return nullptr;
    return std::make_unique<CheckpointBatch>(file_.location, *std::move(batch));
  });
}

void CheckHasNoFiles(const datafusion::ObjectStore& store, const ObjectMeta& file,
                     std::string_view otherwise) {
  const ParquetFile parquet = OpenCheckpointFile(store, file);
  CheckpointBatches batches(file, parquet, {"add"});
  while (const std::unique_ptr<CheckpointBatch> batch = batches.Next()) {
    const ArrowColumn add = batch->Root().Child("add");
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      if (!add.IsNull(row)) batch->Fail(otherwise);
    }
  }
}

}  // namespace deltaic::delta
