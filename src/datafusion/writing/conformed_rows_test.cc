#include "datafusion/writing/conformed_rows.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/batch_formatter.h>
#include <deltaic/datafusion/session_context.h>

#include "testing/error_of.h"

namespace deltaic::datafusion {
namespace {

using testing::ErrorOf;

SessionContext& Session() {
  static auto* session = new SessionContext;
  return *session;
}

// The schema of a column "c" of the type that the SQL expression `of` has.
Schema ColumnOf(const std::string& of) { return Session().Sql("SELECT " + of + " AS c").schema(); }

std::string Of(const std::string& arrow_type) { return "arrow_cast(NULL, '" + arrow_type + "')"; }

// Values as a column of the type of the expression `wanted`, or the error.
std::string Converted(const std::string& values, const std::string& wanted,
                      TextConversion texts = TextConversion::kRefuse) {
  try {
    const DataFrame rows = Session().Sql("SELECT " + values + " AS v");
    const DataFrame result = Conform(rows, {"v"}, ColumnOf(wanted), texts);
    std::string text = FormatBatches(result.schema(), result.Collect(), TextFormat::kRows);
    EXPECT_EQ(result.schema().c_schema()->children[0]->format,
              std::string(ColumnOf(wanted).c_schema()->children[0]->format));
    return text.substr(0, text.find_last_not_of('\n') + 1);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kSchemaMismatch) << error.message();
    return error.message();
  }
}

std::string Cast(const std::string& value, const std::string& type) {
  return "arrow_cast(" + value + ", '" + type + "')";
}

TEST(Conform, ColumnsAreFoundByTheirExactNamesAndOthersGo) {
  const DataFrame rows = Session().Sql("SELECT 1::int AS a, 2::int AS \"A\", 3::int AS b");
  const Schema target = Session().Sql("SELECT 1::bigint AS x, 2::bigint AS y").schema();
  const DataFrame result = Conform(rows, {"A", "a"}, target);
  EXPECT_EQ(result.schema().column_names(), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(FormatBatches(result.schema(), result.Collect(), TextFormat::kRows), "[\"2\",\"1\"]\n");
  EXPECT_EQ(ErrorOf([&] {
              Conform(rows, {"B", "a"}, target);
            }).message(),
            "There is no column of the name B");
  EXPECT_EQ(ErrorOf([&] { Conform(rows, {"a"}, target); }).code(), ErrorCode::kInvalidArgument);
}

TEST(Conform, NumbersAreStoredExactlyOrRefused) {
  EXPECT_EQ(Converted("127::bigint", Of("Int8")), "[\"127\"]");
  EXPECT_EQ(Converted("128::bigint", Of("Int8")),
            "Column c of type Int8 cannot hold exactly this value of type Int64: 128");
  EXPECT_EQ(Converted(Cast("170", "UInt8"), Of("Int16")), "[\"170\"]");
  EXPECT_EQ(Converted(Cast("170", "UInt8"), Of("Int8")),
            "Column c of type Int8 cannot hold exactly this value of type UInt8: 170");
  EXPECT_EQ(Converted("9007199254740992::bigint", Of("Float64")), "[\"9007199254740992\"]");
  EXPECT_NE(Converted("9007199254740993::bigint", Of("Float64")).find("cannot hold exactly"),
            std::string::npos);
  EXPECT_NE(Converted("9223372036854775807::bigint", Of("Float64")).find("cannot hold exactly"),
            std::string::npos);
  EXPECT_EQ(Converted("1.5::double", Of("Float32")), "[\"1.5\"]");
  EXPECT_NE(Converted("0.1::double", Of("Float32")).find("cannot hold exactly"), std::string::npos);
  EXPECT_EQ(Converted("2.0::double", Of("Int32")), "[\"2\"]");
  EXPECT_NE(Converted("2.5::double", Of("Int32")).find("cannot hold exactly"), std::string::npos);
  EXPECT_NE(Converted("'NaN'::double", Of("Int32")).find("cannot hold exactly"), std::string::npos);
  EXPECT_EQ(Converted("'NaN'::float", Of("Float64")), "[\"NaN\"]");
  EXPECT_EQ(Converted("'NaN'::double", Of("Float32")), "[\"NaN\"]");
  EXPECT_EQ(Converted("-0.0::float", Of("Float64")), "[\"-0\"]");
  EXPECT_EQ(Converted("NULL::bigint", Of("Int8")), "[null]");
}

TEST(Conform, DecimalsAreStoredExactlyOrRefused) {
  EXPECT_EQ(Converted("7::int", Of("Decimal128(3, 2)")), "[\"7.00\"]");
  EXPECT_NE(Converted("10::int", Of("Decimal128(3, 2)")).find("cannot hold exactly"),
            std::string::npos);
  EXPECT_EQ(Converted("1.50::decimal(5, 2)", Of("Decimal128(3, 1)")), "[\"1.5\"]");
  EXPECT_EQ(Converted("1.55::decimal(5, 2)", Of("Decimal128(3, 1)")),
            "Column c of type Decimal128(3, 1) cannot hold exactly this value of type"
            " Decimal128(5, 2): 1.55");
  EXPECT_EQ(Converted("0.1::double", Of("Decimal128(3, 1)")), "[\"0.1\"]");
  EXPECT_NE(Converted("0.12::double", Of("Decimal128(3, 1)")).find("cannot hold exactly"),
            std::string::npos);
  EXPECT_EQ(Converted("3.00::decimal(5, 2)", Of("Int32")), "[\"3\"]");
  EXPECT_NE(Converted("3.01::decimal(5, 2)", Of("Int32")).find("cannot hold exactly"),
            std::string::npos);
}

TEST(Conform, TypesThatNeverFitAreRefusedBeforeAnythingRuns) {
  const auto refused = [](const std::string& value, const std::string& wanted) {
    const DataFrame rows = Session().Sql("SELECT " + value + " AS v");
    return ErrorOf([&] { Conform(rows, {"v"}, ColumnOf(wanted)); }).message();
  };
  EXPECT_EQ(refused("'1'", Of("Int32")),
            "Column c has the type Int32 and takes no values of type Utf8");
  EXPECT_EQ(refused("1::bigint", Of("Utf8")),
            "Column c has the type Utf8 and takes no values of type Int64");
  for (const auto& [value, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"true", "Int32"},
           {"1", "Boolean"},
           {"DATE '2024-01-01'", "Int64"},
           {"now()", "Date32"},
           {"arrow_cast(now(), 'Timestamp(Microsecond, Some(\"UTC\"))')",
            "Timestamp(Microsecond, None)"},
           {"arrow_cast('a', 'Binary')", "Utf8"},
           {"[1]", "Int64"},
           {"TIME '01:02:03'", "Int64"}}) {
    EXPECT_NE(refused(value, Of(wanted)).find("takes no values"), std::string::npos)
        << value << " " << wanted;
  }
  EXPECT_EQ(refused("[named_struct('a', 'x')]", "[named_struct('a', 1)]"),
            "Column c.element.a has the type Int64 and takes no values of type Utf8");
}

TEST(Conform, DatesAndTimesKeepWhatTheySay) {
  const std::string utc = "Timestamp(Microsecond, Some(\"UTC\"))";
  const std::string ntz = "Timestamp(Microsecond, None)";
  EXPECT_EQ(Converted("DATE '2024-01-02'", Of(ntz)), "[\"2024-01-02T00:00:00\"]");
  EXPECT_EQ(Converted("DATE '2024-01-02'", Of(utc)), "[\"2024-01-02T00:00:00Z\"]");
  EXPECT_EQ(
      Converted(Cast("'2024-01-02T03:04:05'", "Timestamp(Second, Some(\"+00:00\"))"), Of(utc)),
      "[\"2024-01-02T03:04:05Z\"]");
  EXPECT_EQ(Converted(Cast("'2024-01-02T03:04:05+01:00'",
                           "Timestamp(Millisecond, Some(\"Europe/Paris\"))"),
                      Of(utc)),
            "[\"2024-01-02T02:04:05Z\"]");
  EXPECT_EQ(Converted(Cast("'2024-01-02T03:04:05'", ntz), Of(utc)), "[\"2024-01-02T03:04:05Z\"]");
  EXPECT_EQ(Converted(Cast("'2024-01-02T03:04:05.123456'", "Timestamp(Nanosecond, None)"), Of(ntz)),
            "[\"2024-01-02T03:04:05.123456\"]");
  EXPECT_NE(
      Converted(Cast("'2024-01-02T03:04:05.123456789'", "Timestamp(Nanosecond, None)"), Of(ntz))
          .find(
              "cannot hold exactly this value of type Timestamp(ns): 2024-01-02T03:04:05.1234567"),
      std::string::npos);
}

TEST(Conform, EncodingsDoNotMatter) {
  EXPECT_EQ(Converted(Cast("'a'", "Dictionary(Int32, Utf8)"), Of("Utf8View")), "[\"a\"]");
  EXPECT_EQ(Converted(Cast("'a'", "LargeUtf8"), Of("Utf8")), "[\"a\"]");
  EXPECT_EQ(Converted(Cast(Cast("'ab'", "Binary"), "FixedSizeBinary(2)"), Of("Binary")),
            "[\"6162\"]");
  EXPECT_EQ(Converted("arrow_cast([1, 2], 'LargeList(Int64)')", "[1::int]"), "[\"[1, 2]\"]");
  EXPECT_EQ(Converted("arrow_cast([1, 2], 'FixedSizeList(2, Int64)')", "[1::int]"), "[\"[1, 2]\"]");
  EXPECT_EQ(Converted("NULL", "named_struct('a', 1)"), "[null]");
}

TEST(Conform, StructsGoByNameAndLackingFieldsAreNull) {
  const std::string wanted = "named_struct('a', 1::bigint, 'B', 'x')";
  EXPECT_EQ(Converted("named_struct('b', 'y', 'a', 2::int)", wanted), "[\"{a: 2, B: y}\"]");
  EXPECT_EQ(Converted("named_struct('a', 2)", wanted), "[\"{a: 2, B: NULL}\"]");
  EXPECT_EQ(Converted("named_struct('a', 2, 'z', 3)", wanted),
            "Column c has no field of the name z");
  EXPECT_EQ(Converted("named_struct('b', 'x', 'B', 'y', 'a', 1)", wanted),
            "Column c has no field of the name b");
  EXPECT_EQ(Converted("[named_struct('a', 2)]", "[" + wanted + "]"), "[\"[{a: 2, B: NULL}]\"]");
  EXPECT_EQ(Converted("map(['k'], [named_struct('a', 2)])", "map(['k'], [" + wanted + "])"),
            "[\"{k: {a: 2, B: NULL}}\"]");
}

TEST(Conform, AValueInsideIsNamedByItsPath) {
  EXPECT_EQ(
      Converted("named_struct('in', [1, 300])", "named_struct('in', [arrow_cast(1, 'Int8')])"),
      "Column c.in.element of type Int8 cannot hold exactly this value of type Int64: 300");
  EXPECT_EQ(Converted("map(['k'], [300])", "map(['k'], [arrow_cast(1, 'Int8')])"),
            "Column c.value of type Int8 cannot hold exactly this value of type Int64: 300");
}

TEST(Conform, WhatANullHidesIsNoValue) {
  // The rows that are left out keep their lists' values in the array.
  const DataFrame rows = Session().Sql(
      "SELECT CASE WHEN x > 1 THEN NULL ELSE [x * 100] END AS v FROM (VALUES (1), (2)) t(x)");
  const DataFrame result =
      Conform(rows, {"v"}, Session().Sql("SELECT [arrow_cast(1, 'Int8')] AS c").schema());
  EXPECT_EQ(FormatBatches(result.schema(), result.Collect(), TextFormat::kRows),
            "[\"[100]\"]\n[null]\n");
}

TEST(Conform, TextsOfSqlAreReadAsTheColumnHasThem) {
  const auto parsed = [](const std::string& text, const std::string& type) {
    return Converted("'" + text + "'", Of(type), TextConversion::kParse);
  };
  EXPECT_EQ(parsed("12", "Int8"), "[\"12\"]");
  EXPECT_EQ(parsed("x", "Int8"),
            "Column c of type Int8 finds no such value in this value of type Utf8: x");
  EXPECT_NE(parsed("300", "Int8").find("finds no such value"), std::string::npos);
  EXPECT_EQ(parsed("true", "Boolean"), "[\"true\"]");
  EXPECT_EQ(parsed("2024-01-02", "Date32"), "[\"2024-01-02\"]");
  EXPECT_EQ(parsed("1.50", "Decimal128(3, 1)"), "[\"1.5\"]");
  EXPECT_NE(parsed("1.55", "Decimal128(3, 1)").find("cannot hold exactly"), std::string::npos);
  EXPECT_EQ(parsed("ab", "Binary"), "[\"6162\"]");
  EXPECT_EQ(parsed("2024-01-02 03:04:05.123456", "Timestamp(Microsecond, None)"),
            "[\"2024-01-02T03:04:05.123456\"]");
  EXPECT_EQ(parsed("2024-01-02T03:04:05+02:00", "Timestamp(Microsecond, Some(\"UTC\"))"),
            "[\"2024-01-02T01:04:05Z\"]");
  EXPECT_NE(parsed("2024-01-02 03:04:05.1234567", "Timestamp(Microsecond, None)")
                .find("finds no such value"),
            std::string::npos);
  EXPECT_EQ(parsed("1600-01-02 00:00:00", "Timestamp(Microsecond, None)"),
            "[\"1600-01-02T00:00:00\"]");
}

TEST(DataFrame, ProjectsExpressions) {
  const DataFrame rows = Session().Sql("SELECT 2 AS x, 'a' AS s");
  const Schema schema = rows.schema();
  const DataFrame made = rows.Project({{"Y", Expression::Parse("x * 10", schema)},
                                       {"s", Expression::Column("s")},
                                       {"x", Expression::Parse("s || 'b'", schema)}});
  EXPECT_EQ(FormatBatches(made.schema(), made.Collect(), TextFormat::kCsv), "Y,s,x\n20,a,ab\n");
}

TEST(SessionContext, ReadsAStreamOnceAndDoesNotKeepIt) {
  const DataFrame rows = Session().ReadStream(
      Session().Sql("SELECT value FROM generate_series(1, 30000)").ExecuteStream());
  EXPECT_EQ(rows.Filter("value > 10").Count(), 29990);
  const Error error = ErrorOf([&] { rows.Count(); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.message(), "The rows of a stream can be read once only.");
}

}  // namespace
}  // namespace deltaic::datafusion
