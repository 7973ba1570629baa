#pragma once

#include <functional>
#include <optional>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/record_batch_stream.h>

namespace deltaic {

/// Returns a stream of what `next` returns until it returns nothing, all of `schema`. Its errors
/// are the stream's.
RecordBatchStream StreamOf(Schema schema, std::function<std::optional<RecordBatch>()> next);

}  // namespace deltaic
