#pragma once

// Writing tables from Python.

#include <nanobind/nanobind.h>

namespace deltaic::python {

/// Defines `write_table`, `create_table` and `schema_json_of_arrow` in the module.
void DefineTableWriter(nanobind::module_& module);

}  // namespace deltaic::python
