#include <deltaic/datafusion/table_provider.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/batch_formatter.h>
#include <deltaic/datafusion/session_context.h>

namespace deltaic::datafusion {
namespace {

using SkippedRows = std::function<RecordBatch(std::string_view)>;

RecordBatch OneBatch(const std::string& sql) { return SessionContext().Sql(sql).Collect().at(0); }

class FakeSkipper : public RowSkipper {
 public:
  explicit FakeSkipper(SkippedRows rows_to_skip) : rows_to_skip_(std::move(rows_to_skip)) {}

  RecordBatch RowsToSkip(std::string_view descriptor,
                         const std::vector<ObjectStore>& stores) const override {
    EXPECT_EQ(stores.size(), 2);
    return rows_to_skip_(descriptor);
  }

 private:
  SkippedRows rows_to_skip_;
};

/// The numbers from 0 to 9 in one file, of which `rows_to_skip` tells what is not there.
class SkippingTable : public TableProvider {
 public:
  explicit SkippingTable(SkippedRows rows_to_skip)
      : root_(std::filesystem::path(testing::TempDir()) / "skipping"),
        schema_(OneBatch("SELECT 1::bigint AS x").schema()),
        rows_to_skip_(std::move(rows_to_skip)) {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
    SessionContext()
        .Sql(fmt::format("COPY (SELECT value AS x FROM generate_series(0, 9)) TO '{}' STORED AS "
                         "PARQUET",
                         FilePath()))
        .Collect();
  }

  const Schema& schema() const override { return schema_; }

  FileScan Scan(const ScanRequest& /*request*/) const override {
    return {
        .store = ObjectStore::Open(root_.string()),
        .other_stores = {ObjectStore::Open(root_.string())},
        .file_schema = schema_,
        .partition_schema = {},
        .files = OneBatch(fmt::format("SELECT 'f.parquet' AS path, {}::bigint AS size, 0::bigint "
                                      "AS last_modified, 'some of f' AS rows_to_skip",
                                      std::filesystem::file_size(FilePath()))),
        .row_skipper = rows_to_skip_ ? std::make_shared<FakeSkipper>(rows_to_skip_) : nullptr};
  }

 private:
  std::string FilePath() const { return (root_ / "f.parquet").string(); }

  std::filesystem::path root_;
  Schema schema_;
  SkippedRows rows_to_skip_;
};

std::string Rows(SkippedRows rows_to_skip, std::string_view sql) {
  SessionContext session;
  session.RegisterTable("t", std::make_shared<SkippingTable>(std::move(rows_to_skip)));
  const DataFrame frame = session.Sql(sql);
  return FormatBatches(frame.schema(), frame.Collect(), TextFormat::kCsv, /*header=*/false);
}

SkippedRows Ranges(const std::string& values) {
  const RecordBatch ranges = OneBatch(fmt::format(
      R"(SELECT a::bigint AS "begin", b::bigint AS "end" FROM (VALUES {}) v(a, b))", values));
  return [ranges](std::string_view /*descriptor*/) { return ranges; };
}

ErrorCode CodeOf(SkippedRows rows_to_skip) {
  try {
    Rows(std::move(rows_to_skip), "SELECT x FROM t");
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::kInternal;
}

TEST(RowsToSkip, AreNotThere) {
  EXPECT_EQ(Rows(Ranges("(0, 2), (4, 5), (5, 6), (8, 10)"), "SELECT x FROM t"), "2\n3\n6\n7\n");
  EXPECT_EQ(Rows(Ranges("(1, 9)"), "SELECT count(*), sum(x) FROM t WHERE x > 0"), "1,9\n");
  EXPECT_EQ(Rows(Ranges("(0, 10)"), "SELECT count(*) FROM t"), "0\n");
}

TEST(RowsToSkip, AreAskedForOnceAndOnlyForFilesThatAreOpened) {
  const auto calls = std::make_shared<std::atomic<int>>(0);
  const SkippedRows counting = [calls, ranges = Ranges("(0, 1)")](std::string_view descriptor) {
    EXPECT_EQ(descriptor, "some of f");
    ++*calls;
    return ranges(descriptor);
  };
  SessionContext session;
  session.RegisterTable("t", std::make_shared<SkippingTable>(counting));
  session.Sql("SELECT x FROM t").Explain();
  EXPECT_EQ(*calls, 0);
  EXPECT_EQ(session.Sql("SELECT x FROM t WHERE x < 5 ORDER BY x LIMIT 2").Count(), 2);
  EXPECT_EQ(*calls, 1);
}

TEST(RowsToSkip, MustBeRowsOfTheFileInOrder) {
  EXPECT_EQ(CodeOf(Ranges("(9, 11)")), ErrorCode::kCorruptData);
  EXPECT_EQ(CodeOf(Ranges("(0, 9223372036854775807)")), ErrorCode::kCorruptData);
  for (const char* ranges : {"(-1, 1)", "(3, 3)", "(4, 3)", "(2, 4), (3, 5)", "(5, 6), (1, 2)"}) {
    EXPECT_EQ(CodeOf(Ranges(ranges)), ErrorCode::kInternal) << ranges;
  }
  EXPECT_EQ(CodeOf([](std::string_view) { return OneBatch("SELECT 1::bigint AS \"begin\""); }),
            ErrorCode::kInternal);
  EXPECT_EQ(CodeOf(nullptr), ErrorCode::kInternal);
}

TEST(RowsToSkip, ErrorsKeepTheirCode) {
  EXPECT_EQ(CodeOf([](std::string_view) -> RecordBatch {
              throw Error(ErrorCode::kPermissionDenied, "It is not for you.");
            }),
            ErrorCode::kPermissionDenied);
}

}  // namespace
}  // namespace deltaic::datafusion
