#include <deltaic/base/cancellation.h>

#include <utility>

#include <deltaic/base/error.h>

namespace deltaic {
namespace {

thread_local CancelScope* innermost = nullptr;

}  // namespace

CancelScope::CancelScope(std::function<bool()> requested)
    : requested_(std::move(requested)), outer_(innermost) {
  innermost = this;
}

CancelScope::~CancelScope() { innermost = outer_; }

bool CancelRequested() { return innermost != nullptr && innermost->requested_(); }

void ThrowIfCancelled() {
  if (CancelRequested()) throw Error(ErrorCode::kCancelled, "The work was cancelled.");
}

}  // namespace deltaic
