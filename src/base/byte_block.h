#pragma once

// Sixteen bytes of text at a time, by the vector types of the compiler. Pure functions.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace deltaic {

static_assert(std::endian::native == std::endian::little, "The first byte is the lowest.");

using ByteBlock = uint8_t __attribute__((vector_size(16)));

constexpr size_t kBlockBytes = sizeof(ByteBlock);

inline ByteBlock LoadBlock(const char* bytes) {
  ByteBlock block;
  std::memcpy(&block, bytes, sizeof block);
  return block;
}

inline ByteBlock EveryByte(uint8_t byte) { return ByteBlock{} + byte; }

/// A bit for each byte that has its highest bit set, the lowest for the first one.
inline uint32_t HighBits(ByteBlock block) {
#if defined(__SSE2__)
  return static_cast<uint32_t>(_mm_movemask_epi8(std::bit_cast<__m128i>(block)));
#else
  uint32_t bits = 0;
  for (size_t i = 0; i < kBlockBytes; ++i) bits |= uint32_t{block[i]} >> 7 << i;
  return bits;
#endif
}

/// Whether any byte is not zero.
inline bool AnyByte(ByteBlock block) { return HighBits(std::bit_cast<ByteBlock>(block != 0)) != 0; }

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

}  // namespace deltaic
