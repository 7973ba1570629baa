#include "delta/transaction/commit_environment.h"

#include <algorithm>
#include <random>
#include <thread>

#include <deltaic/base/cancellation.h>

#include "base/uuid.h"

namespace deltaic::delta {
namespace {

using std::chrono::milliseconds;

class System final : public CommitEnvironment {
 public:
  int64_t NowMs() const override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<milliseconds>(now).count();
  }

  void Pause(milliseconds time) const override {
    constexpr milliseconds kStep{50};
    const auto end = std::chrono::steady_clock::now() + time;
    while (true) {
      ThrowIfCancelled();
      const auto left = end - std::chrono::steady_clock::now();
      if (left <= left.zero()) return;
      std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, kStep));
    }
  }

  milliseconds RandomTime(milliseconds most) const override {
    std::random_device device;
    return milliseconds(std::uniform_int_distribution<int64_t>(0, most.count())(device));
  }

  std::string NewTxnId() const override { return NewUuid(); }
};

}  // namespace

const CommitEnvironment& SystemEnvironment() {
  static const System kSystem;
  return kSystem;
}

}  // namespace deltaic::delta
