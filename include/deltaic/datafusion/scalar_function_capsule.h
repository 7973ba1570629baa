#pragma once

// Scalar functions for a DataFusion that lives in another library, through DataFusion's stable C
// interface (crate datafusion-ffi).

#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>

namespace deltaic::datafusion {

/// The names of the functions that every `SessionContext` has on top of DataFusion's.
DELTAIC_EXPORT std::vector<std::string> ScalarFunctionNames();

/// Makes an `FFI_ScalarUDF` of the function of that name; `kInvalidArgument` where there is none.
/// Returns the address of a heap object to be freed with `FreeFfiScalarFunction`.
DELTAIC_EXPORT void* MakeFfiScalarFunction(std::string_view name);

/// Frees what `MakeFfiScalarFunction` returned.
DELTAIC_EXPORT void FreeFfiScalarFunction(void* function) noexcept;

}  // namespace deltaic::datafusion
