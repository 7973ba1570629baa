#pragma once

// Changing rows of tables from Python.

#include <nanobind/nanobind.h>

namespace deltaic::python {

/// Defines `delete_rows` in the module.
void DefineRowChanges(nanobind::module_& module);

}  // namespace deltaic::python
