#pragma once

// Integers in as few bytes as their range needs: what is kept of columns once they are complete.
// Immutable; safe to share between threads.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

namespace deltaic::delta {

/// A list of integers, each as its difference from the least one, in 0 to 8 bytes.
class PackedIntegers {
 public:
  PackedIntegers() = default;
  explicit PackedIntegers(std::span<const int64_t> values);

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

}  // namespace deltaic::delta
