#include "delta/session/statements/describe_statement.h"

#include <string>

#include <gtest/gtest.h>

#include "testing/error_of.h"

namespace deltaic::delta {
namespace {

using datafusion::SqlEdit;
using datafusion::SqlTokens;
using datafusion::Tokenize;
using testing::ErrorOf;

// The text that the parser reads; "" for a statement that is left as it is.
std::string Edited(std::string_view sql, bool normalizes = false) {
  const SqlTokens tokens = Tokenize(sql);
  const auto edits = DescribeEdits(tokens, normalizes);
  if (!edits) return "";
  std::string text;
  size_t next = 0;
  for (size_t i = 0; i < tokens.tokens.size(); ++i) {
    const bool is_edited = next < edits->size() && (*edits)[next].index == i;
    if (!is_edited && !tokens.tokens[i].is_space()) {
      text += sql.substr(tokens.tokens[i].begin, tokens.tokens[i].end - tokens.tokens[i].begin);
    }
    for (; next < edits->size() && (*edits)[next].index == i; ++next) {
      const SqlEdit& edit = (*edits)[next];
      text += edit.kind == SqlEdit::Kind::kText   ? "'" + edit.text + "'"
              : edit.kind == SqlEdit::Kind::kName ? "<" + edit.text + ">"
                                                  : edit.text;
    }
  }
  EXPECT_EQ(next, edits->size()) << sql;
  return text;
}

std::string History(const std::string& arguments) {
  return "SELECT * FROM <DESCRIBE HISTORY>(" + arguments + ")";
}

std::string Detail(const std::string& arguments) {
  return "SELECT * FROM <DESCRIBE DETAIL>(" + arguments + ")";
}

TEST(DescribeEdits, CallTheFunctionOfTheStatement) {
  EXPECT_EQ(Edited("DESCRIBE HISTORY orders"), History("'orders'"));
  EXPECT_EQ(Edited("desc history orders limit 5 ;"), History("'orders', limit =>5") + ";");
  EXPECT_EQ(Edited("DESCRIBE DETAIL orders"), Detail("'orders'"));
  EXPECT_EQ(Edited("DESC /* x */ DETAIL\norders VERSION AS OF 3"), Detail("'orders', version =>3"));
  EXPECT_EQ(Edited("DESC DETAIL orders FOR SYSTEM_VERSION AS OF '3'"),
            Detail("'orders', version =>3"));
  EXPECT_EQ(Edited("DESC DETAIL t TIMESTAMP AS OF now() - INTERVAL '1' HOUR"),
            Detail("'t', timestamp =>now()-INTERVAL'1'HOUR"));
  EXPECT_EQ(Edited("DESC DETAIL t FOR SYSTEM_TIME AS OF '2024-05-01'"),
            Detail("'t', timestamp =>'2024-05-01'"));
}

TEST(DescribeEdits, NameTablesAsQueriesDo) {
  EXPECT_EQ(Edited("DESC HISTORY './a b'"), History("'\"./a b\"'"));
  EXPECT_EQ(Edited("DESC HISTORY \"./it's\""), History("'\"./it's\"'"));
  EXPECT_EQ(Edited("DESC HISTORY `q\"q`"), History("'\"q\"\"q\"'"));
  EXPECT_EQ(Edited("DESC HISTORY shop.`Big.One`.Orders"), History("'shop.\"Big.One\".Orders'"));
  EXPECT_EQ(Edited("DESC HISTORY Shop.\"Orders\"", true), History("'shop.Orders'"));
  EXPECT_EQ(Edited("DESC DETAIL orders@v3"), Detail("'orders@v3'"));
  EXPECT_EQ(Edited("DESC DETAIL './orders'@v3"), Detail("'\"./orders@v3\"'"));
  EXPECT_EQ(Edited("DESC DETAIL \"orders\"@v3 "), Detail("'orders@v3'"));
}

TEST(DescribeEdits, LeaveOtherStatements) {
  for (const char* sql :
       {"DESCRIBE history", "DESC detail;", "DESCRIBE history.t", "DESCRIBE \"HISTORY\" t",
        "DESCRIBE orders", "SELECT 1", "EXPLAIN DESCRIBE HISTORY t", "", ";;", "DESC"}) {
    EXPECT_EQ(Edited(sql), "") << sql;
  }
}

TEST(DescribeEdits, SayWhereAStatementGoesWrong) {
  const struct {
    const char* sql;
    const char* message;
  } cases[] = {
      {"DESC HISTORY (SELECT 1)",
       "Expected: the name or the path of a table, found: (\nat line 1, column 14"},
      {"DESC HISTORY a.", "found: the end of the text\nat line 1, column 16"},
      {"DESC HISTORY t VERSION AS OF 1",
       "Expected: LIMIT or the end of the statement, found: VERSION\nat line 1, column 16"},
      {"DESC HISTORY t LIMIT", "Expected: a number of commits, found: the end of the text"},
      {"DESC HISTORY t LIMIT 'x'", "Expected: a number of commits, found: 'x'"},
      {"DESC HISTORY t LIMIT 1\n, 2",
       "Expected: the end of the statement, found: ,\nat line 2, column 1"},
      {"DESC DETAIL t x", "Expected: VERSION AS OF, TIMESTAMP AS OF or the end of the statement"},
      {"DESC DETAIL t VERSION AS OF", "Expected: a version, found: the end of the text"},
      {"DESC DETAIL t TIMESTAMP AS OF;", "Expected: a point in time, found: the end"},
      {"DESC DETAIL t VERSION AS OF 1) x, (SELECT 1",
       "Expected: the end of the statement, found: )"},
      {"DESC DETAIL t VERSION AS OF 1, 2", "Expected: the end of the statement, found: ,"},
      {"DESC DETAIL t VERSION AS OF 1; x", "Expected: the end of the statement, found: ;"},
  };
  for (const auto& test : cases) {
    const Error error = ErrorOf([&] { DescribeEdits(Tokenize(test.sql), false); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidSql) << test.sql;
    EXPECT_NE(error.message().find(test.message), std::string::npos) << test.sql << "\n"
                                                                     << error.message();
  }
}

}  // namespace
}  // namespace deltaic::delta
