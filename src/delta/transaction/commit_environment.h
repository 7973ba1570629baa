#pragma once

// What commits take of the world but storage: tests have a world of their own. Safe to share
// between threads.

#include <chrono>
#include <cstdint>
#include <string>

#include <deltaic/delta/transaction/commit_properties.h>

namespace deltaic::delta {

class CommitEnvironment {
 public:
  CommitEnvironment() = default;
  virtual ~CommitEnvironment() = default;
  CommitEnvironment(const CommitEnvironment&) = delete;
  CommitEnvironment& operator=(const CommitEnvironment&) = delete;

  /// Milliseconds since the Unix epoch.
  virtual int64_t NowMs() const = 0;

  /// Waits; obeys the thread's `CancelScope`.
  virtual void Pause(std::chrono::milliseconds time) const = 0;

  /// A random time from 0 to `most`.
  virtual std::chrono::milliseconds RandomTime(std::chrono::milliseconds most) const = 0;

  /// An id that no other commit has.
  virtual std::string NewTxnId() const = 0;
};

/// The longest time to wait after so many lost races: it doubles up to what `properties` allow.
std::chrono::milliseconds LongestBackOff(const CommitProperties& properties, int64_t lost_races);

/// The real world.
const CommitEnvironment& SystemEnvironment();

}  // namespace deltaic::delta
