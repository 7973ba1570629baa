#include "delta/log/log_error.h"

#include <fmt/format.h>

namespace deltaic::delta {

bool IsGone(const Error& error) { return error.code() == ErrorCode::kFileNotFound; }

Error LogError(const Error& error) {
  if (IsGone(error)) {
    return Error(ErrorCode::kCorruptLog,
                 fmt::format("A file of the log is missing: {}", error.message()));
  }
  if (error.code() == ErrorCode::kCorruptData) {
    return Error(ErrorCode::kCorruptLog,
                 fmt::format("A file of the log cannot be read: {}", error.message()));
  }
  return error;
}

}  // namespace deltaic::delta
