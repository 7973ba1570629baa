#pragma once

// Spreads independent work over threads of the process's pool for the length of one call.

#include <cstddef>
#include <functional>

namespace deltaic {

/// How many threads can work at a time.
size_t Processors();

/// Calls `body(0)` … `body(count - 1)`, several at a time, each once and on any thread, and waits
/// for them.
///
/// The first call that throws ends the rest early and its error is rethrown. The cancellation of
/// the calling thread (`CancelScope`) reaches the waiting calls within `body`.
///
/// As many threads work as there are processors, and not fewer than `min_threads`: more than that
/// serve calls that wait for storage most of their time. Where the system gives fewer threads,
/// fewer work, and the calling thread where there is none. `body` may call this again.
void ParallelFor(size_t count, const std::function<void(size_t)>& body, size_t min_threads = 1);

}  // namespace deltaic
