#pragma once

// One Parquet file of a checkpoint on its way to the store. A linear resource of one thread at a
// time.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/datafusion/object_store.h>
#include <deltaic/delta/protocol/data_type.h>

#include "datafusion/writing/parquet_encoder.h"
#include "delta/log/new_log_file.h"

namespace deltaic::delta {

/// Nothing of it is seen before `Finish`. Errors are those of the store and of the rows.
class CheckpointFile {
 public:
  CheckpointFile(const datafusion::ObjectStore& store, std::string location,
                 const std::vector<StructField>& columns, std::string compression);

  /// Adds rows, all without `rows`, as `ParquetEncoder::Write` does.
  void Write(const RecordBatch& batch, std::optional<std::span<const uint32_t>> rows = {});

  /// Ends the file and puts it in its place, as `NewLogFile::Finish` does.
  std::optional<int64_t> Finish();

  const std::string& location() const { return file_.location(); }
  int64_t num_rows() const { return num_rows_; }

 private:
  NewLogFile file_;
  datafusion::ParquetEncoder encoder_;
  int64_t num_rows_ = 0;
};

}  // namespace deltaic::delta
