#include <deltaic/delta/scan/file_selection.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/batch_formatter.h>
#include <deltaic/delta/scan/add_actions.h>
#include <deltaic/delta/scan/row_count.h>
#include <deltaic/delta/scan/snapshot_schema.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectStore;
using SnapshotPtr = std::shared_ptr<const Snapshot>;

std::string Column(std::string_view name, std::string_view type) {
  return fmt::format(R"({{\"name\":\"{}\",\"type\":{},\"nullable\":true,\"metadata\":{{}}}},)",
                     name, type);
}

// Partition columns as they are named, and a column x with statistics. A file for each line of
// partition values; x of file i is in [10 i, 10 i + 9].
SnapshotPtr MakeTable(const std::vector<std::pair<std::string, std::string>>& partitions,
                      const std::vector<std::vector<std::string>>& files) {
  static int tables = 0;
  const ObjectStore store = ObjectStore::Open(fmt::format("memory://selection_{}/", ++tables));
  std::string columns, names;
  for (const auto& [name, type] : partitions) {
    columns += Column(name, fmt::format(R"(\"{}\")", type));
    names += fmt::format(R"({}"{}")", names.empty() ? "" : ",", name);
  }
  columns += Column("s", R"({\"type\":\"struct\",\"fields\":[]})") + Column("x", R"(\"long\")");
  columns.pop_back();
  std::string commit = fmt::format(
      R"({{"protocol":{{"minReaderVersion":1,"minWriterVersion":2}}}})"
      "\n"
      R"({{"metaData":{{"id":"t","format":{{"provider":"parquet","options":{{}}}},"schemaString":)"
      R"("{{\"type\":\"struct\",\"fields\":[{}]}}","partitionColumns":[{}],"configuration":{{}}}}}})"
      "\n",
      columns, names);
  for (size_t i = 0; i < files.size(); ++i) {
    std::string values;
    for (size_t p = 0; p < partitions.size(); ++p) {
      const std::string& value = files[i][p];
      values += fmt::format(R"({}"{}":{})", p == 0 ? "" : ",", partitions[p].first,
                            value == "null" ? value : fmt::format(R"("{}")", value));
    }
    commit += fmt::format(
        R"({{"add":{{"path":"f%20{}","partitionValues":{{{}}},"size":{},"modificationTime":7,)"
        R"("dataChange":true,"stats":"{{\"numRecords\":10,\"minValues\":{{\"x\":{}}},)"
        R"(\"maxValues\":{{\"x\":{}}},\"nullCount\":{{\"x\":0}}}}"}}}})"
        "\n",
        i, values, 100 + i, i * 10, i * 10 + 9);
  }
  store.Put(CommitLocation(0), commit);
  return LoadLatestSnapshot(TableAccess(store));
}

std::string Numbers(const Snapshot& table, const std::vector<int64_t>& files) {
  std::vector<std::string> names;
  for (const int64_t file : files) names.push_back(table.FileLocation(file).substr(2));
  std::sort(names.begin(), names.end());
  return fmt::format("{}", fmt::join(names, ""));
}

std::string Kept(const Snapshot& table, const PartitionFilters& filters) {
  return Numbers(table, FilesMatchingFilters(table, filters));
}

TEST(FilesMatchingFilters, OperatorsMeanWhatTheyMeanInSql) {
  const SnapshotPtr table =
      MakeTable({{"p", "integer"}}, {{"1"}, {"2"}, {"10"}, {"null"}, {""}, {"-3"}});
  EXPECT_EQ(Kept(*table, {}), "012345");
  EXPECT_EQ(Kept(*table, {{{"p", "=", {"2"}}}}), "1");
  EXPECT_EQ(Kept(*table, {{{"p", "==", {"02"}}}}), "1");
  EXPECT_EQ(Kept(*table, {{{"p", "!=", {"2"}}}}), "025");
  EXPECT_EQ(Kept(*table, {{{"p", "<", {"2"}}}}), "05");
  EXPECT_EQ(Kept(*table, {{{"p", "<=", {"2"}}}}), "015");
  EXPECT_EQ(Kept(*table, {{{"p", ">", {"2"}}}}), "2");
  EXPECT_EQ(Kept(*table, {{{"p", ">=", {"2"}}}}), "12");
  EXPECT_EQ(Kept(*table, {{{"p", "in", {"10", "-3", "7"}}}}), "25");
  EXPECT_EQ(Kept(*table, {{{"p", "in", {}}}}), "");
  EXPECT_EQ(Kept(*table, {{{"p", "not in", {"10", "-3"}}}}), "01");
}

TEST(FilesMatchingFilters, EmptyTextStandsForNull) {
  const SnapshotPtr table = MakeTable({{"p", "string"}}, {{"a"}, {"null"}, {""}, {"b'c"}});
  EXPECT_EQ(Kept(*table, {{{"p", "=", {""}}}}), "12");
  EXPECT_EQ(Kept(*table, {{{"p", "!=", {""}}}}), "03");
  EXPECT_EQ(Kept(*table, {{{"p", "in", {"", "b'c"}}}}), "123");
  EXPECT_EQ(Kept(*table, {{{"p", "in", {""}}}}), "12");
  EXPECT_EQ(Kept(*table, {{{"p", "not in", {"", "a"}}}}), "3");
  EXPECT_EQ(Kept(*table, {{{"p", "not in", {""}}}}), "03");
  EXPECT_EQ(Kept(*table, {{{"p", "<", {""}}}}), "");
}

TEST(FilesMatchingFilters, NullIsAskedFor) {
  const SnapshotPtr table = MakeTable({{"p", "integer"}}, {{"1"}, {"null"}, {"2"}});
  EXPECT_EQ(Kept(*table, {{{"p", "=", {std::nullopt}}}}), "1");
  EXPECT_EQ(Kept(*table, {{{"p", "!=", {std::nullopt}}}}), "02");
  EXPECT_EQ(Kept(*table, {{{"p", "<", {std::nullopt}}}}), "");
  EXPECT_EQ(Kept(*table, {{{"p", "in", {"1", std::nullopt}}}}), "01");
  EXPECT_EQ(Kept(*table, {{{"p", "not in", {"1", std::nullopt}}}}), "2");
  EXPECT_EQ(Kept(*table, {{{"p", "not in", {}}}}), "012");
  EXPECT_EQ(Kept(*table, {{{"x", "=", {std::nullopt}}}}), "");
  EXPECT_EQ(Kept(*table, {{{"x", "!=", {std::nullopt}}}}), "012");
  EXPECT_EQ(Kept(*table, {{{"x", ">=", {std::nullopt}}}}), "");
  EXPECT_EQ(Kept(*table, {{{"x", "in", {"5", std::nullopt}}}}), "0");
  EXPECT_EQ(Kept(*table, {{{"x", "not in", {std::nullopt}}}}), "012");
}

TEST(FilesMatchingFilters, ConjunctionsAreAlternatives) {
  const SnapshotPtr table =
      MakeTable({{"p", "long"}, {"q", "string"}}, {{"1", "a"}, {"1", "b"}, {"2", "a"}, {"2", "b"}});
  EXPECT_EQ(Kept(*table, {{{"p", "=", {"1"}}, {"q", "=", {"a"}}}, {{"p", "=", {"2"}}}}), "023");
  EXPECT_EQ(Kept(*table, {{{"p", "=", {"1"}}, {"x", "<", {"5"}}}}), "0");
  EXPECT_EQ(Kept(*table, {{}}), "0123");
}

TEST(FilesMatchingFilters, ValuesAreThoseOfTheColumnsType) {
  const auto kept = [](const std::string& type, const std::vector<std::string>& values,
                       const std::string& op, const std::string& value) {
    std::vector<std::vector<std::string>> files;
    for (const std::string& one : values) files.push_back({one});
    const SnapshotPtr table = MakeTable({{"p", type}}, files);
    return Kept(*table, {{{"p", op, {value}}}});
  };
  EXPECT_EQ(
      kept("long", {"-9223372036854775808", "9223372036854775807"}, "=", "-9223372036854775808"),
      "0");
  EXPECT_EQ(kept("short", {"-7", "300"}, ">", "10"), "1");
  EXPECT_EQ(kept("byte", {"-7", "100"}, ">", "10"), "1");
  EXPECT_EQ(kept("double", {"0.1", "1e300", "-Infinity"}, "<", "0.2"), "02");
  EXPECT_EQ(kept("float", {"0.1", "3"}, "=", "0.1"), "0");
  EXPECT_EQ(kept("boolean", {"true", "false"}, "=", "false"), "1");
  EXPECT_EQ(kept("date", {"2020-01-31", "1969-12-31", "2021-01-01"}, "<", "2020-02-01"), "01");
  EXPECT_EQ(kept("timestamp", {"2020-01-01 00:00:00", "2020-01-01T00:00:00.000001Z"}, ">",
                 "2020-01-01T01:00:00+01:00"),
            "1");
  EXPECT_EQ(kept("decimal(38,2)", {"-0.05", "123456789012345678901234567890.12"}, "=",
                 "123456789012345678901234567890.120"),
            "1");
  EXPECT_EQ(kept("decimal(5,2)", {"-0.05", "0.05"}, "<", "-0.04"), "0");
  EXPECT_EQ(kept("binary", {"ab", "cd"}, "=", "cd"), "1");
}

TEST(FilesMatchingFilters, NumbersOfOtherTypesAreCompared) {
  const SnapshotPtr table =
      MakeTable({{"p", "integer"}, {"d", "decimal(5,2)"}, {"t", "date"}},
                {{"2", "1.50", "2020-01-31"}, {"10", "0.05", "2020-02-01"}, {"-3", "7", "null"}});
  EXPECT_EQ(Kept(*table, {{{"p", "in", {"2.0", "1e1", "-30E-1"}}}}), "012");
  EXPECT_EQ(Kept(*table, {{{"p", "in", {"2.5", "2"}}}}), "0");
  EXPECT_EQ(Kept(*table, {{{"p", "<", {"2.5"}}}}), "02");
  EXPECT_EQ(Kept(*table, {{{"p", "<", {"3000000000"}}}}), "012");
  EXPECT_EQ(Kept(*table, {{{"p", ">", {"-1e300"}}}}), "012");
  EXPECT_EQ(Kept(*table, {{{"d", "<", {"0.0501"}}}}), "1");
  EXPECT_EQ(Kept(*table, {{{"d", "<=", {"1e9"}}}}), "012");
  EXPECT_EQ(Kept(*table, {{{"t", "<", {"2020-01-31 12:00:00"}}}}), "0");
  EXPECT_EQ(Kept(*table, {{{"s", "!=", {std::nullopt}}}}), "012");
}

TEST(FilterSql, NullsOfRowsAreThoseOfPyarrow) {
  const SnapshotPtr table = MakeTable({{"p", "string"}}, {{"a"}});
  const auto sql = [&](const std::string& op, const std::vector<std::optional<std::string>>& values,
                       FilterNulls nulls) {
    return FilterSql(*table, {{{"p", op, values}}}, nulls);
  };
  EXPECT_EQ(sql("=", {""}, FilterNulls::kOfRows), R"(("p" = ''))");
  EXPECT_EQ(sql("=", {""}, FilterNulls::kOfPartitions), R"(("p" IS NULL))");
  EXPECT_EQ(sql("not in", {"a"}, FilterNulls::kOfRows), R"((("p" IN ('a')) IS NOT TRUE))");
  EXPECT_EQ(sql("not in", {}, FilterNulls::kOfRows), R"(((FALSE) IS NOT TRUE))");
  EXPECT_EQ(sql("not in", {"a"}, FilterNulls::kOfPartitions),
            R"((("p" IS NOT NULL AND NOT "p" IN ('a'))))");
  EXPECT_EQ(FilterSql(*table, {}, FilterNulls::kOfRows), "TRUE");
}

TEST(FilesMatchingFilters, SaysWhatIsWrong) {
  const SnapshotPtr table = MakeTable({{"p", "integer"}}, {{"1"}});
  const std::vector<std::pair<PartitionFilter, std::string>> cases = {
      {{"nothing", "=", {"1"}}, "'nothing'"},
      {{"s", "=", {"1"}}, "nested with a value: 's'"},
      {{"p", "~", {"1"}}, "'~'"},
      {{"p", "=", {}}, "'p'"},
      {{"p", "<", {"1", "2"}}, "'p'"},
      {{"p", "=", {"abc"}}, "'p' of type integer"},
      {{"p", "in", {"1", "2.5.0"}}, "'2.5.0'"},
      {{"x", "=", {""}}, "'x' of type long"},
  };
  for (const auto& [filter, named] : cases) {
    try {
      FilesMatchingFilters(*table, {{filter}});
      FAIL() << "There is no error: " << named;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_NE(error.message().find(named), std::string::npos) << error.message();
    }
  }
}

TEST(FilesMatchingPredicate, LeavesOutWhatTheLogRulesOut) {
  const SnapshotPtr table = MakeTable({{"p", "string"}}, {{"a"}, {"b"}, {"b"}});
  EXPECT_EQ(Numbers(*table, FilesMatchingPredicate(*table, "p = 'b' AND x < 15")), "1");
  EXPECT_EQ(Numbers(*table, FilesMatchingPredicate(*table, "p = 'a' OR x >= 25")), "02");
  EXPECT_THROW(FilesMatchingPredicate(*table, "nothing = 1"), Error);
}

TEST(PartitionsOf, AreDistinctAndSorted) {
  using Values = std::vector<std::optional<std::string>>;
  const SnapshotPtr table =
      MakeTable({{"p", "string"}, {"q", "long"}},
                {{"b", "1"}, {"null", "1"}, {"a", "02"}, {"b", "1"}, {"a", ""}});
  const std::vector<Values> expected = {
      {std::nullopt, "1"}, {"a", std::nullopt}, {"a", "02"}, {"b", "1"}};
  EXPECT_EQ(PartitionsOf(*table, FilesMatchingFilters(*table, {})), expected);
  EXPECT_TRUE(PartitionsOf(*table, {}).empty());
  const SnapshotPtr flat = MakeTable({}, {{}});
  EXPECT_TRUE(PartitionsOf(*flat, {0}).empty());
}

TEST(GetAddActions, AreColumnsOfTheLog) {
  const SnapshotPtr table = MakeTable({{"p", "string"}}, {{"a"}, {"null"}});
  const std::vector<RecordBatch> batches = GetAddActions(*table);
  ASSERT_EQ(batches.size(), 1u);
  const std::string text =
      datafusion::FormatBatches(batches[0].schema(), batches, datafusion::TextFormat::kNdjson);
  EXPECT_NE(text.find(R"({"path":"f%200","size_bytes":100,"modification_time":7,"num_records":10,)"
                      R"("null_count":{"x":0},"min":{"x":0},"max":{"x":9},"partition":{"p":"a"}})"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("partition":{"p":null})"), std::string::npos) << text;
  const ArrowSchema& schema = *batches[0].schema().c_schema();
  EXPECT_STREQ(schema.children[7]->children[0]->format, "u");
  EXPECT_EQ(schema.children[0]->flags & ARROW_FLAG_NULLABLE, 0);
  EXPECT_NE(schema.children[3]->flags & ARROW_FLAG_NULLABLE, 0);
}

TEST(GetAddActions, FlatColumnsHaveDotsInTheirNames) {
  const SnapshotPtr table = MakeTable({{"p", "string"}}, {{"a"}});
  EXPECT_EQ(GetAddActions(*table, true).front().schema().column_names(),
            (std::vector<std::string>{"path", "size_bytes", "modification_time", "num_records",
                                      "null_count.x", "min.x", "max.x", "partition.p"}));
}

TEST(GetAddActions, TableWithoutFilesHasColumns) {
  const SnapshotPtr table = MakeTable({}, {});
  const std::vector<RecordBatch> batches = GetAddActions(*table);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].num_rows(), 0);
  EXPECT_EQ(batches[0].schema().column_names(),
            (std::vector<std::string>{"path", "size_bytes", "modification_time", "num_records",
                                      "null_count", "min", "max"}));
}

TEST(CountRows, AddsUpWhatTheLogStates) {
  EXPECT_EQ(CountRows(*MakeTable({{"p", "string"}}, {{"a"}, {"b"}, {"b"}})), 30);
  EXPECT_EQ(CountRows(*MakeTable({}, {})), 0);
}

TEST(SnapshotSchema, ReadersSeeTheOrderOfTheTable) {
  const SnapshotPtr table = MakeTable({{"p", "integer"}}, {});
  EXPECT_EQ(ReadSchema(*table).column_names(), (std::vector<std::string>{"p", "s", "x"}));
  EXPECT_EQ(InputSchema(*table).column_names(), (std::vector<std::string>{"p", "s", "x"}));
  EXPECT_EQ(ParsePredicateExpression(*table, "x > 5 AND p = 1").columns(),
            (std::vector<std::string>{"p", "x"}));
  EXPECT_THROW(ParsePredicateExpression(*table, "X > 5"), Error);
}

}  // namespace
}  // namespace deltaic::delta
