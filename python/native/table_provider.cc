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
                                 const delta::ScanOptions& options) {
  // Raises where the capsule has another name.
  const void* codec =
      PyCapsule_GetPointer(logical_codec.ptr(), "datafusion_logical_extension_codec");
  if (codec == nullptr) throw nb::python_error();
  const delta::DeltaTable table = raw.table();
  void* provider = RunBlocking(
      [&] { return datafusion::MakeFfiTableProvider(table.ToTableProvider(options), codec); });
  return nb::capsule(provider, "datafusion_table_provider",
                     [](void* owned) noexcept { datafusion::FreeFfiTableProvider(owned); });
}

}  // namespace

void DefineTableProvider(nb::module_& module) {
  using delta::ScanOptions;
  nb::class_<ScanOptions>(module, "ScanOptions")
      .def(
          "__init__",
          [](ScanOptions* options, std::optional<std::string> file_column, bool metadata,
             std::optional<std::string> partition_time_zone) {
            new (options)
                ScanOptions{std::move(file_column), metadata, std::move(partition_time_zone)};
          },
          "file_column"_a.none(), "metadata"_a, "partition_time_zone"_a.none());
  module.attr("DATAFUSION_MAJOR_VERSION") = datafusion::DataFusionMajorVersion();
  module.def("table_provider_capsule", &TableProviderCapsule, "table"_a, "logical_codec"_a,
             "options"_a);
}

}  // namespace deltaic::python
