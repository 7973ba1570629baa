#pragma once

// Runs a call that blocks without the interpreter's lock, so that other Python threads go on, and
// lets Python's signal handlers (Ctrl-C) end it. Call with the lock held.

#include <optional>
#include <type_traits>
#include <utility>

#include <nanobind/nanobind.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>

namespace deltaic::python {

/// Gives the interpreter's lock away while it lives.
///
/// Where the interpreter has ended meanwhile, the thread sleeps for ever instead of taking the lock
/// back: Python would end it, which the C++ frames above do not survive.
class UnlockedInterpreter {
 public:
  UnlockedInterpreter() : thread_(PyEval_SaveThread()) {}
  ~UnlockedInterpreter();
  UnlockedInterpreter(const UnlockedInterpreter&) = delete;
  UnlockedInterpreter& operator=(const UnlockedInterpreter&) = delete;

 private:
  PyThreadState* thread_;
};

/// Asks Python whether a signal handler wants the call to end. Only the main thread runs signal
/// handlers; on others the answer is always no.
class SignalCheck {
 public:
  SignalCheck();

  /// Runs pending signal handlers; true once one has raised. Call without the interpreter's lock.
  bool Raised();

  /// Throws what the handler has raised, if it has. Call with the interpreter's lock held.
  void Rethrow();

 private:
  bool on_main_thread_;
  std::optional<nanobind::python_error> raised_;
};

/// Returns `call()`, run as described above. Where a signal handler raises, its exception is what
/// Python sees, whatever the call came to.
template <typename Call>
auto RunBlocking(Call&& call) {
  using Result = std::invoke_result_t<Call>;
  SignalCheck check;
  const auto run = [&]() -> Result {
    const UnlockedInterpreter unlocked;
    const CancelScope scope([&check] { return check.Raised(); });
    return std::forward<Call>(call)();
  };
  try {
    if constexpr (std::is_void_v<Result>) {
      run();
      check.Rethrow();
    } else {
      Result result = run();
      check.Rethrow();
      return result;
    }
  } catch (const Error&) {
    check.Rethrow();
    throw;
  }
}

}  // namespace deltaic::python
