#include "delta/transaction/commit_environment.h"

#include <algorithm>
#include <random>
#include <thread>

#include <deltaic/base/cancellation.h>

#include "base/clock.h"
#include "base/uuid.h"

namespace deltaic::delta {
namespace {

using std::chrono::milliseconds;

class System final : public CommitEnvironment {
 public:
  int64_t NowMs() const override { return deltaic::NowMs(); }

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

milliseconds LongestBackOff(const CommitProperties& properties, int64_t lost_races) {
  milliseconds most = std::min(properties.min_back_off, properties.max_back_off);
  for (int64_t i = 0; i < lost_races && most < properties.max_back_off; ++i) {
    most = std::min(most + std::max(most, milliseconds(1)), properties.max_back_off);
  }
  return most;
}

const CommitEnvironment& SystemEnvironment() {
  static const System kSystem;
  return kSystem;
}

}  // namespace deltaic::delta
