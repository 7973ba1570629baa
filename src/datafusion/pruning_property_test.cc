// Random predicates over random containers: one that holds a row that satisfies the predicate is
// never left out, and most of the others are.

#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/pruning_predicate.h>
#include <deltaic/datafusion/session_context.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace deltaic::datafusion {
namespace {

using Texts = std::vector<std::string>;

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  int Below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

  const std::string& One(const Texts& texts) {
    return texts[static_cast<size_t>(Below(static_cast<int>(texts.size())))];
  }

  /// A condition of any shape.
  std::string Condition(int depth) {
    switch (depth <= 0 ? 0 : Below(9)) {
      case 1:
        return fmt::format("({} AND {})", Condition(depth - 1), Condition(depth - 1));
      case 2:
        return fmt::format("({} OR {})", Condition(depth - 1), Condition(depth - 1));
      case 3:
        return fmt::format("NOT ({})", Condition(depth - 1));
      case 4:
        return fmt::format("({}) {}", Condition(depth - 1),
                           One({"IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE", "IS UNKNOWN",
                                "IS NOT UNKNOWN", "IS NOT DISTINCT FROM b", "= b"}));
      case 5:
        return fmt::format("CASE WHEN {} THEN {} ELSE {} END", Condition(depth - 1),
                           Condition(depth - 1), Condition(depth - 1));
      default:
        return Simple(depth);
    }
  }

 private:
  std::string Simple(int depth) {
    const int kind = Below(7);
    switch (Below(8)) {
      case 0:
        return fmt::format("{} BETWEEN {} AND {}", Term(kind, depth), Literal(kind), Literal(kind));
      case 1: {
        std::string list = Literal(kind);
        for (int i = Below(12); i > 0; --i) list += ", " + Literal(kind);
        if (Below(8) == 0) list += ", NULL";
        return fmt::format("{} {} ({})", Term(kind, depth), One({"IN", "NOT IN"}), list);
      }
      case 2:
        return fmt::format("{} {}", Term(kind, depth), One({"IS NULL", "IS NOT NULL"}));
      case 3:
        return Special();
      case 4:
        return fmt::format("{} {} {}", Term(kind, depth), Comparison(), Term(kind, depth));
      default:
        return fmt::format("{} {} {}", Term(kind, depth), Comparison(), Literal(kind));
    }
  }

  const std::string& Comparison() {
    static const Texts kAll = {
        "=", "=", "=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"};
    return One(kAll);
  }

  std::string Special() {
    static const Texts kAll = {
        "b",
        "NOT b",
        "b IS NULL",
        "isnan(f)",
        "NOT isnan(f)",
        "f >= -3 AND f <= 3",
        "f > 0 AND f < 'inf'",
        "f <> 'NaN'",
        "s LIKE 'ab%'",
        "s LIKE 'b_%'",
        "s NOT LIKE 'a%'",
        "s LIKE '%a%'",
        "s ILIKE 'A%'",
        "starts_with(s, 'ab')",
        "NOT starts_with(s, 'a')",
        "s ~ '^ab'",
        "s ~ '^a*b'",
        "s ~ 'b$'",
        "upper(s) = 'AB'",
        "length(s) = 3",
        "s || 'x' = 'abx'",
        "lower(k) = 'p'",
        "k LIKE '%q'",
        "length(k) = 1",
        "date_part('month', d) = 1",
        "st IS NULL",
    };
    return One(kAll);
  }

  /// An expression of one of the kinds that `Literal` knows.
  std::string Term(int kind, int depth) {
    const auto some = [&] { return depth <= 0 ? Column(kind) : Term(kind, depth - 1); };
    if (Below(10) == 0) {
      return fmt::format(fmt::runtime(One({"CASE WHEN b THEN {0} ELSE {1} END",
                                           "CASE WHEN {0} IS NOT NULL THEN {0} ELSE {1} END",
                                           "coalesce({0}, {1})", "nullif({0}, {1})"})),
                         some(), Below(2) == 0 ? some() : Literal(kind));
    }
    static const std::vector<Texts> kShapes = {
        {"{0} + 1", "{0} - 3", "{0} * 2", "{0} * -3", "-{0}", "abs({0})", "{0} / 2", "{0} / -3",
         "{0} % 3", "{0} + {1}", "{0} - {1}", "{0} * {1}",
         "CAST(TRY_CAST({0} AS smallint) AS bigint)", "CAST({0} AS tinyint)",
         "CAST(j AS bigint) + {0}", "10 - {0}", "signum({0})"},
        {"{0} + 1.5", "{0} * 2", "{0} * -1", "-{0}", "abs({0})", "floor({0})", "ceil({0})",
         "round({0})", "round({0}, 1)", "trunc({0})", "CAST({0} AS real)", "{0} + {1}", "{0} - {1}",
         "{0} * {1}", "{0} / 2", "CAST(i AS double)", "CAST(j AS double) / 2", "sqrt({0})",
         "CAST(q AS double)"},
        {"left({0}, 1)", "left({0}, 2)", "left({0}, -1)", "substr({0}, 1, 2)", "substr({0}, 2)",
         "upper({0})", "reverse({0})", "{0} || 'a'", "k", "CAST(j AS varchar)"},
        {"{0} + INTERVAL '1 month'", "{0} - INTERVAL '3 days'", "CAST(t AS date)",
         "CAST(date_trunc('month', {0}) AS date)", "CAST(date_trunc('week', {0}) AS date)"},
        {"{0} + INTERVAL '1 month'", "{0} - INTERVAL '36 hours'", "CAST(d AS timestamp)",
         "date_trunc('year', {0})", "date_trunc('hour', {0})", "date_bin(INTERVAL '7 days', {0})"},
        {"{0} + 1.25", "{0} * 2", "-{0}", "abs({0})", "round({0})", "floor({0})", "{0} / 3",
         "CAST(j AS decimal(10, 2))", "CAST({0} AS decimal(10, 0))", "{0} - {1}"},
        {"date_part('year', d)", "date_part('year', t)", "CAST({0} AS smallint)", "{0} + 1",
         "CAST(q AS int)", "abs({0})", "-{0}", "CAST(f AS int)", "CASE WHEN b THEN 1 ELSE {0} END"},
    };
    if (depth <= 0 || Below(3) == 0) return Column(kind);
    return fmt::format(fmt::runtime(One(kShapes[static_cast<size_t>(kind)])), some(), some());
  }

  std::string Column(int kind) {
    static const std::vector<Texts> kColumns = {
        {"i", "i", "st['n']"},
        {"f", "f", "g"},
        {"s", "s", "st['m']['s']", "k"},
        {"d"},
        {"t"},
        {"q"},
        {"j"},
    };
    return One(kColumns[static_cast<size_t>(kind)]);
  }

 public:
  std::string Literal(int kind) {
    static const std::vector<Texts> kLiterals = {
        {"0", "1", "-1", "2", "5", "-7", "100", "2.5", "9223372036854775807",
         "-9223372036854775807 - 1"},
        {"0.0", "'-0.0'::double", "1.0", "-1.5", "2.5", "1e300", "'inf'::double", "'-inf'::double",
         "'NaN'::double", "-('NaN'::double)", "7"},
        {"''", "'a'", "'ab'", "'abc'", "'b'", "'ba'", "'p'", "'AB'", "'é'", "'z'"},
        {"DATE '2024-01-01'", "DATE '2024-01-31'", "DATE '2024-02-29'", "DATE '1969-12-31'",
         "'2024-02-01'"},
        {"TIMESTAMP '2024-01-01'", "TIMESTAMP '2024-01-31T12:30:00.000001'",
         "TIMESTAMP '1969-12-31T23:59:59'", "DATE '2024-02-01'"},
        {"0.00::decimal(8, 2)", "1.25::decimal(8, 2)", "-3.99::decimal(8, 2)", "2.5", "4",
         "999999.99::decimal(8, 2)"},
        {"0", "1", "2024", "-2147483648", "2147483647", "7", "1.5"},
    };
    return One(kLiterals[static_cast<size_t>(kind)]);
  }

 private:
  std::mt19937 random_;
};

constexpr int kContainers = 40;

// Of the kinds of values.
constexpr const char* kTypes[] = {
    "Int64", "Float64", "Utf8View", "Date32", "Timestamp(Microsecond, None)", "Decimal128(8, 2)",
    "Int32"};

/// Rows of `kContainers` containers, whose number is `c`, and their statistics.
struct Data {
  RecordBatch rows;
  RecordBatch statistics;
  std::vector<int> container_of_row;
};

Data MakeData(Generator& generate) {
  std::vector<int> containers;
  std::string values;
  std::string masks;
  for (int c = 0; c < kContainers; ++c) {
    // Half of them hold few values, so that there is something to leave out.
    std::vector<Texts> kinds(7);
    for (int kind = 0; kind < 7; ++kind) {
      for (int i = generate.Below(2) == 0 ? 1 : 4; i > 0; --i) {
        // Numbers with fractions are none of the whole numbers'.
        std::string value = generate.Literal(kind);
        if ((kind == 0 || kind == 6) && value.find('.') != std::string::npos) value = "3";
        kinds[static_cast<size_t>(kind)].push_back(generate.Below(6) == 0 ? "NULL" : value);
      }
    }
    const std::string key = generate.One({"'p'", "'q'", "'Pq'", "NULL"});
    for (int row = 1 + generate.Below(4); row > 0; --row) {
      const auto value = [&](int kind, const char* type = nullptr) {
        return fmt::format("arrow_cast({}, '{}')", generate.One(kinds[static_cast<size_t>(kind)]),
                           type != nullptr ? type : kTypes[kind]);
      };
      values += fmt::format(
          "{}({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})", values.empty() ? "" : ", ", c,
          value(0), value(1), value(1, "Float32"), value(2), value(3), value(4), value(5), value(6),
          generate.One({"true", "true", "false", "NULL"}), value(0), value(2), key);
      containers.push_back(c);
    }
    masks += fmt::format("{}({}, {}, {}, {}, {})", c == 0 ? "" : ", ", c, generate.Below(6),
                         generate.Below(6), generate.Below(6), generate.Below(2));
  }
  SessionContext session;
  session
      .Sql(fmt::format(
          "CREATE TABLE raw AS SELECT column1 AS c, column2 AS i, column3 AS f, column4 AS g, "
          "column5 AS s, column6 AS d, column7 AS t, column8 AS q, column9 AS j, "
          "arrow_cast(column10, 'Boolean') AS b, named_struct('n', column11, 'm', "
          "named_struct('s', column12)) AS st, arrow_cast(column13, 'Utf8') AS k "
          "FROM (VALUES {})",
          values))
      .Collect();
  const char* const kLeaves = "i f g s d t q j b k";
  std::string counts;
  std::string lows;
  std::string highs;
  const auto add = [&](std::string_view name, std::string_view leaf, std::string_view drop) {
    counts +=
        fmt::format("'{}', CASE WHEN z <> 1 {} THEN count(*) - count({}) END, ", name, drop, leaf);
    std::string number = std::string(leaf);
    if (name == "f" || name == "g") {
      number = fmt::format("CASE WHEN NOT isnan({0}) THEN {0} END", leaf);
    }
    std::string low = fmt::format("min({})", number);
    std::string high = fmt::format("max({})", number);
    if (name == "s") {
      low = fmt::format("CASE WHEN w = 0 THEN left({}, 1) ELSE {} END", low, low);
      high = fmt::format("CASE WHEN w = 0 THEN left({0}, 1) || chr(1114111) ELSE {0} END", high);
    }
    lows += fmt::format("'{}', CASE WHEN x <> 1 {} THEN {} END, ", name, drop, low);
    highs += fmt::format("'{}', CASE WHEN y <> 1 {} THEN {} END, ", name, drop, high);
  };
  for (const char* leaf = kLeaves; *leaf != '\0'; ++leaf) {
    if (*leaf != ' ') add(std::string(1, *leaf), std::string(1, *leaf), "");
  }
  const auto in_struct = [&](std::string_view kind) {
    const auto of = [&](std::string_view leaf) {
      if (kind == "count") return fmt::format("count(*) - count({})", leaf);
      return fmt::format("{}({})", kind, leaf);
    };
    return fmt::format("'st', named_struct('n', {}, 'm', named_struct('s', {}))", of("st['n']"),
                       of("st['m']['s']"));
  };
  RecordBatch statistics =
      session
          .Sql(fmt::format(
              "SELECT CASE WHEN z <> 2 THEN count(*) END AS num_rows, "
              "named_struct({}{}) AS null_count, named_struct({}{}) AS min, "
              "named_struct({}{}) AS max FROM raw JOIN (VALUES {}) m(id, x, y, z, w) ON c = id "
              "GROUP BY c, x, y, z, w ORDER BY c",
              counts, in_struct("count"), lows, in_struct("min"), highs, in_struct("max"), masks))
          .Collect()
          .at(0);
  return {session.Sql("SELECT * FROM raw").Collect().at(0), statistics, containers};
}

struct Tally {
  int predicates = 0;
  int failing = 0;
  int without_match = 0;
  int left_out = 0;
};

void Check(const Data& data, const std::string& text, Tally& tally) {
  std::vector<Expression> filters;
  std::optional<PruningPredicate> predicate;
  try {
    filters.push_back(Expression::Parse(text, data.rows.schema()));
    predicate.emplace(filters, data.rows.schema());
  } catch (const Error&) {
    ++tally.failing;  // No query gets past the planner.
    return;
  }
  const std::vector<uint8_t> kept = predicate->MayMatch(data.statistics);
  ASSERT_EQ(kept.size(), static_cast<size_t>(kContainers));
  std::vector<uint8_t> matching;
  try {
    matching = EvaluateFilters(filters, data.rows);
  } catch (const Error&) {
    ++tally.failing;
    return;
  }
  std::vector<uint8_t> has_match(kContainers, 0);
  for (size_t row = 0; row < matching.size(); ++row) {
    if (matching[row] != 0) has_match[static_cast<size_t>(data.container_of_row[row])] = 1;
  }
  ++tally.predicates;
  for (size_t c = 0; c < kept.size(); ++c) {
    if (has_match[c] != 0) {
      EXPECT_EQ(kept[c], 1) << text << " in container " << c;
    } else {
      ++tally.without_match;
      tally.left_out += kept[c] == 0 ? 1 : 0;
    }
  }
}

constexpr unsigned kSeeds = 25;

TEST(PruningProperty, NeverLosesARowAndLeavesMostOthersOut) {
  Tally tally;
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    Generator generate(seed);
    const Data data = MakeData(generate);
    for (int i = 0; i < 160; ++i) {
      const std::string text = generate.Condition(i % 4);
      Check(data, text, tally);
      if (testing::Test::HasFailure()) FAIL() << "Seed " << seed;
    }
  }
  RecordProperty("left_out", tally.left_out);
  RecordProperty("without_match", tally.without_match);
  EXPECT_GT(tally.predicates, 2500);
  EXPECT_GT(tally.left_out, tally.without_match / 2);
}

}  // namespace
}  // namespace deltaic::datafusion
