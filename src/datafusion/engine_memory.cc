#include "datafusion/engine_memory.h"

#include <sys/resource.h>

#include <algorithm>

extern "C" void mi_option_set(int option, long value);  // NOLINT(google-runtime-int): its own type.

namespace deltaic::datafusion {
namespace {

constexpr int kArenaEagerCommit = 4;  // mi_option_arena_eager_commit
constexpr int kArenaReserve = 23;     // mi_option_arena_reserve, in KiB

// What an arena takes of the addresses where those are limited: with the 1 GiB that it takes
// otherwise there may be none left for the stacks of threads.
constexpr rlim_t kShareOfAddresses = 32;
constexpr rlim_t kLeastArena = rlim_t{32} << 20;
constexpr rlim_t kUsualArena = rlim_t{1} << 30;

// Memory that is committed before it is needed comes in huge pages: 20 MiB for a table of 100,000
// files that takes 10. It has to be said before the first allocation.
[[gnu::constructor]] void CommitWhenNeeded() { mi_option_set(kArenaEagerCommit, 0); }

}  // namespace

void HeedAddressLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  const rlim_t arena = std::clamp(limit.rlim_cur / kShareOfAddresses, kLeastArena, kUsualArena);
  mi_option_set(kArenaReserve, static_cast<long>(arena >> 10));  // NOLINT(google-runtime-int)
}

}  // namespace deltaic::datafusion
