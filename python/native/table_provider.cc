#include "native/table_provider.h"

#include <optional>
#include <string>
#include <utility>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <deltaic/datafusion/table_provider_capsule.h>

#include "native/blocking_call.h"
#include "native/raw_delta_table.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace deltaic::python {
namespace {

nb::capsule TableProviderCapsule(const RawDeltaTable& raw, const nb::capsule& logical_codec,
                                 std::optional<std::string> file_column, bool metadata) {
  // Raises where the capsule has another name.
  const void* codec =
      PyCapsule_GetPointer(logical_codec.ptr(), "datafusion_logical_extension_codec");
  if (codec == nullptr) throw nb::python_error();
  const delta::DeltaTable table = raw.table();
  void* provider = RunBlocking([&] {
    return datafusion::MakeFfiTableProvider(
        table.ToTableProvider({.file_column = std::move(file_column), .metadata = metadata}),
        codec);
  });
  return nb::capsule(provider, "datafusion_table_provider",
                     [](void* owned) noexcept { datafusion::FreeFfiTableProvider(owned); });
}

}  // namespace

void DefineTableProvider(nb::module_& module) {
  module.attr("DATAFUSION_MAJOR_VERSION") = datafusion::DataFusionMajorVersion();
  module.def("table_provider_capsule", &TableProviderCapsule, "table"_a, "logical_codec"_a,
             "file_column"_a.none(), "metadata"_a);
}

}  // namespace deltaic::python
