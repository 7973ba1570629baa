#pragma once

// A set of rows as a 64-bit Roaring bitmap in the portable format (PROTOCOL.md, "Deletion Vector
// Format"): 32-bit bitmaps by the high halves of their numbers. Pure functions.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace deltaic::delta {

/// Rows from `begin` up to `end`, which is not among them.
struct RowRange {
  int64_t begin;
  int64_t end;

  bool operator==(const RowRange&) const = default;
};

/// A set of rows; ranges ascend, are not empty and do not touch.
struct RowSet {
  std::vector<RowRange> ranges;
  int64_t cardinality = 0;
};

/// 256 MiB of them.
inline constexpr size_t kMaxRowRanges = size_t{1} << 24;

/// Decodes a bitmap, which must fill all of `bytes`. No byte is trusted: throws `kCorruptData`
/// where anything is out of order, and `kResourcesExhausted` for more ranges than `max_ranges`.
RowSet DecodeRowBitmap(std::string_view bytes, size_t max_ranges = kMaxRowRanges);

/// Encodes a set of rows, each part in the container that is smallest.
std::string EncodeRowBitmap(const RowSet& rows);

}  // namespace deltaic::delta
