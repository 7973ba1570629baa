#include <deltaic/delta/operations/convert_to_delta.h>

#include <map>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/work_done.h>
#include <deltaic/datafusion/batch_formatter.h>
#include <deltaic/datafusion/session_context.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>
#include <deltaic/delta/transaction/commit_errors.h>

#include "datafusion/writing/file_sink.h"
#include "delta/scan/snapshot_rows.h"
#include "testing/error_of.h"
#include "testing/faulty_store.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;
using testing::Fault;
using testing::FaultyStore;
using testing::Verb;

constexpr char kCommit[] = "_delta_log/00000000000000000000.json";

class ConvertToDelta : public ::testing::Test {
 protected:
  // Writes the rows of a query as one file.
  void Write(const std::string& location, const std::string& sql) {
    const datafusion::DataFrame rows = session_.Sql(sql);
    datafusion::FileSink sink{.store = store_.store(),
                              .name_file = [&](const RecordBatch&) { return location; },
                              .schema = rows.schema()};
    datafusion::WriteFiles(rows, sink);
  }

  ConvertToDeltaResult Convert(const ConvertToDeltaRequest& request = {}) {
    return delta::ConvertToDelta(TableAccess(store_.store()), request);
  }

  Error RefusalOf(const ConvertToDeltaRequest& request = {}) {
    Error error = ErrorOf([&] { Convert(request); });
    EXPECT_FALSE(HasDeltaLog(store_.store()));
    return error;
  }

  std::string Csv(const CommitResult& commit, const std::string& sql) {
    std::map<int64_t, RowSet> all;
    for (int64_t file = 0; file < commit.snapshot->files().size(); ++file) all[file] = {};
    datafusion::SessionContext session;
    session.RegisterTable("t", RowsWithout(commit.snapshot, std::move(all)));
    const datafusion::DataFrame rows = session.Sql(sql);
    return datafusion::FormatBatches(rows.schema(), rows.Collect(), datafusion::TextFormat::kCsv,
                                     false);
  }

  std::string Log() { return std::string(store_.store().Get(kCommit).view()); }

  FaultyStore store_;
  datafusion::SessionContext session_;
};

TEST_F(ConvertToDelta, TakesTheFilesOfAllFoldersWithTheirColumns) {
  Write("p=1/a.parquet", "SELECT 1::bigint AS id, 'x' AS name");
  Write("p=2/b.parquet", "SELECT 2::bigint AS id, true AS flag");
  Write("_temporary/c.parquet", "SELECT 'other' AS columns");
  const ConvertToDeltaResult made =
      Convert({.partition_columns = {{"p", DataType::Primitive(TypeKind::kInteger)}}});
  EXPECT_EQ(made.num_files, 2);
  EXPECT_EQ(made.num_rows, 2);
  EXPECT_EQ(made.commit.version, 0);
  EXPECT_EQ(Csv(made.commit, "SELECT p, id, name, flag FROM t ORDER BY p"), "1,1,x,\n2,2,,true\n");
}

TEST_F(ConvertToDelta, CommitsAsSparkSpellsIt) {
  Write("p=x/a.parquet", "SELECT 1 AS id");
  Convert({.partition_columns = {{"p", DataType::Primitive(TypeKind::kString)}},
           .name = "n",
           .description = "d",
           .configuration = {{"delta.appendOnly", "true"}},
           .commit = {.custom_metadata = {{"userMetadata", "\"u\""}}}});
  const std::string log = Log();
  for (const char* part :
       {R"("operation":"CONVERT")", R"("numFiles":"1")", R"("partitionedBy":"[\"p\"]")",
        R"("collectStats":"true")", R"("sourceFormat":"parquet")", R"("numConvertedFiles":"1")",
        R"("userMetadata":"u")", R"("name":"n")", R"("description":"d")",
        R"("delta.appendOnly":"true")", R"("partitionValues":{"p":"x"})", R"("dataChange":true)"}) {
    EXPECT_NE(log.find(part), std::string::npos) << part << "\n" << log;
  }
}

TEST_F(ConvertToDelta, TakesStatisticsFromFooters) {
  Write("a.parquet",
        "SELECT * FROM (VALUES (1, 'b', 0.5::double, named_struct('z', 7)), "
        "(3, NULL, 1.5::double, named_struct('z', 9))) AS v (i, s, d, n)");
  Write("b.parquet", "SELECT 4::bigint AS more");
  const CommitResult made = Convert().commit;
  EXPECT_EQ(made.snapshot->files().size(), 2);
  const std::string log = Log();
  for (const char* part :
       {R"(\"numRecords\":2,\"minValues\":{\"i\":1,\"s\":\"b\",\"d\":0.5,\"n\":{\"z\":7}})",
        R"(\"maxValues\":{\"i\":3,\"s\":\"b\",\"n\":{\"z\":9}})",
        R"(\"nullCount\":{\"i\":0,\"s\":1,\"d\":0,\"n\":{\"z\":0},\"more\":2})",
        R"(\"numRecords\":1,\"minValues\":{\"more\":4},\"maxValues\":{\"more\":4})"}) {
    EXPECT_NE(log.find(part), std::string::npos) << part << "\n" << log;
  }
}

TEST_F(ConvertToDelta, LeavesStatisticsOutButForRows) {
  Write("a.parquet", "SELECT 1 AS i");
  Convert({.collects_statistics = false});
  EXPECT_NE(Log().find(R"("stats":"{\"numRecords\":1}")"), std::string::npos) << Log();
}

TEST_F(ConvertToDelta, CountsRowsForRowIds) {
  Write("a.parquet", "SELECT value AS i FROM generate_series(1, 10)");
  Write("b.parquet", "SELECT 1::bigint AS i");
  Convert({.configuration = {{"delta.enableRowTracking", "true"}}, .collects_statistics = false});
  EXPECT_NE(Log().find(R"("baseRowId":10)"), std::string::npos) << Log();
}

TEST_F(ConvertToDelta, ATableThatIsThereIsAnErrorOrIgnored) {
  Write("a.parquet", "SELECT 1 AS i");
  Convert();
  EXPECT_EQ(ErrorOf([&] { Convert(); }).code(), ErrorCode::kAlreadyExists);
  const ConvertToDeltaResult ignored = Convert({.mode = SaveMode::kIgnore});
  EXPECT_TRUE(ignored.commit.is_skipped);
  EXPECT_EQ(ignored.commit.version, 0);
}

TEST_F(ConvertToDelta, AnotherWriterMayMakeTheTableMeanwhile) {
  Write("a.parquet", "SELECT 1 AS i");
  const auto let_another_win = [&] {
    store_.At(1, Verb::kPutIfAbsent, {.kind = Fault::Kind::kDelay, .before = [this] {
                                        FaultyStore plain = store_;
                                        delta::ConvertToDelta(TableAccess(plain.store()), {});
                                      }});
  };
  let_another_win();
  EXPECT_EQ(ErrorOf([&] { Convert(); }).code(), ErrorCode::kConflict);
  store_.store().Delete(kCommit);
  let_another_win();
  EXPECT_TRUE(Convert({.mode = SaveMode::kIgnore}).commit.is_skipped);
}

TEST_F(ConvertToDelta, NeedsParquetFiles) {
  EXPECT_EQ(RefusalOf().code(), ErrorCode::kTableNotFound);
  store_.store().Put("a.csv", "x");
  EXPECT_EQ(RefusalOf().code(), ErrorCode::kTableNotFound);
  store_.store().Put("a.parquet", "no Parquet");
  const Error error = RefusalOf();
  EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
  EXPECT_NE(error.message().find("a.parquet"), std::string::npos) << error.message();
}

TEST_F(ConvertToDelta, AContradictionOfFilesNamesBoth) {
  Write("a.parquet", "SELECT 1::bigint AS i");
  Write("b.parquet", "SELECT 1.5::double AS i");
  const Error error = RefusalOf();
  EXPECT_EQ(error.code(), ErrorCode::kSchemaMismatch);
  for (const char* part : {"'i'", "'a.parquet'", "'b.parquet'", "long", "double"}) {
    EXPECT_NE(error.message().find(part), std::string::npos) << error.message();
  }
}

TEST_F(ConvertToDelta, ATypeThatTablesLackNamesTheFile) {
  Write("sub/a.parquet", "SELECT '12:00'::time AS t");
  const Error error = RefusalOf();
  EXPECT_EQ(error.code(), ErrorCode::kSchemaMismatch);
  EXPECT_NE(error.message().find("'sub/a.parquet'"), std::string::npos) << error.message();
}

TEST_F(ConvertToDelta, RefusesWhatItCannotKeep) {
  Write("a.parquet", "SELECT 1 AS i");
  EXPECT_EQ(RefusalOf({.configuration = {{"delta.constraints.c", "i > 0"}}}).code(),
            ErrorCode::kUnsupportedFeature);
  EXPECT_EQ(RefusalOf({.configuration = {{"delta.columnMapping.mode", "name"}}}).code(),
            ErrorCode::kUnsupportedFeature);
  EXPECT_EQ(RefusalOf({.mode = SaveMode::kAppend}).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(RefusalOf({.partition_columns = {{"p", DataType::Primitive(TypeKind::kLong), true,
                                              R"({"delta.generationExpression":"i"})"}}})
                .code(),
            ErrorCode::kUnsupportedFeature);
}

TEST_F(ConvertToDelta, AColumnOfNullsInOneFileIsThatOfTheOthers) {
  Write("a.parquet", "SELECT NULL AS s, 1 AS i");
  Write("b.parquet", "SELECT 'x' AS s, 2 AS i");
  EXPECT_EQ(Csv(Convert().commit, "SELECT i, s FROM t ORDER BY i"), "1,\n2,x\n");
}

TEST_F(ConvertToDelta, IsCancelledAtAnyMomentWithoutATrace) {
  for (int i = 0; i < 5; ++i) Write(std::to_string(i) + ".parquet", "SELECT 1 AS i");
  for (int allowed = 0;; ++allowed) {
    try {
      const CancelScope scope([calls = 0, allowed]() mutable { return ++calls > allowed; });
      Convert();
      EXPECT_GT(allowed, 1);
      return;
    } catch (const CommitStateUnknown&) {  // The commit was under way.
      return;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCancelled);
      EXPECT_FALSE(HasDeltaLog(store_.store()));
    }
  }
}

TEST_F(ConvertToDelta, ShowsItsProgress) {
  Write("a.parquet", "SELECT value AS i FROM generate_series(1, 100)");
  const WorkDone before = TotalWorkDone();
  const ConvertToDeltaResult made = Convert();
  EXPECT_EQ(TotalWorkDone().rows - before.rows, 100);
  EXPECT_EQ(TotalWorkDone().files - before.files, 1);
  EXPECT_EQ(TotalWorkDone().bytes - before.bytes, made.num_bytes);
}

}  // namespace
}  // namespace deltaic::delta
