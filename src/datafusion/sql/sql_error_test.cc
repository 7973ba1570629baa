#include <deltaic/datafusion/sql_error.h>

#include <string>

#include <gtest/gtest.h>

#include <deltaic/datafusion/session_context.h>

namespace deltaic::datafusion {
namespace {

SqlError Fail(const SessionContext& session, std::string_view sql) {
  try {
    session.Sql(sql);
  } catch (const SqlError& error) {
    return error;
  }
  return {ErrorCode::kInternal, "no error with a place", {}, sql};
}

TEST(SqlError, ShowsThePlaceInTheMessage) {
  const SqlError error(ErrorCode::kInvalidSql, "Bad.", {2, 6}, "SELECT *\nFORM t");
  EXPECT_EQ(error.message(), "Bad.\nat line 2, column 6:\nFORM t\n     ^");
  EXPECT_EQ(error.reason(), "Bad.");
  EXPECT_EQ(SqlError(ErrorCode::kInvalidSql, "Bad.", {9, 1}, "").message(),
            "Bad.\nat line 9, column 1");
}

TEST(SqlError, ShowsThePlaceInAScript) {
  const SqlError error(ErrorCode::kInvalidSql, "Bad.", {1, 2}, "xy");
  EXPECT_EQ(error.Within("a.sql", {7, 10}).message(), "Bad.\nat a.sql, line 7, column 11:\nxy\n ^");
  EXPECT_EQ(error.Within("", {7, 10}).place(), (TextPlace{7, 11}));
}

TEST(SqlError, IsWhatTheParserAndThePlannerThrow) {
  const SessionContext session;
  EXPECT_EQ(Fail(session, "SELEC 1").place(), (TextPlace{1, 1}));
  EXPECT_EQ(Fail(session, "SELECT 1 +\n -- é\n").place(), (TextPlace{1, 11}));
  EXPECT_EQ(Fail(session, "SELECT 'a' ||\n'é").place(), (TextPlace{2, 1}));
  EXPECT_EQ(Fail(session, "SELECT é FROM (SELECT 1 AS a)").place(), (TextPlace{1, 8}));
  EXPECT_EQ(Fail(session, "SELECT a,\n b FROM (SELECT 1 AS a) q").place(), (TextPlace{2, 2}));
  EXPECT_EQ(Fail(session, "SELECT 1\nFROM nowhere").place(), (TextPlace{2, 6}));
  EXPECT_EQ(Fail(session, "SELECT\n  nothing(1)").place(), (TextPlace{2, 3}));
  EXPECT_EQ(Fail(session, "SET TIME ZONE = 'x'").message().find("Location("), std::string::npos);
}

}  // namespace
}  // namespace deltaic::datafusion
