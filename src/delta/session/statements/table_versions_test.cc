#include "delta/session/statements/table_versions.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "testing/error_of.h"

namespace deltaic::delta {
namespace {

using datafusion::SqlEdit;
using datafusion::SqlTokens;
using datafusion::Tokenize;
using testing::ErrorOf;

// The text that the parser reads.
std::string Edited(std::string_view sql) {
  const SqlTokens tokens = Tokenize(sql);
  const std::vector<SqlEdit> edits = VersionEdits(tokens);
  std::string text;
  size_t next = 0;
  for (size_t i = 0; i < tokens.tokens.size(); ++i) {
    const bool is_edited = next < edits.size() && edits[next].index == i;
    if (!is_edited)
      text += sql.substr(tokens.tokens[i].begin, tokens.tokens[i].end - tokens.tokens[i].begin);
    for (; next < edits.size() && edits[next].index == i; ++next) {
      const bool is_name = edits[next].kind == SqlEdit::Kind::kName;
      text += is_name ? "<" + edits[next].text + ">" : edits[next].text;
    }
  }
  EXPECT_EQ(next, edits.size()) << sql;
  return text;
}

TEST(VersionEdits, ReadEverySpelling) {
  EXPECT_EQ(Edited("FROM t VERSION AS OF 3"), "FROM t VERSION AS OF 3");
  EXPECT_EQ(Edited("FROM t version as of '3'"), "FROM t version as of 3");
  EXPECT_EQ(Edited("FROM t FOR VERSION AS OF '3' x"), "FROM t   VERSION AS OF 3 x");
  EXPECT_EQ(Edited("FROM t FOR/*-*/system_version AS OF '12' x"),
            "FROM t  /*-*/VERSION AS OF 12 x");
  EXPECT_EQ(Edited("FROM t FOR TIMESTAMP AS OF now()"), "FROM t   TIMESTAMP AS OF now()");
  EXPECT_EQ(Edited("FROM t FOR VERSION AS OF 1, u FOR VERSION AS OF 2"),
            "FROM t   VERSION AS OF 1, u   VERSION AS OF 2");
}

TEST(VersionEdits, LeaveTheRest) {
  for (const char* sql :
       {"FROM t FOR SYSTEM_TIME AS OF '2024'", "FROM t VERSION AS OF 'x'",
        "FROM t VERSION AS OF ''", "FROM t VERSION AS", "FROM t FOR VERSION AS", "FROM t FOR",
        "FROM t VERSION AS OF", "SELECT \"for\" version AS x", "FROM t SYSTEM_VERSION AS OF '1'",
        "FROM t@v1 \"@v1\"", "FROM t @vx", "SET x = 'VERSION AS OF'", ""}) {
    EXPECT_EQ(Edited(sql), sql);
  }
}

TEST(VersionEdits, JoinASuffixToAQuotedName) {
  EXPECT_EQ(Edited("FROM \"my t\"@v1 x"), "FROM <my t@v1>  x");
  EXPECT_EQ(Edited("FROM a.`b`@v1, '/it''s'@20240101120000000"),
            "FROM a.<b@v1> , </it's@20240101120000000> ");
}

TEST(VersionEdits, RefuseAVersionWithoutAName) {
  for (const char* sql :
       {"FROM t @v1", "FROM \"t\" @V1", "FROM 't'/**/@v1", "FROM t AS @v1", "FROM f('t')@v1",
        "FROM (SELECT 1)@20240101120000000", "DELETE FROM t @1"}) {
    const Error error = ErrorOf([&] { VersionEdits(Tokenize(sql)); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidSql) << sql;
    EXPECT_EQ(error.message().find("A version follows the name of a table directly"), 0)
        << error.message();
    EXPECT_NE(error.message().find(std::string(":\n") + sql + "\n"), std::string::npos) << sql;
  }
}

}  // namespace
}  // namespace deltaic::delta
