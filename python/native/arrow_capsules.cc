#include "native/arrow_capsules.h"

#include <memory>

#include <deltaic/columnar/arrow_c_data.h>

namespace nb = nanobind;

namespace deltaic::python {
namespace {

// The consumer marks what it takes over as released, so only what is left is released here.
template <typename Structure>
nb::capsule MakeCapsule(std::unique_ptr<Structure> structure, const char* name) {
  const nb::capsule capsule(structure.get(), name, [](void* pointer) noexcept {
    auto* owned = static_cast<Structure*>(pointer);
    if (owned->release != nullptr) owned->release(owned);
    delete owned;
  });
  structure.release();
  return capsule;
}

}  // namespace

nb::capsule SchemaCapsule(const Schema& schema) {
  auto structure = std::make_unique<ArrowSchema>();
  schema.Export(structure.get());
  return MakeCapsule(std::move(structure), "arrow_schema");
}

nb::capsule ArrayCapsule(const RecordBatch& batch) {
  auto structure = std::make_unique<ArrowArray>();
  batch.Export(structure.get());
  return MakeCapsule(std::move(structure), "arrow_array");
}

}  // namespace deltaic::python
