#include "columnar/packed_integers.h"

namespace deltaic {

PackedEnds::PackedEnds(std::span<const uint32_t> ends) {
  if (ends.empty()) return;
  uint32_t least = ends[0];
  for (size_t i = 1; i < ends.size(); ++i) least = std::min(least, ends[i] - ends[i - 1]);
  least_size_ = least;
  beyond_ = PackedIntegers::Of(ends.size(), [ends, least](size_t i) {
    return static_cast<int64_t>(ends[i] - (i + 1) * least);
  });
}

}  // namespace deltaic
