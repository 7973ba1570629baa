#pragma once

// A table for the `datafusion` wheel: DataFusion's stable C interface in a capsule.

#include <nanobind/nanobind.h>

namespace deltaic::python {

/// Defines `table_provider_capsule` and `DATAFUSION_MAJOR_VERSION` in the module.
void DefineTableProvider(nanobind::module_& module);

}  // namespace deltaic::python
