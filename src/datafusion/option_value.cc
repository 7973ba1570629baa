#include "datafusion/option_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace deltaic::datafusion {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

// A century: clocks can add it to the time of day.
constexpr double kLongest = 100 * 31'557'600.0 * kSecond;

struct Unit {
  uint64_t nanoseconds;
  std::vector<std::string_view> names;
};

const std::vector<Unit>& Units() {
  static const std::vector<Unit> kUnits = {
      {1, {"ns", "nsec", "nanos"}},
      {1'000, {"us", "usec", "micros", "\u00b5s"}},
      {1'000'000, {"ms", "msec", "millis"}},
      {kSecond, {"s", "sec", "secs", "second", "seconds"}},
      {60 * kSecond, {"m", "min", "mins", "minute", "minutes"}},
      {3'600 * kSecond, {"h", "hr", "hrs", "hour", "hours"}},
      {86'400 * kSecond, {"d", "day", "days"}},
      {7 * 86'400 * kSecond, {"w", "wk", "wks", "week", "weeks"}},
      {2'630'016 * kSecond, {"M", "month", "months"}},
      {31'557'600 * kSecond, {"y", "yr", "yrs", "year", "years"}},
  };
  return kUnits;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view TakeWhile(std::string_view& text, bool (*is_wanted)(char)) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_wanted);
  const std::string_view taken = text.substr(0, static_cast<size_t>(end - text.begin()));
  text.remove_prefix(taken.size());
  return taken;
}

/// The number at the start of `text`, with a fraction or without.
std::optional<double> TakeNumber(std::string_view& text) {
  if (text.empty() || !IsDigit(text.front())) return std::nullopt;
  const std::string_view digits = TakeWhile(text, [](char c) { return IsDigit(c) || c == '.'; });
  double number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number,
                                    std::chars_format::fixed);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::optional<uint64_t> TakeUnit(std::string_view& text) {
  const std::string_view name = TakeWhile(text, [](char c) { return c != ' ' && !IsDigit(c); });
  for (const Unit& unit : Units()) {
    if (std::ranges::find(unit.names, name) != unit.names.end()) return unit.nanoseconds;
  }
  return std::nullopt;
}

void SkipSpaces(std::string_view& text) {
  TakeWhile(text, [](char c) { return c == ' '; });
}

std::optional<bool> ParseBoolean(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  const auto is_any_of = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, lower) != words.end();
  };
  if (is_any_of({"1", "true", "on", "yes", "y"})) return true;
  if (is_any_of({"0", "false", "off", "no", "n"})) return false;
  return std::nullopt;
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

bool IsPrintable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

bool IsUrl(std::string_view text) {
  const bool is_http = text.starts_with("http://") || text.starts_with("https://");
  return is_http && IsPrintable(text) && text.find(' ') == std::string_view::npos;
}

}  // namespace

std::optional<uint64_t> ParseDuration(std::string_view text) {
  SkipSpaces(text);
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const auto number = TakeNumber(text);
    SkipSpaces(text);
    const auto unit = TakeUnit(text);
    SkipSpaces(text);
    if (!number || !unit) return std::nullopt;
    total += *number * static_cast<double>(*unit);
  }
  if (total > kLongest) return std::nullopt;
  return static_cast<uint64_t>(std::llround(total));
}

std::optional<std::string> ReadOptionValue(OptionType type, std::string_view text) {
  switch (type) {
    case OptionType::kText:
      return std::string(text);
    case OptionType::kLine:
      return IsPrintable(text) ? std::optional(std::string(text)) : std::nullopt;
    case OptionType::kUrl:
      return IsUrl(text) ? std::optional(std::string(text)) : std::nullopt;
    case OptionType::kBoolean: {
      const auto value = ParseBoolean(text);
      return value ? std::optional<std::string>(*value ? "true" : "false") : std::nullopt;
    }
    case OptionType::kDuration: {
      const auto value = ParseDuration(text);
      return value ? std::optional(fmt::format("{}ns", *value)) : std::nullopt;
    }
    case OptionType::kCount: {
      const auto value = ParseNumber<uint32_t>(text);
      return value ? std::optional(fmt::format("{}", *value)) : std::nullopt;
    }
    case OptionType::kLimit: {
      const auto value = ParseNumber<uint32_t>(text);
      return value && *value > 0 ? std::optional(fmt::format("{}", *value)) : std::nullopt;
    }
    case OptionType::kFactor: {
      const auto value = ParseNumber<double>(text);
      const bool fits = value && *value > 1 && *value <= 1e6;
      return fits ? std::optional(fmt::format("{}", *value)) : std::nullopt;
    }
    case OptionType::kAddressing:
      if (text == "path") return "false";
      if (text == "virtual") return "true";
      return std::nullopt;
    case OptionType::kDurability:
      return text == "full" || text == "none" ? std::optional(std::string(text)) : std::nullopt;
  }
  return std::nullopt;
}

std::string_view FormOf(OptionType type) {
  switch (type) {
    case OptionType::kText:
      return "a text";
    case OptionType::kLine:
      return "one line of printable ASCII characters";
    case OptionType::kUrl:
      return "a URL that starts with http:// or https://";
    case OptionType::kBoolean:
      return "true or false";
    case OptionType::kDuration:
      return "a duration with a unit, such as 30s, 500ms or 1 minute";
    case OptionType::kCount:
      return "a whole number from 0 to 4294967295";
    case OptionType::kLimit:
      return "a whole number from 1 to 4294967295";
    case OptionType::kFactor:
      return "a number that is greater than 1 and at most 1000000";
    case OptionType::kAddressing:
      return "path or virtual";
    case OptionType::kDurability:
      return "full or none";
  }
  return "a text";
}

bool IsShown(OptionType type) {
  return type != OptionType::kText && type != OptionType::kLine && type != OptionType::kUrl;
}

}  // namespace deltaic::datafusion
