#include <deltaic/delta/session/delta_table_provider.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/batch_formatter.h>
#include <deltaic/delta/session/delta_session_context.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

using datafusion::Expression;
using datafusion::ObjectStore;

/// Three files of ten rows: x = 10 i to 10 i + 9 (integer); partition column p = 'a', 'b', null; s
/// = 's' and x, whose default is 'none'.
class Table {
 public:
  Table() : root_(std::filesystem::path(testing::TempDir()) / "table_provider") {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
    datafusion::SessionContext session;
    std::string commit =
        R"({"protocol":{"minReaderVersion":1,"minWriterVersion":7,)"
        R"("writerFeatures":["allowColumnDefaults"]}})"
        "\n"
        R"({"metaData":{"id":"t","format":{"provider":"parquet","options":{}},"schemaString":)"
        R"("{\"type\":\"struct\",\"fields\":[)"
        R"({\"name\":\"x\",\"type\":\"integer\",\"nullable\":true,\"metadata\":{}},)"
        R"({\"name\":\"p\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}},)"
        R"({\"name\":\"s\",\"type\":\"string\",\"nullable\":true,)"
        R"(\"metadata\":{\"CURRENT_DEFAULT\":\"'none'\"}}]}",)"
        R"("partitionColumns":["p"],"configuration":{}}})";
    for (int file = 0; file < 3; ++file) {
      const std::string path = root_ / fmt::format("{}.parquet", file);
      session
          .Sql(fmt::format("COPY (SELECT value::int AS x, 's' || value AS s FROM "
                           "generate_series({}, {})) TO '{}' STORED AS PARQUET",
                           file * 10, file * 10 + 9, path))
          .Collect();
      files_.push_back({.path = fmt::format("{}.parquet", file),
                        .size = static_cast<int64_t>(std::filesystem::file_size(path)),
                        .modification_time = 1'700'000'000'000,
                        .partition_values = {{"p", file == 2 ? std::nullopt
                                                             : std::optional<std::string>(
                                                                   file == 0 ? "a" : "b")}},
                        .statistics_json = fmt::format(
                            R"({{"numRecords":10,"minValues":{{"x":{},"s":"s{}"}},)"
                            R"("maxValues":{{"x":{},"s":"s{}"}},"nullCount":{{"x":0,"s":0}}}})",
                            file * 10, file * 10, file * 10 + 9, file * 10 + 9)});
      std::string stats = files_.back().statistics_json;
      for (size_t at = 0; (at = stats.find('"', at)) != std::string::npos; at += 2) {
        stats.insert(at, "\\");
      }
      const auto& p = files_.back().partition_values.at("p");
      commit += fmt::format(
          "\n"
          R"({{"add":{{"path":"{}","partitionValues":{{"p":{}}},"size":{},)"
          R"("modificationTime":1700000000000,"dataChange":true,"stats":"{}"}}}})",
          files_.back().path, p ? fmt::format("\"{}\"", *p) : "null", files_.back().size, stats);
    }
    ObjectStore::Open(root_.string()).Put(CommitLocation(0), commit);
    snapshot_ = LoadLatestSnapshot(TableAccess(ObjectStore::Open(root_.string())));
  }

  std::string root() const { return root_.string(); }
  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }
  const std::vector<ScanFile>& files() const { return files_; }

 private:
  std::filesystem::path root_;
  std::vector<ScanFile> files_;
  std::shared_ptr<const Snapshot> snapshot_;
};

const Table& TheTable() {
  static const Table* table = new Table;
  return *table;
}

DeltaScanConfig Plain() { return DeltaScanConfig().WithWrapPartitionValues(false); }

/// The result as CSV, and the physical plan.
struct Answer {
  std::string rows;
  std::string plan;
};

Answer Ask(const DeltaTableProvider& provider, std::string_view sql, const Options& settings = {}) {
  DeltaSessionContext session(settings);
  static_cast<datafusion::SessionContext&>(session).RegisterTable(
      "t", std::make_shared<DeltaTableProvider>(provider));
  const datafusion::DataFrame frame = session.Sql(sql);
  return {datafusion::FormatBatches(frame.schema(), frame.Collect(), datafusion::TextFormat::kCsv,
                                    /*header=*/false),
          frame.Explain()};
}

std::string Rows(const DeltaTableProvider& provider, std::string_view sql) {
  return Ask(provider, sql).rows;
}

Error ErrorOf(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(ErrorCode::kInternal, "");
}

TEST(DeltaTableProvider, PartitionFiltersAreDecidedByTheFilesAndCountsComeFromTheLog) {
  for (const DeltaScanConfig& config : {Plain(), DeltaScanConfig()}) {
    const DeltaTableProvider table(TheTable().snapshot(), config);
    for (const auto& [predicate, rows] :
         std::vector<std::pair<std::string, std::string>>{{"p = 'a'", "10\n"},
                                                          {"p IN ('a', 'b')", "20\n"},
                                                          {"p IS NULL", "10\n"},
                                                          {"p IS DISTINCT FROM 'a'", "20\n"},
                                                          {"p > 'a' OR p IS NULL", "20\n"},
                                                          {"NOT (p = 'a')", "10\n"}}) {
      const Answer answer = Ask(table, "SELECT count(*) FROM t WHERE " + predicate);
      EXPECT_EQ(answer.rows, rows) << predicate;
      EXPECT_EQ(answer.plan.find("DataSourceExec"), std::string::npos) << answer.plan;
    }
  }
}

TEST(DeltaTableProvider, FilterThatMayFailIsLeftToTheRows) {
  const DeltaTableProvider table(TheTable().snapshot(), Plain());
  const Expression filter = Expression::Parse("cast(p AS int) = 1", table.schema());
  EXPECT_FALSE(table.Decides(filter));
  EXPECT_TRUE(table.Decides(Expression::Parse("p = 'a'", table.schema())));
  EXPECT_FALSE(table.Decides(Expression::Parse("p = 'a' AND x = 1", table.schema())));
  EXPECT_FALSE(table.Decides(Expression::Parse("1 = 1", table.schema())));
  EXPECT_EQ(ErrorOf([&] { Rows(table, "SELECT count(*) FROM t WHERE cast(p AS int) = 1"); }).code(),
            ErrorCode::kExecution);
}

TEST(DeltaTableProvider, LimitLeavesFilesOutBehindAPartitionFilter) {
  const DeltaTableProvider table(TheTable().snapshot(), Plain());
  const Answer answer = Ask(table, "SELECT x FROM t WHERE p IN ('a', 'b') LIMIT 3");
  EXPECT_NE(answer.plan.find("files_pruned_by_limit=1"), std::string::npos) << answer.plan;
  EXPECT_EQ(std::count(answer.rows.begin(), answer.rows.end(), '\n'), 3);
}

TEST(DeltaTableProvider, BoundsAndCountsOfColumnsComeFromTheLog) {
  const DeltaTableProvider table(TheTable().snapshot(), Plain());
  const Answer answer =
      Ask(table, "SELECT min(x), max(x), count(s), min(p), max(p), count(p), max(s) FROM t");
  EXPECT_EQ(answer.rows, "0,29,30,a,b,20,s9\n");
  const Answer bounds = Ask(table, "SELECT min(x), max(x), count(s), min(p), count(p) FROM t");
  EXPECT_EQ(bounds.rows, "0,29,30,a,20\n");
  EXPECT_EQ(bounds.plan.find("DataSourceExec"), std::string::npos) << bounds.plan;
}

TEST(DeltaTableProvider, WithoutStatisticsOfTheSessionEverythingIsRead) {
  const DeltaTableProvider table(TheTable().snapshot(), Plain());
  const Answer answer =
      Ask(table, "SELECT count(*) FROM t", {{"datafusion.execution.collect_statistics", "false"}});
  EXPECT_EQ(answer.rows, "30\n");
  EXPECT_NE(answer.plan.find("DataSourceExec"), std::string::npos) << answer.plan;
}

TEST(DeltaTableProvider, WithoutFileSkippingEveryFileIsRead) {
  const DeltaTableProvider table(TheTable().snapshot(), Plain().WithFileSkipping(false));
  const Answer answer = Ask(table, "SELECT x FROM t WHERE p = 'a' AND x < 2");
  EXPECT_EQ(answer.rows, "0\n1\n");
  EXPECT_NE(answer.plan.find("files_read=3"), std::string::npos) << answer.plan;
}

TEST(DeltaTableProvider, ParquetPushdownLeavesNoFilterToTheEngine) {
  const std::string sql = "SELECT x FROM t WHERE x % 7 = 3 AND p = 'a'";
  const Answer pushed = Ask(DeltaTableProvider(TheTable().snapshot(), Plain()), sql);
  const Answer kept =
      Ask(DeltaTableProvider(TheTable().snapshot(), Plain().WithParquetPushdown(false)), sql);
  EXPECT_EQ(pushed.rows, "3\n");
  EXPECT_EQ(kept.rows, "3\n");
  EXPECT_EQ(pushed.plan.find("FilterExec"), std::string::npos) << pushed.plan;
  EXPECT_NE(kept.plan.find("FilterExec"), std::string::npos) << kept.plan;
  const Answer session =
      Ask(DeltaTableProvider(TheTable().snapshot(), Plain().WithParquetPushdown(false)), sql,
          {{"datafusion.execution.parquet.pushdown_filters", "true"}});
  EXPECT_EQ(session.plan.find("FilterExec"), std::string::npos) << session.plan;
}

TEST(DeltaTableProvider, PathColumnTellsTheFileAndChoosesIt) {
  for (const bool wrapped : {true, false}) {
    const DeltaTableProvider table(
        TheTable().snapshot(),
        DeltaScanConfig().WithWrapPartitionValues(wrapped).WithFileColumnName(
            std::string(kPathColumn)));
    EXPECT_EQ(table.GetPathColumn(), kPathColumn);
    EXPECT_EQ(Rows(table, "SELECT __delta_rs_path, count(*), max(x) FROM t GROUP BY 1 ORDER BY 1"),
              "0.parquet,10,9\n1.parquet,10,19\n2.parquet,10,29\n");
    const Answer one = Ask(table, "SELECT count(*) FROM t WHERE __delta_rs_path = '1.parquet'");
    EXPECT_EQ(one.rows, "10\n");
    EXPECT_EQ(one.plan.find("DataSourceExec"), std::string::npos) << one.plan;
  }
}

TEST(DeltaTableProvider, MetadataColumnTellsFileAndRow) {
  const DeltaTableProvider table(TheTable().snapshot(), Plain().WithMetadataColumn());
  EXPECT_EQ(Rows(table,
                 "SELECT x, _metadata.file_path, _metadata.file_name, _metadata.file_size, "
                 "_metadata.file_modification_time, _metadata.row_index FROM t WHERE x = 15"),
            fmt::format("15,{0}/1.parquet,1.parquet,{1},2023-11-14T22:13:20Z,5\n",
                        TheTable().root(), TheTable().files()[1].size));
  EXPECT_EQ(Rows(table,
                 "SELECT x FROM t WHERE _metadata.row_index = 7 AND _metadata.file_name "
                 "<> '1.parquet' ORDER BY x"),
            "7\n27\n");
  const Answer skipped = Ask(table, "SELECT _metadata.row_index FROM t WHERE x > 27 ORDER BY 1");
  EXPECT_EQ(skipped.rows, "8\n9\n");
  EXPECT_NE(skipped.plan.find("files_pruned_by_statistics=2"), std::string::npos) << skipped.plan;
  EXPECT_EQ(Ask(table, "SELECT count(*), max(x) FROM t").plan.find("DataSourceExec"),
            std::string::npos);
  EXPECT_EQ(Rows(table,
                 "SELECT count(*) FROM t a JOIN t b ON a.x = b.x AND "
                 "a._metadata.row_index = b._metadata.row_index"),
            "30\n");
}

TEST(DeltaTableProvider, WantedSchemaWidensAndAddsColumns) {
  const DeltaTableProvider table(
      TheTable().snapshot(), Plain().WithSchema(DataType::Struct(
                                 {{.name = "new", .type = DataType::Primitive(TypeKind::kString)},
                                  {.name = "x", .type = DataType::Primitive(TypeKind::kLong)}})));
  EXPECT_EQ(Rows(table, "SELECT *, arrow_typeof(x) FROM t WHERE x > 3000000000 - 2999999972"),
            ",29,Int64\n");
  EXPECT_EQ(Rows(table, "SELECT count(*), count(new), max(x) FROM t"), "30,0,29\n");
  EXPECT_NE(Ask(table, "SELECT new FROM t WHERE x > 25").plan.find("files_read=1"),
            std::string::npos);
}

TEST(DeltaTableProvider, ChosenPathsAreReadAndNoOthers) {
  const DeltaTableProvider table(TheTable().snapshot(), Plain());
  const std::string uri = TheTable().snapshot()->store().root() + "2.parquet";
  EXPECT_EQ(Rows(table.WithFiles(std::vector<std::string>{"0.parquet", uri, "0.parquet"}),
                 "SELECT count(*), max(x) FROM t"),
            "20,29\n");
  const std::vector<std::string> gone = {"0.parquet", "gone.parquet"};
  for (MissingFiles missing : {MissingFiles::kError, MissingFiles::kRead}) {
    const Error error = ErrorOf([&] { table.WithFiles(gone, missing); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(error.message().find("gone.parquet"), std::string::npos);
  }
  EXPECT_EQ(Rows(table.WithFiles(gone, MissingFiles::kIgnore), "SELECT count(*) FROM t"), "10\n");
  EXPECT_EQ(Rows(table.WithFiles(std::vector<std::string>{}), "SELECT count(*) FROM t"), "0\n");
}

TEST(DeltaTableProvider, ChosenFilesAreReadAsTheyAreDescribed) {
  const DeltaTableProvider table(TheTable().snapshot(), Plain());
  ScanFile other = TheTable().files()[0];
  std::filesystem::copy_file(TheTable().root() + "/0.parquet", TheTable().root() + "/other.parquet",
                             std::filesystem::copy_options::overwrite_existing);
  other.path = "other.parquet";
  other.partition_values = {{"p", "z"}};
  const std::vector<ScanFile> files = {TheTable().files()[1], other};
  EXPECT_EQ(ErrorOf([&] { table.WithFiles(files); }).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Rows(table.WithFiles(files, MissingFiles::kIgnore), "SELECT count(*) FROM t"), "10\n");
  EXPECT_EQ(Rows(table.WithFiles(files, MissingFiles::kRead),
                 "SELECT p, sum(x) FROM t GROUP BY p ORDER BY p"),
            "b,145\nz,45\n");
  EXPECT_EQ(ErrorOf([&] {
              table.WithFiles({other, other}, MissingFiles::kRead);
            }).code(),
            ErrorCode::kInvalidArgument);
  other.partition_values.clear();
  EXPECT_EQ(ErrorOf([&] { table.WithFiles({other}, MissingFiles::kRead); }).code(),
            ErrorCode::kInvalidArgument);
  other.path = "../outside.parquet";
  EXPECT_EQ(ErrorOf([&] { table.WithFiles({other}, MissingFiles::kRead); }).code(),
            ErrorCode::kCorruptLog);
}

/// The table with the second, third and last row of 1.parquet deleted.
std::shared_ptr<const Snapshot> WithDeletedRows() {
  const std::string root = TheTable().root() + "_deleted";
  std::filesystem::remove_all(root);
  std::filesystem::copy(TheTable().root(), root, std::filesystem::copy_options::recursive);
  std::string stats = TheTable().files()[1].statistics_json;
  for (size_t at = 0; (at = stats.find('"', at)) != std::string::npos; at += 2) {
    stats.insert(at, "\\");
  }
  ObjectStore::Open(root).Put(
      CommitLocation(1),
      fmt::format(R"({{"remove":{{"path":"1.parquet","dataChange":true}}}})"
                  "\n"
                  R"({{"add":{{"path":"1.parquet","partitionValues":{{"p":"b"}},"size":{},)"
                  R"("modificationTime":1700000000000,"dataChange":true,"stats":"{}",)"
                  R"("deletionVector":{{"storageType":"i","pathOrInlineDv":)"
                  R"("^Bg9^0rr910000000000iXQKl0rr91000625c8Xg0rrf32(<@9",)"
                  R"("sizeInBytes":38,"cardinality":3}}}}}})",
                  TheTable().files()[1].size, stats));
  return LoadLatestSnapshot(TableAccess(ObjectStore::Open(root)));
}

TEST(DeltaTableProvider, DeletedRowsAreNotThereAndTheRestKeepsItsPlace) {
  const DeltaTableProvider table(WithDeletedRows(), Plain().WithMetadataColumn());
  EXPECT_EQ(Rows(table, "SELECT x, _metadata.row_index FROM t WHERE p = 'b' ORDER BY x"),
            "10,0\n13,3\n14,4\n15,5\n16,6\n17,7\n18,8\n");
  EXPECT_EQ(Rows(table, "SELECT count(*), count(x), max(x) FROM t WHERE p = 'b'"), "7,7,18\n");
  EXPECT_EQ(Ask(table, "SELECT count(*) FROM t").rows, "27\n");
  EXPECT_EQ(Ask(table, "SELECT count(*) FROM t").plan.find("DataSourceExec"), std::string::npos);
  EXPECT_EQ(Rows(table, "SELECT count(*) FROM t WHERE x = 19"), "0\n");
}

TEST(DeltaTableProvider, ChosenFilesKeepTheirDeletedRows) {
  const DeltaTableProvider table(WithDeletedRows(), Plain());
  const ScanFile file = TheTable().files()[1];
  for (const MissingFiles missing : {MissingFiles::kError, MissingFiles::kRead}) {
    EXPECT_EQ(Rows(table.WithFiles({file}, missing), "SELECT count(*), sum(x) FROM t"), "7,103\n");
    EXPECT_EQ(Rows(table.WithFiles(std::vector<std::string>{file.path}, missing),
                   "SELECT count(*), sum(x) FROM t"),
              "7,103\n");
  }
}

TEST(DeltaTableProvider, ColumnsComeInTheTablesOrderWithoutAProjection) {
  for (const DeltaScanConfig& config : {Plain(), DeltaScanConfig()}) {
    const DeltaTableProvider table(TheTable().snapshot(), config);
    const Answer answer = Ask(table, "SELECT * FROM t WHERE p = 'b' AND s = 's12'");
    EXPECT_EQ(answer.rows, "12,b,s12\n");
    EXPECT_EQ(answer.plan.find("ProjectionExec"), std::string::npos) << answer.plan;
    EXPECT_NE(answer.plan.find("projection=[x, p, s]"), std::string::npos) << answer.plan;
    EXPECT_EQ(Rows(table, "SELECT s, x, p FROM t WHERE x = 12"), "s12,12,b\n");
  }
}

TEST(DeltaTableProvider, AddedColumnsComeAfterThoseOfTheTable) {
  const DeltaTableProvider table(TheTable().snapshot(),
                                 Plain().WithFileColumnName("f").WithMetadataColumn());
  EXPECT_EQ(table.schema().column_names(),
            (std::vector<std::string>{"x", "p", "s", "f", "_metadata"}));
  EXPECT_EQ(Rows(table, "SELECT * EXCEPT (_metadata) FROM t WHERE x = 12"), "12,b,s12,1.parquet\n");
  EXPECT_EQ(Rows(table, "SELECT _metadata.row_index, s, f, p FROM t WHERE x = 12"),
            "2,s12,1.parquet,b\n");
}

TEST(DeltaTableProvider, StatisticsSayWhatIsExact) {
  const DeltaTableProvider table(TheTable().snapshot(), Plain());
  const RecordBatch statistics = *table.Statistics();
  EXPECT_EQ(statistics.schema().column_names(),
            (std::vector<std::string>{"num_rows", "total_byte_size", "null_count", "min", "max",
                                      "exact"}));
  int64_t size = 0;
  for (const ScanFile& file : TheTable().files()) size += file.size;
  EXPECT_EQ(
      datafusion::FormatBatches(statistics.schema(), {statistics}, datafusion::TextFormat::kNdjson),
      fmt::format(R"({{"num_rows":30,"total_byte_size":{},"null_count":{{"x":0,"p":10,"s":0}},)"
                  "\"min\":{{\"x\":0,\"p\":\"a\",\"s\":\"s0\"}},"
                  "\"max\":{{\"x\":29,\"p\":\"b\",\"s\":\"s9\U0010FFFF\"}},"
                  R"("exact":{{"x":true,"p":true,"s":false}}}})"
                  "\n",
                  size));
}

TEST(DeltaTableProvider, DefaultsAndDefinitionAreTold) {
  const DeltaTableProvider table(TheTable().snapshot(), Plain());
  EXPECT_EQ(table.ColumnDefaults(),
            (std::vector<std::pair<std::string, std::string>>{{"s", "'none'"}}));
  EXPECT_EQ(table.Definition(), std::nullopt);
  EXPECT_EQ(table.WithDefinition("CREATE EXTERNAL TABLE t").Definition(),
            "CREATE EXTERNAL TABLE t");
}

TEST(DeltaTableProvider, NoSnapshotIsRefused) {
  EXPECT_EQ(ErrorOf([] { DeltaTableProvider::TryNew(nullptr); }).code(),
            ErrorCode::kInvalidArgument);
}

TEST(DeltaScanConfig, SessionSettingsAreTaken) {
  const datafusion::SessionContext usual;
  DeltaScanConfig config = DeltaScanConfig::NewFromSession(usual);
  EXPECT_FALSE(config.wrap_partition_values);
  EXPECT_FALSE(config.enable_parquet_pushdown);
  EXPECT_TRUE(config.schema_force_view_types);
  EXPECT_TRUE(config.enable_file_skipping);
  const datafusion::SessionContext other(
      {{"datafusion.execution.parquet.pushdown_filters", "true"},
       {"datafusion.execution.parquet.schema_force_view_types", "false"}});
  config = DeltaScanConfig::NewFromSession(other);
  EXPECT_TRUE(config.enable_parquet_pushdown);
  EXPECT_FALSE(config.schema_force_view_types);
  EXPECT_EQ(ErrorOf([&] { other.Setting("datafusion.no.such"); }).code(),
            ErrorCode::kInvalidArgument);
}

TEST(DeltaSessionContext, TablesByPathFollowTheSessionsViewTypes) {
  for (const auto& [setting, type] : {std::pair("true", "Utf8View"), std::pair("false", "Utf8")}) {
    const DeltaSessionContext session(
        Options{{"datafusion.execution.parquet.schema_force_view_types", setting}});
    const datafusion::DataFrame frame = session.Sql(fmt::format(
        "SELECT DISTINCT arrow_typeof(s), arrow_typeof(p) FROM '{}'", TheTable().root()));
    EXPECT_EQ(datafusion::FormatBatches(frame.schema(), frame.Collect(),
                                        datafusion::TextFormat::kCsv, /*header=*/false),
              fmt::format("{0},{0}\n", type));
  }
}

}  // namespace
}  // namespace deltaic::delta
