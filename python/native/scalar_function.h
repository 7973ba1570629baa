#pragma once

// Functions for the `datafusion` wheel: DataFusion's stable C interface in a capsule.

#include <nanobind/nanobind.h>

namespace deltaic::python {

/// Defines `scalar_function_names` and `scalar_function_capsule` in the module.
void DefineScalarFunction(nanobind::module_& module);

}  // namespace deltaic::python
