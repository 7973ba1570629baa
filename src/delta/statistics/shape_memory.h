#pragma once

// The shapes of the texts that were read last, each with what its holes mean. One thread at a time.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "delta/statistics/json_shape.h"

namespace deltaic::delta {

/// Shapes of texts, the last one that matched first, and whether to learn more of them.
template <typename Meaning>
class ShapeMemory {
 public:
  struct Entry {
    JsonShape shape;
    Meaning meaning;
  };

  /// Returns the entry whose shape matches, with the text's end, and its values from `at` on; or
  /// null.
  const Entry* Match(const char* begin, const char* end, const char** match_end, size_t at = 0) {
    for (size_t i = 0; i < entries_.size(); ++i) {
      values_.resize(std::max(values_.size(), at + entries_[i]->shape.num_holes()));
      *match_end = entries_[i]->shape.Match(begin, end, values_.data() + at);
      if (*match_end == nullptr) continue;
      std::rotate(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(i),
                  entries_.begin() + static_cast<ptrdiff_t>(i) + 1);
      ++matches_;
      return entries_.front().get();
    }
    ++misses_;
    return nullptr;
  }

  std::vector<ShapeValue>& values() { return values_; }

  /// Whether learning has paid so far.
  bool ShouldLearn() const { return misses_ <= kFreeMisses + matches_; }

  void Learn(JsonShape shape, Meaning meaning) {
    if (entries_.size() == kMaxShapes) entries_.pop_back();
    entries_.insert(entries_.begin(),
                    std::make_unique<Entry>(Entry{std::move(shape), std::move(meaning)}));
  }

 private:
  static constexpr size_t kMaxShapes = 8;
  static constexpr size_t kFreeMisses = 64;

  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<ShapeValue> values_;
  size_t matches_ = 0;
  size_t misses_ = 0;
};

}  // namespace deltaic::delta
