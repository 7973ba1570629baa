#pragma once

// Integers in as few bytes as their range needs: what is kept of columns once they are complete.
// Immutable; safe to share between threads.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

namespace deltaic {

static_assert(std::endian::native == std::endian::little, "The low bytes of a word come first.");

/// A list of integers, each as its difference from the least one, in 0 to 8 bytes.
class PackedIntegers {
 public:
  PackedIntegers() = default;
  explicit PackedIntegers(std::span<const int64_t> values)
      : PackedIntegers(Of(values.size(), [values](size_t i) { return values[i]; })) {}

  /// Those that `value_at` returns for 0 to `size` - 1. It is called twice for each.
  template <typename ValueAt>
  static PackedIntegers Of(size_t size, const ValueAt& value_at);

  /// `size` times the same value.
  PackedIntegers(size_t size, int64_t value) : size_(size), least_(static_cast<uint64_t>(value)) {}

  size_t size() const { return size_; }

  int64_t operator[](size_t at) const {
    if (width_ == 0) return static_cast<int64_t>(least_);
    uint64_t word;
    std::memcpy(&word, bytes_.get() + at * width_, sizeof word);
    return static_cast<int64_t>(least_ + (word & mask_));
  }

 private:
  size_t size_ = 0;
  uint64_t least_ = 0;
  uint64_t mask_ = 0;
  size_t width_ = 0;                  // Bytes of a value.
  std::unique_ptr<uint8_t[]> bytes_;  // Readable for a word from each value on.
};

template <typename ValueAt>
PackedIntegers PackedIntegers::Of(size_t size, const ValueAt& value_at) {
  PackedIntegers packed;
  packed.size_ = size;
  if (size == 0) return packed;
  int64_t least = value_at(0), greatest = least;
  for (size_t i = 1; i < size; ++i) {
    const int64_t value = value_at(i);
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
  packed.least_ = static_cast<uint64_t>(least);
  const uint64_t range = static_cast<uint64_t>(greatest) - packed.least_;
  packed.width_ = (static_cast<size_t>(std::bit_width(range)) + 7) / 8;
  if (packed.width_ == 0) return packed;
  packed.mask_ = ~uint64_t{0} >> (64 - 8 * packed.width_);
  packed.bytes_ =
      std::make_unique_for_overwrite<uint8_t[]>(size * packed.width_ + sizeof(uint64_t));
  uint8_t* at = packed.bytes_.get();
  for (size_t i = 0; i < size; ++i) {
    const uint64_t difference = static_cast<uint64_t>(value_at(i)) - packed.least_;
    std::memcpy(at, &difference, sizeof difference);  // The next one writes over what is too much.
    at += packed.width_;
  }
  std::memset(at, 0, sizeof(uint64_t));
  return packed;
}

/// The ends of things that lie back to back, of which all tend to have the same size.
class PackedEnds {
 public:
  PackedEnds() = default;
  explicit PackedEnds(std::span<const uint32_t> ends);

  size_t size() const { return beyond_.size(); }

  size_t begin(size_t at) const { return at == 0 ? 0 : end(at - 1); }
  size_t end(size_t at) const { return (at + 1) * least_size_ + static_cast<size_t>(beyond_[at]); }

 private:
  size_t least_size_ = 0;
  PackedIntegers beyond_;  // What all up to here are larger than the least size.
};

}  // namespace deltaic
