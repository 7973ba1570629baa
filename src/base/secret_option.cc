#include "base/secret_option.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <deltaic/base/redaction.h>

#include "base/secret_memory.h"
#include "base/secret_url.h"
#include "base/text/ascii.h"

namespace deltaic {
namespace {

constexpr std::array<std::string_view, 8> kSecretWords = {
    "secret", "token", "password", "sas", "_key", "signature", "credential", "authorization"};

// A text as errors of Rust libraries quote it.
std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '"':
      case '\\':
        escaped += {'\\', c};
        break;
      case '\n':
        escaped += "\\n";
        break;
      case '\r':
        escaped += "\\r";
        break;
      case '\t':
        escaped += "\\t";
        break;
      case '\0':
        escaped += "\\0";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::vector<std::string_view> SplitAtQuotes(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t quote = text.find('"'); quote != std::string_view::npos; quote = text.find('"')) {
    parts.push_back(text.substr(0, quote));
    text.remove_prefix(quote + 1);
  }
  parts.push_back(text);
  return parts;
}

bool IsColon(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == ':' &&
         text.find_first_not_of(" \t\r\n", first + 1) == std::string_view::npos;
}

// Remembers the secret members of a JSON document, which may be quoted without the rest.
void RememberMembers(std::string_view document) {
  const std::vector<std::string_view> parts = SplitAtQuotes(document);
  for (size_t i = 0; i + 2 < parts.size(); ++i) {
    if (IsColon(parts[i + 1]) && IsSecretKey(parts[i])) RememberSpelling(parts[i + 2]);
  }
}

}  // namespace

size_t EndOfSecretKey(std::string_view text) {
  std::string name = ToLower(text);
  std::ranges::replace(name, '.', '_');
  size_t first = text.size();
  size_t end = text.size();
  for (const std::string_view word : kSecretWords) {
    const size_t at = name.find(word);
    if (at >= first) continue;
    first = at;
    end = at + word.size();
  }
  return end;
}

bool IsSecretKey(std::string_view key) {
  std::string name = ToLower(key);
  std::ranges::replace(name, '.', '_');
  return std::ranges::any_of(
      kSecretWords, [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

void RememberOption(std::string_view key, std::string_view value) {
  RememberUrl(value);
  if (!IsSecretKey(key)) return;
  RememberSecret(value);
  RememberSpelling(Escaped(value));
  RememberMembers(value);
}

}  // namespace deltaic
