#include "base/parallel_for.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <deltaic/base/cancellation.h>

#include "base/thread_pool.h"

namespace deltaic {
namespace {

constexpr std::chrono::milliseconds kCancelPoll{50};

// Shared by the caller and the threads that help it: one that comes late finds the job closed.
class Job {
 public:
  Job(size_t count, const std::function<void(size_t)>& body) : count_(count), body_(body) {}

  // Works until nothing is left. Runs on each thread.
  void Work() {
    if (!Enter()) return;
    {
      const CancelScope scope([this] { return stop_.load(); });
      while (!stop_) {
        const size_t index = next_++;
        if (index >= count_) break;
        try {
          body_(index);
        } catch (...) {
          Fail(std::current_exception());
        }
      }
    }
    const std::lock_guard lock(mutex_);
    --working_;
    idle_.notify_all();
  }

  // Waits until all is done; asks the caller's scope now and then whether to go on. Rethrows what
  // went wrong.
  void Wait() {
    std::unique_lock lock(mutex_);
    while (!idle_.wait_for(lock, kCancelPoll, [this] { return IsDone(); })) {
      lock.unlock();
      try {
        ThrowIfCancelled();
      } catch (...) {
        Fail(std::current_exception());
      }
      lock.lock();
    }
    is_closed_ = true;
    // The caller's alone: threads that come late may be the last to have the job.
    if (const std::exception_ptr error = std::exchange(error_, nullptr)) {
      std::rethrow_exception(error);
    }
  }

 private:
  // Whether there is something to do: `body_` lives no longer than the wait for it.
  bool Enter() {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return false;
    ++working_;
    return true;
  }

  bool IsDone() const { return working_ == 0 && (stop_ || next_ >= count_); }

  void Fail(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    stop_ = true;
  }

  const size_t count_;
  const std::function<void(size_t)>& body_;
  std::atomic<size_t> next_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::condition_variable idle_;
  // Guarded by the mutex.
  size_t working_ = 0;
  bool is_closed_ = false;
  std::exception_ptr error_;
};

}  // namespace

size_t Processors() { return std::max<size_t>(1, std::thread::hardware_concurrency()); }

void ParallelFor(size_t count, const std::function<void(size_t)>& body, size_t min_threads) {
  ThrowIfCancelled();
  if (count <= 1) {
    if (count == 1) body(0);
    return;
  }
  const size_t wanted = std::min(count, std::max(min_threads, Processors()));
  const auto job = std::make_shared<Job>(count, body);
  ThreadPool& pool = ThreadPool::OfProcess();
  size_t threads = 0;
  while (threads < wanted && pool.Run([job] { job->Work(); })) ++threads;
  if (threads == 0) {
    for (size_t i = 0; i < count; ++i) body(i);
    return;
  }
  job->Wait();  // Fewer threads do as well.
}

}  // namespace deltaic
