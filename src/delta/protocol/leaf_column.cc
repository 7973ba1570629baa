#include "delta/protocol/leaf_column.h"

#include <algorithm>
#include <numeric>

namespace deltaic::delta {

void LeafColumn::AppendRow(uint32_t row) {
  if (size_ == 0) {
    first_row_ = row;
  } else if (!rows_.empty()) {
    rows_.push_back(row);
  } else if (row != first_row_ + size_) {
    rows_.resize(size_);
    std::iota(rows_.begin(), rows_.end(), first_row_);
    rows_.push_back(row);
  }
  ++size_;
}

void LeafColumn::AppendInteger(uint32_t row, int64_t value) {
  if (!integers_.empty()) {
    integers_.push_back(value);
  } else if (size_ == 0) {
    constant_ = value;
  } else if (value != constant_) {
    integers_.assign(size_, constant_);
    integers_.push_back(value);
  }
  AppendRow(row);
}

void LeafColumn::AppendText(uint32_t row, std::string_view text) {
  texts_.Append(text);
  AppendRow(row);
}

std::optional<size_t> LeafColumn::FindSparse(uint32_t row) const {
  const auto found = std::lower_bound(rows_.begin(), rows_.end(), row);
  if (found == rows_.end() || *found != row) return std::nullopt;
  return static_cast<size_t>(found - rows_.begin());
}

}  // namespace deltaic::delta
