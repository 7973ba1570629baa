#pragma once

// The Arrow PyCapsule interface
// (https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html).

#include <nanobind/nanobind.h>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/schema.h>

namespace deltaic::python {

/// Returns a capsule "arrow_schema" that holds a copy of `schema`.
nanobind::capsule SchemaCapsule(const Schema& schema);

/// Returns a capsule "arrow_array" that shares the buffers of `batch`.
nanobind::capsule ArrayCapsule(const RecordBatch& batch);

}  // namespace deltaic::python
