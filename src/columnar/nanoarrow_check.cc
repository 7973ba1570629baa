#include "columnar/nanoarrow_check.h"

#include <cerrno>

#include <deltaic/base/error.h>
#include <fmt/format.h>

namespace deltaic {

void CheckNanoarrow(int code) {
  if (code == 0) return;
  if (code == ENOMEM) {
    throw Error(ErrorCode::kResourcesExhausted, "There is not enough memory for Arrow columns.");
  }
  throw Error(ErrorCode::kInternal, fmt::format("An Arrow column could not be built: {}", code));
}

}  // namespace deltaic
