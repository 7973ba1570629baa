#include "datafusion/sql/statement_options.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "testing/error_of.h"

namespace deltaic::datafusion {
namespace {

using testing::ErrorOf;
using Strings = std::vector<std::string>;

Strings KeysOf(std::string_view sql) {
  const SqlTokens tokens = Tokenize(sql);
  Strings keys;
  for (const StatementOption& option : OptionsOf(tokens)) {
    keys.push_back(option.key);
    EXPECT_FALSE(tokens.tokens[option.token].is_space());
  }
  return keys;
}

TEST(StatementOptions, AreThoseOfTheList) {
  EXPECT_EQ(KeysOf("CREATE EXTERNAL TABLE options (options INT) STORED AS X LOCATION 'options(' "
                   "OPTIONS ('a.b' 1, c.\"D\" /* x */ 'v', E'e' w)"),
            (Strings{"a.b", "c.D", "e"}));
  EXPECT_EQ(KeysOf("create or replace external table t stored as x options (a 1,)"), Strings{"a"});
  EXPECT_EQ(KeysOf("CREATE EXTERNAL TABLE IF NOT EXISTS options.options (a INT) OPTIONS (b 1)"),
            Strings{"b"});
  EXPECT_EQ(KeysOf("COPY options TO 'f' OPTIONS (c 1)"), Strings{"c"});
  EXPECT_EQ(KeysOf("EXPLAIN ANALYZE COPY (SELECT options(x) FROM t) TO 'f' OPTIONS (k v)"),
            Strings{"k"});
}

TEST(StatementOptions, AreNoneElsewhere) {
  for (const char* sql : {"SELECT options(a, b)", "CREATE VIEW v AS SELECT 1 OPTIONS (a b)", "",
                          "COPY t TO 'f'", "COPY t TO 'f' OPTIONS", "COPY t TO 'f' OPTIONS ("}) {
    EXPECT_EQ(KeysOf(sql), Strings()) << sql;
  }
}

TEST(StatementOptions, ThatAreReadOverAreRefused) {
  const auto check = [](std::string_view sql) {
    return ErrorOf([&] { CheckOptions(Tokenize(sql)); });
  };
  const std::string table = "CREATE EXTERNAL TABLE t STORED AS X LOCATION 'f' ";
  EXPECT_EQ(check(table + "OPTIONS (A 1, \"format.a\" 2)").code(), ErrorCode::kInvalidArgument);
  for (const std::string list : {"OPTIONS ('format.Crypto.x' 1)", "OPTIONS (a 1, crypto.x 1)"}) {
    EXPECT_EQ(check(table + list).code(), ErrorCode::kNotImplemented) << list;
    EXPECT_EQ(check("COPY t TO 'f' " + list).code(), ErrorCode::kNotImplemented) << list;
    EXPECT_EQ(check("EXPLAIN COPY t TO 'f' " + list).code(), ErrorCode::kNotImplemented) << list;
  }
  EXPECT_NE(check("COPY t TO 'f' OPTIONS (crypto.x 1)").message().find("column 24:\n"),
            std::string::npos);
}

}  // namespace
}  // namespace deltaic::datafusion
