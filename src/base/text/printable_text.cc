#include "base/text/printable_text.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace deltaic {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

bool IsPrintableAscii(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte < 0x7F) || c == '\n' || c == '\t';
}

// The bytes of the character that `text` begins with if it may stay, else 0.
size_t PrintableSize(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return IsPrintableAscii(text[0]) ? 1 : 0;
  const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  const std::string_view rest = text.substr(1, size - 1);
  if (!std::all_of(rest.begin(), rest.end(), IsContinuation)) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool is_overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool is_surrogate = lead == 0xED && second > 0x9F;
  const bool is_too_large = lead == 0xF4 && second > 0x8F;
  const bool is_control = lead == 0xC2 && second < 0xA0;
  return is_overlong || is_surrogate || is_too_large || is_control ? 0 : size;
}

}  // namespace

std::string PrintableText(std::string text) {
  if (std::all_of(text.begin(), text.end(), IsPrintableAscii)) return text;
  std::string printable;
  printable.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t size = PrintableSize(std::string_view(text).substr(at));
    printable += size == 0 ? kReplacement : std::string_view(text).substr(at, size);
    at += std::max<size_t>(size, 1);
  }
  return printable;
}

}  // namespace deltaic
