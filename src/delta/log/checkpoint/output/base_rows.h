#pragma once

// The rows of an older checkpoint's files as rows of a new one (PROTOCOL.md, "Checkpoint Schema").
// Columns are taken over as they are; statistics and typed partition values are made anew where the
// new checkpoint has them in another form. One thread at a time.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/datafusion/object_store.h>
#include <deltaic/datafusion/parquet_file.h>

#include "delta/log/checkpoint/output/checkpoint_form.h"
#include "delta/log/checkpoint/output/file_key_set.h"

namespace deltaic::delta {

/// Takes rows of a batch, all without `rows`.
using RowTaker =
    std::function<void(const RecordBatch& batch, std::optional<std::span<const uint32_t>> rows)>;

/// One Parquet file of an older checkpoint.
class BaseRows {
 public:
  /// Opens the file. Errors as `OpenCheckpointFile`.
  BaseRows(const datafusion::ObjectStore& store, const datafusion::ObjectMeta& file);

  /// Tells the form of the columns that the file has.
  void TeachColumns(CheckpointForm& form) const;

  /// Hands over the add actions whose key is not in `replaced`.
  void TakeAdds(const CheckpointForm& form, const FileKeySet& replaced, const RowTaker& take) const;

  /// Hands over the remove actions whose key is not in `replaced` and that are younger than
  /// `oldest_removal_ms`.
  void TakeRemoves(const FileKeySet& replaced, int64_t oldest_removal_ms,
                   const RowTaker& take) const;

 private:
  const datafusion::ObjectMeta& file_;
  datafusion::ParquetFile parquet_;
};

}  // namespace deltaic::delta
