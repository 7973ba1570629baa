#include "delta/statistics/statistics_leaves.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "delta/statistics/statistics_text.h"

namespace deltaic::delta {
namespace {

TEST(Instant, TextsComeBackAsTheyWere) {
  for (const char* text :
       {"1970-01-01T00:00:00.000Z", "0000-01-01T00:00:00.001Z", "9999-12-31T23:59:59.999Z",
        "2024-02-29T12:34:56.789Z", "1969-12-31T23:59:59.999Z"}) {
    int64_t milliseconds;
    ASSERT_TRUE(ParseInstant(text, milliseconds)) << text;
    EXPECT_EQ(InstantText(milliseconds), text);
  }
  for (const char* text :
       {"2023-02-29T00:00:00.000Z", "2024-13-01T00:00:00.000Z", "2024-01-01T24:00:00.000Z",
        "2024-01-01 00:00:00.000Z", "2024-01-01T00:00:00.000+", "2024-01-01T00:00:00Z", ""}) {
    int64_t milliseconds;
    EXPECT_FALSE(ParseInstant(text, milliseconds)) << text;
  }
}

TEST(StatisticsTextParser, MalformedTextIsARowWithoutValues) {
  StatisticsLeavesBuilder builder;
  StatisticsTextParser parser(builder);
  EXPECT_TRUE(parser.Append(R"({"numRecords":1})"));
  EXPECT_FALSE(parser.Append(R"({"numRecords":2)"));
  EXPECT_FALSE(parser.Append(R"({"numRecords":3}x)"));
  EXPECT_FALSE(parser.Append(""));
  EXPECT_TRUE(parser.Append(R"({"numRecords":4})"));
  const StatisticsLeaves leaves = builder.Finish();
  ASSERT_EQ(leaves.num_rows(), 5u);
  const LeafColumn* records = leaves.Find(StatisticsSection::kNumRecords, {})[LeafKind::kInteger];
  ASSERT_NE(records, nullptr);
  EXPECT_EQ(records->size(), 2u);
  EXPECT_EQ(records->integer(*records->Find(4)), 4);
}

TEST(StatisticsLeaves, OneSetComesAfterTheOther) {
  StatisticsLeavesBuilder builder;
  StatisticsTextParser parser(builder);
  const char* text = R"({"numRecords":1,"minValues":{"a":{"b":5}}})";
  parser.Append(text);
  parser.Append(text);
  const StatisticsLeaves first = builder.Finish();
  parser.Append(text);
  parser.Append(R"({"numRecords":2})");
  const StatisticsLeaves second = builder.Finish();
  EXPECT_EQ(first.num_rows(), 2u);
  ASSERT_EQ(second.num_rows(), 2u);
  EXPECT_TRUE(first.RowEquals(0, second, 0));
  EXPECT_FALSE(first.RowEquals(0, second, 1));
}

TEST(StatisticsLeaves, RowsOfOthersAreAdded) {
  StatisticsLeavesBuilder one, other, both;
  StatisticsTextParser first(one), second(other);
  first.Append(R"({"numRecords":1,"minValues":{"a":5,"n":1.5,"s":"x"}})");
  first.Append(R"({"numRecords":2,"tightBounds":false})");
  second.Append(R"({"maxValues":{"a":"2024-02-29T12:34:56.789Z"},"numRecords":3})");
  second.Append(R"({"minValues":{"a":"y","n":1e9}})");
  const StatisticsLeaves a = one.Finish(), b = other.Finish();
  const std::vector<uint32_t> rows_of_a = {0, 1}, rows_of_b = {1, 0};
  both.AppendRows(a, rows_of_a);
  both.AppendRows(b, rows_of_b);
  const StatisticsLeaves merged = both.Finish();
  ASSERT_EQ(merged.num_rows(), 4u);
  for (uint32_t row = 0; row < 2; ++row) {
    EXPECT_TRUE(merged.RowEquals(row, a, row)) << row;
    EXPECT_TRUE(merged.RowEquals(2 + row, b, rows_of_b[row])) << row;
    EXPECT_FALSE(merged.RowEquals(row, b, row)) << row;
  }
}

}  // namespace
}  // namespace deltaic::delta
