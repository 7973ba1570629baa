#include <deltaic/datafusion/scalar_function_capsule.h>

#include "datafusion/bridge_call.h"

namespace deltaic::datafusion {

std::vector<std::string> ScalarFunctionNames() {
  return Call([] { return FromRust(bridge::scalar_function_names()); });
}

void* MakeFfiScalarFunction(std::string_view name) {
  return Call([&] { return reinterpret_cast<void*>(bridge::make_scalar_function(ToRust(name))); });
}

void FreeFfiScalarFunction(void* function) noexcept {
  bridge::free_scalar_function(reinterpret_cast<uintptr_t>(function));
}

}  // namespace deltaic::datafusion
