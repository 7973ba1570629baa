#include "delta/protocol/statistics_leaves.h"

#include <gtest/gtest.h>

#include "delta/protocol/statistics_text.h"

namespace deltaic::delta {
namespace {

TEST(LeafColumn, FindsRowsWithAndWithoutGaps) {
  LeafColumn dense, sparse;
  for (uint32_t row = 3; row < 6; ++row) dense.AppendInteger(row, 7);
  EXPECT_EQ(dense.Find(2), std::nullopt);
  EXPECT_EQ(dense.Find(3), 0u);
  EXPECT_EQ(dense.Find(6), std::nullopt);
  EXPECT_EQ(dense.integer(2), 7);
  for (const uint32_t row : {0u, 1u, 5u, 9u}) sparse.AppendInteger(row, row);
  EXPECT_EQ(sparse.Find(1), 1u);
  EXPECT_EQ(sparse.Find(2), std::nullopt);
  EXPECT_EQ(sparse.Find(9), 3u);
  EXPECT_EQ(sparse.integer(3), 9);
  EXPECT_EQ(sparse.integer(0), 0);
}

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
  StatisticsLeaves leaves;
  StatisticsTextParser parser(leaves);
  EXPECT_TRUE(parser.Append(R"({"numRecords":1})"));
  EXPECT_FALSE(parser.Append(R"({"numRecords":2)"));
  EXPECT_FALSE(parser.Append(R"({"numRecords":3}x)"));
  EXPECT_FALSE(parser.Append(""));
  EXPECT_TRUE(parser.Append(R"({"numRecords":4})"));
  ASSERT_EQ(leaves.num_rows(), 5u);
  const LeafColumn* records = leaves.Find(StatisticsSection::kNumRecords, {})[LeafKind::kInteger];
  ASSERT_NE(records, nullptr);
  EXPECT_EQ(records->size(), 2u);
  EXPECT_EQ(records->integer(*records->Find(4)), 4);
}

TEST(StatisticsLeaves, GoOnInOthersOfTheSameNumbers) {
  StatisticsLeaves first;
  StatisticsTextParser parser(first);
  const char* text = R"({"numRecords":1,"minValues":{"a":{"b":5}}})";
  parser.Append(text);
  parser.Append(text);
  StatisticsLeaves second = first.EmptyLike();
  parser.MoveTo(second);
  parser.Append(text);
  EXPECT_EQ(first.num_rows(), 2u);
  ASSERT_EQ(second.num_rows(), 1u);
  EXPECT_TRUE(first.RowEquals(0, second, 0));
}

}  // namespace
}  // namespace deltaic::delta
