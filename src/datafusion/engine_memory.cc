// How the engine's allocator takes memory: mimalloc, which the bridge brings along.

extern "C" void mi_option_set(int option, long value);  // NOLINT(google-runtime-int): its own type.

namespace deltaic::datafusion {
namespace {

constexpr int kArenaEagerCommit = 4;  // mi_option_arena_eager_commit

// Memory that is committed before it is needed comes in huge pages: 20 MiB for a table of 100,000
// files that takes 10. It has to be said before the first allocation.
[[gnu::constructor]] void CommitWhenNeeded() { mi_option_set(kArenaEagerCommit, 0); }

}  // namespace
}  // namespace deltaic::datafusion
