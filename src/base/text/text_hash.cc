#include "base/text/text_hash.h"

#include <cstring>
#include <random>

namespace deltaic {
namespace {

struct Secrets {
  uint64_t word;
  uint64_t state;
  uint64_t end;
};

uint64_t RandomOddWord(std::random_device& device) {
  return (uint64_t{device()} << 32 | device()) | 1;
}

const Secrets& ProcessSecrets() {
  static const Secrets kSecrets = [] {
    std::random_device device;
    const uint64_t word = RandomOddWord(device);
    const uint64_t state = RandomOddWord(device);
    return Secrets{word, state, RandomOddWord(device)};
  }();
  return kSecrets;
}

// Both halves of the 128-bit product, so that every input bit reaches every output bit.
uint64_t Fold(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t Load(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

}  // namespace

uint64_t HashText(std::string_view text, uint64_t start) {
  const Secrets& secrets = ProcessSecrets();
  const char* at = text.data();
  size_t left = text.size();
  uint64_t state = Fold(start ^ secrets.state, text.size() ^ secrets.end);
  for (; left > 16; at += 16, left -= 16) {
    state = Fold(Load(at) ^ secrets.word, Load(at + 8) ^ state);
  }
  char rest[16] = {};
  if (left > 0) std::memcpy(rest, at, left);
  state = Fold(Load(rest) ^ secrets.word, Load(rest + 8) ^ state);
  return Fold(state ^ secrets.end, secrets.word);
}

}  // namespace deltaic
