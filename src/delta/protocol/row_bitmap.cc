#include "delta/protocol/row_bitmap.h"

#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include <deltaic/base/error.h>

namespace deltaic::delta {
namespace {

[[noreturn]] void Corrupt(std::string_view what) {
  throw Error(ErrorCode::kCorruptData, fmt::format("The bitmap of rows is malformed: {}.", what));
}

// Little-endian numbers, one after the other.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename Number>
  Number Read() {
    return Read<Number>(1)[0];
  }

  // A view of `count` numbers.
  template <typename Number>
  class Numbers {
   public:
    explicit Numbers(std::string_view bytes) : bytes_(bytes) {}
    Number operator[](size_t i) const {
      static_assert(std::endian::native == std::endian::little && std::is_unsigned_v<Number>);
      Number number;
      std::memcpy(&number, bytes_.data() + i * sizeof(Number), sizeof(Number));
      return number;
    }

   private:
    std::string_view bytes_;
  };

  // `count` is at most some millions: the product does not overflow.
  template <typename Number>
  Numbers<Number> Read(size_t count) {
    const size_t size = count * sizeof(Number);
    if (size > bytes_.size()) Corrupt("it ends early");
    const Numbers<Number> numbers(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return numbers;
  }

  size_t size() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

class RowSetBuilder {
 public:
  explicit RowSetBuilder(size_t max_ranges) : max_ranges_(max_ranges) {}

  // Rows must ascend.
  void Append(int64_t begin, int64_t end) {
    set_.cardinality += end - begin;
    if (!set_.ranges.empty() && set_.ranges.back().end == begin) {
      set_.ranges.back().end = end;
      return;
    }
    if (set_.ranges.size() == max_ranges_) {
      throw Error(ErrorCode::kResourcesExhausted,
                  fmt::format("The bitmap of rows has more than {} ranges of rows.", max_ranges_));
    }
    set_.ranges.push_back({begin, end});
  }

  RowSet Finish() { return std::move(set_); }

 private:
  const size_t max_ranges_;
  RowSet set_;
};

constexpr uint32_t kContainerSize = 1 << 16;

// Containers hold the low 16 bits of rows; the rest of their bits is `base`. `cardinality` is what
// the header says.

void ReadRuns(ByteReader& in, int64_t base, uint32_t cardinality, RowSetBuilder& rows) {
  const size_t num_runs = in.Read<uint16_t>();
  const auto runs = in.Read<uint16_t>(2 * num_runs);
  uint32_t end = 0;
  uint32_t sum = 0;
  for (size_t i = 0; i < num_runs; ++i) {
    const uint32_t begin = runs[2 * i];
    if (begin < end) Corrupt("its runs are not in order");
    end = begin + runs[2 * i + 1] + 1;
    if (end > kContainerSize) Corrupt("a run leaves its container");
    sum += end - begin;
    rows.Append(base + begin, base + end);
  }
  if (sum != cardinality) Corrupt("a container's number of rows is not the one in its header");
}

void ReadArray(ByteReader& in, int64_t base, uint32_t cardinality, RowSetBuilder& rows) {
  const auto values = in.Read<uint16_t>(cardinality);
  int32_t last = -1;
  for (size_t i = 0; i < cardinality; ++i) {
    const int32_t value = values[i];
    if (value <= last) Corrupt("its rows are not in order");
    last = value;
    rows.Append(base + value, base + value + 1);
  }
}

void ReadBits(ByteReader& in, int64_t base, uint32_t cardinality, RowSetBuilder& rows) {
  constexpr uint32_t kWordSize = 64;
  const auto words = in.Read<uint64_t>(kContainerSize / kWordSize);
  uint32_t sum = 0;
  for (uint32_t i = 0; i < kContainerSize / kWordSize; ++i) {
    uint64_t word = words[i];
    sum += std::popcount(word);
    uint32_t bit = 0;
    while (word != 0) {
      const uint32_t zeros = std::countr_zero(word);
      word >>= zeros;
      const uint32_t ones = std::countr_one(word);
      word = ones == kWordSize ? 0 : word >> ones;
      bit += zeros;
      rows.Append(base + i * kWordSize + bit, base + i * kWordSize + bit + ones);
      bit += ones;
    }
  }
  if (sum != cardinality) Corrupt("a container's number of rows is not the one in its header");
}

// A bitmap of 32-bit numbers.
void ReadBitmap(ByteReader& in, int64_t base, RowSetBuilder& rows) {
  constexpr uint32_t kCookie = 12346;
  constexpr uint32_t kCookieWithRuns = 12347;
  constexpr uint32_t kMaxContainers = 1 << 16;
  constexpr uint32_t kMaxArray = 4096;
  constexpr uint32_t kContainersWithoutOffsets = 4;

  const auto cookie = in.Read<uint32_t>();
  const bool has_runs = (cookie & 0xFFFF) == kCookieWithRuns;
  if (!has_runs && cookie != kCookie) Corrupt("it has an unknown kind of bitmap");
  const uint32_t num_containers = has_runs ? (cookie >> 16) + 1 : in.Read<uint32_t>();
  if (num_containers > kMaxContainers) Corrupt("it has too many containers");
  const auto is_run = in.Read<uint8_t>(has_runs ? (num_containers + 7) / 8 : 0);
  const auto headers = in.Read<uint16_t>(2 * size_t{num_containers});
  // Where containers begin. They follow each other: nothing to learn.
  if (!has_runs || num_containers >= kContainersWithoutOffsets) in.Read<uint32_t>(num_containers);
  int32_t last_key = -1;
  for (uint32_t i = 0; i < num_containers; ++i) {
    const int32_t key = headers[2 * i];
    const uint32_t cardinality = headers[2 * i + 1] + 1;
    if (key <= last_key) Corrupt("its containers are not in order");
    last_key = key;
    const int64_t container_base = base + int64_t{key} * kContainerSize;
    if (has_runs && (is_run[i / 8] >> (i % 8) & 1) != 0) {
      ReadRuns(in, container_base, cardinality, rows);
    } else if (cardinality <= kMaxArray) {
      ReadArray(in, container_base, cardinality, rows);
    } else {
      ReadBits(in, container_base, cardinality, rows);
    }
  }
}

}  // namespace

RowSet DecodeRowBitmap(std::string_view bytes, size_t max_ranges) {
  constexpr uint32_t kEndOfKeys = INT32_MAX;  // So that the end of a range is a number, too.
  ByteReader in(bytes);
  RowSetBuilder rows(max_ranges);
  const auto num_bitmaps = in.Read<uint64_t>();
  int64_t last_key = -1;
  for (uint64_t i = 0; i < num_bitmaps; ++i) {
    const auto key = in.Read<uint32_t>();
    if (key >= kEndOfKeys) Corrupt("a row is greater than rows can be");
    if (key <= last_key) Corrupt("its bitmaps are not in order");
    last_key = key;
    ReadBitmap(in, int64_t{key} << 32, rows);
  }
  if (in.size() != 0) Corrupt("there are bytes after it");
  return rows.Finish();
}

}  // namespace deltaic::delta
