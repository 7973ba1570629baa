#include "delta/log/checkpoint/output/checkpoint_file.h"

#include <utility>

#include <deltaic/base/cancellation.h>
#include <deltaic/delta/protocol/schema_arrow.h>

namespace deltaic::delta {
namespace {

// So that readers can share a file and pass over rows of it.
constexpr int64_t kRowGroupRows = 100'000;

datafusion::ParquetSettings Settings(std::string compression) {
  return {.compression = std::move(compression),
          .row_group_rows = kRowGroupRows,
          .plain_columns = {"add.path", "add.stats", "remove.path"}};
}

}  // namespace

CheckpointFile::CheckpointFile(const datafusion::ObjectStore& store, std::string location,
                               const std::vector<StructField>& columns, std::string compression)
    : file_(store, std::move(location)),
      encoder_(ToArrowSchema(columns, ArrowNullability::kAll), Settings(std::move(compression))) {}

void CheckpointFile::Write(const RecordBatch& batch,
                           std::optional<std::span<const uint32_t>> rows) {
  ThrowIfCancelled();
  encoder_.Write(batch, rows);
  num_rows_ += rows ? static_cast<int64_t>(rows->size()) : batch.num_rows();
  file_.Append(encoder_.Take());
}

std::optional<int64_t> CheckpointFile::Finish() {
  file_.Append(encoder_.Finish());
  return file_.Finish();
}

}  // namespace deltaic::delta
