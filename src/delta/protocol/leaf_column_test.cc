#include "delta/protocol/leaf_column.h"

#include <random>
#include <span>
#include <vector>

#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

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
      if (at) ASSERT_EQ(column.integer(*at), expected.integer(*at)) << i;
    }
  }
}

}  // namespace
}  // namespace deltaic::delta
