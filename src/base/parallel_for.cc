#include "base/parallel_for.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <deltaic/base/cancellation.h>

namespace deltaic {
namespace {

constexpr std::chrono::milliseconds kCancelPoll{50};

class Job {
 public:
  Job(size_t count, const std::function<void(size_t)>& body) : count_(count), body_(body) {}

  // Works until nothing is left. Runs on each thread.
  void Work() {
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

  void WorkAndSignOff() {
    Work();
    const std::lock_guard lock(mutex_);
    --working_;
    idle_.notify_all();
  }

  void SignOn() { ++working_; }
  void SignOff() { --working_; }

  // Waits for the threads; asks the caller's scope now and then whether to go on.
  void Wait() {
    std::unique_lock lock(mutex_);
    while (!idle_.wait_for(lock, kCancelPoll, [this] { return working_ == 0; })) {
      lock.unlock();
      try {
        ThrowIfCancelled();
      } catch (...) {
        Fail(std::current_exception());
      }
      lock.lock();
    }
  }

  void Rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
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
  std::atomic<size_t> working_ = 0;  // Falls under the mutex.
  std::exception_ptr error_;         // Guarded by the mutex until all threads are done.
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
  Job job(count, body);
  std::vector<std::thread> threads;
  threads.reserve(wanted);
  while (threads.size() < wanted) {
    job.SignOn();
    try {
      threads.emplace_back([&job] { job.WorkAndSignOff(); });
    } catch (const std::exception&) {  // No more threads, or no memory for one; fewer do as well.
      job.SignOff();
      break;
    }
  }
  if (threads.empty()) {
    for (size_t i = 0; i < count; ++i) body(i);
    return;
  }
  job.Wait();
  for (std::thread& thread : threads) thread.join();
  job.Rethrow();
}

}  // namespace deltaic
