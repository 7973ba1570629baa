#pragma once

#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/record_batch_stream.h>

namespace deltaic {

/// Returns a stream of `batches`, all of `schema`.
RecordBatchStream StreamOf(const Schema& schema, const std::vector<RecordBatch>& batches);

}  // namespace deltaic
