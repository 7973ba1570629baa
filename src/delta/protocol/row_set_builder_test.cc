#include "delta/protocol/row_set_builder.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

RowSet SetOf(const std::set<int64_t>& rows) {
  RowSet set;
  for (const int64_t row : rows) {
    if (set.ranges.empty() || set.ranges.back().end != row) set.ranges.push_back({row, row});
    ++set.ranges.back().end;
  }
  set.cardinality = static_cast<int64_t>(rows.size());
  return set;
}

TEST(RowSetBuilder, IsEmptyAtFirst) {
  EXPECT_TRUE(RowSetBuilder().Build().ranges.empty());
  EXPECT_EQ(RowSetBuilder().cardinality(), 0);
}

TEST(RowSetBuilder, TakesRowsInAnyOrderAndMoreThanOnce) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<int64_t> rows;
    const int64_t base = (round % 3) * ((int64_t{1} << 32) - 50);
    for (int i = random() % 300; i > 0; --i) rows.push_back(base + random() % 200);
    if (round % 2 == 0) std::ranges::sort(rows);
    RowSetBuilder builder;
    for (const int64_t row : rows) builder.Add(row);
    const RowSet expected = SetOf({rows.begin(), rows.end()});
    EXPECT_EQ(builder.cardinality(), expected.cardinality);
    EXPECT_EQ(builder.Build().ranges, expected.ranges);
    EXPECT_EQ(builder.Build().cardinality, expected.cardinality);
  }
}

TEST(RowSetBuilder, AddsSetsAcrossTheHalves) {
  constexpr int64_t kEdge = int64_t{1} << 32;
  RowSetBuilder builder;
  builder.Add(kEdge + 5);
  builder.AddAll({.ranges = {{kEdge - 2, kEdge + 3}}, .cardinality = 5});
  builder.Add(kEdge + 3);
  EXPECT_EQ(builder.Build().ranges,
            (std::vector<RowRange>{{kEdge - 2, kEdge + 4}, {kEdge + 5, kEdge + 6}}));
  EXPECT_EQ(builder.cardinality(), 7);
}

}  // namespace
}  // namespace deltaic::delta
