#include "base/parallel_for.h"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>

namespace deltaic {
namespace {

TEST(ParallelFor, CallsEachIndexOnce) {
  for (const size_t count : {0, 1, 2, 1000}) {
    std::vector<std::atomic<int>> calls(count);
    ParallelFor(count, [&](size_t i) { ++calls[i]; });
    for (const auto& number : calls) EXPECT_EQ(number, 1);
  }
}

TEST(ParallelFor, RethrowsAndStops) {
  std::atomic<size_t> calls = 0;
  EXPECT_THROW(ParallelFor(1'000'000,
                           [&](size_t i) {
                             ++calls;
                             if (i == 10) throw std::runtime_error("ten");
                           }),
               std::runtime_error);
  EXPECT_LT(calls, 1'000'000u);
}

TEST(ParallelFor, Nests) {
  std::atomic<int> calls = 0;
  ParallelFor(4, [&](size_t) { ParallelFor(4, [&](size_t) { ++calls; }); });
  EXPECT_EQ(calls, 16);
}

TEST(ParallelFor, PassesCancellationOn) {
  std::atomic<bool> cancel = false;
  const CancelScope scope([&] { return cancel.load(); });
  try {
    ParallelFor(8, [&](size_t) {
      cancel = true;
      for (int i = 0; i < 10'000; ++i) {
        ThrowIfCancelled();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
}

}  // namespace
}  // namespace deltaic
