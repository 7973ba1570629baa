#include "columnar/packed_integers.h"

#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace deltaic {
namespace {

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kGreatest = std::numeric_limits<int64_t>::max();

void ExpectSame(const std::vector<int64_t>& values) {
  const PackedIntegers packed(values);
  ASSERT_EQ(packed.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(packed[i], values[i]) << i;
}

TEST(PackedIntegers, KeepValuesOfAnyRange) {
  ExpectSame({});
  ExpectSame({5, 5, 5});
  ExpectSame({kLeast, kGreatest, 0, -1, kLeast});
  ExpectSame({kGreatest, kGreatest - 255, kGreatest - 256});
  std::mt19937_64 random(7);
  for (int bits = 1; bits < 64; ++bits) {
    std::vector<int64_t> values;
    const int64_t least = static_cast<int64_t>(random()) >> 1;
    for (int i = 0; i < 50; ++i) {
      values.push_back(
          static_cast<int64_t>(static_cast<uint64_t>(least) + (random() >> (64 - bits))));
    }
    ExpectSame(values);
  }
}

TEST(PackedIntegers, OneValueManyTimes) {
  const PackedIntegers packed(3, -9);
  EXPECT_EQ(packed.size(), 3u);
  EXPECT_EQ(packed[0], -9);
  EXPECT_EQ(packed[2], -9);
}

TEST(PackedEnds, TellWhereThingsLie) {
  for (const std::vector<uint32_t>& ends :
       {std::vector<uint32_t>{}, {4, 8, 12}, {0, 0, 7}, {3, 3, 100'000, 4'000'000'000}}) {
    const PackedEnds packed(ends);
    ASSERT_EQ(packed.size(), ends.size());
    for (size_t i = 0; i < ends.size(); ++i) {
      EXPECT_EQ(packed.begin(i), i == 0 ? 0 : ends[i - 1]);
      EXPECT_EQ(packed.end(i), ends[i]);
    }
  }
}

}  // namespace
}  // namespace deltaic
