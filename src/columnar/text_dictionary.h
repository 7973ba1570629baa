#pragma once

// Distinct texts numbered in the order of their first appearance.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "columnar/text_column.h"

namespace deltaic {

/// Maps texts to codes 0, 1, …. Writing needs exclusive access; reading may be shared.
class TextDictionary {
 public:
  /// The code of `text`, a new one if it is new.
  uint32_t Intern(std::string_view text);

  /// The code of `text`, or nothing where it was never interned.
  std::optional<uint32_t> Find(std::string_view text) const;

  size_t size() const { return texts_.size(); }
  std::string_view operator[](uint32_t code) const { return texts_[code]; }

  /// The texts by code; nothing is left.
  TextColumnBuilder TakeTexts();

 private:
  size_t SlotOf(std::string_view text, uint64_t hash) const;
  void Grow();

  TextColumnBuilder texts_;
  std::vector<uint64_t> hashes_;  // By code.
  std::vector<uint32_t> slots_;   // Code + 1; 0 = free. The size is a power of two.
  uint32_t last_ = 0;             // Equal texts tend to follow each other.
};

}  // namespace deltaic
