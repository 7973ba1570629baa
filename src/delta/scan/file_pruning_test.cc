#include "delta/scan/file_pruning.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/protocol/log_path.h"
#include "delta/scan/file_scan_plan.h"

namespace deltaic::delta {
namespace {

using datafusion::Expression;
using datafusion::ObjectStore;

constexpr char kHead[] =
    R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})"
    "\n"
    R"({"metaData":{"id":"t","format":{"provider":"parquet","options":{}},"schemaString":)"
    R"("{\"type\":\"struct\",\"fields\":[)"
    R"({\"name\":\"p\",\"type\":\"integer\",\"nullable\":true,\"metadata\":{}},)"
    R"({\"name\":\"x\",\"type\":\"long\",\"nullable\":false,\"metadata\":{}},)"
    R"({\"name\":\"s\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}}]}",)"
    R"("partitionColumns":["p"],"configuration":{},"createdTime":0}})";

/// Five files: p = 0, 1, 2, null, 0; x in [10 i, 10 i + 9]; the last one has no statistics.
std::shared_ptr<const Snapshot> MakeTable(std::string_view name) {
  ObjectStore store = ObjectStore::Open(fmt::format("memory://{}/", name));
  std::string commit = kHead;
  for (int i = 0; i < 5; ++i) {
    const std::string p = i == 3 ? "null" : fmt::format(R"("{}")", i % 4);
    const std::string stats =
        i == 4 ? ""
               : fmt::format(R"(,"stats":"{{\"numRecords\":10,\"minValues\":{{\"x\":{}}},)"
                             R"(\"maxValues\":{{\"x\":{}}},\"nullCount\":{{\"x\":0,\"s\":{}}}}}")",
                             i * 10, i * 10 + 9, i == 2 ? 10 : 0);
    commit += fmt::format(
        "\n"
        R"({{"add":{{"path":"f%20{}.parquet","partitionValues":{{"p":{}}},)"
        R"("size":{},"modificationTime":7,"dataChange":true{}}}}})",
        i, p, 100 + i, stats);
  }
  store.Put(CommitLocation(0), commit);
  return LoadLatestSnapshot(TableAccess(store));
}

SelectedFiles Select(const Snapshot& table, const std::vector<std::string>& filters,
                     std::optional<int64_t> limit = {}) {
  const TableColumns columns(table);
  datafusion::ScanRequest request{.projection = {}, .filters = {}, .limit = limit};
  for (const std::string& filter : filters) {
    request.filters.push_back(Expression::Parse(filter, columns.table_schema));
  }
  return SelectFiles(table, columns, request);
}

/// Numbers of the files, which their names end with.
std::string Numbers(const Snapshot& table, const SelectedFiles& selected) {
  std::string numbers;
  for (int64_t file : selected.files) numbers += table.FileLocation(file).at(2);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::string Kept(const Snapshot& table, const std::vector<std::string>& filters) {
  return Numbers(table, Select(table, filters));
}

TEST(FilePruning, PartitionFiltersAreEvaluatedExactly) {
  auto table = MakeTable("partition_filters");
  EXPECT_EQ(Kept(*table, {"p = 0"}), "04");
  EXPECT_EQ(Kept(*table, {"p % 2 = 0 AND p > 0"}), "2");
  EXPECT_EQ(Kept(*table, {"p IS NULL"}), "3");
  EXPECT_EQ(Kept(*table, {"p IS NOT NULL", "cast(p AS varchar) LIKE '%1'"}), "1");
  EXPECT_EQ(Kept(*table, {"coalesce(p, 7) = 7"}), "3");
  EXPECT_EQ(Select(*table, {"p = 1"}).pruned_by_partition, 4);
}

TEST(FilePruning, StatisticsRuleFilesOutAndUnknownOnesStay) {
  auto table = MakeTable("statistics");
  EXPECT_EQ(Kept(*table, {"x > 25"}), "234");
  EXPECT_EQ(Kept(*table, {"x IN (3, 31)"}), "034");
  EXPECT_EQ(Kept(*table, {"s IS NOT NULL"}), "0134");
  EXPECT_EQ(Kept(*table, {"x IS NULL"}), "4");
  const SelectedFiles selected = Select(*table, {"x > 25"});
  EXPECT_EQ(selected.pruned_by_statistics, 2);
  EXPECT_EQ(selected.pruned_by_partition, 0);
}

TEST(FilePruning, MixedFiltersUseBoth) {
  auto table = MakeTable("mixed");
  EXPECT_EQ(Kept(*table, {"p = 0", "x < 5"}), "04");
  EXPECT_EQ(Kept(*table, {"x > 35 OR p = 0"}), "034");
  EXPECT_EQ(Kept(*table, {"x > 100 OR p IS NULL"}), "34");
}

TEST(FilePruning, FilterThatFailsKeepsTheFiles) {
  auto table = MakeTable("failing");
  EXPECT_EQ(Kept(*table, {"1 / (p - 1) > 5"}), "01234");
}

TEST(FilePruning, VolatileFiltersPruneNothing) {
  auto table = MakeTable("volatile");
  EXPECT_EQ(Kept(*table, {"x > 1000 * random() + 1000"}), "01234");
}

TEST(FilePruning, LimitKeepsAsManyFilesAsItNeeds) {
  auto table = MakeTable("limit");
  EXPECT_EQ(Select(*table, {}, 10).files.size(), 1u);
  EXPECT_EQ(Select(*table, {}, 11).pruned_by_limit, 3);
  EXPECT_EQ(Select(*table, {}, 0).files.size(), 0u);
  EXPECT_EQ(Select(*table, {}, 1000).files.size(), 5u);
  EXPECT_EQ(Select(*table, {"s = 'a'"}, 1).files.size(), 4u);
}

TEST(FileScanPlan, DescribesTheFilesAndWhatWasLeftOut) {
  auto table = MakeTable("plan");
  const auto columns = std::make_shared<const TableColumns>(*table);
  EXPECT_EQ(columns->table_schema.column_names(), (std::vector<std::string>{"p", "x", "s"}));
  const datafusion::FileScan scan =
      PlanFileScan(table, columns, {},
                   {.projection = std::vector<int32_t>{1},
                    .filters = {Expression::Parse("p = 1", columns->table_schema)},
                    .limit = {}});
  EXPECT_EQ(scan.files.num_rows(), 1);
  EXPECT_EQ(scan.files.schema().column_names(),
            (std::vector<std::string>{"num_rows", "null_count", "min", "max", "exact", "path",
                                      "size", "last_modified", "partition"}));
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"files_listed", "5"},
      {"files_pruned_by_partition", "4"},
      {"files_pruned_by_statistics", "0"},
      {"files_read", "1"}};
  EXPECT_EQ(scan.annotations, expected);
}

}  // namespace
}  // namespace deltaic::delta
