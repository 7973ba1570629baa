#include "delta/protocol/leaf_column.h"

#include <algorithm>
#include <numeric>

namespace deltaic::delta {

void LeafColumn::ReserveLike(const LeafColumn& other) {
  integers_.reserve(other.integers_.size());
  if (other.texts_.size() > 0) texts_.ReserveLike(other.texts_);
}

void LeafColumn::AppendSparse(uint32_t row) {
  if (rows_.empty()) {
    rows_.resize(size_);
    std::iota(rows_.begin(), rows_.end(), first_row_);
  }
  rows_.push_back(row);
}

std::optional<size_t> LeafColumn::FindSparse(uint32_t row) const {
  const auto found = std::lower_bound(rows_.begin(), rows_.end(), row);
  if (found == rows_.end() || *found != row) return std::nullopt;
  return static_cast<size_t>(found - rows_.begin());
}

}  // namespace deltaic::delta
