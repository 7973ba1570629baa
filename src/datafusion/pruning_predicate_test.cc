#include <deltaic/datafusion/pruning_predicate.h>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/session_context.h>

namespace deltaic::datafusion {
namespace {

RecordBatch Rows(std::string_view sql) { return SessionContext().Sql(sql).Collect().at(0); }

Schema TableSchema() {
  return SessionContext().Sql("SELECT 1::bigint AS x, 'a' AS \"S\"").schema();
}

// Files: x in 0..9 without nulls, x in 10..19, x unknown, x all null.
RecordBatch Statistics() {
  return Rows(
      "SELECT * FROM (VALUES "
      "(10, named_struct('x', 0), named_struct('x', 0::bigint), named_struct('x', 9::bigint)),"
      "(10, named_struct('x', 1), named_struct('x', 10::bigint), named_struct('x', 19::bigint)),"
      "(NULL, named_struct('x', NULL), named_struct('x', NULL), named_struct('x', NULL)),"
      "(10, named_struct('x', 10), named_struct('x', NULL), named_struct('x', NULL))"
      ") t(num_rows, null_count, min, max)");
}

std::vector<uint8_t> MayMatch(std::string_view filter) {
  PruningPredicate predicate({Expression::Parse(filter, TableSchema())}, TableSchema());
  return predicate.MayMatch(Statistics());
}

using Kept = std::vector<uint8_t>;

TEST(PruningPredicate, KeepsWhatCannotBeRuledOut) {
  EXPECT_EQ(MayMatch("x > 9"), (Kept{0, 1, 1, 0}));
  EXPECT_EQ(MayMatch("x = 3 OR x = 12"), (Kept{1, 1, 1, 0}));
  EXPECT_EQ(MayMatch("x IS NULL"), (Kept{0, 1, 1, 1}));
  EXPECT_EQ(MayMatch("x IS NOT NULL"), (Kept{1, 1, 1, 0}));
  EXPECT_EQ(MayMatch("x IN (3, 4)"), (Kept{1, 0, 1, 0}));
}

TEST(PruningPredicate, ColumnWithoutStatisticsPrunesNothing) {
  EXPECT_EQ(MayMatch("\"S\" = 'b'"), (Kept{1, 1, 1, 1}));
  EXPECT_EQ(MayMatch("x > 9 AND \"S\" = 'b'"), (Kept{0, 1, 1, 0}));
}

TEST(PruningPredicate, NamesTheColumnsItUses) {
  PruningPredicate predicate({Expression::Parse("x > 9 AND \"S\" = 'b'", TableSchema())},
                             TableSchema());
  EXPECT_EQ(predicate.columns(), (std::vector<std::string>{"S", "x"}));
  EXPECT_FALSE(predicate.always_true());
  EXPECT_TRUE(PruningPredicate({}, TableSchema()).always_true());
}

TEST(Expression, TellsItsTextColumnsAndNature) {
  Expression filter = Expression::Parse("x > 9 AND \"S\" LIKE 'b%'", TableSchema());
  EXPECT_EQ(filter.columns(), (std::vector<std::string>{"S", "x"}));
  EXPECT_TRUE(filter.is_deterministic());
  EXPECT_FALSE(Expression::Parse("x > random()", TableSchema()).is_deterministic());
}

TEST(Expression, ColumnNamesKeepTheirCase) {
  EXPECT_EQ(Expression::Parse("S = 'b'", TableSchema()).columns(), std::vector<std::string>{"S"});
  try {
    Expression::Parse("X > 1", TableSchema());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidSql);
  }
}

TEST(EvaluateFilters, KeepsRowsWhereTheConjunctionIsTrue) {
  RecordBatch rows = Rows("SELECT * FROM (VALUES (1, 'a'), (2, NULL), (3, 'b')) t(x, s)");
  auto parse = [&](std::string_view sql) { return Expression::Parse(sql, rows.schema()); };
  EXPECT_EQ(EvaluateFilters({parse("x > 1"), parse("upper(s) = 'B'")}, rows), (Kept{0, 0, 1}));
  EXPECT_EQ(EvaluateFilters({parse("s IS NULL")}, rows), (Kept{0, 1, 0}));
  EXPECT_EQ(EvaluateFilters({}, rows), (Kept{1, 1, 1}));
}

}  // namespace
}  // namespace deltaic::datafusion
