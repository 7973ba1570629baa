#include "base/thread_pool.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

namespace deltaic {
namespace {

constexpr std::chrono::seconds kIdleTime{1};

}  // namespace

ThreadPool& ThreadPool::OfProcess() {
  struct Owned {
    pid_t process;
    ThreadPool pool;
  };
  // An atomic pointer, not a lock: after fork() a lock may be held for ever. Pools are never freed,
  // since threads may be in them when the process ends.
  static std::atomic<Owned*> current = nullptr;
  Owned* found = current.load(std::memory_order_acquire);
  const pid_t process = getpid();
  while (found == nullptr || found->process != process) {
    auto* made = new Owned{process, {}};
    if (current.compare_exchange_strong(found, made, std::memory_order_acq_rel)) return made->pool;
    delete made;
  }
  return found->pool;
}

bool ThreadPool::Run(Work work) {
  try {
    {
      const std::lock_guard lock(mutex_);
      if (idle_ > queue_.size()) {
        queue_.push_back(std::move(work));
        wake_.notify_one();
        return true;
      }
    }
    std::thread([this, first = std::move(work)]() mutable { Serve(std::move(first)); }).detach();
    return true;
  } catch (const std::exception&) {  // No more threads, or no memory for one.
    return false;
  }
}

void ThreadPool::Serve(Work work) {
  while (work) {
    work();
    work = Next();
  }
}

// What to do next; nothing where the thread shall end.
ThreadPool::Work ThreadPool::Next() {
  std::unique_lock lock(mutex_);
  ++idle_;
  wake_.wait_for(lock, kIdleTime, [this] { return !queue_.empty(); });
  --idle_;
  if (queue_.empty()) return nullptr;
  Work work = std::move(queue_.front());
  queue_.pop_front();
  return work;
}

}  // namespace deltaic
