#pragma once

// What every Arrow batch must hold, whatever it was made of.

#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/columnar/record_batch.h>

#include "fuzz/fuzz.h"

namespace deltaic::fuzz {

/// Expects buffers of the right sizes and offsets within them.
inline void ExpectValid(const RecordBatch& batch) {
  nanoarrow::UniqueArrayView view;
  ArrowError error;
  Expect(
      ArrowArrayViewInitFromSchema(view.get(), batch.schema().c_schema(), &error) == NANOARROW_OK,
      "a batch has a schema");
  Expect(ArrowArrayViewSetArray(view.get(), batch.c_array(), &error) == NANOARROW_OK,
         "a batch fits its schema");
  Expect(
      ArrowArrayViewValidate(view.get(), NANOARROW_VALIDATION_LEVEL_FULL, &error) == NANOARROW_OK,
      "a batch is valid");
}

}  // namespace deltaic::fuzz
