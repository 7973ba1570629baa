#include "base/text/number_token.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text/ascii.h"

namespace deltaic {
namespace {

constexpr size_t kMaxDigits = 17;
// What is packed is the digits as a number, times this, plus how many follow the point.
constexpr int64_t kFactor = 32;

}  // namespace

const char* MatchNumber(const char* begin, const char* end, int64_t& packed) {
  const char* at = begin;
  uint64_t number = 0;
  const auto digits = [&] {
    const char* first = at;
    for (; at < end && IsDigit(*at); ++at) number = number * 10 + static_cast<uint64_t>(*at - '0');
    return static_cast<size_t>(at - first);
  };
  const bool is_negative = at < end && *at == '-';
  if (is_negative) ++at;
  const char* first = at;
  size_t size = digits();
  if (size == 0 || (*first == '0' && size > 1)) return nullptr;
  size_t decimals = 0;
  if (at < end && *at == '.') {
    ++at;
    decimals = digits();
    if (decimals == 0) return nullptr;
    size += decimals;
  }
  bool is_packed = size <= kMaxDigits && !(is_negative && number == 0);
  if (at < end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at < end && (*at == '+' || *at == '-')) ++at;
    if (digits() == 0) return nullptr;
    is_packed = false;
  }
  if (!is_packed) {
    packed = kNotPacked;
  } else {
    const auto magnitude = static_cast<int64_t>(number);
    packed = (is_negative ? -magnitude : magnitude) * kFactor + static_cast<int64_t>(decimals);
  }
  return at;
}

void AppendNumber(int64_t packed, std::string& out) {
  const int64_t decimals = ((packed % kFactor) + kFactor) % kFactor;
  const int64_t number = (packed - decimals) / kFactor;
  if (number < 0) out.push_back('-');
  const size_t start = out.size();
  fmt::format_to(std::back_inserter(out), "{:0{}}", number < 0 ? -number : number, decimals + 1);
  if (decimals > 0) out.insert(std::max(start, out.size() - static_cast<size_t>(decimals)), 1, '.');
}

}  // namespace deltaic
