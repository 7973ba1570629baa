#include "columnar/batch_view.h"

#include "columnar/nanoarrow_check.h"

namespace deltaic {

nanoarrow::UniqueArrayView ViewOf(const RecordBatch& batch) {
  nanoarrow::UniqueArrayView view;
  ArrowError error;
  CheckNanoarrow(ArrowArrayViewInitFromSchema(view.get(), batch.schema().c_schema(), &error));
  CheckNanoarrow(ArrowArrayViewSetArray(view.get(), batch.c_array(), &error));
  return view;
}

}  // namespace deltaic
