// The native module `deltaic._internal`. The Python code above it is typed and thin; what it does
// is here and in libdeltaic.

#include <nanobind/nanobind.h>

#include "native/batch_stream.h"
#include "native/error_translation.h"
#include "native/raw_delta_table.h"
#include "native/row_changes.h"
#include "native/scalar_function.h"
#include "native/session.h"
#include "native/table_provider.h"
#include "native/table_writer.h"

NB_MODULE(_internal, module) {
  // Objects that are alive when the interpreter exits are no defect.
  nanobind::set_leak_warnings(false);
  deltaic::python::RegisterErrorTranslation();
  deltaic::python::DefineBatchStream(module);
  deltaic::python::DefineRawDeltaTable(module);
  deltaic::python::DefineScalarFunction(module);
  deltaic::python::DefineSession(module);
  deltaic::python::DefineTableProvider(module);
  deltaic::python::DefineRowChanges(module);
  deltaic::python::DefineTableWriter(module);
}
