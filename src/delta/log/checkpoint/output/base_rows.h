#pragma once

// The rows of an older checkpoint's files as rows of a new one (PROTOCOL.md, "Checkpoint Schema").
// Columns are taken over as they are; statistics and typed partition values are made anew where the
// new checkpoint has them in another form. One thread at a time.

#include <cstdint>

#include <deltaic/datafusion/object_store.h>
#include <deltaic/datafusion/parquet_file.h>

#include "delta/log/checkpoint/output/checkpoint_form.h"
#include "delta/log/checkpoint/output/file_key_set.h"
#include "delta/log/checkpoint/output/row_pipeline.h"

namespace deltaic::delta {

/// One Parquet file of an older checkpoint.
class BaseRows {
 public:
  /// Opens the file. Errors as `OpenCheckpointFile`.
  BaseRows(const datafusion::ObjectStore& store, const datafusion::ObjectMeta& file);

  /// Tells the form of the columns that the file has.
  void TeachColumns(CheckpointForm& form) const;

  /// Adds the add actions whose key is not in `replaced`. Returns their number.
  int64_t AddAdds(const CheckpointForm& form, const FileKeySet& replaced, RowPipeline& rows) const;

  /// Adds the remove actions whose key is not in `replaced` and that are younger than
  /// `oldest_removal_ms`.
  void AddRemoves(const FileKeySet& replaced, int64_t oldest_removal_ms, RowPipeline& rows) const;

 private:
  const datafusion::ObjectMeta& file_;
  datafusion::ParquetFile parquet_;
};

}  // namespace deltaic::delta
