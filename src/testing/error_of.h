#pragma once

// The error that a call ends with, for tests.

#include <functional>

#include <deltaic/base/error.h>

namespace deltaic::testing {

/// Returns the error that `run` throws; one of code `kInternal` that says so where it throws none.
inline Error ErrorOf(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error;
  }
  return {ErrorCode::kInternal, "no error"};
}

}  // namespace deltaic::testing
