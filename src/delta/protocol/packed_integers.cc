#include "delta/protocol/packed_integers.h"

#include <algorithm>
#include <bit>
#include <vector>

namespace deltaic::delta {

static_assert(std::endian::native == std::endian::little, "The low bytes of a word come first.");

PackedIntegers::PackedIntegers(std::span<const int64_t> values) : size_(values.size()) {
  if (values.empty()) return;
  int64_t least = values[0], greatest = values[0];
  for (const int64_t value : values) {
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
  least_ = static_cast<uint64_t>(least);
  const uint64_t range = static_cast<uint64_t>(greatest) - least_;
  width_ = (static_cast<size_t>(std::bit_width(range)) + 7) / 8;
  if (width_ == 0) return;
  mask_ = ~uint64_t{0} >> (64 - 8 * width_);
  bytes_ = std::make_unique_for_overwrite<uint8_t[]>(size_ * width_ + sizeof(uint64_t));
  uint8_t* at = bytes_.get();
  for (const int64_t value : values) {
    const uint64_t difference = static_cast<uint64_t>(value) - least_;
    std::memcpy(at, &difference, sizeof difference);  // The next one writes over what is too much.
    at += width_;
  }
  std::memset(at, 0, sizeof(uint64_t));
}

PackedEnds::PackedEnds(std::span<const uint32_t> ends) {
  if (ends.empty()) return;
  uint32_t least = ends[0];
  for (size_t i = 1; i < ends.size(); ++i) least = std::min(least, ends[i] - ends[i - 1]);
  least_size_ = least;
  std::vector<int64_t> beyond;
  beyond.reserve(ends.size());
  for (size_t i = 0; i < ends.size(); ++i) {
    beyond.push_back(static_cast<int64_t>(ends[i] - (i + 1) * least_size_));
  }
  beyond_ = PackedIntegers(beyond);
}

}  // namespace deltaic::delta
