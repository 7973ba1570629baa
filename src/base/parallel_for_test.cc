#include "base/parallel_for.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
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

TEST(ParallelFor, NestsDeeperThanThereAreProcessors) {
  std::atomic<int> calls = 0;
  const std::function<void(int)> nest = [&](int depth) {
    ++calls;
    if (depth > 0)
      ParallelFor(
          2, [&](size_t) { nest(depth - 1); }, 2);
  };
  nest(6);
  EXPECT_EQ(calls, 127);
}

TEST(ParallelFor, RunsAsManyCallsAtATimeAsItIsAskedTo) {
  constexpr size_t kThreads = 20;
  std::atomic<size_t> arrived = 0;
  // Each waits for all others.
  ParallelFor(
      kThreads,
      [&](size_t) {
        ++arrived;
        while (arrived < kThreads) std::this_thread::yield();
      },
      kThreads);
  EXPECT_EQ(arrived, kThreads);
}

TEST(ParallelFor, UsesThreadsAgain) {
  std::atomic<bool> is_reused = false;
  for (int i = 0; i < 10'000 && !is_reused; ++i) {
    ParallelFor(2, [&](size_t) {
      thread_local int calls = 0;
      // A thread may get both calls of one round.
      if (++calls > 2) is_reused = true;
    });
  }
  EXPECT_TRUE(is_reused);
}

TEST(ParallelFor, ServesManyCallersAtATime) {
  std::atomic<size_t> sum = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      for (int round = 0; round < 200; ++round) ParallelFor(3, [&](size_t j) { sum += j; });
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sum, 8u * 200 * 3);
}

#ifndef __SANITIZE_THREAD__  // It knows no threads after a fork.
TEST(ParallelFor, WorksInAProcessThatWasForked) {
  ParallelFor(8, [](size_t) {});
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    std::atomic<int> calls = 0;
    ParallelFor(8, [&](size_t) { ++calls; });
    _exit(calls);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 8);
}
#endif

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
