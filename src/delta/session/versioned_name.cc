#include "delta/session/versioned_name.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/text/ascii.h"
#include "base/text/temporal_text.h"

namespace deltaic::delta {
namespace {

constexpr size_t kTimeDigits = 17;

bool IsDigits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, IsDigit); }

std::optional<int64_t> ParseTime(std::string_view digits) {
  return ParseTimestamp(fmt::format(
      "{}-{}-{} {}:{}:{}.{}", digits.substr(0, 4), digits.substr(4, 2), digits.substr(6, 2),
      digits.substr(8, 2), digits.substr(10, 2), digits.substr(12, 2), digits.substr(14, 3)));
}

}  // namespace

std::optional<datafusion::VersionedName> ParseVersionedName(std::string_view name) {
  const size_t at = name.rfind('@');
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  std::string_view suffix = name.substr(at + 1);
  datafusion::TableVersion version;
  if (suffix.size() == kTimeDigits && IsDigits(suffix)) {
    version.timestamp_us = ParseTime(suffix);
    if (!version.timestamp_us) return std::nullopt;
  } else {
    if (!suffix.starts_with('v') && !suffix.starts_with('V')) return std::nullopt;
    suffix.remove_prefix(1);
    version.version = IsDigits(suffix) ? ParseWhole<int64_t>(suffix) : std::nullopt;
    if (!version.version) return std::nullopt;
  }
  return datafusion::VersionedName{std::string(name.substr(0, at)), version};
}

}  // namespace deltaic::delta
