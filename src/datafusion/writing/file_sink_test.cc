#include "datafusion/writing/file_sink.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <deltaic/datafusion/batch_formatter.h>
#include <deltaic/datafusion/session_context.h>
#include <deltaic/datafusion/table_provider.h>
#include <nanoarrow/nanoarrow.hpp>

#include "columnar/nanoarrow_check.h"
#include "testing/error_of.h"

namespace deltaic::datafusion {
namespace {

using testing::ErrorOf;

std::string Rows(const RecordBatch& batch) {
  return FormatBatches(batch.schema(), {batch}, TextFormat::kNdjson);
}

std::string Csv(const DataFrame& frame) {
  return FormatBatches(frame.schema(), frame.Collect(), TextFormat::kCsv, /*header=*/false);
}

// Changes the schema at `path` from the top on.
Schema With(const Schema& schema, const std::vector<int>& path,
            const std::function<void(ArrowSchema&)>& change) {
  ArrowSchema copy{};
  schema.Export(&copy);
  ArrowSchema* field = &copy;
  for (const int index : path) field = field->children[index];
  change(*field);
  return Schema::Import(&copy);
}

Schema Nullable(const Schema& schema, const std::vector<int>& path) {
  return With(schema, path, [](ArrowSchema& field) { field.flags |= ARROW_FLAG_NULLABLE; });
}

Schema Required(const Schema& schema, const std::vector<int>& path) {
  return With(schema, path, [](ArrowSchema& field) { field.flags &= ~ARROW_FLAG_NULLABLE; });
}

Schema WithFieldId(const Schema& schema, const std::vector<int>& path, const std::string& id) {
  return With(schema, path, [&](ArrowSchema& field) {
    nanoarrow::UniqueBuffer metadata;
    CheckNanoarrow(ArrowMetadataBuilderInit(metadata.get(), field.metadata));
    CheckNanoarrow(ArrowMetadataBuilderAppend(metadata.get(), ArrowCharView("PARQUET:field_id"),
                                              ArrowCharView(id.c_str())));
    CheckNanoarrow(ArrowSchemaSetMetadata(&field, reinterpret_cast<const char*>(metadata->data)));
  });
}

// A table of one file.
class OneFile : public TableProvider {
 public:
  OneFile(Schema schema, FileScan scan) : schema_(std::move(schema)), scan_(std::move(scan)) {}
  const Schema& schema() const override { return schema_; }
  FileScan Scan(const ScanRequest& /*request*/) const override { return scan_; }

 private:
  Schema schema_;
  FileScan scan_;
};

class FileSinkTest : public ::testing::Test {
 protected:
  FileSinkTest() {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
  }
  ~FileSinkTest() override { std::filesystem::remove_all(root_); }

  // A sink of all columns of `rows`, named "0.parquet", "1.parquet", … as they are begun, in a
  // folder for each text of the partition's values.
  FileSink SinkOf(const DataFrame& rows) {
    return {.store = ObjectStore::Open(root_),
            .name_file =
                [this](const RecordBatch& partition) {
                  std::string folder =
                      FormatBatches(partition.schema(), {partition}, TextFormat::kCsv,
                                    /*header=*/false);
                  std::erase_if(folder, [](char c) { return c == '\n' || c == '"'; });
                  return (folder.empty() ? "" : folder + "/") + fmt::format("{}.parquet", named_++);
                },
            .schema = rows.schema()};
  }

  // What a query says about the files, which are the table `f`.
  std::string Read(const std::string& sql) {
    SessionContext session(
        Options{{"datafusion.execution.listing_table_ignore_subdirectory", "false"}});
    session.Sql("CREATE EXTERNAL TABLE f STORED AS PARQUET LOCATION '" + root_ + "'");
    return Csv(session.Sql(sql));
  }

  std::set<std::string> Files() const {
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
      if (entry.is_regular_file()) files.insert(entry.path().lexically_relative(root_).string());
    }
    return files;
  }

  SessionContext session_;
  std::string root_ = ::testing::TempDir() + "file_sink_test/";
  std::atomic<int> named_ = 0;
};

TEST_F(FileSinkTest, WritesASmallQueryAsOneFileAndTellsItsStatistics) {
  const DataFrame rows = session_.Sql(
      "SELECT * FROM (VALUES (1, 'b', 1.5::double, DATE '2024-01-02'), (3, NULL, -0.5, NULL),"
      " (2, 'a', NULL, NULL)) t(i, s, d, day) UNION ALL SELECT 0, 'c', 0.25, NULL");
  FileSink sink = SinkOf(rows);
  sink.statistics = {{"i"}, {"s"}, {"d"}, {"day"}};
  const RecordBatch files = WriteFiles(rows, sink);
  const std::string size = std::to_string(std::filesystem::file_size(root_ + "0.parquet"));
  EXPECT_EQ(Rows(files), R"({"location":"0.parquet","size":)" + size +
                             R"(,"num_rows":4,"null_count":{"0":0,"1":1,"2":1,"3":3},)"
                             R"("min":{"0":0,"1":"a","2":-0.5,"3":"2024-01-02"},)"
                             R"("max":{"0":3,"1":"c","2":1.5,"3":"2024-01-02"}})"
                             "\n");
  EXPECT_EQ(Files(), std::set<std::string>{"0.parquet"});
  EXPECT_EQ(Read("SELECT * FROM f ORDER BY i"), "0,c,0.25,\n1,b,1.5,2024-01-02\n2,a,,\n3,,-0.5,\n");
}

TEST_F(FileSinkTest, NoRowsMakeNoFiles) {
  const DataFrame rows = session_.Sql("SELECT 1 AS x, named_struct('a', 2) AS s WHERE 1 = 0");
  FileSink sink = SinkOf(rows);
  sink.statistics = {{"x"}, {"s", "a"}};
  const RecordBatch files = WriteFiles(rows, sink);
  EXPECT_EQ(files.num_rows(), 0);
  EXPECT_EQ(files.schema().column_names(),
            (std::vector<std::string>{"location", "size", "num_rows", "null_count", "min", "max"}));
  EXPECT_TRUE(Files().empty());
}

TEST_F(FileSinkTest, StatisticsReachIntoStructsAndCountNullsOfLists) {
  const DataFrame rows = session_.Sql(
      "SELECT named_struct('x', value, 'in', named_struct('t', 'v' || value,"
      " 'l', CASE WHEN value = 2 THEN NULL ELSE [value] END)) AS s, value AS after"
      " FROM generate_series(1, 3)");
  FileSink sink = SinkOf(rows);
  sink.statistics = {{"s", "x"}, {"s", "in", "t"}, {"s", "in", "l"}, {"s", "in"}, {"after"}};
  const std::string text = Rows(WriteFiles(rows, sink));
  EXPECT_NE(text.find(R"("null_count":{"0":0,"1":0,"2":1,"3":0,"4":0})"), std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("min":{"0":1,"1":"v1","2":null,"3":null,"4":1})"), std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("max":{"0":3,"1":"v3","2":null,"3":null,"4":3})"), std::string::npos)
      << text;
}

TEST_F(FileSinkTest, ANanTakesTheMaximumAway) {
  const DataFrame rows = session_.Sql(
      "SELECT * FROM (VALUES (1.0::double, 'NaN'::double, 1.0::float), (2.0, 'NaN', 2.0),"
      " ('NaN', 'NaN', NULL)) t(some, every, no_nan)");
  FileSink sink = SinkOf(rows);
  sink.statistics = {{"some"}, {"every"}, {"no_nan"}};
  const std::string text = Rows(WriteFiles(rows, sink));
  EXPECT_NE(text.find(R"("min":{"0":1.0,"1":null,"2":1.0})"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("max":{"0":null,"1":null,"2":2.0})"), std::string::npos) << text;
}

TEST_F(FileSinkTest, StatisticsKeepTheTypesOfColumns) {
  const DataFrame rows = session_.Sql(
      "SELECT -1.23::decimal(5, 2) AS small, '12345678901234567890.5'::decimal(30, 1) AS large,"
      " arrow_cast('2024-01-02T03:04:05.678901', 'Timestamp(Microsecond, Some(\"UTC\"))') AS at,"
      " arrow_cast('2024-01-02T03:04:05.678901234', 'Timestamp(Nanosecond, None)') AS ns,"
      " true AS b, arrow_cast(-7, 'Int8') AS i8, arrow_cast('ab', 'Binary') AS raw,"
      " arrow_cast(18446744073709551615, 'UInt64') AS u, arrow_cast('v', 'Utf8View') AS view");
  FileSink sink = SinkOf(rows);
  for (const std::string& name : rows.schema().column_names()) sink.statistics.push_back({name});
  const RecordBatch files = WriteFiles(rows, sink);
  const std::string values =
      R"({"0":-1.23,"1":12345678901234567890.5,"2":"2024-01-02T03:04:05.678901Z",)"
      R"("3":"2024-01-02T03:04:05.678901234","4":true,"5":-7,"6":"6162",)"
      R"("7":18446744073709551615,"8":"v"})";
  const std::string text = Rows(files);
  EXPECT_NE(text.find("\"min\":" + values), std::string::npos) << text;
  EXPECT_NE(text.find("\"max\":" + values), std::string::npos) << text;
}

TEST_F(FileSinkTest, KeepsTheOrderOfOnePartitionAndRollsAtTheSize) {
  SessionContext session(Options{{"datafusion.execution.target_partitions", "1"}});
  const DataFrame rows =
      session.Sql("SELECT value AS x, md5(value::text) AS noise FROM generate_series(1, 300000)");
  FileSink sink = SinkOf(rows);
  sink.target_file_size = 2 << 20;
  sink.statistics = {{"x"}};
  const RecordBatch files = WriteFiles(rows, sink);
  EXPECT_GE(files.num_rows(), 3);
  EXPECT_EQ(Read("SELECT count(*), sum(x), count(DISTINCT noise) FROM f"),
            "300000,45000150000,300000\n");
  const std::string text = Rows(files);
  EXPECT_NE(text.find(R"("min":{"0":1})"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("max":{"0":300000})"), std::string::npos) << text;
}

TEST_F(FileSinkTest, LargePartitionsOfAPlanHaveFilesOfTheirOwnAndSmallOnesShareOne) {
  SessionContext session(Options{{"datafusion.execution.target_partitions", "4"}});
  const DataFrame small = session.Sql(
      "SELECT value FROM generate_series(1, 100) UNION ALL SELECT value FROM generate_series(1, 9)"
      " UNION ALL SELECT value FROM generate_series(1, 10)");
  EXPECT_EQ(WriteFiles(small, SinkOf(small)).num_rows(), 1);
  EXPECT_EQ(Read("SELECT count(*) FROM f"), "119\n");
  const DataFrame large = session.Sql(
      "SELECT value FROM generate_series(1, 100000) UNION ALL"
      " SELECT value FROM generate_series(100001, 200000)");
  EXPECT_EQ(WriteFiles(large, SinkOf(large)).num_rows(), 2);
  EXPECT_EQ(Read("SELECT count(*), sum(value) FROM f"), "200119,20000105150\n");
}

TEST_F(FileSinkTest, EachPartitionHasOneFileAndKeepsItsColumnsOutOfIt) {
  const DataFrame rows = session_.Sql(
      "SELECT value AS x, CASE value % 3 WHEN 0 THEN NULL WHEN 1 THEN 'a' ELSE 'b' END AS p,"
      " value % 2 AS q FROM generate_series(1, 60000)");
  FileSink sink = SinkOf(rows);
  sink.partition_columns = {"q", "p"};
  sink.statistics = {{"x"}, {"p"}};
  const RecordBatch files = WriteFiles(rows, sink);
  EXPECT_EQ(files.num_rows(), 6);
  EXPECT_EQ(Files().size(), 6u);
  const std::string text = Rows(files);
  EXPECT_NE(
      text.find(R"("num_rows":10000,"partition":{"q":0,"p":null},"null_count":{"0":0,"1":null})"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("min":{"0":1,"1":null})"), std::string::npos) << text;
  EXPECT_EQ(Read("SELECT count(*), sum(x) FROM f"), "60000,1800030000\n");
}

TEST_F(FileSinkTest, PartitionsBeyondTheOpenFilesAreSortedAndWrittenOneAfterTheOther) {
  const DataFrame rows = session_.Sql(
      "SELECT value AS x, arrow_cast('p' || (value % 150), 'Utf8View') AS p"
      " FROM generate_series(1, 50000)");
  FileSink sink = SinkOf(rows);
  sink.partition_columns = {"p"};
  sink.max_open_files = 3;
  const RecordBatch files = WriteFiles(rows, sink);
  EXPECT_EQ(files.num_rows(), 150);
  EXPECT_EQ(Files().size(), 150u);
  EXPECT_EQ(Read("SELECT count(*), sum(x), count(DISTINCT x) FROM f"), "50000,1250025000,50000\n");
}

TEST_F(FileSinkTest, RowGroupsEndWhereTheMemoryDoes) {
  SessionContext session(Options{{"datafusion.execution.target_partitions", "1"}});
  const DataFrame rows =
      session.Sql("SELECT value AS x, md5(value::text) AS noise FROM generate_series(1, 200000)");
  FileSink sink = SinkOf(rows);
  sink.memory_limit = 1 << 20;
  EXPECT_EQ(WriteFiles(rows, sink).num_rows(), 1);
  EXPECT_EQ(Read("SELECT count(*), sum(x) FROM f"), "200000,20000100000\n");
}

TEST_F(FileSinkTest, FilesHaveStoredNamesAndIdsAndNoOtherMetadata) {
  const DataFrame rows =
      session_.Sql("SELECT 1 AS id, named_struct('in', 2) AS s, [3] AS l, map(['k'], [4]) AS m");
  FileSink sink = SinkOf(rows);
  Schema stored = session_
                      .Sql(
                          "SELECT 1 AS c1, named_struct('c3', 2) AS c2, [3] AS c4,"
                          " map(['k'], [4]) AS c5")
                      .schema();
  sink.stored_schema = stored;
  sink.statistics = {{"s", "in"}};
  const std::string text = Rows(WriteFiles(rows, sink));
  EXPECT_NE(text.find(R"("min":{"0":2})"), std::string::npos) << text;
  EXPECT_EQ(Read("SELECT c1, c2['c3'], c4, map_values(c5) FROM f"), "1,2,[3],[4]\n");
}

TEST_F(FileSinkTest, ColumnsAreFoundByTheIdsThatTheyWereWrittenWith) {
  const DataFrame rows = session_.Sql("SELECT 1 AS id, named_struct('in', 2) AS s");
  const auto with_ids = [](const Schema& schema) {
    return WithFieldId(WithFieldId(WithFieldId(schema, {0}, "7"), {1}, "8"), {1, 0}, "9");
  };
  FileSink sink = SinkOf(rows);
  sink.stored_schema = with_ids(rows.schema());
  EXPECT_EQ(WriteFiles(rows, sink).num_rows(), 1);
  const std::string size = std::to_string(std::filesystem::file_size(root_ + "0.parquet"));
  const std::string file =
      "SELECT '0.parquet' AS path, 1 AS num_rows, 0 AS last_modified, " + size + " AS size";
  const Schema others = session_.Sql("SELECT 1 AS x, named_struct('y', 2) AS z").schema();
  const auto table = std::make_shared<OneFile>(
      rows.schema(), FileScan{.store = sink.store,
                              .file_schema = rows.schema(),
                              .stored_schema = with_ids(others),
                              .partition_schema = Schema(),
                              .files = session_.Sql(file).Collect().at(0)});
  EXPECT_EQ(Csv(session_.ReadTable(table)), "1,{in: 2}\n");
}

TEST_F(FileSinkTest, ARequiredValueThatIsMissingIsNamedWithItsRow) {
  const DataFrame rows = session_.Sql(
      "SELECT * FROM (VALUES (1, named_struct('a', 1, 'l', [1])),"
      " (2, named_struct('a', NULL, 'l', [1, NULL])), (3, NULL)) t(id, s)");
  const Schema schema = Nullable(rows.schema(), {0});
  FileSink sink = SinkOf(rows);
  sink.schema = Required(schema, {1});
  Error error = ErrorOf([&] { WriteFiles(rows, sink); });
  EXPECT_EQ(error.code(), ErrorCode::kConstraintViolation);
  EXPECT_EQ(error.message(), R"(Column s cannot be null, as it is in this row: {"id":3,"s":null})");
  sink.schema = Required(schema, {1, 0});
  error = ErrorOf([&] { WriteFiles(rows, sink); });
  EXPECT_EQ(
      error.message(),
      R"(Column s.a cannot be null, as it is in this row: {"id":2,"s":{"a":null,"l":[1,null]}})")
      << "The null of a struct hides its fields.";
  sink.schema = Required(schema, {1, 1, 0});
  error = ErrorOf([&] { WriteFiles(rows, sink); });
  EXPECT_EQ(
      error.message(),
      R"(Column s.l.element cannot be null, as it is in this row: {"id":2,"s":{"a":null,"l":[1,null]}})");
  EXPECT_TRUE(Files().empty());
  sink.schema = Required(Required(schema, {0}), {1, 1});
  EXPECT_EQ(WriteFiles(rows, sink).num_rows(), 1);
}

TEST_F(FileSinkTest, RequiredValuesOfMapsAreChecked) {
  const DataFrame rows = session_.Sql("SELECT map(['a', 'b'], [1, NULL]) AS m");
  FileSink sink = SinkOf(rows);
  sink.schema = Required(rows.schema(), {0, 0, 1});
  const Error error = ErrorOf([&] { WriteFiles(rows, sink); });
  EXPECT_EQ(error.message(),
            R"(Column m.value cannot be null, as it is in this row: {"m":{"a":1,"b":null}})");
}

TEST_F(FileSinkTest, ARowThatBreaksACheckIsShownAndNothingStays) {
  SessionContext session(Options{{"datafusion.execution.target_partitions", "1"}});
  const DataFrame rows =
      session.Sql("SELECT value AS x, repeat('x', 1000) AS long FROM generate_series(1, 100000)");
  FileSink sink = SinkOf(rows);
  sink.target_file_size = 1 << 10;
  sink.checks = {{"CHECK constraint 'small'", Expression::Parse("x < 90000", rows.schema())}};
  const Error error = ErrorOf([&] { WriteFiles(rows, sink); });
  EXPECT_EQ(error.code(), ErrorCode::kConstraintViolation);
  EXPECT_EQ(error.message().find(
                R"(CHECK constraint 'small' is violated by a row: {"x":90000,"long":"xxx)"),
            0u)
      << error.message();
  EXPECT_LT(error.message().size(), 700u);
  EXPECT_GT(named_, 0) << "Files had been finished.";
  EXPECT_TRUE(Files().empty());
}

TEST_F(FileSinkTest, ACheckThatIsNullIsBroken) {
  const DataFrame rows = session_.Sql("SELECT * FROM (VALUES (1), (NULL)) t(x)");
  FileSink sink = SinkOf(rows);
  sink.checks = {{"positive", Expression::Parse("x > 0", rows.schema())}};
  const Error error = ErrorOf([&] { WriteFiles(rows, sink); });
  EXPECT_EQ(error.message(), R"(positive is violated by a row: {"x":null})");
}

TEST_F(FileSinkTest, AnErrorOfTheQueryRemovesWhatWasWritten) {
  const DataFrame rows =
      session_.Sql("SELECT 1 / (150000 - value) AS x FROM generate_series(1, 200000)");
  FileSink sink = SinkOf(rows);
  sink.target_file_size = 1 << 10;
  EXPECT_EQ(ErrorOf([&] { WriteFiles(rows, sink); }).code(), ErrorCode::kExecution);
  EXPECT_TRUE(Files().empty());
}

TEST_F(FileSinkTest, AnErrorOfANameEndsTheWrite) {
  const DataFrame rows = session_.Sql("SELECT 1 AS x");
  FileSink sink = SinkOf(rows);
  sink.name_file = [](const RecordBatch&) -> std::string {
    throw Error(ErrorCode::kConflict, "no name");
  };
  const Error error = ErrorOf([&] { WriteFiles(rows, sink); });
  EXPECT_EQ(error.code(), ErrorCode::kConflict);
  EXPECT_EQ(error.message(), "no name");
}

TEST_F(FileSinkTest, ACancelledWriteLeavesNothing) {
  const DataFrame rows =
      session_.Sql("SELECT value AS x, md5(value::text) AS s FROM generate_series(1, 1000000000)");
  FileSink sink = SinkOf(rows);
  sink.target_file_size = 1 << 16;
  const auto begin = std::chrono::steady_clock::now();
  const CancelScope scope([&] { return named_ >= 3; });
  EXPECT_EQ(ErrorOf([&] { WriteFiles(rows, sink); }).code(), ErrorCode::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
  EXPECT_TRUE(Files().empty());
}

TEST_F(FileSinkTest, PropertiesReachTheFile) {
  const DataFrame rows = session_.Sql(
      "SELECT value AS x, md5(value::text) AS s, named_struct('d', value * 0.5) AS n"
      " FROM generate_series(1, 20000)");
  FileSink sink = SinkOf(rows);
  sink.properties = {{"compression", "zstd(3)"},
                     {"max_row_group_size", "7000"},
                     {"data_page_size_limit", "10000"},
                     {"dictionary_page_size_limit", "20000"},
                     {"data_page_row_count_limit", "1000"},
                     {"write_batch_size", "512"},
                     {"statistics_truncate_length", "4"},
                     {"dictionary_enabled", "false"},
                     {"encoding", "delta_binary_packed"},
                     {"column.s.encoding", "delta_length_byte_array"},
                     {"column.s.compression", "uncompressed"},
                     {"column.s.bloom_filter_enabled", "true"},
                     {"column.s.bloom_filter_fpp", "0.01"},
                     {"column.s.bloom_filter_ndv", "7000"},
                     {"column.n.d.statistics_enabled", "none"}};
  sink.statistics = {{"s"}, {"n", "d"}};
  const std::string text = Rows(WriteFiles(rows, sink));
  EXPECT_NE(text.find(R"("null_count":{"0":0,"1":null})"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("min":{"0":"0000","1":null})"), std::string::npos) << text;
  EXPECT_EQ(Read("SELECT count(*), sum(x), count(DISTINCT s), sum(n['d']) FROM f"),
            "20000,200010000,20000,100005000.0\n");
}

TEST_F(FileSinkTest, RefusesPropertiesThatMakeNoSense) {
  const DataFrame rows = session_.Sql("SELECT 1 AS x, 'a' AS s");
  for (const auto& [key, value] : Options{{"compresion", "snappy"},
                                          {"compression", "lzo"},
                                          {"compression ", "zstd(99)"},
                                          {"max_row_group_size", "0"},
                                          {"data_page_size_limit", "-1"},
                                          {"column.y.encoding", "plain"},
                                          {"column.x.encoding", "delta_byte_array"},
                                          {"column.x.color", "red"},
                                          {"bloom_filter_fpp", "1"},
                                          {"dictionary_enabled", "yes"},
                                          {"statistics_enabled", "all"},
                                          {"encoding", "rle_dictionary"}}) {
    FileSink sink = SinkOf(rows);
    sink.properties = {{key, value}};
    const Error error = ErrorOf([&] { WriteFiles(rows, sink); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << key << " " << error.message();
    EXPECT_NE(error.message().find(key), std::string::npos) << error.message();
  }
  EXPECT_TRUE(Files().empty());
}

TEST_F(FileSinkTest, RefusesRowsOfOtherTypesAndColumnsThatAreNotThere) {
  const DataFrame rows = session_.Sql("SELECT 1::bigint AS x, 'a' AS s");
  FileSink sink = SinkOf(rows);
  sink.schema = session_.Sql("SELECT 1::int AS x, 'a' AS s").schema();
  EXPECT_EQ(ErrorOf([&] { WriteFiles(rows, sink); }).message(),
            "Rows with a column of type Int64 cannot be written as Int32: x");
  sink = SinkOf(rows);
  sink.partition_columns = {"y"};
  EXPECT_EQ(ErrorOf([&] { WriteFiles(rows, sink); }).code(), ErrorCode::kInvalidArgument);
  sink.partition_columns = {"x", "s"};
  EXPECT_EQ(ErrorOf([&] { WriteFiles(rows, sink); }).code(), ErrorCode::kInvalidArgument);
  sink = SinkOf(rows);
  sink.statistics = {{"x", "y"}};
  EXPECT_EQ(ErrorOf([&] { WriteFiles(rows, sink); }).code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace deltaic::datafusion
