#include <deltaic/base/text_place.h>

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace deltaic {
namespace {

constexpr size_t kShownBefore = 50;
constexpr size_t kShownAfter = 30;

std::string_view LineOf(std::string_view text, size_t line) {
  for (; line > 1; --line) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find_first_of("\r\n"));
}

// The characters of a line; control characters, tabs among them, are blanks.
std::vector<std::string> Characters(std::string_view line) {
  std::vector<std::string> characters;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      characters.emplace_back(" ");
    } else if ((byte & 0xC0) == 0x80 && !characters.empty()) {
      characters.back() += c;
    } else {
      characters.emplace_back(1, c);
    }
  }
  return characters;
}

}  // namespace

std::string ShowPlace(std::string_view text, TextPlace place) {
  const std::vector<std::string> characters = Characters(LineOf(text, place.line));
  if (characters.empty()) return "";
  const size_t at = std::min(std::max<size_t>(place.column, 1) - 1, characters.size());
  const size_t begin = at > kShownBefore ? at - kShownBefore : 0;
  const size_t end = std::min(at + kShownAfter, characters.size());
  std::string shown;
  size_t caret = at - begin;
  if (begin > 0) {
    shown += "…";
    ++caret;
  }
  for (size_t i = begin; i < end; ++i) shown += characters[i];
  if (end < characters.size()) shown += "…";
  return fmt::format("{}\n{}^", shown, std::string(caret, ' '));
}

}  // namespace deltaic
