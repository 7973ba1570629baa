#pragma once

// Bytes as `%41` in URLs (RFC 3986, section 2.1) and in forms (the WHATWG URL standard, section
// "application/x-www-form-urlencoded"). Pure functions.

#include <string>
#include <string_view>
#include <vector>

namespace deltaic {

/// Decodes a text; a `%` without two hexadecimal digits is kept.
std::string PercentDecode(std::string_view text);

/// A text as a form spells it: a blank is `+`, other bytes but `*-._`, digits and letters are
/// escaped.
std::string FormEncode(std::string_view text);

/// The names of the pairs that a form holds, decoded.
std::vector<std::string> FormNames(std::string_view form);

}  // namespace deltaic
