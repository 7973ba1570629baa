#include "base/text/temporal_text.h"

#include <cstddef>
#include <cstdlib>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/text/ascii.h"
#include "base/text/decimal_text.h"

namespace deltaic {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kSecondsPerDay = 86'400;

// Takes texts apart from the front. A failed step leaves the rest unspecified.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  bool Take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Between `min_digits` and `max_digits` digits (at most 9), as many as there are.
  bool Number(size_t min_digits, size_t max_digits, int32_t& value) {
    value = 0;
    size_t digits = 0;
    while (digits < max_digits && digits < rest_.size() && IsDigit(rest_[digits])) {
      value = value * 10 + (rest_[digits++] - '0');
    }
    rest_.remove_prefix(digits);
    return digits >= min_digits;
  }

  bool TwoDigits(int32_t max, int32_t& value) { return Number(2, 2, value) && value <= max; }

  size_t size() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

bool IsLeapYear(int32_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int32_t DaysInMonth(int32_t year, int32_t month) {
  constexpr int32_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[month - 1];
}

int32_t FloorDivide(int32_t a, int32_t b) { return (a >= 0 ? a : a - b + 1) / b; }

// Counts years from March on, so that the leap day ends a year, and in cycles of 400 years.
int32_t DaysSinceEpoch(int32_t year, int32_t month, int32_t day) {
  constexpr int32_t kDaysPerCycle = 146'097;
  constexpr int32_t kEpochFromYearZeroMarchFirst = 719'468;
  int32_t march_year = month > 2 ? year : year - 1;
  int32_t cycle = FloorDivide(march_year, 400);
  int32_t year_of_cycle = march_year - cycle * 400;
  int32_t march_month = month > 2 ? month - 3 : month + 9;
  int32_t day_of_year = (153 * march_month + 2) / 5 + day - 1;
  int32_t day_of_cycle =
      year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
  return cycle * kDaysPerCycle + day_of_cycle - kEpochFromYearZeroMarchFirst;
}

bool TakeDate(Cursor& cursor, int32_t& days) {
  bool negative = cursor.Take('-');
  if (!negative) cursor.Take('+');
  int32_t year, month, day;
  if (!cursor.Number(4, 6, year) || !cursor.Take('-') || !cursor.TwoDigits(12, month) ||
      !cursor.Take('-') || !cursor.TwoDigits(31, day)) {
    return false;
  }
  if (negative) year = -year;
  if (month < 1 || day < 1 || day > DaysInMonth(year, month)) return false;
  days = DaysSinceEpoch(year, month, day);
  return true;
}

bool TakeTime(Cursor& cursor, int32_t& seconds, int32_t& nanos) {
  int32_t hour, minute, second;
  if (!cursor.TwoDigits(23, hour) || !cursor.Take(':') || !cursor.TwoDigits(59, minute) ||
      !cursor.Take(':') || !cursor.TwoDigits(59, second)) {
    return false;
  }
  seconds = hour * 3600 + minute * 60 + second;
  nanos = 0;
  if (!cursor.Take('.')) return true;
  size_t size = cursor.size();
  if (!cursor.Number(1, 9, nanos)) return false;
  for (size_t digits = size - cursor.size(); digits < 9; ++digits) nanos *= 10;
  return true;
}

bool TakeOffset(Cursor& cursor, int64_t& seconds) {
  seconds = 0;
  if (cursor.at_end() || cursor.Take('Z')) return true;
  bool negative = cursor.Take('-');
  if (!negative && !cursor.Take('+')) return false;
  int32_t hours;
  int32_t minutes = 0;
  if (!cursor.TwoDigits(18, hours)) return false;
  bool colon = cursor.Take(':');
  if ((colon || !cursor.at_end()) && !cursor.TwoDigits(59, minutes)) return false;
  seconds = hours * 3600 + minutes * 60;
  if (negative) seconds = -seconds;
  return true;
}

std::optional<TimestampText> ParseDateTime(std::string_view text, bool may_have_offset) {
  Cursor cursor(text);
  int32_t days;
  if (!TakeDate(cursor, days)) return std::nullopt;
  int32_t seconds_of_day = 0;
  int32_t nanos = 0;
  int64_t offset_seconds = 0;
  bool has_zone = false;
  if (!cursor.at_end()) {
    if (!cursor.Take('T') && !cursor.Take(' ')) return std::nullopt;
    if (!TakeTime(cursor, seconds_of_day, nanos)) return std::nullopt;
    has_zone = !cursor.at_end();
    if (may_have_offset) {
      if (!TakeOffset(cursor, offset_seconds)) return std::nullopt;
    } else {
      cursor.Take('Z');
    }
    if (!cursor.at_end()) return std::nullopt;
  }
  return TimestampText{days * kSecondsPerDay + seconds_of_day - offset_seconds, nanos, has_zone};
}

// The product may be out of range where the sum is not.
std::optional<int64_t> Sum(int64_t seconds, int64_t units_per_second, int64_t units) {
  const Int128 sum = Int128{seconds} * units_per_second + units;
  if (sum < std::numeric_limits<int64_t>::min() || sum > std::numeric_limits<int64_t>::max()) {
    return std::nullopt;
  }
  return static_cast<int64_t>(sum);
}

std::optional<int64_t> MicrosOf(const std::optional<TimestampText>& text) {
  return text ? text->Micros() : std::nullopt;
}

// The reverse of `DaysSinceEpoch`, by the same cycles of years that begin in March.
std::string DateText(int64_t days) {
  constexpr int64_t kDaysPerCycle = 146'097;
  constexpr int64_t kEpochFromYearZeroMarchFirst = 719'468;
  days += kEpochFromYearZeroMarchFirst;
  const int64_t cycle = (days >= 0 ? days : days - kDaysPerCycle + 1) / kDaysPerCycle;
  const int64_t day_of_cycle = days - cycle * kDaysPerCycle;
  const int64_t year_of_cycle =
      (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36'524 - day_of_cycle / 146'096) / 365;
  const int64_t day_of_year =
      day_of_cycle - (year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100);
  const int64_t march_month = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * march_month + 2) / 5 + 1;
  const int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  const int64_t year = cycle * 400 + year_of_cycle + (month <= 2 ? 1 : 0);
  const char* sign = year < 0 ? "-" : year > 9999 ? "+" : "";
  return fmt::format("{}{:04}-{:02}-{:02}", sign, std::abs(year), month, day);
}

// A time in units of which a second has `per_second`, 10^`digits`.
std::string DateTimeText(int64_t time, int64_t per_second, int digits, char separator) {
  const int64_t per_day = kSecondsPerDay * per_second;
  const int64_t of_day = ((time % per_day) + per_day) % per_day;
  const int64_t seconds = of_day / per_second;
  // Divided before the rest is taken away, so that it does not overflow.
  const int64_t days = time / per_day - (time % per_day < 0 ? 1 : 0);
  return fmt::format("{}{}{:02}:{:02}:{:02}.{:0{}}", DateText(days), separator, seconds / 3600,
                     seconds / 60 % 60, seconds % 60, of_day % per_second, digits);
}

std::string MicrosText(int64_t micros, char separator) {
  return DateTimeText(micros, kMicrosPerSecond, 6, separator);
}

std::string NanosText(int64_t nanos, char separator) {
  return DateTimeText(nanos, kNanosPerSecond, 9, separator);
}

}  // namespace

std::optional<int32_t> ParseDate(std::string_view text) {
  Cursor cursor(text);
  int32_t days;
  if (!TakeDate(cursor, days) || !cursor.at_end()) return std::nullopt;
  return days;
}

std::optional<int64_t> TimestampText::Micros() const {
  return Sum(seconds, kMicrosPerSecond, nanos / 1000);
}

std::optional<int64_t> TimestampText::Nanos() const { return Sum(seconds, kNanosPerSecond, nanos); }

std::optional<TimestampText> ReadTimestamp(std::string_view text) {
  return ParseDateTime(text, true);
}

std::optional<TimestampText> ReadTimestampNtz(std::string_view text) {
  return ParseDateTime(text, false);
}

std::optional<int64_t> ParseTimestamp(std::string_view text) {
  return MicrosOf(ReadTimestamp(text));
}

std::optional<int64_t> ParseTimestampNtz(std::string_view text) {
  return MicrosOf(ReadTimestampNtz(text));
}

std::optional<std::string> FormatDate(int32_t days) {
  std::string text = DateText(days);
  return ParseDate(text) ? std::optional(std::move(text)) : std::nullopt;
}

std::string FormatTimestamp(int64_t micros) { return MicrosText(micros, 'T') + "Z"; }

std::string FormatTimestampNanos(int64_t nanos) { return NanosText(nanos, 'T') + "Z"; }

std::string FormatTimestampNtz(int64_t micros) { return MicrosText(micros, ' '); }

std::string FormatTimestampNanosNtz(int64_t nanos) { return NanosText(nanos, ' '); }

}  // namespace deltaic
