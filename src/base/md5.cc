#include "base/md5.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>

namespace deltaic {
namespace {

constexpr size_t kBlock = 64;
constexpr int kShifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

// floor(2^32 * |sin(i + 1)|), which a double holds exactly enough.
const std::array<uint32_t, 64>& Sines() {
  static const std::array<uint32_t, 64> kSines = [] {
    std::array<uint32_t, 64> sines;
    for (size_t i = 0; i < sines.size(); ++i) {
      sines[i] = static_cast<uint32_t>(std::floor(std::fabs(std::sin(i + 1.0)) * 4294967296.0));
    }
    return sines;
  }();
  return kSines;
}

class Digest {
 public:
  void Add(const char* block) {
    uint32_t words[16];
    std::memcpy(words, block, sizeof(words));
    auto [a, b, c, d] = state_;
    for (uint32_t i = 0; i < 64; ++i) {
      const uint32_t round = i / 16;
      uint32_t mix, word;
      switch (round) {
        case 0:
          mix = (b & c) | (~b & d);
          word = i;
          break;
        case 1:
          mix = (d & b) | (~d & c);
          word = 5 * i + 1;
          break;
        case 2:
          mix = b ^ c ^ d;
          word = 3 * i + 5;
          break;
        default:
          mix = c ^ (b | ~d);
          word = 7 * i;
      }
      mix += a + Sines()[i] + words[word % 16];
      a = d;
      d = c;
      c = b;
      b += std::rotl(mix, kShifts[round][i % 4]);
    }
    state_[0] += a;
    state_[1] += b;
    state_[2] += c;
    state_[3] += d;
  }

  std::string Hex() const {
    std::string hex;
    for (const uint32_t word : state_) {
      for (int byte = 0; byte < 4; ++byte) hex += fmt::format("{:02x}", word >> (8 * byte) & 0xff);
    }
    return hex;
  }

 private:
  std::array<uint32_t, 4> state_ = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
};

}  // namespace

std::string Md5Hex(std::string_view bytes) {
  static_assert(std::endian::native == std::endian::little);
  Digest digest;
  const uint64_t bits = bytes.size() * uint64_t{8};
  for (; bytes.size() >= kBlock; bytes.remove_prefix(kBlock)) digest.Add(bytes.data());
  std::string rest(bytes);
  rest.push_back('\x80');
  while (rest.size() % kBlock != kBlock - sizeof(bits)) rest.push_back('\0');
  rest.append(reinterpret_cast<const char*>(&bits), sizeof(bits));
  for (size_t at = 0; at < rest.size(); at += kBlock) digest.Add(rest.data() + at);
  return digest.Hex();
}

}  // namespace deltaic
