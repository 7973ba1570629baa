#include "delta/statistics/statistics_bound.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <system_error>

#include "base/json_text.h"
#include "base/temporal_text.h"
#include "delta/protocol/timestamp_type.h"

namespace deltaic::delta {
namespace {

Bound Certain(int64_t value) {
  Bound bound;
  bound.is_known = bound.is_certain = true;
  bound.integer = value;
  return bound;
}

// "1.0" and "1e3" are integers too, as long as they cannot have been rounded by a double.
std::optional<int64_t> ParseInteger(std::string_view token) {
  int64_t value;
  const char* end = token.data() + token.size();
  auto [rest, error] = std::from_chars(token.data(), end, value);
  if (error == std::errc() && rest == end) return value;
  constexpr int64_t kMaxExactDouble = int64_t{1} << 53;
  auto number = ParseDecimal(token);
  if (!number) return std::nullopt;
  auto integral = ToUnscaled(*number, 16, 0);
  if (!integral || *integral >= kMaxExactDouble || *integral <= -kMaxExactDouble) {
    return std::nullopt;
  }
  return static_cast<int64_t>(*integral);
}

template <typename T>
constexpr std::pair<int64_t, int64_t> RangeOf() {
  return {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
}

Bound BoundWithin(const std::pair<int64_t, int64_t>& range, int64_t value) {
  return value < range.first || value > range.second ? Bound{} : Certain(value);
}

Bound ParseIntegerBound(const DataType& type, const StatisticsScalar& scalar) {
  if (scalar.is_string) return {};
  auto value = ParseInteger(scalar.text);
  return value ? IntegerBound(type.kind(), *value) : Bound{};
}

// Never certain: writers differ in what they do with NaN and with the two zeros.
Bound Floating(double value, BoundSide side) {
  Bound bound;
  bound.is_known = true;
  // The engine orders -0.0 before 0.0; the file may hold either.
  const bool is_widened = value == 0 && side != BoundSide::kAsWritten;
  bound.floating = !is_widened ? value : side == BoundSide::kMin ? -0.0 : 0.0;
  return bound;
}

template <typename T>
Bound ParseFloatBound(const StatisticsScalar& scalar, BoundSide side) {
  Bound bound;
  T value;
  if (scalar.is_string) {
    bound.is_nan = scalar.text == "NaN";
    if (scalar.text == "Infinity") {
      value = std::numeric_limits<T>::infinity();
    } else if (scalar.text == "-Infinity") {
      value = -std::numeric_limits<T>::infinity();
    } else {
      return bound;
    }
  } else {
    const char* end = scalar.text.data() + scalar.text.size();
    auto [rest, error] = std::from_chars(scalar.text.data(), end, value);
    if (error != std::errc() || rest != end) return {};
  }
  return Floating(value, side);
}

Int128 PowerOfTen(int power) {
  Int128 value = 1;
  for (; power > 0; --power) value *= 10;
  return value;
}

// Some writers take decimals through a double. A number that may have come that way (no more
// digits than a double is written with, and so large that a double cannot tell it from its
// neighbours) is a bound only when moved outwards by more than the rounding.
Bound Decimal(const DataType& type, BoundSide side, const DecimalNumber& number, bool is_exact) {
  constexpr int kMaxDigitsOfDouble = 17;
  constexpr Int128 kFirstRounded = Int128{1} << 50;
  constexpr int kMarginBits = 48;
  auto unscaled = ToUnscaled(number, type.precision(), type.scale());
  if (!unscaled) return {};
  Bound bound;
  bound.is_known = bound.is_certain = true;
  bound.decimal = *unscaled;
  Int128 magnitude = *unscaled < 0 ? -*unscaled : *unscaled;
  if (side != BoundSide::kAsWritten && !is_exact && number.num_digits <= kMaxDigitsOfDouble &&
      magnitude >= kFirstRounded) {
    Int128 margin = magnitude >> kMarginBits;
    Int128 limit = PowerOfTen(type.precision()) - 1;
    bound.is_certain = false;
    bound.decimal = side == BoundSide::kMin ? std::max(*unscaled - margin, -limit)
                                            : std::min(*unscaled + margin, limit);
  }
  return bound;
}

Bound ParseDecimalBound(const DataType& type, const StatisticsScalar& scalar, BoundSide side) {
  auto number = ParseDecimal(scalar.text);
  return number ? Decimal(type, side, *number, scalar.is_string) : Bound{};
}

Bound ParseDateBound(const StatisticsScalar& scalar) {
  if (!scalar.is_string) return {};
  auto days = ParseDate(scalar.text);
  return days ? Certain(*days) : Bound{};
}

// Writers cut timestamps to milliseconds.
Bound Timestamp(int64_t micros, BoundSide side) {
  constexpr int64_t kMaxCut = 999;
  if (side == BoundSide::kMax && __builtin_add_overflow(micros, kMaxCut, &micros)) return {};
  Bound bound = Certain(micros);
  bound.is_certain = false;
  return bound;
}

// Writers cut these to milliseconds as well, downwards or towards zero. That may lead out of the
// type's range: the end of the range is a bound then. `offset_error`: by how many nanoseconds the
// offset from UTC may be wrong that an instant was made with.
Bound TimestampNanos(Int128 nanos, BoundSide side, int64_t offset_error = 0) {
  constexpr int64_t kMaxCut = 999'999;
  const auto [least, greatest] = RangeOf<int64_t>();
  if (side == BoundSide::kMin) {
    nanos = std::max<Int128>(nanos - offset_error - (nanos < 0 ? kMaxCut : 0), least);
  } else if (side == BoundSide::kMax) {
    nanos = std::min<Int128>(nanos + offset_error + kMaxCut, greatest);
  }
  if (nanos < least || nanos > greatest) return {};
  Bound bound = Certain(static_cast<int64_t>(nanos));
  bound.is_certain = false;
  return bound;
}

Bound ParseTimestampBound(TypeKind kind, const StatisticsScalar& scalar, BoundSide side) {
  constexpr int64_t kNanosPerSecond = 1'000'000'000;
  if (!scalar.is_string) return {};
  const std::optional<TimestampText> time =
      IsWallClock(kind) ? ReadTimestampNtz(scalar.text) : ReadTimestamp(scalar.text);
  if (!time) return {};
  if (IsInNanoseconds(kind)) {
    // Writers cut offsets to minutes, and local mean times have seconds.
    constexpr int64_t kCutOffset = 59 * kNanosPerSecond;
    const bool has_offset = time->has_zone && !scalar.text.ends_with('Z');
    return TimestampNanos(Int128{time->seconds} * kNanosPerSecond + time->nanos, side,
                          has_offset ? kCutOffset : 0);
  }
  const std::optional<int64_t> micros = time->Micros();
  return micros ? Timestamp(*micros, side) : Bound{};
}

bool HasFewerCharacters(std::string_view text, int limit) {
  auto limit_size = static_cast<size_t>(std::max(limit, 0));
  if (text.size() < limit_size) return true;
  if (text.size() >= 4 * limit_size) return false;
  auto characters = std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return characters < limit;
}

// What writers put behind a cut maximum, so that it is not below the values it was cut from.
bool EndsInTieBreaker(std::string_view text) {
  return text.ends_with('\x7f') || text.ends_with("\U0010FFFF");
}

Bound ParseStringBound(const StatisticsScalar& scalar, BoundSide side, int prefix_length) {
  constexpr size_t kMaxSize = 1 << 20;
  if (!scalar.is_string || scalar.text.size() > kMaxSize) return {};
  Bound bound;
  bound.is_known = true;
  bound.is_certain = HasFewerCharacters(scalar.text, prefix_length) &&
                     !(side == BoundSide::kMax && EndsInTieBreaker(scalar.text));
  bound.text = scalar.text;
  return bound;
}

}  // namespace

bool HasBounds(TypeKind kind) {
  switch (kind) {
    case TypeKind::kString:
    case TypeKind::kLong:
    case TypeKind::kInteger:
    case TypeKind::kShort:
    case TypeKind::kByte:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
    case TypeKind::kBoolean:
    case TypeKind::kDate:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kTimestampNanos:
    case TypeKind::kTimestampNanosNtz:
      return true;
    default:
      return false;
  }
}

Bound ParseBound(const DataType& type, BoundSide side, const StatisticsScalar& scalar,
                 int string_prefix_length) {
  if (!scalar.is_string && !IsJsonNumber(scalar.text)) return {};
  switch (type.kind()) {
    case TypeKind::kString:
      return ParseStringBound(scalar, side, string_prefix_length);
    case TypeKind::kLong:
    case TypeKind::kInteger:
    case TypeKind::kShort:
    case TypeKind::kByte:
      return ParseIntegerBound(type, scalar);
    case TypeKind::kFloat:
      return ParseFloatBound<float>(scalar, side);
    case TypeKind::kDouble:
      return ParseFloatBound<double>(scalar, side);
    case TypeKind::kDecimal:
      return ParseDecimalBound(type, scalar, side);
    case TypeKind::kDate:
      return ParseDateBound(scalar);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kTimestampNanos:
    case TypeKind::kTimestampNanosNtz:
      return ParseTimestampBound(type.kind(), scalar, side);
    default:
      return {};
  }
}

std::pair<int64_t, int64_t> IntegerRange(TypeKind kind) {
  switch (kind) {
    case TypeKind::kByte:
      return RangeOf<int8_t>();
    case TypeKind::kShort:
      return RangeOf<int16_t>();
    case TypeKind::kInteger:
      return RangeOf<int32_t>();
    default:
      return RangeOf<int64_t>();
  }
}

Bound IntegerBound(TypeKind kind, int64_t value) { return BoundWithin(IntegerRange(kind), value); }

Bound InstantBound(TypeKind kind, BoundSide side, int64_t milliseconds) {
  return IsInNanoseconds(kind) ? TimestampNanos(Int128{milliseconds} * 1'000'000, side)
                               : Timestamp(milliseconds * 1000, side);
}

Bound BooleanBound(bool value) { return Certain(value ? 1 : 0); }

Bound FloatingBound(const DataType& type, BoundSide side, double value) {
  if (type.kind() != TypeKind::kFloat && type.kind() != TypeKind::kDouble) return {};
  if (!std::isnan(value)) return Floating(value, side);
  Bound bound;
  bound.is_nan = true;
  return bound;
}

Bound DateBound(const DataType& type, BoundSide side, int64_t days) {
  constexpr int64_t kMicrosPerDay = 86'400'000'000;
  if (type.kind() == TypeKind::kDate) return BoundWithin(RangeOf<int32_t>(), days);
  // A column that was widened.
  int64_t micros;
  if (type.kind() != TypeKind::kTimestampNtz ||
      __builtin_mul_overflow(days, kMicrosPerDay, &micros)) {
    return {};
  }
  return Timestamp(micros, side);
}

Bound TimestampBound(const DataType& type, BoundSide side, int64_t micros) {
  if (!IsTimestamp(type.kind())) return {};
  return IsInNanoseconds(type.kind()) ? TimestampNanos(Int128{micros} * 1000, side)
                                      : Timestamp(micros, side);
}

Bound TimestampNanosBound(const DataType& type, BoundSide side, int64_t nanos) {
  if (!IsTimestamp(type.kind())) return {};
  return IsInNanoseconds(type.kind()) ? TimestampNanos(nanos, side)
                                      : Timestamp(nanos / 1000 - (nanos % 1000 < 0 ? 1 : 0), side);
}

// The writer may have made the value from a number of JSON.
Bound DecimalBound(const DataType& type, BoundSide side, const DecimalNumber& number) {
  return type.kind() == TypeKind::kDecimal ? Decimal(type, side, number, false) : Bound{};
}

bool AreInOrder(TypeKind kind, const Bound& min, const Bound& max) {
  if (!min.is_known || !max.is_known) return false;
  switch (kind) {
    case TypeKind::kString:
      return min.text <= max.text;
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return min.floating <= max.floating;
    case TypeKind::kDecimal:
      return min.decimal <= max.decimal;
    default:
      return min.integer <= max.integer;
  }
}

}  // namespace deltaic::delta
