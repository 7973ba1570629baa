#include "delta/statistics/leaf_column.h"

#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/text/number_token.h"

namespace deltaic::delta {
namespace {

TEST(LeafColumn, FindsRowsWithAndWithoutGaps) {
  LeafColumnBuilder builder;
  for (uint32_t row = 3; row < 6; ++row) builder.AppendInteger(row, 7);
  const LeafColumn dense = builder.Finish();
  EXPECT_EQ(dense.Find(2), std::nullopt);
  EXPECT_EQ(dense.Find(3), 0u);
  EXPECT_EQ(dense.Find(6), std::nullopt);
  EXPECT_EQ(dense.integer(2), 7);
  for (const uint32_t row : {0u, 1u, 5u, 9u}) builder.AppendInteger(row, row);
  const LeafColumn sparse = builder.Finish();
  EXPECT_EQ(sparse.Find(1), 1u);
  EXPECT_EQ(sparse.Find(2), std::nullopt);
  EXPECT_EQ(sparse.Find(9), 3u);
  EXPECT_EQ(sparse.integer(3), 9);
  EXPECT_EQ(sparse.integer(0), 0);
}

TEST(LeafColumn, NumbersAreTokens) {
  const std::vector<std::string> short_ones = {"1.5", "-0.25", "3"};
  for (const std::vector<std::string>& last : {std::vector<std::string>(), {"1e5", "7.0"}}) {
    std::vector<std::string> tokens = short_ones;
    tokens.insert(tokens.end(), last.begin(), last.end());
    LeafColumnBuilder builder;
    for (uint32_t row = 0; row < tokens.size(); ++row) {
      builder.AppendNumber(row, PackNumber(tokens[row]), tokens[row]);
    }
    const LeafColumn numbers = builder.Finish();
    ASSERT_EQ(numbers.size(), tokens.size());
    for (uint32_t row = 0; row < tokens.size(); ++row) EXPECT_EQ(numbers.text(row), tokens[row]);
  }
}

TEST(LeafColumn, TakesIntegersOfManyRowsAsOneAfterTheOther) {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    LeafColumnBuilder many, one_by_one;
    std::vector<uint32_t> rows;
    uint32_t row = random() % 2;
    for (int run = 0; run < 4; ++run) {
      std::vector<int64_t> values(random() % 5);
      for (int64_t& value : values) value = random() % 3 == 0 ? 9 : 4;
      many.AppendIntegers(row, values);
      for (const int64_t value : values) {
        rows.push_back(row);
        one_by_one.AppendInteger(row++, value);
      }
      if (random() % 3 == 0) row += 1 + random() % 3;
    }
    const LeafColumn column = many.Finish(), expected = one_by_one.Finish();
    ASSERT_EQ(column.size(), rows.size());
    for (uint32_t i = 0; i < row + 2; ++i) {
      const auto at = column.Find(i), expected_at = expected.Find(i);
      ASSERT_EQ(at, expected_at) << i;
      if (at) {
        ASSERT_EQ(column.integer(*at), expected.integer(*at)) << i;
      }
    }
  }
}

}  // namespace
}  // namespace deltaic::delta
