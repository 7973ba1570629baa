#include "native/blocking_call.h"

#include <cxxabi.h>
#include <unistd.h>

namespace nb = nanobind;

namespace deltaic::python {

UnlockedInterpreter::~UnlockedInterpreter() {
  try {
    PyEval_RestoreThread(thread_);
  } catch (const abi::__forced_unwind&) {  // pthread_exit() by an interpreter that has ended.
    while (true) pause();
  }
}

SignalCheck::SignalCheck() {
  // Asked each time: a fork makes the calling thread the child's main thread.
  const nb::module_ threading = nb::module_::import_("threading");
  on_main_thread_ = threading.attr("main_thread")().is(threading.attr("current_thread")());
}

bool SignalCheck::Raised() {
  if (!on_main_thread_) return false;
  if (raised_) return true;
  const nb::gil_scoped_acquire lock;
  if (PyErr_CheckSignals() == 0) return false;
  raised_.emplace();  // Takes the exception that is set.
  return true;
}

void SignalCheck::Rethrow() {
  if (!raised_) return;
  nb::python_error error = *std::move(raised_);
  raised_.reset();
  throw error;
}

}  // namespace deltaic::python
