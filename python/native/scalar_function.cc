#include "native/scalar_function.h"

#include <string>

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <deltaic/datafusion/scalar_function_capsule.h>

namespace nb = nanobind;
using namespace nb::literals;

namespace deltaic::python {
namespace {

nb::capsule ScalarFunctionCapsule(const std::string& name) {
  return nb::capsule(datafusion::MakeFfiScalarFunction(name), "datafusion_scalar_udf",
                     [](void* owned) noexcept { datafusion::FreeFfiScalarFunction(owned); });
}

}  // namespace

void DefineScalarFunction(nb::module_& module) {
  module.def("scalar_function_names", &datafusion::ScalarFunctionNames);
  module.def("scalar_function_capsule", &ScalarFunctionCapsule, "name"_a);
}

}  // namespace deltaic::python
