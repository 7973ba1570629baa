#include "base/text/decimal_text.h"

#include <algorithm>
#include <cstddef>

#include "base/text/ascii.h"

namespace deltaic {
namespace {

constexpr int kMaxDigits = 38;

Int128 TimesPowerOfTen(Int128 value, int64_t power) {
  for (; power > 0; --power) value *= 10;
  return value;
}

// Reads the digits after 'e'. Exponents beyond any use are cut to one beyond any use.
std::optional<int64_t> ParseExponent(std::string_view text) {
  constexpr int64_t kEnough = int64_t{1} << 40;
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  int64_t exponent = 0;
  for (char c : text) {
    if (!IsDigit(c)) return std::nullopt;
    exponent = std::min(kEnough, exponent * 10 + (c - '0'));
  }
  return negative ? -exponent : exponent;
}

}  // namespace

std::optional<DecimalNumber> MakeDecimal(Int128 coefficient, int64_t exponent) {
  if (coefficient == 0) return DecimalNumber{};
  for (; coefficient % 10 == 0; coefficient /= 10) ++exponent;
  DecimalNumber number{coefficient, 0, exponent};
  for (; coefficient != 0; coefficient /= 10) ++number.num_digits;
  if (number.num_digits > kMaxDigits) return std::nullopt;
  return number;
}

std::optional<DecimalNumber> ParseDecimal(std::string_view text) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  DecimalNumber number;
  int64_t zeros = 0;  // Read after the coefficient and not yet part of it.
  int64_t digits_behind_point = 0;
  bool any_digit = false;
  bool point = false;
  size_t i = 0;
  for (; i < text.size(); ++i) {
    char c = text[i];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (!IsDigit(c)) break;
    any_digit = true;
    if (point) ++digits_behind_point;
    if (c == '0') {
      if (number.num_digits > 0) ++zeros;
      continue;
    }
    if (number.num_digits + zeros + 1 > kMaxDigits) return std::nullopt;
    number.coefficient = TimesPowerOfTen(number.coefficient, zeros + 1) + (c - '0');
    number.num_digits += static_cast<int>(zeros + 1);
    zeros = 0;
  }
  if (!any_digit) return std::nullopt;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
    auto exponent = ParseExponent(text.substr(i + 1));
    if (!exponent) return std::nullopt;
    number.exponent = *exponent;
  }
  if (number.num_digits == 0) return DecimalNumber{};
  number.exponent += zeros - digits_behind_point;
  if (negative) number.coefficient = -number.coefficient;
  return number;
}

std::optional<Int128> ToUnscaled(const DecimalNumber& number, int precision, int scale) {
  if (number.num_digits == 0) return 0;
  int64_t shift = number.exponent + scale;
  if (shift < 0 || number.num_digits + shift > precision) return std::nullopt;
  return TimesPowerOfTen(number.coefficient, shift);
}

std::string FormatDecimal(Int128 unscaled, int scale) {
  std::string digits;
  // The least value has no negative of its own type.
  auto magnitude = static_cast<unsigned __int128>(unscaled);
  if (unscaled < 0) magnitude = -magnitude;
  for (; magnitude != 0; magnitude /= 10) {
    digits += static_cast<char>('0' + static_cast<int>(magnitude % 10));
  }
  const auto places = static_cast<size_t>(scale);
  if (digits.size() <= places) digits.append(places + 1 - digits.size(), '0');
  std::reverse(digits.begin(), digits.end());
  if (places > 0) digits.insert(digits.size() - places, 1, '.');
  return unscaled < 0 ? "-" + digits : digits;
}

}  // namespace deltaic
