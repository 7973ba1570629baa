#include "native/batch_stream.h"

#include <chrono>
#include <memory>
#include <utility>

#include "native/arrow_capsules.h"
#include "native/blocking_call.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace deltaic::python {

BatchStream::BatchStream(RecordBatchStream stream) : stream_(std::move(stream)) {}

std::optional<RecordBatch> BatchStream::Next() {
  return RunBlocking([this] {
    std::unique_lock lock(in_use_, std::defer_lock);
    while (!lock.try_lock_for(std::chrono::milliseconds(50))) ThrowIfCancelled();
    return stream_.Next();
  });
}

void DefineBatchStream(nb::module_& module) {
  nb::class_<RecordBatch>(module, "Batch")
      .def_prop_ro("num_rows", &RecordBatch::num_rows)
      .def(
          "__arrow_c_array__",
          [](const RecordBatch& batch, const nb::object& /*requested_schema*/) {
            return nb::make_tuple(SchemaCapsule(batch.schema()), ArrayCapsule(batch));
          },
          "requested_schema"_a = nb::none());

  nb::class_<Schema>(module, "ArrowSchema").def("__arrow_c_schema__", &SchemaCapsule);

  nb::class_<BatchStream>(module, "BatchStream")
      .def_prop_ro("schema", &BatchStream::schema, nb::rv_policy::copy)
      .def("__iter__", [](const nb::object& self) { return self; })
      .def("__next__", [](BatchStream& stream) {
        std::optional<RecordBatch> batch = stream.Next();
        if (!batch) throw nb::stop_iteration();
        return *std::move(batch);
      });
}

}  // namespace deltaic::python
