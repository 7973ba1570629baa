#include "base/text/excerpt.h"

#include <cstddef>

#include <fmt/format.h>

namespace deltaic {

std::string Excerpt(std::string_view text) {
  constexpr size_t kMaxBytes = 100;
  if (text.size() <= kMaxBytes) return fmt::format("'{}'", text);
  size_t end = kMaxBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return fmt::format("'{}...' ({} bytes)", text.substr(0, end), text.size());
}

}  // namespace deltaic
