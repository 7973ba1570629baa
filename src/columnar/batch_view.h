#pragma once

// The values of a batch as nanoarrow reads them.

#include <deltaic/columnar/record_batch.h>
#include <nanoarrow/nanoarrow.hpp>

namespace deltaic {

/// A view of a batch, which must outlive it: a struct of its columns. Throws as `CheckNanoarrow`.
nanoarrow::UniqueArrayView ViewOf(const RecordBatch& batch);

}  // namespace deltaic
