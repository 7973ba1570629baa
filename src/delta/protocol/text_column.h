#pragma once

// Texts stored back to back: a column without an object a row. `TextColumn` is a view, of a
// `TextColumnBuilder` or of an Arrow array of type utf8.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace deltaic::delta {

/// A view of texts by row. Safe to share between threads; valid as long as what it views.
class TextColumn {
 public:
  /// A column whose every row is empty.
  TextColumn() = default;

  /// Row i is `data[offsets[i], offsets[i + 1])`, and empty where bit `validity_offset + i` of
  /// `validity` (null = all set) is not set.
  TextColumn(const uint32_t* offsets, const char* data, const uint8_t* validity = nullptr,
             size_t validity_offset = 0)
      : offsets_(offsets), data_(data), validity_(validity), validity_offset_(validity_offset) {}

  bool is_null(size_t row) const {
    if (validity_ == nullptr) return false;
    const size_t bit = validity_offset_ + row;
    return (validity_[bit / 8] >> (bit % 8) & 1) == 0;
  }

  std::string_view operator[](size_t row) const {
    if (offsets_ == nullptr || is_null(row)) return {};
    return {data_ + offsets_[row], offsets_[row + 1] - offsets_[row]};
  }

 private:
  const uint32_t* offsets_ = nullptr;
  const char* data_ = nullptr;
  const uint8_t* validity_ = nullptr;
  size_t validity_offset_ = 0;
};

/// Collects texts, less than 4 GiB of them. One thread at a time.
class TextColumnBuilder {
 public:
  size_t size() const { return offsets_.size() - 1; }

  void Append(std::string_view text) {
    data_.append(text);
    offsets_.push_back(static_cast<uint32_t>(data_.size()));
  }

  /// Makes room for what `other` holds.
  void ReserveLike(const TextColumnBuilder& other) {
    offsets_.reserve(other.offsets_.size());
    data_.reserve(other.data_.size());
  }

  /// Adds empty rows until there are `rows`.
  void PadTo(size_t rows) {
    if (offsets_.size() <= rows) offsets_.resize(rows + 1, offsets_.back());
  }

  std::string_view operator[](size_t row) const { return column()[row]; }

  /// A view, valid until the builder changes or moves.
  TextColumn column() const { return {offsets_.data(), data_.data()}; }

 private:
  std::vector<uint32_t> offsets_ = {0};
  std::string data_;
};

}  // namespace deltaic::delta
