#pragma once

// How the engine's allocator takes memory: mimalloc, which the bridge brings along.

namespace deltaic::datafusion {

/// Makes the allocator take few addresses at a time where the process has few (`RLIMIT_AS`).
/// Whoever makes one of the first things of the engine calls it before: a program may set the limit
/// when the library is loaded already. Safe to call from any thread.
void HeedAddressLimit();

}  // namespace deltaic::datafusion
