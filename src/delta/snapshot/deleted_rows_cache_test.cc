#include "delta/snapshot/deleted_rows_cache.h"

#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

RowSetPtr Rows(int64_t ranges) {
  RowSet rows;
  for (int64_t i = 0; i < ranges; ++i) rows.ranges.push_back({2 * i, 2 * i + 1});
  return std::make_shared<const RowSet>(std::move(rows));
}

TEST(DeletedRowsCache, FindsWhatWasKept) {
  DeletedRowsCache cache;
  EXPECT_EQ(cache.Find("a"), nullptr);
  const RowSetPtr rows = Rows(3);
  cache.Keep("a", rows);
  EXPECT_EQ(cache.Find("a"), rows);
  EXPECT_EQ(cache.Find("b"), nullptr);
}

TEST(DeletedRowsCache, DropsWhatWasUsedTheLongestTimeAgo) {
  DeletedRowsCache cache(4000);
  cache.Keep("a", Rows(100));
  cache.Keep("b", Rows(100));
  EXPECT_NE(cache.Find("a"), nullptr);
  cache.Keep("c", Rows(100));
  EXPECT_NE(cache.Find("a"), nullptr);
  EXPECT_EQ(cache.Find("b"), nullptr);
  EXPECT_NE(cache.Find("c"), nullptr);
}

TEST(DeletedRowsCache, KeepsNothingThatIsLargerThanAllItMayHold) {
  DeletedRowsCache cache(4000);
  cache.Keep("a", Rows(1000));
  EXPECT_EQ(cache.Find("a"), nullptr);
  cache.Keep("b", Rows(1));
  EXPECT_NE(cache.Find("b"), nullptr);
}

}  // namespace
}  // namespace deltaic::delta
