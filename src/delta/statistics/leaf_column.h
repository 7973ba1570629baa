#pragma once

// The values of one leaf of many JSON texts, by row: a column without an object a row. It costs
// memory for the values that are there only.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/text/number_token.h"
#include "columnar/packed_integers.h"
#include "columnar/packed_texts.h"
#include "columnar/text_column.h"

namespace deltaic::delta {

/// Integers, numbers or texts by row, in ascending order of the rows that have one. Immutable; safe
/// to share.
class LeafColumn {
 public:
  size_t size() const { return size_; }

  /// Where in the column the value of `row` is; nothing where the row has none.
  std::optional<size_t> Find(uint32_t row) const {
    if (rows_.empty()) {
      const uint32_t at = row - first_row_;  // Wraps for rows before the first.
      if (at < size_) return at;
      return std::nullopt;
    }
    return FindSparse(row);
  }

  /// Whether each of the rows before `end` has a value: its place is its row.
  bool IsDense(size_t end) const { return rows_.empty() && first_row_ == 0 && size_ >= end; }

  int64_t integer(size_t at) const { return integers_[at]; }

  /// A text or the token of a number.
  std::string text(size_t at) const {
    std::string text;
    AppendText(at, text);
    return text;
  }
  void AppendText(size_t at, std::string& out) const {
    if (texts_.size() > 0) {
      texts_.AppendTo(at, out);
    } else {
      AppendNumber(integers_[at], out);
    }
  }

 private:
  friend class LeafColumnBuilder;
  std::optional<size_t> FindSparse(uint32_t row) const;

  uint32_t first_row_ = 0;
  size_t size_ = 0;
  std::vector<uint32_t> rows_;  // Empty where the rows follow each other without a gap.
  PackedIntegers integers_;     // Or packed numbers.
  PackedTexts texts_;
};

/// Makes one column after the other. One thread at a time.
class LeafColumnBuilder {
 public:
  /// Adds a value for `row`, which must be greater than all before. A column holds integers,
  /// numbers or texts only.
  void AppendInteger(uint32_t row, int64_t value) {
    if (!integers_.empty()) {
      integers_.push_back(value);
    } else if (size_ == 0 || value == constant_) {
      constant_ = value;
    } else {
      integers_.assign(size_, constant_);
      integers_.push_back(value);
    }
    AppendRow(row);
  }
  /// Adds values for `first_row` and those that follow it.
  void AppendIntegers(uint32_t first_row, std::span<const int64_t> values);

  void AppendText(uint32_t row, std::string_view text) {
    texts_.Append(text);
    AppendRow(row);
  }

  /// Adds a number with its token, see `PackNumber`.
  void AppendNumber(uint32_t row, int64_t packed, std::string_view token) {
    if (texts_.size() == 0 && packed != kNotPacked) {
      AppendInteger(row, packed);
    } else {
      UnpackNumbers();
      AppendText(row, token);
    }
  }

  size_t size() const { return size_; }

  /// The column; the next one starts without values.
  LeafColumn Finish();

 private:
  void AppendRow(uint32_t row) {
    if (size_ == 0) first_row_ = row;
    if (!rows_.empty() || row != first_row_ + size_) AppendSparse(row);
    ++size_;
  }
  void AppendSparse(uint32_t row);
  void UnpackNumbers();

  uint32_t first_row_ = 0;
  size_t size_ = 0;
  std::vector<uint32_t> rows_;  // Empty while the rows follow each other without a gap.
  int64_t constant_ = 0;        // What all integers are, while `integers_` is empty.
  std::vector<int64_t> integers_;
  TextColumnBuilder texts_;
};

}  // namespace deltaic::delta
