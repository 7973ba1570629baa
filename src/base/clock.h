#pragma once

#include <chrono>
#include <cstdint>

namespace deltaic {

/// The system's time in milliseconds since the Unix epoch.
inline int64_t NowMs() {
  using std::chrono::milliseconds;
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(since_epoch).count();
}

/// The milliseconds that have passed since.
inline int64_t MillisecondsSince(std::chrono::steady_clock::time_point begin) {
  using std::chrono::milliseconds;
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace deltaic
