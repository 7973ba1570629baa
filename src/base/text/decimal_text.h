#pragma once

// Decimal numbers as text, as partition values and statistics hold them: digits are kept, no
// double in between. Pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace deltaic {

__extension__ typedef __int128 Int128;

/// The number `coefficient` * 10^`exponent`; the coefficient does not end in 0 unless it is 0.
struct DecimalNumber {
  Int128 coefficient = 0;
  int num_digits = 0;  ///< Of the coefficient, at most 38; 0 for the number 0.
  int64_t exponent = 0;
};

/// The number `coefficient` * 10^`exponent`; nothing for one of more than 38 digits.
std::optional<DecimalNumber> MakeDecimal(Int128 coefficient, int64_t exponent);

/// Reads digits with an optional sign, point and exponent ("-1.50", "2E+3", "0E-10"). Nothing if
/// the text is something else or has more than 38 significant digits.
std::optional<DecimalNumber> ParseDecimal(std::string_view text);

/// The number in units of 10^-`scale`; nothing if it needs more than `scale` digits after the
/// point or more than `precision` digits. `precision` is at most 38.
std::optional<Int128> ToUnscaled(const DecimalNumber& number, int precision, int scale);

/// Writes `unscaled` * 10^-`scale` with exactly `scale` digits after the point ("-0.01").
std::string FormatDecimal(Int128 unscaled, int scale);

}  // namespace deltaic
