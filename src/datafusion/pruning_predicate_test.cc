#include <deltaic/datafusion/pruning_predicate.h>

#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/session_context.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace deltaic::datafusion {
namespace {

RecordBatch Rows(std::string_view sql) { return SessionContext().Sql(sql).Collect().at(0); }

using Kept = std::vector<uint8_t>;

// Container k, of 0 to 3, holds a hundred rows: x, f and q from k*100 to k*100+99, d and the
// timestamps in the year 2020+k, s from "a00" to "a99" for 0, "b00" for 1 and so on, n like x but
// null everywhere in 0 and sometimes in 2, b false in 0 and 1, either in 2 and true in 3, the
// fields of st like x, and in p the texts p0, p0, p1, p2.
std::string Columns(std::string_view function) {
  const bool is_max = function == "max";
  const std::string add = is_max ? "99" : "0";
  const std::string date = is_max ? "make_date(2020 + k, 12, 31)" : "make_date(2020 + k, 1, 1)";
  const std::string x = fmt::format("k * 100 + {}", add);
  return fmt::format(
      "SELECT arrow_cast({0}, 'Int64') AS x, arrow_cast({0}, 'Float64') AS f, "
      "arrow_cast({0}, 'Decimal128(10, 2)') AS q, {1} AS d, "
      "arrow_cast({1}, 'Timestamp(Microsecond, Some(\"UTC\"))') AS ts, "
      "arrow_cast({1}, 'Timestamp(Microsecond, None)') AS ntz, "
      "arrow_cast(chr(97 + k) || '{2}', 'Utf8View') AS s, "
      "CASE WHEN k > 0 THEN arrow_cast({0}, 'Int32') END AS n, {3} AS b, "
      "named_struct('a', arrow_cast({0}, 'Int64'), 'b', "
      "named_struct('c', arrow_cast({0}, 'Int32'))) AS st, "
      "'p' || CASE WHEN k = 0 THEN 0 ELSE k - 1 END AS p "
      "FROM (VALUES (0), (1), (2), (3)) t(k) ORDER BY k",
      x, date, is_max ? "99" : "00", is_max ? "k >= 2" : "k = 3");
}

Schema MatrixSchema() {
  static const Schema schema = SessionContext().Sql(Columns("min")).schema();
  return schema;
}

RecordBatch MatrixStatistics() {
  static const RecordBatch statistics = [] {
    const std::string fields =
        "'x', {0}.x, 'f', {0}.f, 'q', {0}.q, 'd', {0}.d, 'ts', {0}.ts, 'ntz', {0}.ntz, 's', {0}.s, "
        "'n', {0}.n, 'b', {0}.b, 'st', {0}.st, 'p', {0}.p";
    return Rows(fmt::format(
        "SELECT arrow_cast(100, 'Int64') AS num_rows, named_struct('x', 0, 'f', 0, 'q', 0, "
        "'d', 0, 'ts', 0, 'ntz', 0, 's', 0, 'n', CASE min.x WHEN 0 THEN 100 WHEN 200 THEN 5 "
        "ELSE 0 END, 'b', 0, 'st', named_struct('a', 0, 'b', named_struct('c', 0)), 'p', 0) "
        "AS null_count, named_struct({}) AS min, named_struct({}) AS max "
        "FROM ({}) AS min JOIN ({}) AS max ON min.x + 99 = max.x ORDER BY min.x",
        fmt::format(fmt::runtime(fields), "min"), fmt::format(fmt::runtime(fields), "max"),
        Columns("min"), Columns("max")));
  }();
  return statistics;
}

Kept MayMatch(std::string_view filter) {
  PruningPredicate predicate({Expression::Parse(filter, MatrixSchema())}, MatrixSchema());
  return predicate.MayMatch(MatrixStatistics());
}

struct Case {
  const char* predicate;
  Kept kept;
};

void ExpectKept(const std::vector<Case>& cases) {
  for (const Case& one : cases) EXPECT_EQ(MayMatch(one.predicate), one.kept) << one.predicate;
}

TEST(PruningPredicate, Comparisons) {
  ExpectKept({
      {"x > 250", {0, 0, 1, 1}},
      {"x >= 299", {0, 0, 1, 1}},
      {"x > 299", {0, 0, 0, 1}},
      {"x <= 100", {1, 1, 0, 0}},
      {"x < 100", {1, 0, 0, 0}},
      {"250 < x", {0, 0, 1, 1}},
      {"x = 203", {0, 0, 1, 0}},
      {"x <> 203", {1, 1, 1, 1}},
      {"p <> 'p0'", {0, 0, 1, 1}},
      {"x BETWEEN 150 AND 220", {0, 1, 1, 0}},
      {"x NOT BETWEEN 100 AND 299", {1, 0, 0, 1}},
      {"NOT (x < 250)", {0, 0, 1, 1}},
      {"x IN (3, 203)", {1, 0, 1, 0}},
      {"x IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 303)", {1, 0, 0, 1}},
      {"p NOT IN ('p0', 'p2')", {0, 0, 1, 0}},
      {"p NOT IN ('p0', 'p1', 'q', 'r', 's', 't', 'u', 'v', 'w')", {0, 0, 0, 1}},
      {"x NOT IN (1, NULL)", {0, 0, 0, 0}},
      {"x IS DISTINCT FROM 203", {1, 1, 1, 1}},
      {"x IS NOT DISTINCT FROM 203", {0, 0, 1, 0}},
      {"n IS NOT DISTINCT FROM 350", {0, 0, 0, 1}},
      {"n IS NOT DISTINCT FROM NULL", {1, 0, 1, 0}},
      {"p IS DISTINCT FROM 'p0'", {0, 0, 1, 1}},
      {"x > st['a']", {1, 1, 1, 1}},
      {"x > n + 200", {0, 0, 0, 0}},
      {"q > 250.5", {0, 0, 1, 1}},
      {"d >= DATE '2022-06-01'", {0, 0, 1, 1}},
      {"d >= '2023-01-01'", {0, 0, 0, 1}},
      {"ts >= '2023-01-01T00:00:00Z'", {0, 0, 0, 1}},
      {"ts >= TIMESTAMP '2023-01-01'", {0, 0, 0, 1}},
      {"ntz < TIMESTAMP '2021-01-01'", {1, 0, 0, 0}},
      {"ts < DATE '2021-01-01'", {1, 0, 0, 0}},
      {"s = 'c50'", {0, 0, 1, 0}},
      {"s > 'c50'", {0, 0, 1, 1}},
  });
}

TEST(PruningPredicate, LogicOfThreeValues) {
  ExpectKept({
      {"x > 350 OR p = 'p0'", {1, 1, 0, 1}},
      {"x > 150 AND p = 'p0'", {0, 1, 0, 0}},
      {"x > 150 AND s ILIKE '%Z%'", {0, 1, 1, 1}},
      {"x > 350 OR s ILIKE '%Z%'", {1, 1, 1, 1}},
      {"NOT (x > 150 AND x < 350)", {1, 1, 0, 1}},
      {"NOT (x < 150 OR x > 250)", {0, 1, 1, 0}},
      {"(x < 50 OR x > 350) AND (p = 'p2' OR d = DATE '2020-01-01')", {1, 0, 0, 1}},
      {"false", {0, 0, 0, 0}},
      {"NULL", {0, 0, 0, 0}},
      {"1 = 0", {0, 0, 0, 0}},
      {"true", {1, 1, 1, 1}},
      {"(x > 250) IS TRUE", {0, 0, 1, 1}},
      {"(x > 250) IS NOT TRUE", {1, 1, 1, 0}},
      {"(n > 250) IS UNKNOWN", {1, 0, 1, 0}},
      {"(n > 250) IS NOT UNKNOWN", {0, 1, 1, 1}},
      {"(x > 250) = (d > DATE '2022-06-01')", {1, 1, 1, 1}},
      {"(x > 250) <> b", {0, 0, 1, 0}},
      {"CASE WHEN x > 250 THEN true ELSE false END", {0, 0, 1, 1}},
      {"CASE WHEN x > 250 THEN 1 ELSE 0 END = 1", {0, 0, 1, 1}},
      {"CASE WHEN x > 250 THEN x ELSE 0 END > 5", {0, 0, 1, 1}},
      {"CASE p WHEN 'p0' THEN 0 WHEN 'p1' THEN 1 END = 1", {0, 0, 1, 0}},
      {"CASE p WHEN 'p0' THEN 0 WHEN 'p1' THEN 1 END IS NULL", {0, 0, 0, 1}},
  });
}

TEST(PruningPredicate, Nulls) {
  ExpectKept({
      {"n IS NULL", {1, 0, 1, 0}},
      {"n IS NOT NULL", {0, 1, 1, 1}},
      {"n = n", {0, 1, 1, 1}},
      {"n > 0", {0, 1, 1, 1}},
      {"n + 1 IS NULL", {1, 0, 1, 0}},
      {"coalesce(n, 0) > 250", {0, 0, 1, 1}},
      {"coalesce(n, 300) > 250", {1, 0, 1, 1}},
      {"coalesce(n, 0) IS NULL", {0, 0, 0, 0}},
      {"nullif(n, 5) IS NULL", {1, 0, 1, 0}},
      {"nullif(p, 'p1') = 'p1'", {0, 0, 0, 0}},
      {"nvl(n, 0) = 0", {1, 0, 1, 0}},
  });
}

TEST(PruningPredicate, Booleans) {
  ExpectKept({
      {"b", {0, 0, 1, 1}},
      {"NOT b", {1, 1, 1, 0}},
      {"b = true", {0, 0, 1, 1}},
      {"b = false", {1, 1, 1, 0}},
      {"b IS TRUE", {0, 0, 1, 1}},
      {"b IS NOT FALSE", {0, 0, 1, 1}},
      {"b AND x > 350", {0, 0, 0, 1}},
  });
}

TEST(PruningPredicate, Casts) {
  ExpectKept({
      {"x > 250.5", {0, 0, 1, 1}},
      {"x = 250.5", {0, 0, 1, 0}},
      {"CAST(x AS double) > 250.5", {0, 0, 1, 1}},
      {"CAST(x AS decimal(20, 3)) > 250.5", {0, 0, 1, 1}},
      {"TRY_CAST(x AS smallint) > 250", {0, 0, 1, 1}},
      // All values fit, or some do not, and then the query is to fail.
      {"CAST(x AS tinyint) > 100", {0, 1, 1, 1}},
      {"abs(CAST(x AS tinyint)) < 0", {0, 1, 1, 1}},
      {"CAST(ts AS date) = DATE '2022-03-04'", {0, 0, 1, 0}},
      {"CAST(d AS timestamp) > TIMESTAMP '2022-03-04T01:00:00'", {0, 0, 1, 1}},
      {"CAST(x AS varchar) < '7'", {1, 1, 1, 1}},
      {"n > 250::bigint", {0, 0, 1, 1}},
  });
}

TEST(PruningPredicate, Arithmetic) {
  ExpectKept({
      {"x + 1 > 250", {0, 0, 1, 1}},
      {"x - 1 > 298", {0, 0, 0, 1}},
      {"1000 - x > 850", {1, 1, 0, 0}},
      {"-x < -250", {0, 0, 1, 1}},
      {"x * 2 > 500", {0, 0, 1, 1}},
      {"x * -2 < -500", {0, 0, 1, 1}},
      {"x / 10 = 20", {0, 0, 1, 0}},
      {"x + n > 500", {0, 0, 1, 1}},
      {"x * n > 90000", {0, 0, 0, 1}},
      {"q + 0.5 > 250", {0, 0, 1, 1}},
      {"abs(x) > 250", {0, 0, 1, 1}},
      {"abs(x - 200) > 150", {1, 0, 0, 1}},
      {"abs(x - 250) < 10", {0, 0, 1, 0}},
      {"d + INTERVAL '1 month' > DATE '2023-01-15'", {0, 0, 1, 1}},
      {"ts - INTERVAL '1 day' >= TIMESTAMP '2023-01-01'", {0, 0, 0, 1}},
      // The sum wraps around.
      {"x + 9223372036854775807 < 0", {1, 1, 1, 1}},
      {"x + 9223372036854775707 > 0", {1, 1, 1, 1}},
      {"x / 0 = 1", {1, 1, 1, 1}},
  });
}

TEST(PruningPredicate, Functions) {
  ExpectKept({
      {"date_part('year', d) = 2023", {0, 0, 0, 1}},
      {"extract(year FROM ts) > 2022", {0, 0, 0, 1}},
      {"date_trunc('year', d) = DATE '2022-01-01'", {0, 0, 1, 0}},
      {"date_trunc('month', ts) = TIMESTAMP '2021-05-01'", {0, 1, 0, 0}},
      {"date_bin(INTERVAL '1 day', ntz) > TIMESTAMP '2022-06-01'", {0, 0, 1, 1}},
      {"date_part('month', d) = 5", {1, 1, 1, 1}},
      {"floor(x / 100.0) = 2", {0, 0, 1, 0}},
      {"ceil(q / 100) = 2", {0, 1, 1, 0}},
      {"round(q) = 250", {0, 0, 1, 0}},
      {"trunc(q, 1) < 99.5", {1, 0, 0, 0}},
      {"left(s, 1) = 'c'", {0, 0, 1, 0}},
      {"substr(s, 1, 2) = 'c5'", {0, 0, 1, 0}},
      {"upper(s) = 'C1'", {1, 1, 1, 1}},
  });
}

TEST(PruningPredicate, Prefixes) {
  ExpectKept({
      {"s LIKE 'c%'", {0, 0, 1, 0}},
      {"s LIKE 'c5_'", {0, 0, 1, 0}},
      {"s LIKE 'c%7%'", {0, 0, 1, 0}},
      {"s LIKE '%c'", {1, 1, 1, 1}},
      {"s LIKE 'ca%'", {0, 0, 0, 0}},
      {"s NOT LIKE 'c%'", {1, 1, 0, 1}},
      {"s NOT LIKE 'c5%'", {1, 1, 1, 1}},
      {"s ILIKE 'c%'", {1, 1, 1, 1}},
      {"starts_with(s, 'c')", {0, 0, 1, 0}},
      {"NOT starts_with(s, 'c')", {1, 1, 0, 1}},
      {"s ~ '^c'", {0, 0, 1, 0}},
      {"s ~ '^c[0-9]$'", {0, 0, 1, 0}},
      {"s ~ 'c'", {1, 1, 1, 1}},
  });
}

TEST(PruningPredicate, ConstantColumnsAreEvaluated) {
  ExpectKept({
      {"upper(p) = 'P1'", {0, 0, 1, 0}},
      {"p LIKE '%1'", {0, 0, 1, 0}},
      {"p ILIKE 'P1'", {0, 0, 1, 0}},
      {"substr(p, 2, 1) = '1'", {0, 0, 1, 0}},
      {"p || 'x' = 'p2x'", {0, 0, 0, 1}},
      {"CAST(substr(p, 2) AS int) * 100 > 150", {0, 0, 0, 1}},
      {"p ~ '[12]$'", {0, 0, 1, 1}},
      {"length(p) = 3", {0, 0, 0, 0}},
      {"CAST(substr(p, 1) AS int) = 7", {1, 1, 1, 1}},
      {"upper(p) = 'P0' AND x % 7 = 3", {1, 1, 0, 0}},
  });
}

TEST(PruningPredicate, FieldsOfStructs) {
  ExpectKept({
      {"st['a'] > 250", {0, 0, 1, 1}},
      {"st['b']['c'] > 250", {0, 0, 1, 1}},
      {"get_field(get_field(st, 'b'), 'c') + 1 = 203", {0, 0, 1, 0}},
      {"st['b']['c'] IS NULL", {0, 0, 0, 0}},
      {"st IS NULL", {1, 1, 1, 1}},
      {"st['b'] IS NULL", {1, 1, 1, 1}},
  });
}

// Statistics leave NaN out, which is greater than all numbers or smaller.
TEST(PruningPredicate, FloatsMayBeNan) {
  ExpectKept({
      {"f > 250", {1, 1, 1, 1}},
      {"f < 250", {1, 1, 1, 1}},
      {"NOT (f <= 250)", {1, 1, 1, 1}},
      {"f <> 250", {1, 1, 1, 1}},
      {"f = 250", {0, 0, 1, 0}},
      {"f IN (50, 250)", {1, 0, 1, 0}},
      {"f BETWEEN 210 AND 220", {0, 0, 1, 0}},
      {"f >= 210 AND f <= 220", {0, 0, 1, 0}},
      {"f <= 220 AND x > 0 AND 210 <= f", {0, 0, 1, 0}},
      {"f > 250 AND NOT isnan(f)", {0, 0, 1, 1}},
      {"f > 350 AND f <= 'inf'", {0, 0, 0, 1}},
      {"f BETWEEN 10 AND 20 OR f BETWEEN 310 AND 320", {1, 0, 0, 1}},
      {"f > 350 OR f BETWEEN 210 AND 220", {1, 1, 1, 1}},
      {"abs(f) < 50", {1, 0, 0, 0}},
      {"f + 1 = 251", {0, 0, 1, 0}},
      {"f = 'NaN'", {1, 1, 1, 1}},
      {"isnan(f)", {1, 1, 1, 1}},
      {"isnan(f) AND f < 7", {1, 1, 1, 1}},
      {"f > 250 AND f IS NOT NULL", {1, 1, 1, 1}},
      {"f > x + 500", {1, 1, 1, 1}},
      {"f = x + 500", {0, 0, 0, 0}},
      {"sqrt(x) > 100", {1, 1, 1, 1}},
  });
}

TEST(PruningPredicate, ZerosAreAlike) {
  const RecordBatch zero = Rows(
      "SELECT 1::bigint AS num_rows, named_struct('f', 0) AS null_count, "
      "named_struct('f', 0.0::double) AS min, named_struct('f', 0.0::double) AS max");
  const Schema schema = Rows("SELECT 0.0::double AS f").schema();
  auto keeps = [&](std::string_view filter) {
    return PruningPredicate({Expression::Parse(filter, schema)}, schema).MayMatch(zero).at(0) != 0;
  };
  EXPECT_TRUE(keeps("f = '-0.0'::double"));
  EXPECT_TRUE(keeps("f >= '-0.0' AND f <= '-0.0'"));
  EXPECT_TRUE(keeps("f NOT IN ('-0.0'::double, 6, 7, 8, 10) AND f < 9 AND f > -9"));
  EXPECT_TRUE(keeps("CAST(f AS varchar) = '-0.0' AND f < 9 AND f > -9"));
  EXPECT_FALSE(keeps("f > '-0.0'::double AND f < 9"));
}

// Files: x in 0..9 without nulls, x in 10..19, x unknown, x all null.
RecordBatch Statistics() {
  return Rows(
      "SELECT * FROM (VALUES "
      "(10, named_struct('x', 0), named_struct('x', 0), named_struct('x', 9)),"
      "(10, named_struct('x', 1), named_struct('x', 10), named_struct('x', 19)),"
      "(NULL, named_struct('x', NULL), named_struct('x', NULL), named_struct('x', NULL)),"
      "(10, named_struct('x', 10), named_struct('x', NULL), named_struct('x', NULL))"
      ") t(num_rows, null_count, min, max)");
}

Schema TableSchema() { return Rows("SELECT 1::bigint AS x, 'a' AS \"S\"").schema(); }

Kept MayMatchOfUnknown(std::string_view filter) {
  PruningPredicate predicate({Expression::Parse(filter, TableSchema())}, TableSchema());
  return predicate.MayMatch(Statistics());
}

TEST(PruningPredicate, KeepsWhatCannotBeRuledOut) {
  EXPECT_EQ(MayMatchOfUnknown("x > 9"), (Kept{0, 1, 1, 0}));
  EXPECT_EQ(MayMatchOfUnknown("x = 3 OR x = 12"), (Kept{1, 1, 1, 0}));
  EXPECT_EQ(MayMatchOfUnknown("x IS NULL"), (Kept{0, 1, 1, 1}));
  EXPECT_EQ(MayMatchOfUnknown("x IS NOT NULL"), (Kept{1, 1, 1, 0}));
  EXPECT_EQ(MayMatchOfUnknown("x IN (3, 4)"), (Kept{1, 0, 1, 0}));
  EXPECT_EQ(MayMatchOfUnknown("x + 1 = 3"), (Kept{1, 0, 1, 0}));
  EXPECT_EQ(MayMatchOfUnknown("upper(\"S\") = 'b' OR x > 9"), (Kept{1, 1, 1, 1}));
}

TEST(PruningPredicate, ColumnWithoutStatisticsPrunesNothing) {
  EXPECT_EQ(MayMatchOfUnknown("\"S\" = 'b'"), (Kept{1, 1, 1, 1}));
  EXPECT_EQ(MayMatchOfUnknown("x > 9 AND \"S\" = 'b'"), (Kept{0, 1, 1, 0}));
}

TEST(PruningPredicate, CutTextsAreBounds) {
  const RecordBatch statistics = Rows(
      "SELECT 5::bigint AS num_rows, named_struct('S', 0) AS null_count, "
      "named_struct('S', 'abc') AS min, named_struct('S', 'abd' || chr(1114111)) AS max");
  auto keeps = [&](std::string_view filter) {
    const Schema schema = TableSchema();
    return PruningPredicate({Expression::Parse(filter, schema)}, schema)
               .MayMatch(statistics)
               .at(0) != 0;
  };
  EXPECT_TRUE(keeps("\"S\" = 'abdzzz'"));
  EXPECT_TRUE(keeps("\"S\" LIKE 'abdzzz%'"));
  EXPECT_TRUE(keeps("left(\"S\", 3) = 'abc'"));
  EXPECT_TRUE(keeps("\"S\" NOT LIKE 'abc%'"));
  EXPECT_FALSE(keeps("\"S\" NOT LIKE 'ab%'"));
  EXPECT_FALSE(keeps("\"S\" LIKE 'abb%'"));
  EXPECT_FALSE(keeps("\"S\" = 'abe'"));
}

TEST(PruningPredicate, NamesTheColumnsItUses) {
  auto named = [](std::string_view filter) {
    return PruningPredicate({Expression::Parse(filter, MatrixSchema())}, MatrixSchema()).columns();
  };
  EXPECT_EQ(named("x > 9 AND s = 'b'"), (std::vector<std::string>{"s", "x"}));
  EXPECT_EQ(named("st['b']['c'] > 9 AND random() > 0.5"), (std::vector<std::string>{"st"}));
  PruningPredicate predicate({Expression::Parse("x > 9", MatrixSchema())}, MatrixSchema());
  EXPECT_FALSE(predicate.always_true());
  EXPECT_TRUE(PruningPredicate({}, MatrixSchema()).always_true());
  PruningPredicate chance({Expression::Parse("random() > 0.5", MatrixSchema())}, MatrixSchema());
  EXPECT_TRUE(chance.always_true());
}

TEST(PruningPredicate, LongAndDeepPredicates) {
  std::string any = "x = 350";
  std::string sum = "x";
  for (int i = 0; i < 500; ++i) any += fmt::format(" OR x = {}", 300 + i);
  for (int i = 0; i < 40; ++i) sum = fmt::format("({} + 1)", sum);
  std::string deep = "n";
  std::string quotients = "x";
  for (int i = 0; i < 600; ++i) deep += " + n";
  for (int i = 0; i < 100; ++i) quotients += " / n";
  EXPECT_EQ(MayMatch(deep + " > 0 AND x > 250"), (Kept{0, 0, 1, 1}));
  EXPECT_EQ(MayMatch(quotients + " = 7 AND x > 250"), (Kept{0, 0, 1, 1}));
  EXPECT_EQ(MayMatch(any), (Kept{0, 0, 0, 1}));
  EXPECT_EQ(MayMatch(sum + " > 300"), (Kept{0, 0, 1, 1}));
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
