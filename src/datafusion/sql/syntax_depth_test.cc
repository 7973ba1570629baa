#include "datafusion/sql/syntax_depth.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <deltaic/datafusion/expression.h>
#include <deltaic/datafusion/session_context.h>

#include "testing/error_of.h"

namespace deltaic::datafusion {
namespace {

using testing::ErrorOf;

std::string Repeat(std::string_view text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i) result += text;
  return result;
}

size_t DepthOf(const std::string& sql) { return SyntaxDepth(Tokenize(sql)); }

TEST(SyntaxDepth, ChainsCountAndListsDoNot) {
  EXPECT_EQ(DepthOf("SELECT 1" + Repeat(" + 1", 900)), 900);
  EXPECT_EQ(DepthOf("SELECT x = 1" + Repeat(" OR x = 1 + 2", 900)), 902);
  EXPECT_EQ(DepthOf("SELECT " + Repeat("(", 900) + "1"), 900);
  EXPECT_LT(DepthOf("SELECT 1 + 1" + Repeat(", -1 + 2", 900)), 5);
  EXPECT_LT(DepthOf("SELECT CASE " + Repeat("WHEN a = 1 THEN 2 ", 900) + " END"), 5);
  EXPECT_LT(DepthOf("VALUES (1)" + Repeat(", (-1)", 900)), 5);
}

TEST(SyntaxDepth, RelationsChainToo) {
  EXPECT_GE(DepthOf("SELECT 1" + Repeat(" UNION ALL SELECT 1", 900)), 900);
  EXPECT_GE(DepthOf("SELECT 1 FROM t" + Repeat(", t", 900)), 900);
  EXPECT_GE(DepthOf("SELECT 1 FROM t" + Repeat(" JOIN t ON a = b", 900)), 900);
  EXPECT_GE(DepthOf("WITH a AS (SELECT 1)" + Repeat(", b AS (SELECT * FROM a)", 900) +
                    " SELECT * FROM b"),
            900);
}

TEST(SyntaxDepth, UnbalancedTextHasADepth) { EXPECT_EQ(DepthOf(")))((1 +"), 3); }

// Every operator of the parser nests, however it is spelled.
TEST(SyntaxDepth, EveryOperatorChains) {
  for (const char* symbol :
       {"=",  "==",  "<>", "!=",   "<",   ">",  "<=",  ">=", "<=>",     "+",   "-",
        "*",  "/",   "%",  "||",   "&",   "|",  "^",   "<<", ">>",      "->",  "@>",
        "<@", "AND", "or", "LIKE", "#>>", "//", "->>", "#>", "COLLATE", "XOR", "div"}) {
    EXPECT_GE(DepthOf("SELECT a" + Repeat(std::string(" ") + symbol + " a", 900)), 900) << symbol;
  }
}

/// A table whose only column has a default.
class TableWithDefault : public TableProvider {
 public:
  explicit TableWithDefault(std::string sql) : sql_(std::move(sql)) {}
  const Schema& schema() const override { return schema_; }
  FileScan Scan(const ScanRequest&) const override {
    throw Error(ErrorCode::kNotImplemented, "There are no rows.");
  }
  std::vector<std::pair<std::string, std::string>> ColumnDefaults() const override {
    return {{"a", sql_}};
  }

 private:
  Schema schema_ = SessionContext().Sql("SELECT 1 AS a").schema();
  std::string sql_;
};

// Each of these would overflow a stack.
TEST(SyntaxDepth, IsCheckedWhereverTextIsParsed) {
  const std::string deep = "a" + Repeat(" + 1", 200000) + " > 0";
  SessionContext session;
  const DataFrame frame = session.Sql("SELECT 1 AS a");
  const auto table = std::make_shared<TableWithDefault>("1" + Repeat(" + 1", 200000));
  EXPECT_EQ(ErrorOf([&] { session.Sql("SELECT " + deep); }).code(), ErrorCode::kInvalidSql);
  EXPECT_EQ(ErrorOf([&] { frame.Filter(deep); }).code(), ErrorCode::kInvalidSql);
  EXPECT_EQ(ErrorOf([&] { Expression::Parse(deep, frame.schema()); }).code(),
            ErrorCode::kInvalidSql);
  EXPECT_EQ(ErrorOf([&] { session.ScanTable(table, {.predicate = deep}); }).code(),
            ErrorCode::kInvalidSql);
  session.RegisterTable("t", table);
  EXPECT_EQ(session.Sql("SELECT a FROM t").schema().num_columns(), 1);
}

}  // namespace
}  // namespace deltaic::datafusion
