#include <deltaic/datafusion/time_zone.h>

#include <limits>

#include "datafusion/bridge_call.h"

namespace deltaic::datafusion {

struct TimeZone::Impl {
  rust::Box<bridge::TimeZone> zone;
};

TimeZone TimeZone::Parse(std::string_view name) {
  return Call([&] {
    return TimeZone(std::make_shared<const Impl>(Impl{bridge::parse_time_zone(ToRust(name))}));
  });
}

std::optional<int64_t> TimeZone::ToUtc(int64_t local_micros) const {
  const int64_t utc = impl_->zone->to_utc(local_micros);
  return utc == std::numeric_limits<int64_t>::min() ? std::nullopt : std::optional(utc);
}

}  // namespace deltaic::datafusion
