#include "delta/log/checkpoint/output/checkpoint_file.h"

#include <utility>

#include <deltaic/base/cancellation.h>
#include <deltaic/delta/protocol/schema_arrow.h>

namespace deltaic::delta {
namespace {

// So that readers can share a file and pass over rows of it.
constexpr int64_t kRowGroupRows = 100'000;

// The leaves that hold a value of its own for almost every file: no dictionary is worth a try.
void FindPlain(const std::string& path, const StructField& field, bool is_plain,
               std::vector<std::string>& leaves) {
  const std::string own_path = path.empty() ? field.name : path + "." + field.name;
  const std::string& name = field.name;
  is_plain |= name == "minValues" || name == "maxValues" || name == "numRecords" ||
              name == "path" || name == "size" || name == "modificationTime" || name == "stats" ||
              name == "baseRowId";
  if (field.type.kind() != TypeKind::kStruct) {
    if (is_plain) leaves.push_back(own_path);
    return;
  }
  for (const StructField& child : field.type.fields()) {
    FindPlain(own_path, child, is_plain, leaves);
  }
}

datafusion::ParquetSettings Settings(const std::vector<StructField>& columns,
                                     std::string compression) {
  datafusion::ParquetSettings settings{.compression = std::move(compression),
                                       .row_group_rows = kRowGroupRows};
  for (const StructField& column : columns) FindPlain("", column, false, settings.plain_columns);
  return settings;
}

}  // namespace

CheckpointFile::CheckpointFile(const datafusion::ObjectStore& store, std::string location,
                               const std::vector<StructField>& columns, std::string compression)
    : file_(store, std::move(location)),
      encoder_(ToArrowSchema(columns, ArrowNullability::kAll),
               Settings(columns, std::move(compression))) {}

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
