#include "base/crc32.h"

#include <array>
#include <cstddef>

namespace deltaic {
namespace {

constexpr std::array<uint32_t, 256> Remainders() {
  constexpr uint32_t kPolynomial = 0xEDB88320;
  std::array<uint32_t, 256> remainders{};
  for (uint32_t byte = 0; byte < remainders.size(); ++byte) {
    uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = remainder >> 1 ^ ((remainder & 1) != 0 ? kPolynomial : 0);
    }
    remainders[byte] = remainder;
  }
  return remainders;
}

}  // namespace

uint32_t Crc32(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kRemainders = Remainders();
  uint32_t crc = ~uint32_t{0};
  for (const char c : bytes) {
    crc = crc >> 8 ^ kRemainders[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  }
  return ~crc;
}

}  // namespace deltaic
