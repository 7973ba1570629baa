#include <deltaic/base/work_done.h>

#include <atomic>

#include "base/count_work.h"

namespace deltaic {
namespace {

// Each counter is right by itself; nobody compares them.
std::atomic<int64_t> rows{0};
std::atomic<int64_t> bytes{0};
std::atomic<int64_t> files{0};

}  // namespace

WorkDone TotalWorkDone() noexcept {
  return {.rows = rows.load(std::memory_order_relaxed),
          .bytes = bytes.load(std::memory_order_relaxed),
          .files = files.load(std::memory_order_relaxed)};
}

void CountWork(const WorkDone& done) noexcept {
  rows.fetch_add(done.rows, std::memory_order_relaxed);
  bytes.fetch_add(done.bytes, std::memory_order_relaxed);
  files.fetch_add(done.files, std::memory_order_relaxed);
}

}  // namespace deltaic
