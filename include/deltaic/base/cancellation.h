#pragma once

// Cancellation of blocking calls. A thread that enters a `CancelScope` makes every call of
// Deltaic that waits on that thread ask, several times a second, whether to go on.

#include <functional>

#include <deltaic/base/export.h>

namespace deltaic {

/// Makes the waiting calls of this thread cancellable while the scope lives.
///
/// `requested` is called on this thread, about every 50 ms of waiting; once it returns true the
/// waiting call stops its work and throws `Error` with `kCancelled`. Scopes nest: the innermost
/// one counts. Not movable; destroy on the thread that made it.
class DELTAIC_EXPORT CancelScope {
 public:
  explicit CancelScope(std::function<bool()> requested);
  ~CancelScope();
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;

 private:
  friend bool CancelRequested();
  std::function<bool()> requested_;
  CancelScope* outer_;
};

/// Whether the innermost scope of this thread asks to stop; false where there is none.
DELTAIC_EXPORT bool CancelRequested();

/// Throws `Error` with `kCancelled` if `CancelRequested()`. For loops that compute.
DELTAIC_EXPORT void ThrowIfCancelled();

}  // namespace deltaic
