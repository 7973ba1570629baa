#pragma once

// `deltaic::delta::DeltaSessionContext` for Python.

#include <nanobind/nanobind.h>

namespace deltaic::python {

/// Defines `Session` in the module.
void DefineSession(nanobind::module_& module);

}  // namespace deltaic::python
