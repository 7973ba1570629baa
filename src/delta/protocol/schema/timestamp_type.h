#pragma once

// The types whose values are points in time (PROTOCOL.md, "Primitive Types"). Pure functions.

#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// Whether values are times since the Unix epoch, in microseconds or nanoseconds.
constexpr bool IsTimestamp(TypeKind kind) {
  return kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampNtz ||
         kind == TypeKind::kTimestampNanos || kind == TypeKind::kTimestampNanosNtz;
}

/// Whether values of a timestamp type are in nanoseconds.
constexpr bool IsInNanoseconds(TypeKind kind) {
  return kind == TypeKind::kTimestampNanos || kind == TypeKind::kTimestampNanosNtz;
}

/// Whether values of a timestamp type are what a clock shows, in no zone.
constexpr bool IsWallClock(TypeKind kind) {
  return kind == TypeKind::kTimestampNtz || kind == TypeKind::kTimestampNanosNtz;
}

}  // namespace deltaic::delta
