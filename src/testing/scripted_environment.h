#pragma once

// A world for commits in which nothing depends on the clock or on chance: the same run twice gives
// the same commits. One thread at a time.

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "delta/transaction/commit_environment.h"

namespace deltaic::testing {

class ScriptedEnvironment final : public delta::CommitEnvironment {
 public:
  explicit ScriptedEnvironment(uint64_t seed = 1) : random_(seed) {}

  /// Later by 1 ms each time.
  int64_t NowMs() const override { return now_ms++; }

  /// Moves the clock.
  void Pause(std::chrono::milliseconds time) const override {
    pauses.push_back(time);
    now_ms += time.count();
  }

  std::chrono::milliseconds RandomTime(std::chrono::milliseconds most) const override {
    limits.push_back(most);
    return std::chrono::milliseconds(random_() % (static_cast<uint64_t>(most.count()) + 1));
  }

  std::string NewTxnId() const override { return "txn-" + std::to_string(++num_ids); }

  mutable int64_t now_ms = 1'000'000;
  mutable int num_ids = 0;
  mutable std::vector<std::chrono::milliseconds> pauses;
  mutable std::vector<std::chrono::milliseconds> limits;  ///< Of random times.

 private:
  mutable std::mt19937_64 random_;
};

}  // namespace deltaic::testing
