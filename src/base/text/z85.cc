#include "base/text/z85.h"

#include <array>
#include <cstdint>

namespace deltaic {
namespace {

constexpr std::string_view kAlphabet =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
constexpr size_t kCharacters = 5;
constexpr size_t kBytes = 4;
constexpr uint8_t kNone = 255;

constexpr std::array<uint8_t, 256> Values() {
  std::array<uint8_t, 256> values{};
  values.fill(kNone);
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  return values;
}

// Appends the number of `group` as `bytes` bytes; false where it does not fit.
bool AppendGroup(std::string_view group, size_t bytes, std::string& out) {
  static constexpr std::array<uint8_t, 256> kValues = Values();
  uint64_t number = 0;
  for (const char c : group) {
    const uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kNone) return false;
    number = number * kAlphabet.size() + value;
  }
  if (number >> (8 * bytes) != 0) return false;
  for (size_t i = bytes; i-- > 0;) out += static_cast<char>(number >> (8 * i));
  return true;
}

}  // namespace

std::optional<std::string> DecodeZ85(std::string_view text) {
  if (text.size() % kCharacters != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / kCharacters * kBytes);
  for (; !text.empty(); text.remove_prefix(kCharacters)) {
    std::string_view group = text.substr(0, kCharacters);
    size_t padding = 0;
    // No number of four bytes begins with the greatest digit.
    if (text.size() == kCharacters) {
      while (padding + 1 < kBytes && group[padding] == kAlphabet.back()) ++padding;
    }
    group.remove_prefix(padding);
    if (!AppendGroup(group, kBytes - padding, bytes)) return std::nullopt;
  }
  return bytes;
}

std::string EncodeZ85(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + kBytes - 1) / kBytes * kCharacters);
  for (size_t begin = 0; begin < bytes.size(); begin += kBytes) {
    uint32_t number = 0;
    for (size_t i = begin; i < begin + kBytes; ++i) {
      number = number << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0);
    }
    std::array<char, kCharacters> group{};
    for (size_t i = kCharacters; i-- > 0; number /= kAlphabet.size()) {
      group[i] = kAlphabet[number % kAlphabet.size()];
    }
    text.append(group.data(), group.size());
  }
  return text;
}

}  // namespace deltaic
