#include "base/uuid.h"

#include <cstdint>
#include <random>

#include <fmt/format.h>

namespace deltaic {

std::string NewUuid() {
  std::random_device device;
  const auto word = [&device] { return uint64_t{device()} << 32 | device(); };
  constexpr uint64_t kVersionBits = 0xf000, kVersion4 = 0x4000;
  constexpr uint64_t kVariantBits = uint64_t{3} << 62, kVariant = uint64_t{1} << 63;
  const uint64_t high = (word() & ~kVersionBits) | kVersion4;
  const uint64_t low = (word() & ~kVariantBits) | kVariant;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xffff,
                     high & 0xffff, low >> 48, low & 0xffff'ffff'ffff);
}

std::string UuidBytes(const std::string& uuid) {
  std::string bytes;
  for (size_t i = 0; i + 1 < uuid.size(); i += 2) {
    if (uuid[i] == '-') ++i;
    bytes += static_cast<char>(std::stoi(uuid.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

}  // namespace deltaic
