#include "delta/protocol/row_bitmap.h"

#include <cstring>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>

namespace deltaic::delta {
namespace {

enum class Kind { kArray, kBits, kRuns };

template <typename Number>
void Put(std::string& bytes, Number number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

// A container's bytes: what its kind makes of its rows.
std::string Container(const std::set<uint16_t>& rows, Kind kind) {
  std::string bytes;
  if (kind == Kind::kArray) {
    for (const uint16_t row : rows) Put(bytes, row);
  } else if (kind == Kind::kBits) {
    bytes.resize(8192);
    for (const uint16_t row : rows) bytes[row / 8] |= static_cast<char>(1 << (row % 8));
  } else {
    std::vector<std::pair<uint16_t, uint16_t>> runs;
    for (const uint16_t row : rows) {
      if (!runs.empty() && runs.back().first + runs.back().second + 1 == row) {
        ++runs.back().second;
      } else {
        runs.emplace_back(row, 0);
      }
    }
    Put(bytes, static_cast<uint16_t>(runs.size()));
    for (const auto& [begin, more] : runs) {
      Put(bytes, begin);
      Put(bytes, more);
    }
  }
  return bytes;
}

struct Part {
  uint16_t key;
  std::set<uint16_t> rows;
  bool is_run = false;
};

// A 32-bit bitmap; arrays and bits are told apart by how many rows there are.
std::string Bitmap32(const std::vector<Part>& parts) {
  bool has_runs = false;
  for (const Part& part : parts) has_runs |= part.is_run;
  std::string bytes;
  if (has_runs) {
    Put(bytes, static_cast<uint32_t>(12347 | (parts.size() - 1) << 16));
    std::string flags((parts.size() + 7) / 8, '\0');
    for (size_t i = 0; i < parts.size(); ++i) {
      if (parts[i].is_run) flags[i / 8] |= static_cast<char>(1 << (i % 8));
    }
    bytes += flags;
  } else {
    Put(bytes, uint32_t{12346});
    Put(bytes, static_cast<uint32_t>(parts.size()));
  }
  for (const Part& part : parts) {
    Put(bytes, part.key);
    Put(bytes, static_cast<uint16_t>(part.rows.size() - 1));
  }
  std::vector<std::string> containers;
  for (const Part& part : parts) {
    const Kind dense = part.rows.size() > 4096 ? Kind::kBits : Kind::kArray;
    containers.push_back(Container(part.rows, part.is_run ? Kind::kRuns : dense));
  }
  if (!has_runs || parts.size() >= 4) {
    auto offset = static_cast<uint32_t>(bytes.size() + 4 * parts.size());
    for (const std::string& container : containers) {
      Put(bytes, offset);
      offset += container.size();
    }
  }
  for (const std::string& container : containers) bytes += container;
  return bytes;
}

std::string Bitmap64(const std::vector<std::pair<uint32_t, std::string>>& bitmaps) {
  std::string bytes;
  Put(bytes, uint64_t{bitmaps.size()});
  for (const auto& [key, bitmap] : bitmaps) {
    Put(bytes, key);
    bytes += bitmap;
  }
  return bytes;
}

std::string LowRows(const std::vector<Part>& parts) { return Bitmap64({{0, Bitmap32(parts)}}); }

std::set<uint16_t> Rows(uint32_t begin, uint32_t end, uint32_t step = 1) {
  std::set<uint16_t> rows;
  for (uint32_t row = begin; row < end; row += step) rows.insert(static_cast<uint16_t>(row));
  return rows;
}

using Ranges = std::vector<RowRange>;

void ExpectCorrupt(const std::string& bytes, std::string_view what) {
  try {
    DecodeRowBitmap(bytes);
    ADD_FAILURE() << "It was taken; expected: " << what;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
    EXPECT_NE(error.message().find(what), std::string::npos) << error.message();
  }
}

TEST(DecodeRowBitmap, ReadsNothing) {
  EXPECT_EQ(DecodeRowBitmap(LowRows(std::vector<Part>{})).cardinality, 0);
  EXPECT_TRUE(DecodeRowBitmap(std::string(8, '\0')).ranges.empty());
}

TEST(DecodeRowBitmap, ReadsArrays) {
  const RowSet rows = DecodeRowBitmap(LowRows({{0, {3, 4, 7, 11}}, {2, {0, 65535}}}));
  EXPECT_EQ(rows.ranges, (Ranges{{3, 5}, {7, 8}, {11, 12}, {131072, 131073}, {196607, 196608}}));
  EXPECT_EQ(rows.cardinality, 6);
}

TEST(DecodeRowBitmap, ReadsBits) {
  std::set<uint16_t> most = Rows(0, 65536, 3);
  most.merge(Rows(100, 40000));
  const RowSet rows = DecodeRowBitmap(LowRows({{1, most}}));
  EXPECT_EQ(rows.cardinality, static_cast<int64_t>(most.size()));
  EXPECT_EQ(rows.ranges.front(), (RowRange{65536, 65537}));
  EXPECT_EQ(rows.ranges[33], (RowRange{65536 + 99, 65536 + 40000}));
  EXPECT_EQ(rows.ranges.back(), (RowRange{131071, 131072}));
}

TEST(DecodeRowBitmap, JoinsRangesOfContainers) {
  const RowSet rows = DecodeRowBitmap(LowRows({{0, Rows(10, 65536)},
                                               {1, Rows(0, 65536), true},
                                               {2, Rows(0, 65536)},
                                               {3, {0, 1}},
                                               {4, {9}}}));
  EXPECT_EQ(rows.ranges, (Ranges{{10, 196610}, {262153, 262154}}));
}

TEST(DecodeRowBitmap, ReadsRunsWithAndWithoutOffsets) {
  for (const size_t count : {1, 3, 4, 20}) {
    std::vector<Part> parts;
    for (size_t i = 0; i < count; ++i) {
      parts.push_back({static_cast<uint16_t>(i), Rows(5, 50), i % 2 == 0});
    }
    const RowSet rows = DecodeRowBitmap(LowRows(parts));
    ASSERT_EQ(rows.ranges.size(), count);
    EXPECT_EQ(rows.cardinality, static_cast<int64_t>(45 * count));
  }
}

TEST(DecodeRowBitmap, ReadsHighRows) {
  const RowSet rows = DecodeRowBitmap(
      Bitmap64({{1, Bitmap32({{0, {5}}})}, {INT32_MAX - 1, Bitmap32({{65535, {65535}}})}}));
  EXPECT_EQ(rows.ranges.front(), (RowRange{(int64_t{1} << 32) + 5, (int64_t{1} << 32) + 6}));
  EXPECT_EQ(rows.ranges.back().end, int64_t{INT32_MAX} << 32);
}

TEST(DecodeRowBitmap, RefusesDisorder) {
  ExpectCorrupt(Bitmap64({{2, Bitmap32({{0, {5}}})}, {2, Bitmap32({{0, {6}}})}}), "in order");
  ExpectCorrupt(Bitmap64({{0x80000000, Bitmap32({{0, {5}}})}}), "greater than rows can be");
  ExpectCorrupt(Bitmap64({{INT32_MAX, Bitmap32({{0, {5}}})}}), "greater than rows can be");
  ExpectCorrupt(LowRows({{1, {5}}, {1, {6}}}), "containers are not in order");
  ExpectCorrupt(LowRows({{2, {5}}, {1, {6}}}), "containers are not in order");
  ExpectCorrupt(LowRows({{0, {5}}}) + "x", "after it");

  std::string rows = LowRows({{0, {5, 6}}});
  rows[rows.size() - 2] = 5;
  ExpectCorrupt(rows, "rows are not in order");
  rows[rows.size() - 2] = 4;
  ExpectCorrupt(rows, "rows are not in order");

  std::string bits = LowRows({{0, Rows(0, 65536, 2)}});
  bits.back() = '\xFF';
  ExpectCorrupt(bits, "the one in its header");

  std::string cookie = LowRows({{0, {5}}});
  cookie[12] = 1;
  ExpectCorrupt(cookie, "unknown kind");

  std::string many = LowRows({{0, {5}}});
  many[18] = 2;  // The number of containers: 131073.
  ExpectCorrupt(many, "too many containers");
}

TEST(DecodeRowBitmap, RefusesRunsThatLie) {
  // 8 bytes of count, 4 of key, 4 of cookie, 1 of flags, 4 of header, 2 of the number of runs.
  const std::string runs = LowRows({{0, {1, 2, 3, 9}, true}});
  ASSERT_EQ(runs.size(), 31u);
  ASSERT_EQ(DecodeRowBitmap(runs).ranges, (Ranges{{1, 4}, {9, 10}}));
  const auto with = [&](size_t at, uint16_t number) {
    std::string changed = runs;
    std::memcpy(changed.data() + at, &number, sizeof(number));
    return changed;
  };
  ExpectCorrupt(with(25, 3), "the one in its header");
  ExpectCorrupt(with(25, 9), "runs are not in order");
  ExpectCorrupt(with(29, 65526), "the one in its header");
  ExpectCorrupt(with(29, 65527), "leaves its container");
  ExpectCorrupt(with(19, 4), "the one in its header");
  ExpectCorrupt(with(21, 65535), "ends early");
  ExpectCorrupt(with(21, 1), "the one in its header");
}

TEST(DecodeRowBitmap, SmallBytesCannotClaimMuch) {
  std::string bytes;
  Put(bytes, UINT64_MAX);
  ExpectCorrupt(bytes, "ends early");
  Put(bytes, uint32_t{0});
  Put(bytes, uint32_t{12346});
  Put(bytes, uint32_t{65536});
  ExpectCorrupt(bytes, "ends early");
}

TEST(DecodeRowBitmap, LimitsTheNumberOfRanges) {
  const std::string bytes = LowRows({{0, {1, 2, 4, 6}}});
  EXPECT_EQ(DecodeRowBitmap(bytes, 3).ranges.size(), 3u);
  try {
    DecodeRowBitmap(bytes, 2);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kResourcesExhausted);
  }
}

TEST(DecodeRowBitmap, RefusesEveryTruncation) {
  const std::string bytes =
      Bitmap64({{0, Bitmap32({{0, Rows(0, 5000)}, {1, {7, 9}}, {2, Rows(3, 99), true}})},
                {5, Bitmap32({{9, {1, 2, 3}}})}});
  ASSERT_EQ(DecodeRowBitmap(bytes).cardinality, 5000 + 2 + 96 + 3);
  for (size_t size = 0; size < bytes.size(); ++size) {
    ExpectCorrupt(bytes.substr(0, size), "ends early");
  }
}

// Random sets come back; random damage gives an error or a set that is in order.
TEST(DecodeRowBitmap, RandomSets) {
  std::mt19937 random(7);
  const auto pick = [&](uint32_t end) { return random() % end; };
  for (int round = 0; round < 50; ++round) {
    std::vector<std::pair<uint32_t, std::string>> bitmaps;
    std::vector<int64_t> expected;
    uint32_t high = 0;
    for (uint32_t i = pick(3); i > 0; --i, high += 1 + pick(1000)) {
      std::vector<Part> parts;
      uint32_t key = pick(10);
      for (uint32_t p = 1 + pick(6); p > 0; --p, key += 1 + pick(10)) {
        const uint32_t begin = pick(60000);
        const std::set<uint16_t> rows =
            Rows(begin, std::min<uint32_t>(65536, begin + 1 + pick(20000)), 1 + pick(4));
        parts.push_back({static_cast<uint16_t>(key), rows, pick(3) == 0});
        for (const uint16_t row : rows) {
          expected.push_back((int64_t{high} << 32) + (int64_t{key} << 16) + row);
        }
      }
      bitmaps.emplace_back(high, Bitmap32(parts));
    }
    std::string bytes = Bitmap64(bitmaps);
    const RowSet rows = DecodeRowBitmap(bytes);
    std::vector<int64_t> found;
    for (const RowRange& range : rows.ranges) {
      for (int64_t row = range.begin; row < range.end; ++row) found.push_back(row);
    }
    ASSERT_EQ(found, expected);
    ASSERT_EQ(rows.cardinality, static_cast<int64_t>(expected.size()));

    for (int damage = 0; damage < 20; ++damage) {
      std::string damaged = bytes;
      damaged[pick(static_cast<uint32_t>(bytes.size()))] ^= static_cast<char>(1 << pick(8));
      try {
        const RowSet other = DecodeRowBitmap(damaged);
        int64_t end = -1, sum = 0;
        for (const RowRange& range : other.ranges) {
          ASSERT_GT(range.begin, end);
          ASSERT_GT(range.end, range.begin);
          end = range.end;
          sum += range.end - range.begin;
        }
        ASSERT_EQ(sum, other.cardinality);
      } catch (const Error& error) {
        ASSERT_EQ(error.code(), ErrorCode::kCorruptData);
      }
    }
  }
}

TEST(EncodeRowBitmap, IsDecodedToTheSameRows) {
  std::mt19937_64 random(7);  // NOLINT(cert-msc51-cpp): the same sets in every run.
  for (int round = 0; round < 300; ++round) {
    RowSet rows;
    // Dense and sparse sets, some of them across the ends of 16-bit and 32-bit parts.
    const int64_t gap = int64_t{1} << (random() % 24);
    int64_t at = round % 3 == 0 ? (int64_t{1} << 32) - 5 : 0;
    const auto num_ranges = static_cast<int>(random() % 200);
    for (int i = 0; i < num_ranges; ++i) {
      at += 1 + static_cast<int64_t>(random() % static_cast<uint64_t>(gap));
      const int64_t size = 1 + static_cast<int64_t>(random() % (round % 5 == 0 ? 70'000 : 5));
      rows.ranges.push_back({at, at + size});
      rows.cardinality += size;
      at += size + 1;
    }
    const RowSet decoded = DecodeRowBitmap(EncodeRowBitmap(rows));
    EXPECT_EQ(decoded.ranges, rows.ranges);
    EXPECT_EQ(decoded.cardinality, rows.cardinality);
  }
}

TEST(EncodeRowBitmap, KeepsARunAcrossTheEndOfAPart) {
  constexpr int64_t kPart = int64_t{1} << 32;
  const RowSet rows{{{kPart - 70'000, kPart + 70'000}}, 140'000};
  const std::string bytes = EncodeRowBitmap(rows);
  EXPECT_EQ(DecodeRowBitmap(bytes).ranges, rows.ranges);
  EXPECT_LT(bytes.size(), 200u);
}

}  // namespace
}  // namespace deltaic::delta
