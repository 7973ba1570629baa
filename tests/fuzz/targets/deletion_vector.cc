// Deletion vectors: bitmaps, the files and texts that hold them, and the names of those files.

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/crc32.h"
#include "base/text/z85.h"
#include "delta/protocol/deletion_vector.h"
#include "delta/protocol/row_bitmap.h"
#include "fuzz/fuzz.h"

namespace deltaic::fuzz {
namespace {

void CheckRows(const delta::RowSet& rows) {
  int64_t end = -1;
  int64_t sum = 0;
  for (const delta::RowRange& range : rows.ranges) {
    Expect(range.begin > end && range.end > range.begin, "ranges ascend and do not touch");
    end = range.end;
    sum += range.end - range.begin;
  }
  Expect(sum == rows.cardinality, "ranges hold as many rows as are told");
}

std::string BigEndian(uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
  return bytes;
}

int64_t TakeNumber(std::string_view& input) {
  const std::string_view line = TakeLine(input);
  int64_t number = 0;
  std::from_chars(line.data(), line.data() + line.size(), number);
  return number;
}

}  // namespace

void Run(std::string_view input) {
  switch (TakeChoice(input, 4)) {
    case 0:
      CheckRows(delta::DecodeRowBitmap(input, 1 << 16));
      break;
    case 1: {
      const int64_t size = TakeNumber(input);
      const int64_t cardinality = TakeNumber(input);
      const auto vector = delta::MakeDeletionVector("i", input, std::nullopt, size, cardinality);
      if (vector) CheckRows(delta::DecodeInlineVector(*vector));
      break;
    }
    case 2: {  // With a size and a checksum that are right.
      const int64_t cardinality = TakeNumber(input);
      const auto size = static_cast<int64_t>(input.size());
      const auto vector = delta::MakeDeletionVector("p", "x", 1, size, cardinality);
      const std::string stored =
          BigEndian(static_cast<uint32_t>(size)) + std::string(input) + BigEndian(Crc32(input));
      if (vector) CheckRows(delta::DecodeStoredVector(*vector, 1, stored));
      break;
    }
    default:
      DecodeZ85(input);
      delta::DeletionVectorPath({.storage_type = 'u', .path_or_inline = input});
  }
}

}  // namespace deltaic::fuzz
