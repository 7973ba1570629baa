#pragma once

// Time zones, of the database that the engine holds.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <deltaic/base/export.h>

namespace deltaic::datafusion {

/// An immutable handle, cheap to copy, safe to share between threads.
class DELTAIC_EXPORT TimeZone {
 public:
  /// A zone by its IANA name ("Europe/Berlin") or offset ("+01:00"). Throws `kInvalidArgument`
  /// where there is none.
  static TimeZone Parse(std::string_view name);

  /// The instant at which a clock of the zone shows a time, both in microseconds since the Unix
  /// epoch. Of a time that it shows twice, the earlier one; one that it skips is as much later.
  /// Nothing for times that are some 262,000 years away.
  std::optional<int64_t> ToUtc(int64_t local_micros) const;

  struct Impl;

 private:
  explicit TimeZone(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace deltaic::datafusion
