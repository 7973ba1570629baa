#include "delta/scan/compared_value.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "base/text/decimal_text.h"
#include "base/text/temporal_text.h"

namespace deltaic::delta {
namespace {

constexpr int kMaxDigits = 38;
constexpr int64_t kMicrosOfDay = int64_t{86'400} * 1'000'000;

// Numbers in units of 10^-scale, from `least` to `greatest`.
struct NumberRange {
  int scale = 0;
  Int128 least = 0;
  Int128 greatest = 0;
};

Int128 PowerOfTen(int64_t power) {
  Int128 value = 1;
  for (; power > 0; --power) value *= 10;
  return value;
}

template <typename T>
NumberRange RangeOf() {
  return {0, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
}

std::optional<NumberRange> NumbersOf(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kLong:
      return RangeOf<int64_t>();
    case TypeKind::kInteger:
      return RangeOf<int32_t>();
    case TypeKind::kShort:
      return RangeOf<int16_t>();
    case TypeKind::kByte:
      return RangeOf<int8_t>();
    case TypeKind::kDecimal: {
      const Int128 greatest = PowerOfTen(type.precision()) - 1;
      return NumberRange{type.scale(), -greatest, greatest};
    }
    default:
      return std::nullopt;
  }
}

// A number with more digits than any column has is taken as the double next to it; an infinite one
// is greater than all others, or less.
std::optional<DecimalNumber> ReadNumber(std::string_view text) {
  if (std::optional<DecimalNumber> number = ParseDecimal(text)) return number;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (!is_number || std::isnan(value)) return std::nullopt;
  if (std::isinf(value)) return DecimalNumber{value < 0 ? -1 : 1, 1, 2 * kMaxDigits};
  return ParseDecimal(fmt::format("{:.17g}", value));
}

std::string Text(Int128 unscaled, int scale) {
  const bool is_negative = unscaled < 0;
  std::string digits;
  do {
    digits.insert(digits.begin(),
                  static_cast<char>('0' + std::abs(static_cast<int>(unscaled % 10))));
    unscaled /= 10;
  } while (unscaled != 0);
  const std::string number = (is_negative ? "-" : "") + digits;
  return scale == 0 ? number : fmt::format("{}e-{}", number, scale);
}

ComparedValue FindNumber(const DecimalNumber& number, const NumberRange& range) {
  const bool is_negative = number.coefficient < 0;
  const int64_t shift = number.exponent + range.scale;
  if (number.num_digits + shift > kMaxDigits) {
    return {is_negative ? ValueFit::kBelowAll : ValueFit::kAboveAll, {}};
  }
  Int128 floor = number.coefficient;
  bool is_exact = true;
  if (shift >= 0) {
    floor *= PowerOfTen(shift);
  } else {
    const Int128 unit = PowerOfTen(std::min<int64_t>(-shift, kMaxDigits));
    const Int128 rest = -shift > kMaxDigits ? number.coefficient : number.coefficient % unit;
    floor = (number.coefficient - rest) / unit - (rest < 0 ? 1 : 0);
    is_exact = rest == 0;
  }
  if (floor < range.least) return {ValueFit::kBelowAll, {}};
  if (floor > range.greatest || (floor == range.greatest && !is_exact)) {
    return {ValueFit::kAboveAll, {}};
  }
  return {is_exact ? ValueFit::kExact : ValueFit::kBetween, Text(floor, range.scale)};
}

}  // namespace

ComparedValue CompareWithType(const DataType& type, std::string_view text) {
  if (const std::optional<NumberRange> range = NumbersOf(type)) {
    if (const auto number = ReadNumber(text)) return FindNumber(*number, *range);
  }
  if (type.kind() == TypeKind::kDate && !ParseDate(text)) {
    if (const std::optional<int64_t> micros = ParseTimestampNtz(text)) {
      const bool is_midnight = *micros % kMicrosOfDay == 0;
      return {is_midnight ? ValueFit::kExact : ValueFit::kBetween,
              std::string(text.substr(0, text.find_first_of(" T")))};
    }
  }
  return {ValueFit::kExact, std::string(text)};
}

}  // namespace deltaic::delta
