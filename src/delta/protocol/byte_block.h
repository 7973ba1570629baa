#pragma once

// Sixteen bytes of text at a time, by the vector types of the compiler. Pure functions.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace deltaic::delta {

static_assert(std::endian::native == std::endian::little, "The first byte is the lowest.");

using ByteBlock = uint8_t __attribute__((vector_size(16)));

constexpr size_t kBlockBytes = sizeof(ByteBlock);

inline ByteBlock LoadBlock(const char* bytes) {
  ByteBlock block;
  std::memcpy(&block, bytes, sizeof block);
  return block;
}

inline ByteBlock EveryByte(uint8_t byte) { return ByteBlock{} + byte; }

struct BlockHalves {
  uint64_t low, high;
};

/// Whether any byte is not zero.
inline bool AnyByte(ByteBlock block) {
  const auto halves = std::bit_cast<BlockHalves>(block);
  return (halves.low | halves.high) != 0;
}

/// The number of the first byte that is not zero, or `kBlockBytes`.
inline size_t FirstByte(ByteBlock block) {
  const auto halves = std::bit_cast<BlockHalves>(block);
  if (halves.low != 0) return static_cast<size_t>(std::countr_zero(halves.low)) / 8;
  return 8 + static_cast<size_t>(std::countr_zero(halves.high)) / 8;
}

/// Whether `size` bytes are the same.
inline bool SameBytes(const char* a, const char* b, size_t size) {
  if (size < kBlockBytes) {
    uint64_t word_a, word_b;
    if (size >= 8) {
      std::memcpy(&word_a, a, 8);
      std::memcpy(&word_b, b, 8);
      if (word_a != word_b) return false;
      std::memcpy(&word_a, a + size - 8, 8);
      std::memcpy(&word_b, b + size - 8, 8);
      return word_a == word_b;
    }
    for (size_t i = 0; i < size; ++i) {
      if (a[i] != b[i]) return false;
    }
    return true;
  }
  ByteBlock different = LoadBlock(a + size - kBlockBytes) ^ LoadBlock(b + size - kBlockBytes);
  for (size_t i = 0; i + kBlockBytes <= size; i += kBlockBytes) {
    different |= LoadBlock(a + i) ^ LoadBlock(b + i);
  }
  return !AnyByte(different);
}

}  // namespace deltaic::delta
