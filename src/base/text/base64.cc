#include "base/text/base64.h"

#include <cstdint>

namespace deltaic {

std::string Base64Encode(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (; !bytes.empty(); bytes.remove_prefix(bytes.size() < 3 ? bytes.size() : 3)) {
    uint32_t number = 0;
    for (size_t i = 0; i < 3; ++i) {
      number = number << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0);
    }
    for (size_t digit = 0; digit < 4; ++digit) {
      text += digit <= bytes.size() ? kDigits[number >> (18 - 6 * digit) & 63] : '=';
    }
  }
  return text;
}

}  // namespace deltaic
