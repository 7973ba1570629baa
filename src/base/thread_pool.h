#pragma once

// The threads of `ParallelFor`: one pool a process, since starting a thread costs as much as
// reading a small file. Safe to call from any thread.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

namespace deltaic {

/// Grows as it is asked to, so that work which waits for other work of the pool finds threads.
/// Threads end that had nothing to do for a second.
class ThreadPool {
 public:
  using Work = std::function<void()>;

  /// The pool of this process. A process that was forked has its own: threads do not survive that.
  static ThreadPool& OfProcess();

  /// Runs `work`, which must not throw, at once and on a thread that does nothing else; false where
  /// none can be had.
  bool Run(Work work);

 private:
  ThreadPool() = default;

  void Serve(Work work);
  Work Next();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Work> queue_;
  size_t idle_ = 0;  // Threads without work: never fewer than there is work in the queue.
};

}  // namespace deltaic
