#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/batch_formatter.h>
#include <deltaic/datafusion/expression.h>
#include <deltaic/datafusion/session_context.h>

#include "testing/error_of.h"

namespace deltaic::datafusion {
namespace {

using testing::ErrorOf;

const DataFrame& Rows() {
  static const auto* rows = new DataFrame(SessionContext().Sql(
      "SELECT 7::int AS id, 'abc' AS \"Name\", 1 AS a, 2 AS \"A\", 3 AS \"my col\","
      " named_struct('Inner', named_struct('x', 5)) AS s, 1.5::decimal(4, 2) AS d,"
      " arrow_cast('2024-03-31T21:05:09', 'Timestamp(Microsecond, Some(\"UTC\"))') AS at,"
      " DATE '2024-03-31' AS day, NULL::int AS n, [5, 6] AS l, [[7], [8]] AS ll,"
      " MAP {'k': 1} AS m"));
  return *rows;
}

std::string ValueOf(const std::string& sql) {
  const Schema schema = Rows().schema();
  const DataFrame value = Rows().Project({{"v", Expression::ParseSpark(sql, schema)}});
  const std::string text =
      FormatBatches(value.schema(), value.Collect(), TextFormat::kCsv, /*header=*/false);
  return text.substr(0, text.size() - 1);
}

Error ErrorIn(const std::string& sql) {
  return ErrorOf([&] { Expression::ParseSpark(sql, Rows().schema()); });
}

TEST(ParseSpark, BackticksQuoteNamesAndBothOtherQuotesTexts) {
  EXPECT_EQ(ValueOf("`id` > 5"), "true");
  EXPECT_EQ(ValueOf("`my col` + 1"), "4");
  EXPECT_EQ(ValueOf("name = \"abc\""), "true");
  EXPECT_EQ(ValueOf("name = 'abc'"), "true");
  EXPECT_EQ(ValueOf("\"id\""), "id");
}

TEST(ParseSpark, NamesAreFoundExactlyOrElseInAnyCaseWhereOneIsLeft) {
  EXPECT_EQ(ValueOf("NAME"), "abc");
  EXPECT_EQ(ValueOf("a"), "1");
  EXPECT_EQ(ValueOf("A"), "2");
  EXPECT_EQ(ValueOf("S.inner.X"), "5");
  EXPECT_EQ(ValueOf("s.`Inner`.x + ID"), "12");
  EXPECT_EQ(ErrorIn("b > 1").code(), ErrorCode::kInvalidSql);
  EXPECT_EQ(Expression::ParseSpark("ID > 1 AND name = 'x'", Rows().schema()).columns(),
            (std::vector<std::string>{"Name", "id"}));
}

TEST(ParseSpark, OperatorsMeanWhatSparkMeans) {
  EXPECT_EQ(ValueOf("id / 2"), "3.5");
  EXPECT_EQ(ValueOf("id / 0 IS NULL"), "true");
  EXPECT_EQ(ValueOf("n <=> NULL"), "true");
  EXPECT_EQ(ValueOf("id == 7"), "true");
  EXPECT_EQ(ValueOf("NOT (id <> 7) AND id IN (6, 7) AND name LIKE 'a%'"), "true");
  EXPECT_EQ(ValueOf("d = 1.5"), "true");
  EXPECT_EQ(ValueOf("CASE WHEN id BETWEEN 1 AND 9 THEN 'small' ELSE 'large' END"), "small");
  EXPECT_EQ(ValueOf("CAST(id AS STRING) || 'x'"), "7x");
  EXPECT_EQ(ValueOf("CAST(at AS DATE)"), "2024-03-31");
  EXPECT_EQ(ValueOf("CAST(id AS LONG)"), "7");
  EXPECT_EQ(ValueOf("day >= DATE '2024-01-01'"), "true");
}

TEST(ParseSpark, FunctionsAreThoseOfSparkFirst) {
  EXPECT_EQ(ValueOf("concat(name, NULL) IS NULL"), "true");
  EXPECT_EQ(ValueOf("substring(name, -2, 1)"), "b");
  EXPECT_EQ(ValueOf("substr(name, 2)"), "bc");
  EXPECT_EQ(ValueOf("year(at) * 10000 + MONTH(day) * 100 + day(at)"), "20240331");
  EXPECT_EQ(ValueOf("hour(at)"), "21");
  EXPECT_EQ(ValueOf("dayofweek(day)"), "1");
  EXPECT_EQ(ValueOf("date_format(at, 'yyyy-MM-dd-HH')"), "2024-03-31-21");
  EXPECT_EQ(ValueOf("date_trunc('MONTH', at)").substr(0, 10), "2024-03-01");
  EXPECT_EQ(ValueOf("round(log(1.0), 1)"), "0.0");
  EXPECT_EQ(ValueOf("regexp_replace('aaa', 'a', 'b')"), "bbb");
  EXPECT_EQ(ValueOf("coalesce(n, id)"), "7");
  EXPECT_EQ(ValueOf("upper(trim(' x ')) = 'X' AND length(name) = 3"), "true");
}

TEST(ParseSpark, PlacesInListsAreThoseOfSpark) {
  EXPECT_EQ(ValueOf("l[0]"), "5");
  EXPECT_EQ(ValueOf("l[a]"), "6");
  EXPECT_EQ(ValueOf("l[2] IS NULL AND l[-1] IS NULL AND l[n] IS NULL"), "true");
  EXPECT_EQ(ValueOf("ll[1][0]"), "8");
  EXPECT_EQ(ValueOf("element_at(l, 1) + element_at(l, -1)"), "11");
  EXPECT_EQ(ValueOf("element_at(m, 'k') = 1 AND m['k'] = 1"), "true");
  EXPECT_EQ(ValueOf("element_at(m, 'x') IS NULL AND m['x'] IS NULL"), "true");
}

TEST(ParseSpark, AFunctionThatIsNotThereIsNamed) {
  for (const auto& [sql, name] : std::vector<std::pair<std::string, std::string>>{
           {"no_such(id) > 1", "no_such"},
           {"id > 1 AND From_UnixTime(id) = 'x'", "from_unixtime"},
           {"to_date(name, 'yyyy') IS NULL", "to_date"},
           {"date_format(at, 'EEEE') = 'x'", "date_format"}}) {
    const Error error = ErrorIn(sql);
    EXPECT_EQ(error.code(), ErrorCode::kUnsupportedFeature) << sql << ": " << error.message();
    EXPECT_NE(error.message().find(name), std::string::npos) << error.message();
  }
  EXPECT_EQ(ErrorIn("sum(id) > 1").code(), ErrorCode::kInvalidSql);
  EXPECT_EQ(ErrorIn("id >").code(), ErrorCode::kInvalidSql);
  EXPECT_EQ(ErrorIn("id > 1; DROP TABLE t").code(), ErrorCode::kInvalidSql);
  EXPECT_EQ(ErrorIn("").code(), ErrorCode::kInvalidSql);
}

}  // namespace
}  // namespace deltaic::datafusion
