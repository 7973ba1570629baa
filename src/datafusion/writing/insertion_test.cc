// INSERT INTO a C++ table, as the table sees it.

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <deltaic/datafusion/batch_formatter.h>
#include <deltaic/datafusion/session_context.h>
#include <deltaic/datafusion/table_provider.h>

#include "testing/error_of.h"

namespace deltaic::datafusion {
namespace {

using testing::ErrorOf;

/// Shows what it is asked to write, and has no rows itself.
class Recorder : public TableProvider {
 public:
  explicit Recorder(Schema schema) : schema_(std::move(schema)) {}

  const Schema& schema() const override { return schema_; }
  FileScan Scan(const ScanRequest& /*request*/) const override {
    throw Error(ErrorCode::kNotImplemented, "not read");
  }
  std::vector<std::pair<std::string, std::string>> ColumnDefaults() const override {
    return {{"s", "'default'"}};
  }
  int64_t Insert(const DataFrame& rows, InsertMode mode) const override {
    ++num_inserting_;
    const std::shared_ptr<void> end(nullptr, [this](void*) { --num_inserting_; });
    if (before_insert) before_insert();
    const std::vector<RecordBatch> batches = rows.Collect();
    int64_t count = 0;
    for (const RecordBatch& batch : batches) count += batch.num_rows();
    const std::lock_guard lock(mutex_);
    seen_ += (mode == InsertMode::kOverwrite ? "overwrite " : "append ") +
             FormatBatches(rows.schema(), batches, TextFormat::kCsv);
    return count;
  }

  std::string Seen() const {
    const std::lock_guard lock(mutex_);
    return std::exchange(seen_, "");
  }

  int num_inserting() const { return num_inserting_; }

  std::function<void()> before_insert;

 private:
  Schema schema_;
  mutable std::atomic<int> num_inserting_ = 0;
  mutable std::mutex mutex_;
  mutable std::string seen_;
};

class Insertion : public ::testing::Test {
 protected:
  Insertion() {
    session_.RegisterTable("t", table_);
    session_.Sql("CREATE TABLE source AS VALUES (1, 'x'), (2, 'y')").Collect();
  }

  // The answer of a statement; what the table has seen follows.
  std::string Run(const std::string& sql) {
    const DataFrame answer = session_.Sql(sql);
    const std::string seen = table_->Seen();
    const std::string count = FormatBatches(answer.schema(), answer.Collect(), TextFormat::kCsv);
    EXPECT_EQ(table_->Seen(), "") << "A statement runs once, whatever is read of its answer.";
    return count + seen;
  }

  Error ErrorIn(const std::string& sql) {
    const Error error = ErrorOf([&] { Run(sql); });
    EXPECT_EQ(table_->Seen(), "") << sql;
    return error;
  }

  SessionContext session_;
  std::shared_ptr<Recorder> table_ = std::make_shared<Recorder>(
      SessionContext()
          .Sql("SELECT arrow_cast(1, 'Int8') AS i, 'a' AS s, 1.5::decimal(10, 2) AS d,"
               " arrow_cast(now(), 'Timestamp(Microsecond, Some(\"UTC\"))') AS at")
          .schema());
};

TEST_F(Insertion, HandsOverTheColumnsThatAreNamedInTheOrderOfTheTable) {
  EXPECT_EQ(Run("INSERT INTO t (d, i) VALUES (2.50, 1), (NULL, 2)"),
            "count\n2\nappend i,d\n1,2.50\n2,\n");
  EXPECT_EQ(Run("INSERT INTO t VALUES (1, 'x', 3, '2024-01-02T03:04:05.678901Z')"),
            "count\n1\nappend i,s,d,at\n1,x,3.00,2024-01-02T03:04:05.678901Z\n");
  EXPECT_EQ(Run("INSERT OVERWRITE t (s) VALUES ('only')"), "count\n1\noverwrite s\nonly\n");
  EXPECT_EQ(Run("INSERT INTO t (i, s) SELECT column1, column2 FROM source ORDER BY 1 DESC"),
            "count\n2\nappend i,s\n2,y\n1,x\n");
  EXPECT_EQ(Run("INSERT INTO t (s) WITH c AS (SELECT 'in' AS v) SELECT v FROM c"),
            "count\n1\nappend s\nin\n");
  EXPECT_EQ(Run("INSERT INTO t (i) SELECT a + b FROM (VALUES (100, 20)) v(a, b)"),
            "count\n1\nappend i\n120\n")
      << "VALUES inside have types of their own.";
  EXPECT_EQ(Run("INSERT INTO t (i) SELECT column1 FROM source WHERE column1 > 5"),
            "count\n0\nappend i\n");
}

TEST_F(Insertion, ValuesAreStoredExactlyOrRefused) {
  const Error large = ErrorIn("INSERT INTO t (i) VALUES (300)");
  EXPECT_EQ(large.message(),
            "Column i of type Int8 cannot hold exactly this value of type Int64: 300");
  EXPECT_EQ(large.code(), ErrorCode::kSchemaMismatch);
  EXPECT_NE(ErrorIn("INSERT INTO t (i) VALUES (1.5)").message().find("cannot hold exactly"),
            std::string::npos);
  EXPECT_NE(ErrorIn("INSERT INTO t (d) SELECT 0.125").message().find("cannot hold exactly"),
            std::string::npos);
  EXPECT_NE(ErrorIn("INSERT INTO t (s) VALUES (1)").message().find("takes no values of type Int64"),
            std::string::npos);
  EXPECT_NE(ErrorIn("INSERT INTO t (i) SELECT 'x'").message().find("finds no such value"),
            std::string::npos);
  EXPECT_EQ(Run("INSERT INTO t (i) VALUES (CAST(1.5 AS TINYINT))"), "count\n1\nappend i\n1\n")
      << "A cast of the statement may lose what it loses.";
  EXPECT_EQ(Run("INSERT INTO t (i, s) VALUES ('7', 'a'), (8, 'b')"),
            "count\n2\nappend i,s\n7,a\n8,b\n");
}

TEST_F(Insertion, NumbersAreReadAsTheyAreWritten) {
  table_ = std::make_shared<Recorder>(
      session_.Sql("SELECT 1.5::decimal(20, 2) AS d, 1.5::float AS f, 1.5::double AS g").schema());
  session_.RegisterTable("t", table_);
  EXPECT_EQ(Run("INSERT INTO t VALUES (-12345678901234567.89, 0.1, 3.14159265358979323846)"),
            "count\n1\nappend d,f,g\n-12345678901234567.89,0.1,3.141592653589793\n");
  EXPECT_EQ(Run("INSERT INTO t VALUES (1e3, 1e3, -1e3), (2, 2, 2), (NULL, NULL, NULL)"),
            "count\n3\nappend d,f,g\n1000.00,1000.0,-1000.0\n2.00,2.0,2.0\n,,\n");
  EXPECT_NE(ErrorIn("INSERT INTO t (d) VALUES (0.125)").message().find("cannot hold exactly"),
            std::string::npos);
}

TEST_F(Insertion, TheTimeOfTheStatementFits) {
  EXPECT_EQ(Run("INSERT INTO t (at, s) VALUES (now(), 'a')").find("count\n1\nappend s,at\na,20"),
            0u);
  EXPECT_EQ(Run("INSERT INTO t (at) SELECT current_timestamp").find("count\n1\nappend at\n20"), 0u);
}

TEST_F(Insertion, PreparedStatementsInsert) {
  session_.Sql("PREPARE two AS INSERT INTO t (s, i) VALUES ($1, $2)").Collect();
  EXPECT_EQ(Run("EXECUTE two('x', 1)"), "count\n1\nappend i,s\n1,x\n");
  EXPECT_EQ(Run("EXECUTE two('y', 2)"), "count\n1\nappend i,s\n2,y\n");
}

TEST_F(Insertion, ExplainWritesNothing) {
  EXPECT_NE(
      Run("EXPLAIN INSERT INTO t (i) SELECT column1 FROM source").find("InsertExec: mode=Append"),
      std::string::npos);
  EXPECT_EQ(table_->Seen(), "");
  EXPECT_TRUE(Run("EXPLAIN ANALYZE INSERT INTO t (i) SELECT column1 FROM source")
                  .ends_with("append i\n1\n2\n"));
}

TEST_F(Insertion, RefusesWhatItCannotDo) {
  EXPECT_EQ(ErrorIn("REPLACE INTO t (i) VALUES (1)").code(), ErrorCode::kNotImplemented);
  EXPECT_EQ(ErrorIn("INSERT INTO t (i) VALUES (1, 2)").code(), ErrorCode::kInvalidSql);
  EXPECT_EQ(ErrorIn("INSERT INTO t (i) SELECT 1, 2").code(), ErrorCode::kInvalidSql);
  EXPECT_EQ(ErrorIn("INSERT INTO t (none) SELECT 1").code(), ErrorCode::kInvalidSql);
  class Unwritable : public Recorder {
   public:
    using Recorder::Recorder;
    int64_t Insert(const DataFrame& rows, InsertMode mode) const override {
      return TableProvider::Insert(rows, mode);
    }
  };
  session_.RegisterTable("u", std::make_shared<Unwritable>(table_->schema()));
  EXPECT_EQ(ErrorIn("INSERT INTO u (i) VALUES (1)").code(), ErrorCode::kNotImplemented);
}

TEST_F(Insertion, OtherTablesAreWrittenAsEver) {
  session_.Sql("INSERT INTO source SELECT column1 + 10, 'z' FROM source").Collect();
  const DataFrame rows = session_.Sql("SELECT column1, column2 FROM source ORDER BY 1");
  EXPECT_EQ(FormatBatches(rows.schema(), rows.Collect(), TextFormat::kCsv, false),
            "1,x\n2,y\n11,z\n12,z\n");
}

TEST_F(Insertion, AnErrorOfTheTableKeepsItsCode) {
  table_->before_insert = [] { throw Error(ErrorCode::kConflict, "another writer won"); };
  const Error error = ErrorIn("INSERT INTO t (i) VALUES (1)");
  EXPECT_EQ(error.code(), ErrorCode::kConflict);
  EXPECT_EQ(error.message(), "another writer won");
}

TEST_F(Insertion, ACancelReachesTheTable) {
  std::atomic<bool> started = false;
  std::atomic<bool> cancelled = false;
  table_->before_insert = [&] {
    started = true;
    for (int i = 0; i < 2000 && !cancelled; ++i) {
      cancelled = CancelRequested();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ThrowIfCancelled();
  };
  {
    const CancelScope scope([&] { return started.load(); });
    EXPECT_EQ(ErrorIn("INSERT INTO t (i) VALUES (1)").code(), ErrorCode::kCancelled);
  }
  // The statement does not wait for the table, which ends by itself.
  while (table_->num_inserting() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(table_->Seen(), "");
}

}  // namespace
}  // namespace deltaic::datafusion
