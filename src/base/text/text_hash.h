#pragma once

// A 64-bit hash of texts that come from a table. It is seeded anew in each process, so that nobody
// can prepare texts that collide; values must not leave the process. Safe to call from any thread.

#include <cstdint>
#include <string_view>

namespace deltaic {

/// Hashes `text`; `start` is the hash of what comes before it (0 = nothing).
uint64_t HashText(std::string_view text, uint64_t start = 0);

}  // namespace deltaic
