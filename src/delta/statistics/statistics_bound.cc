#include "delta/statistics/statistics_bound.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <system_error>

#include "base/text/json_text.h"
#include "base/text/temporal_text.h"
#include "delta/protocol/schema/timestamp_type.h"

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

// Where a conversion to an int64 ends that takes what is out of its range for its limits.
bool IsLimitOfInt64(Int128 value) {
  constexpr Int128 kMax = std::numeric_limits<int64_t>::max();
  return value == kMax || value == -kMax || value == std::numeric_limits<int64_t>::min();
}

// Some writers take decimals through a double, and from there to an integer, which prints all
// digits of what was rounded. A number so large that a double cannot tell it from its neighbours is
// a bound only when moved outwards by more than the rounding, and one at the end of the integers'
// range is none.
Bound Decimal(const DataType& type, BoundSide side, const DecimalNumber& number) {
  constexpr Int128 kFirstRounded = Int128{1} << 50;
  constexpr int kMarginBits = 48;
  auto unscaled = ToUnscaled(number, type.precision(), type.scale());
  if (!unscaled) return {};
  Bound bound;
  bound.is_known = bound.is_certain = true;
  bound.decimal = *unscaled;
  Int128 magnitude = *unscaled < 0 ? -*unscaled : *unscaled;
  if (side == BoundSide::kAsWritten || magnitude < kFirstRounded) return bound;
  if (IsLimitOfInt64(*unscaled)) return {};
  if (number.exponent == 0 && IsLimitOfInt64(number.coefficient)) return {};
  Int128 margin = magnitude >> kMarginBits;
  Int128 limit = PowerOfTen(type.precision()) - 1;
  bound.is_certain = false;
  bound.decimal = side == BoundSide::kMin ? std::max(*unscaled - margin, -limit)
                                          : std::min(*unscaled + margin, limit);
  return bound;
}

Bound ParseDecimalBound(const DataType& type, const StatisticsScalar& scalar, BoundSide side) {
  auto number = ParseDecimal(scalar.text);
  return number ? Decimal(type, side, *number) : Bound{};
}

Bound ParseDateBound(const StatisticsScalar& scalar) {
  if (!scalar.is_string) return {};
  auto days = ParseDate(scalar.text);
  return days ? Certain(*days) : Bound{};
}

// By how much the offset from UTC may be wrong that an instant was made with, in microseconds:
// writers cut offsets to minutes, and local mean times have seconds.
constexpr int64_t kNanosPerMicro = 1000;
constexpr int64_t kNoOffset = 0;
constexpr int64_t kCutOffset = 59'000'000;

// Writers cut timestamps to milliseconds, downwards or towards zero.
Bound Timestamp(int64_t micros, BoundSide side, int64_t offset_error) {
  constexpr int64_t kMaxCut = 999;
  bool is_beyond = false;
  if (side == BoundSide::kMin) {
    const int64_t margin = offset_error + (micros < 0 ? kMaxCut : 0);
    is_beyond = __builtin_sub_overflow(micros, margin, &micros);
  } else if (side == BoundSide::kMax) {
    is_beyond = __builtin_add_overflow(micros, offset_error + kMaxCut, &micros);
  }
  if (is_beyond) return {};
  Bound bound = Certain(micros);
  bound.is_certain = false;
  return bound;
}

// Writers cut these to milliseconds as well, downwards or towards zero. That may lead out of the
// type's range: the end of the range is a bound then. `offset_error`: by how many nanoseconds the
// offset from UTC may be wrong that an instant was made with.
Bound TimestampNanos(Int128 nanos, BoundSide side, int64_t offset_error) {
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
  const bool has_offset = time->has_zone && !IsWallClock(kind) && !scalar.text.ends_with('Z');
  const int64_t offset_error = has_offset ? kCutOffset : kNoOffset;
  if (IsInNanoseconds(kind)) {
    return TimestampNanos(Int128{time->seconds} * kNanosPerSecond + time->nanos, side,
                          offset_error * kNanosPerMicro);
  }
  const std::optional<int64_t> micros = time->Micros();
  return micros ? Timestamp(*micros, side, offset_error) : Bound{};
}

// Makes a bound of a text that was cut at any character or byte, with something put in the place of
// what did not fit, or not. An empty text is taken for whole.
void WidenText(BoundSide side, std::string& text) {
  constexpr std::string_view kReplacement = "\uFFFD";  // Of half a character.
  constexpr std::string_view kLastCharacter = "\U0010FFFF";
  if (text.empty()) return;
  // At the end of a maximum it may also be what writers put there so that the rest is not below the
  // values that it was cut from. It is below those that go on with a character beyond.
  while (text.ends_with(kReplacement)) text.resize(text.size() - kReplacement.size());
  if (side == BoundSide::kMax) {
    // What Java writes in the place of half a character.
    if (text.ends_with('?')) text.pop_back();
    text += kLastCharacter;
  }
}

Bound ParseStringBound(const StatisticsScalar& scalar, BoundSide side, std::string& text) {
  constexpr size_t kMaxSize = 1 << 20;
  if (!scalar.is_string || scalar.text.size() > kMaxSize) return {};
  Bound bound;
  bound.is_known = true;
  text = scalar.text;
  if (side != BoundSide::kAsWritten) WidenText(side, text);
  bound.text = text;
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
                 std::string& text) {
  if (!scalar.is_string && !IsJsonNumber(scalar.text)) return {};
  switch (type.kind()) {
    case TypeKind::kString:
      return ParseStringBound(scalar, side, text);
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
  return IsInNanoseconds(kind) ? TimestampNanos(Int128{milliseconds} * 1'000'000, side, kNoOffset)
                               : Timestamp(milliseconds * 1000, side, kNoOffset);
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
  return Timestamp(micros, side, kNoOffset);
}

// The writer may have made the value from a text of JSON, whose offset it then does not show. The
// last zone with seconds in its offset gave them up in January 1972, long before there was a writer
// of nanoseconds.
Bound TimestampBound(const DataType& type, BoundSide side, int64_t micros) {
  constexpr int64_t kAllOffsetsAreWhole = 94'694'400'000'000;  // 1973-01-01
  if (!IsTimestamp(type.kind())) return {};
  if (IsInNanoseconds(type.kind())) {
    return TimestampNanos(Int128{micros} * kNanosPerMicro, side, kNoOffset);
  }
  if (IsWallClock(type.kind()) || micros >= kAllOffsetsAreWhole) {
    return Timestamp(micros, side, kNoOffset);
  }
  Bound bound = Timestamp(micros, side, kCutOffset);
  // A later instant never has a lower bound.
  if (side == BoundSide::kMax) bound.integer = std::min(bound.integer, kAllOffsetsAreWhole);
  return bound;
}

Bound TimestampNanosBound(const DataType& type, BoundSide side, int64_t nanos) {
  if (IsInNanoseconds(type.kind())) return TimestampNanos(nanos, side, kNoOffset);
  return TimestampBound(type, side, nanos / kNanosPerMicro - (nanos % kNanosPerMicro < 0 ? 1 : 0));
}

// The writer may have made the value from a number of JSON.
Bound DecimalBound(const DataType& type, BoundSide side, const DecimalNumber& number) {
  return type.kind() == TypeKind::kDecimal ? Decimal(type, side, number) : Bound{};
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
