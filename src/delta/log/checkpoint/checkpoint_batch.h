#pragma once

// The Parquet files of a checkpoint as batches of typed columns; what is wrong with one fails with
// the file's name.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/base/error.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/record_batch_stream.h>
#include <deltaic/datafusion/object_store.h>
#include <deltaic/datafusion/parquet_file.h>

#include "columnar/arrow_column.h"

namespace deltaic::delta {

/// How many threads at least read a checkpoint's files: those of a remote store wait most of their
/// time.
inline size_t MinCheckpointReaders(const datafusion::ObjectStore& store) {
  constexpr size_t kRemoteReaders = 8;
  return store.is_local() ? 1 : kRemoteReaders;
}

/// Bytes that the long texts in statistics of a batch of files may take.
constexpr size_t kMaxLongTexts = 32 << 20;

/// A batch of a checkpoint file as a struct column. Its errors are `kCorruptLog`.
class CheckpointBatch {
 public:
  CheckpointBatch(std::string location, RecordBatch batch);

  int64_t num_rows() const { return batch_.num_rows(); }

  const RecordBatch& rows() const { return batch_; }

  ArrowColumn Root() const { return {batch_.schema().c_schema(), view_.get()}; }

  /// A top-level column of structs, which may be absent.
  ArrowColumn Action(std::string_view name) const {
    return Member(Root(), name, NANOARROW_TYPE_STRUCT);
  }

  /// A member that may be absent. A column that holds nothing but nulls may have no other type.
  ArrowColumn Member(const ArrowColumn& parent, std::string_view name, ArrowType type) const;
  ArrowColumn TextList(const ArrowColumn& parent, std::string_view name) const;
  ArrowColumn TextMap(const ArrowColumn& parent, std::string_view name) const;

  void Require(const ArrowColumn& column, int64_t row, std::string_view name) const {
    if (column.IsNull(row)) Fail(fmt::format("{} is missing", name));
  }

  [[noreturn]] void Fail(std::string_view what) const;

 private:
  const std::string location_;
  const RecordBatch batch_;
  nanoarrow::UniqueArrayView view_;
};

/// The integer of a row, which may be null.
inline std::optional<int64_t> OptionalInteger(const ArrowColumn& column, int64_t row) {
  if (column.IsNull(row)) return std::nullopt;
  return column.Integer(row);
}

/// Opens a checkpoint's file; what is no Parquet makes the checkpoint corrupt.
datafusion::ParquetFile OpenCheckpointFile(const datafusion::ObjectStore& store,
                                           const datafusion::ObjectMeta& file);

/// The batches of some rows of a checkpoint's file, all where `rows` is empty. One thread at a
/// time.
class CheckpointBatches {
 public:
  CheckpointBatches(const datafusion::ObjectMeta& file, const datafusion::ParquetFile& parquet,
                    const std::vector<std::string>& columns,
                    const std::vector<datafusion::RowRange>& rows = {});

  /// The next batch, or null at the end.
  std::unique_ptr<CheckpointBatch> Next();

 private:
  const datafusion::ObjectMeta& file_;
  RecordBatchStream stream_;
};

/// Makes sure that a file has no add actions. Columns that a file lacks are left out of what is
/// read, so that actions may be there without any of the members that are read otherwise.
void CheckHasNoFiles(const datafusion::ObjectStore& store, const datafusion::ObjectMeta& file,
                     std::string_view otherwise);

}  // namespace deltaic::delta
