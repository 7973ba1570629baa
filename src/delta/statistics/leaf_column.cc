#include "delta/statistics/leaf_column.h"

#include <algorithm>
#include <numeric>

namespace deltaic::delta {

std::optional<size_t> LeafColumn::FindSparse(uint32_t row) const {
  const auto found = std::lower_bound(rows_.begin(), rows_.end(), row);
  if (found == rows_.end() || *found != row) return std::nullopt;
  return static_cast<size_t>(found - rows_.begin());
}

void LeafColumnBuilder::AppendIntegers(uint32_t first_row, std::span<const int64_t> values) {
  size_t i = 0;
  // Until the values differ, and while rows have gaps, one after the other.
  while (i < values.size() &&
         (integers_.empty() || !rows_.empty() || first_row + i != first_row_ + size_)) {
    AppendInteger(static_cast<uint32_t>(first_row + i), values[i]);
    ++i;
  }
  integers_.insert(integers_.end(), values.begin() + static_cast<ptrdiff_t>(i), values.end());
  size_ += values.size() - i;
}

LeafColumn LeafColumnBuilder::Finish() {
  LeafColumn column;
  column.first_row_ = first_row_;
  column.size_ = size_;
  column.rows_.assign(rows_.begin(), rows_.end());
  if (texts_.size() > 0) {
    column.texts_ = PackedTexts(texts_);
  } else {
    column.integers_ =
        integers_.empty() ? PackedIntegers(size_, constant_) : PackedIntegers(integers_);
  }
  size_ = 0;
  rows_.clear();
  integers_.clear();
  texts_.Clear();
  return column;
}

// All numbers are tokens from now on.
void LeafColumnBuilder::UnpackNumbers() {
  std::string token;
  while (texts_.size() < size_) {
    token.clear();
    deltaic::AppendNumber(integers_.empty() ? constant_ : integers_[texts_.size()], token);
    texts_.Append(token);
  }
  integers_.clear();
}

void LeafColumnBuilder::AppendSparse(uint32_t row) {
  if (rows_.empty()) {
    rows_.resize(size_);
    std::iota(rows_.begin(), rows_.end(), first_row_);
  }
  rows_.push_back(row);
}

}  // namespace deltaic::delta
