#include "base/text/case_folding.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/text/ascii.h"

namespace deltaic {
namespace {

// Capitals that are the same distance from their small letters: every `step`-th character.
struct Capitals {
  char32_t first;
  char32_t last;
  char32_t step;
  int32_t distance;
};

// Beyond ASCII, in order (Unicode Character Database, Simple_Lowercase_Mapping).
constexpr std::array kCapitals = {
    Capitals{0xc0, 0xd6, 1, 32},       Capitals{0xd8, 0xde, 1, 32},
    Capitals{0x100, 0x12e, 2, 1},      Capitals{0x132, 0x136, 2, 1},
    Capitals{0x139, 0x147, 2, 1},      Capitals{0x14a, 0x176, 2, 1},
    Capitals{0x178, 0x178, 1, -121},   Capitals{0x179, 0x17d, 2, 1},
    Capitals{0x1cd, 0x1db, 2, 1},      Capitals{0x1de, 0x1ee, 2, 1},
    Capitals{0x1f8, 0x21e, 2, 1},      Capitals{0x222, 0x232, 2, 1},
    Capitals{0x386, 0x386, 1, 38},     Capitals{0x388, 0x38a, 1, 37},
    Capitals{0x38c, 0x38c, 1, 64},     Capitals{0x38e, 0x38f, 1, 63},
    Capitals{0x391, 0x3a1, 1, 32},     Capitals{0x3a3, 0x3ab, 1, 32},
    Capitals{0x3d8, 0x3ee, 2, 1},      Capitals{0x400, 0x40f, 1, 80},
    Capitals{0x410, 0x42f, 1, 32},     Capitals{0x460, 0x480, 2, 1},
    Capitals{0x48a, 0x4be, 2, 1},      Capitals{0x4c0, 0x4c0, 1, 15},
    Capitals{0x4c1, 0x4cd, 2, 1},      Capitals{0x4d0, 0x52e, 2, 1},
    Capitals{0x531, 0x556, 1, 48},     Capitals{0x10a0, 0x10c5, 1, 7264},
    Capitals{0x1e00, 0x1e94, 2, 1},    Capitals{0x1ea0, 0x1efe, 2, 1},
    Capitals{0x2160, 0x216f, 1, 16},   Capitals{0x24b6, 0x24cf, 1, 26},
    Capitals{0x2c00, 0x2c2f, 1, 48},   Capitals{0x2c80, 0x2ce2, 2, 1},
    Capitals{0xa640, 0xa66c, 2, 1},    Capitals{0xa722, 0xa72e, 2, 1},
    Capitals{0xff21, 0xff3a, 1, 32},   Capitals{0x10400, 0x10427, 1, 40},
    Capitals{0x1e900, 0x1e921, 1, 34},
};

char32_t SmallLetter(char32_t letter) {
  const auto range = std::ranges::lower_bound(kCapitals, letter, {}, &Capitals::last);
  if (range == kCapitals.end() || letter < range->first) return letter;
  if ((letter - range->first) % range->step != 0) return letter;
  return static_cast<char32_t>(static_cast<int32_t>(letter) + range->distance);
}

// The length of the character at the beginning, by its first byte; 1 where it is none.
size_t CharacterLength(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const size_t length = first < 0xc0   ? 1
                        : first < 0xe0 ? 2
                        : first < 0xf0 ? 3
                        : first < 0xf8 ? 4
                                       : 1;
  if (length > text.size()) return 1;
  const auto is_continued = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
  return std::ranges::all_of(text.substr(1, length - 1), is_continued) ? length : 1;
}

char32_t Decode(std::string_view character) {
  char32_t code = static_cast<unsigned char>(character.front()) & (0x7fu >> character.size());
  for (const char c : character.substr(1))
    code = code << 6 | (static_cast<unsigned char>(c) & 0x3f);
  return code;
}

// For letters beyond ASCII.
void AppendEncoded(char32_t code, std::string& out) {
  if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
  }
  out += static_cast<char>(0x80 | (code & 0x3f));
}

}  // namespace

std::string FoldCase(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  while (!text.empty()) {
    const std::string_view character = text.substr(0, CharacterLength(text));
    text.remove_prefix(character.size());
    if (character.size() == 1) {
      folded += ToLower(character.front());
      continue;
    }
    const char32_t letter = Decode(character);
    const char32_t small = SmallLetter(letter);
    if (small == letter) {
      folded += character;
    } else {
      AppendEncoded(small, folded);
    }
  }
  return folded;
}

}  // namespace deltaic
