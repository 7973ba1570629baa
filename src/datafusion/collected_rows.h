#pragma once

#include <utility>
#include <vector>

#include <deltaic/datafusion/table_function.h>

#include "columnar/batch_list_stream.h"

namespace deltaic::datafusion {

/// Rows that are in memory. Immutable; safe to share between threads.
class CollectedRows : public RowSource {
 public:
  /// All batches have `schema`.
  CollectedRows(Schema schema, std::vector<RecordBatch> batches)
      : schema_(std::move(schema)), batches_(std::move(batches)) {}

  const Schema& schema() const override { return schema_; }
  RecordBatchStream Open() const override { return StreamOf(schema_, batches_); }

 private:
  Schema schema_;
  std::vector<RecordBatch> batches_;
};

}  // namespace deltaic::datafusion
