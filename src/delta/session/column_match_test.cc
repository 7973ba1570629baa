#include "delta/session/column_match.h"

#include <functional>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/session_context.h>

namespace deltaic::delta {
namespace {

Schema ColumnsOf(const std::string& sql) {
  return datafusion::SessionContext().Sql("SELECT " + sql).schema();
}

bool Match(const std::string& given, const std::string& actual) {
  try {
    CheckColumns(given.empty() ? Schema() : ColumnsOf(given), ColumnsOf(actual));
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return false;
  }
}

TEST(ColumnMatch, LayoutsDoNotMatter) {
  EXPECT_TRUE(Match("", "1 AS a"));
  EXPECT_TRUE(Match("1 AS a, 'x'::varchar AS s", "1 AS a, arrow_cast('x', 'Utf8View') AS s"));
  EXPECT_TRUE(Match("[1] AS l, now() AS t", "[2] AS l, now()::timestamp AS t"));
}

TEST(ColumnMatch, NamesAndTypesDo) {
  EXPECT_FALSE(Match("1 AS a", "1 AS b"));
  EXPECT_FALSE(Match("1 AS a", "1 AS a, 2 AS b"));
  EXPECT_FALSE(Match("1::int AS a", "1::bigint AS a"));
  EXPECT_FALSE(Match("['x'] AS l", "[1] AS l"));
}

TEST(ColumnMatch, OrderDoes) { EXPECT_FALSE(Match("1 AS a, 2 AS b", "2 AS b, 1 AS a")); }

TEST(ColumnMatch, NotNullIsAClaim) {
  const std::string nullable = "nullif(1, 2) AS a";
  EXPECT_TRUE(Match(nullable, nullable));
  EXPECT_TRUE(Match(nullable, "1 AS a"));
  EXPECT_FALSE(Match("1 AS a", nullable));
}

}  // namespace
}  // namespace deltaic::delta
