#include "base/text/percent_text.h"

#include <algorithm>

#include "base/text/ascii.h"

namespace deltaic {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEF";

// The value of a hexadecimal digit; -1 for any other character.
int DigitValue(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = ToLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::string PercentDecode(std::string_view text) {
  std::string decoded;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool is_escape = text[at] == '%' && text.size() - at > 2;
    const int high = is_escape ? DigitValue(text[at + 1]) : -1;
    const int low = is_escape ? DigitValue(text[at + 2]) : -1;
    if (high < 0 || low < 0) {
      decoded += text[at];
    } else {
      decoded += static_cast<char>(high * 16 + low);
      at += 2;
    }
  }
  return decoded;
}

std::string FormEncode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (IsDigit(c) || IsLetter(c) || std::string_view("*-._").find(c) != std::string_view::npos) {
      encoded += c;
    } else if (c == ' ') {
      encoded += '+';
    } else {
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

std::vector<std::string> FormNames(std::string_view form) {
  std::vector<std::string> names;
  while (!form.empty()) {
    const std::string_view pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(form.size(), pair.size() + 1));
    std::string name(pair.substr(0, pair.find('=')));
    std::ranges::replace(name, '+', ' ');
    if (!pair.empty()) names.push_back(PercentDecode(name));
  }
  return names;
}

}  // namespace deltaic
