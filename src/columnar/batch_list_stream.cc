#include "columnar/batch_list_stream.h"

#include <cstdint>
#include <new>

#include <nanoarrow/nanoarrow.hpp>

namespace deltaic {

RecordBatchStream StreamOf(const Schema& schema, const std::vector<RecordBatch>& batches) {
  nanoarrow::UniqueSchema type;
  schema.Export(type.get());
  nanoarrow::UniqueArrayStream stream;
  const auto count = static_cast<int64_t>(batches.size());
  if (ArrowBasicArrayStreamInit(stream.get(), type.get(), count) != NANOARROW_OK) {
    throw std::bad_alloc();
  }
  for (int64_t i = 0; i < count; ++i) {
    nanoarrow::UniqueArray array;
    batches[static_cast<size_t>(i)].Export(array.get());
    ArrowBasicArrayStreamSetArray(stream.get(), i, array.get());
  }
  return RecordBatchStream::Import(stream.get());
}

}  // namespace deltaic
