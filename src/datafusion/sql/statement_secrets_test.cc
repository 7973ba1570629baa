#include "datafusion/sql/statement_secrets.h"

#include <string>

#include <gtest/gtest.h>

#include <deltaic/base/redaction.h>
#include <deltaic/datafusion/session_context.h>

#include "testing/error_of.h"

namespace deltaic::datafusion {
namespace {

using testing::ErrorOf;

TEST(StatementSecrets, AreToldByTheNamesOfOptions) {
  RememberSecretsIn(
      Tokenize("CREATE EXTERNAL TABLE t STORED AS X LOCATION 'http://u:told-50@h/' "
               "OPTIONS ('a_secret' = 'told-60', My_Token 'told-70', region 'north-pole', "
               "azure . account.key E'told-80')"));
  EXPECT_EQ(Redact("told-50 told-60 told-70 north-pole told-80"),
            "REDACTED REDACTED REDACTED north-pole REDACTED");
}

TEST(StatementSecrets, OtherTextsAreNone) {
  RememberSecretsIn(Tokenize("SELECT options, token FROM customers WHERE secret.provider = 1"));
  RememberSecretsIn(Tokenize("COPY t TO 'f' OPTIONS (token.provider 'told-90', x 'ordinary')"));
  EXPECT_EQ(Redact("customers provider ordinary told-90"), "customers provider ordinary REDACTED");
}

std::string Shown(std::string_view sql) { return ShownSql(Tokenize(sql)); }

std::string Stars(size_t count) { return std::string(count, '*'); }

TEST(ShownSql, HidesCredentialsAndKeepsColumns) {
  EXPECT_EQ(Shown("COPY t TO 'f' OPTIONS (region 'x', a.secret 'pé'\n, x) é"),
            "COPY t TO 'f' OPTIONS (region 'x', a.secret" + Stars(5) + "\n" + Stars(6));
  EXPECT_EQ(Shown("SELECT * FROM 's3://b/t?sig=é' x, 's3://b/t'"),
            "SELECT * FROM " + Stars(16) + " x, 's3://b/t'");
  EXPECT_EQ(Shown("SELECT customer_key, token FROM t"), "SELECT customer_key, token FROM t");
}

// Whatever is the matter with the quotes.
TEST(ShownSql, HidesWhatIsQuotedWrongly) {
  EXPECT_EQ(Shown("'OPTIONS ('a_key' 'pw', b"), "'OPTIONS ('a_key" + Stars(5));
  EXPECT_EQ(Shown("FROM ''http://me:pw@h/t y"), "FROM ''" + Stars(16) + " y");
  EXPECT_EQ(Shown("OPTIONS ('region' 'canary"), "OPTIONS ('region' ");
}

// Wherever the parser stops in a statement, its message shows none of the credentials.
TEST(ShownSql, IsWhatErrorsShow) {
  const std::string sql =
      "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION 's3://me:canary-01@b/t?sig=canary-02' "
      "OPTIONS "
      "('aws.secret_access_key' 'canary-03', azure.account.key 'canary-04', 'my_token' canary05)";
  const SessionContext session;
  size_t failures = 0;
  for (size_t at = 0; at <= sql.size(); ++at) {
    for (const char* fault : {" ? ", "'", "\"", "(", ""}) {
      // What a quote in a URL puts outside of it is a word for the parser, which it may quote.
      if (*fault == '\'' && sql.compare(at, 6, "canary") == 0) continue;
      const std::string broken = sql.substr(0, at) + fault + (at % 2 == 0 ? sql.substr(at) : "");
      try {
        session.Sql(broken);
      } catch (const Error& error) {
        ++failures;
        EXPECT_EQ(error.message().find("canary"), std::string::npos) << broken << "\n"
                                                                     << error.message();
      }
    }
  }
  EXPECT_GT(failures, sql.size() * 4);
}

}  // namespace
}  // namespace deltaic::datafusion
