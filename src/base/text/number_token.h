#pragma once

// Numbers of JSON, as the log spells them, in an integer where they are short enough: their digits
// and how many of those follow the point. Pure functions.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace deltaic {

/// Stands for a token that has an exponent, more than 17 digits, or a minus before zero.
constexpr int64_t kNotPacked = std::numeric_limits<int64_t>::min();

/// Matches the number that begins at `begin`. Returns its end, with the token in `packed` or
/// `kNotPacked`; null where there is no number as JSON spells it.
const char* MatchNumber(const char* begin, const char* end, int64_t& packed);

/// Packs a token that is a number.
inline int64_t PackNumber(std::string_view token) {
  int64_t packed = kNotPacked;
  const char* end = token.data() + token.size();
  return MatchNumber(token.data(), end, packed) == end ? packed : kNotPacked;
}

/// Adds the token that was packed.
void AppendNumber(int64_t packed, std::string& out);

}  // namespace deltaic
