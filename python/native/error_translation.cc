#include "native/error_translation.h"

#include <exception>
#include <string_view>

#include <nanobind/nanobind.h>

#include <deltaic/base/error.h>
#include <deltaic/delta/transaction/commit_errors.h>

namespace nb = nanobind;

namespace deltaic::python {
namespace {

// Messages may quote bytes of a hostile file.
nb::object Text(std::string_view bytes) {
  return nb::steal(PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()),
                                        "backslashreplace"));
}

nb::object MakeException(const Error& error) {
  const nb::object module = nb::module_::import_("deltaic.exceptions");
  const auto* unknown = dynamic_cast<const delta::CommitStateUnknown*>(&error);
  // Ctrl-C stays Ctrl-C.
  if (unknown != nullptr && error.code() != ErrorCode::kCancelled) {
    return module.attr("CommitStateUnknownError")(Text(error.message()), unknown->version(),
                                                  Text(unknown->txn_id()));
  }
  return module.attr("from_code")(Text(ErrorCodeName(error.code())), Text(error.message()));
}

void SetPythonError(const Error& error) {
  try {
    const nb::object exception = MakeException(error);
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
  } catch (nb::python_error& failure) {
    failure.restore();
  }
}

}  // namespace

void RegisterErrorTranslation() {
  nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
    try {
      std::rethrow_exception(thrown);
    } catch (const Error& error) {
      SetPythonError(error);
    }
  });
}

}  // namespace deltaic::python
