#pragma once

// Texts in few bytes: what is kept of columns once they are complete. Names of files, numbers and
// keys of one writer follow few patterns, in which hexadecimal or decimal digits differ: a text is
// kept as the number of its pattern and its digits, two to a byte.
// Immutable; safe to share between threads.
//
//   texts                  pattern 0 "part-_____.parquet"    codes_   bytes_
//   part-00017.parquet     its one hole: 5 digits at 5         1      00 01 7.
//   part-0002a.parquet                                         1      00 02 a.
//   other.txt              none                                0      o t h e r . t x t
//
// `ends_` has the end of each text's bytes. A hole with an odd number of digits leaves half a byte
// unused. A text is put together from its pattern's text and the digits that go into its holes.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "columnar/packed_integers.h"
#include "columnar/text_column.h"

namespace deltaic {

/// A list of texts of any bytes.
class PackedTexts {
 public:
  PackedTexts() = default;
  explicit PackedTexts(const TextColumnBuilder& texts);

  size_t size() const { return codes_.size(); }

  std::string operator[](size_t row) const {
    std::string text;
    AppendTo(row, text);
    return text;
  }

  void AppendTo(size_t row, std::string& out) const;

 private:
  class Packer;
  struct Hole {
    uint16_t begin;
    uint16_t size;  // Digits.
  };
  struct Pattern {
    std::string text;  // Holes hold any digits.
    std::vector<Hole> holes;
  };

  struct Free {
    void operator()(char* bytes) const { std::free(bytes); }
  };

  static constexpr int64_t kVerbatim = 0;  // The code of texts without a pattern.

  std::vector<Pattern> patterns_;  // Of code 1 and above.
  PackedIntegers codes_;
  PackedEnds ends_;  // In `bytes_`.
  std::unique_ptr<char[], Free> bytes_;
};

}  // namespace deltaic
