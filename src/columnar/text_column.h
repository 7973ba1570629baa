#pragma once

// Texts stored back to back: a column without an object a row. `TextColumn` is a view of a
// `TextColumnBuilder`.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace deltaic {

/// A view of texts by row. Safe to share between threads; valid as long as what it views.
class TextColumn {
 public:
  /// Row i is `data[offsets[i], offsets[i + 1])`.
  TextColumn(const uint32_t* offsets, const char* data) : offsets_(offsets), data_(data) {}

  std::string_view operator[](size_t row) const {
    return {data_ + offsets_[row], offsets_[row + 1] - offsets_[row]};
  }

 private:
  const uint32_t* offsets_;
  const char* data_;
};

/// Collects texts, less than 4 GiB of them. One thread at a time.
class TextColumnBuilder {
 public:
  size_t size() const { return offsets_.size() - 1; }
  size_t num_bytes() const { return data_.size(); }

  void Append(std::string_view text) {
    data_.append(text);
    offsets_.push_back(static_cast<uint32_t>(data_.size()));
  }

  /// Makes room for `rows` texts that are about as long as those that are there.
  void Reserve(size_t rows) {
    if (size() == 0) return;
    offsets_.reserve(rows + 1);
    data_.reserve(data_.size() / size() * rows / 8 * 9);
  }

  /// Adds empty rows until there are `rows`.
  void PadTo(size_t rows) {
    if (offsets_.size() <= rows) offsets_.resize(rows + 1, offsets_.back());
  }

  /// Removes all texts but keeps their room.
  void Clear() {
    offsets_.resize(1);
    data_.clear();
  }

  /// Gives back room that is not needed.
  void ShrinkToFit() {
    offsets_.shrink_to_fit();
    data_.shrink_to_fit();
  }

  std::string_view operator[](size_t row) const { return column()[row]; }

  /// A view, valid until the builder changes or moves.
  TextColumn column() const { return {offsets_.data(), data_.data()}; }

 private:
  std::vector<uint32_t> offsets_ = {0};
  std::string data_;
};

}  // namespace deltaic
