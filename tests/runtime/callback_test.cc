// The runtime rules that C++ callers rely on: callbacks may call back and block, on any thread and
// with as few as one worker; what they throw arrives with its code; a cancelled query disturbs no
// other one.

#include <cstdlib>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <deltaic/datafusion/session_context.h>
#include <deltaic/datafusion/table_provider.h>
#include <deltaic/delta/session/delta_session_context.h>
#include <deltaic/delta/table/delta_table.h>

namespace deltaic {
namespace {

using datafusion::FileScan;
using datafusion::ObjectStore;
using datafusion::ScanRequest;
using datafusion::SessionContext;
using datafusion::TableProvider;
using datafusion::TableResolver;
using delta::DeltaSessionContext;
using delta::DeltaTable;

/// A folder with `part.parquet` (column x: 1, 2, 3) that is also a Delta table.
class TableFolder {
 public:
  TableFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "deltaic-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
    SessionContext session;
    session
        .Sql("COPY (SELECT value AS x FROM generate_series(1, 3)) TO '" + path_ +
             "/part.parquet' STORED AS PARQUET")
        .Collect();
    size_ = static_cast<int64_t>(std::filesystem::file_size(path_ + "/part.parquet"));
    std::filesystem::create_directory(path_ + "/_delta_log");
    std::ofstream commit(path_ + "/_delta_log/00000000000000000000.json");
    commit << R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})" << '\n'
           << R"({"metaData":{"id":"t","format":{"provider":"parquet","options":{}},)"
           << R"("schemaString":"{\"type\":\"struct\",\"fields\":[{\"name\":\"x\",)"
           << R"(\"type\":\"long\",\"nullable\":true,\"metadata\":{}}]}",)"
           << R"("partitionColumns":[],"configuration":{}}})" << '\n'
           << R"({"add":{"path":"part.parquet","partitionValues":{},"size":)" << size_
           << R"(,"modificationTime":0,"dataChange":true}})" << '\n';
  }
  ~TableFolder() { std::filesystem::remove_all(path_); }
  TableFolder(const TableFolder&) = delete;
  TableFolder& operator=(const TableFolder&) = delete;

  const std::string& path() const { return path_; }
  int64_t size() const { return size_; }

 private:
  std::string path_;
  int64_t size_ = 0;
};

int64_t CountOverDeltaTable(const std::string& path) {
  DeltaSessionContext session;
  session.RegisterTable("inner_table", DeltaTable::Open(path));
  return session.Sql("SELECT * FROM inner_table WHERE x >= 2").Count();
}

/// The folder's one file as a table, which does something else first whenever it is scanned.
class CallingTable : public TableProvider {
 public:
  CallingTable(const TableFolder& folder, std::function<void()> on_scan)
      : store_(ObjectStore::Open(folder.path())), on_scan_(std::move(on_scan)) {
    SessionContext session;
    schema_ = session.Sql("SELECT CAST(1 AS BIGINT) AS x").schema();
    files_ = session
                 .Sql("SELECT arrow_cast('part.parquet', 'Utf8') AS path, CAST(" +
                      std::to_string(folder.size()) +
                      " AS BIGINT) AS size, CAST(0 AS BIGINT) AS last_modified")
                 .Collect()
                 .at(0);
  }

  const Schema& schema() const override { return schema_; }

  FileScan Scan(const ScanRequest& request) const override {
    static_cast<void>(request);
    on_scan_();
    return FileScan{.store = store_,
                    .file_schema = schema_,
                    .partition_schema = Schema(),
                    .files = files_,
                    .annotations = {}};
  }

 private:
  ObjectStore store_;
  std::function<void()> on_scan_;
  Schema schema_;
  RecordBatch files_;
};

int64_t CountRows(const SessionContext& session, const std::string& sql) {
  int64_t rows = 0;
  for (const RecordBatch& batch : session.Sql(sql).Collect()) rows += batch.num_rows();
  return rows;
}

/// A scan that opens a Delta table, runs a query over it, and queries the session that it serves.
void ScanThatCallsBack() {
  TableFolder folder;
  SessionContext session;
  std::atomic<int> calls = 0;
  session.RegisterTable("plain", std::make_shared<CallingTable>(folder, [] {}));
  session.RegisterTable("calling", std::make_shared<CallingTable>(folder, [&] {
                          EXPECT_EQ(CountOverDeltaTable(folder.path()), 2);
                          EXPECT_EQ(CountRows(session, "SELECT x FROM plain"), 3);
                          ++calls;
                        }));
  EXPECT_EQ(CountRows(session, "SELECT a.x FROM calling a JOIN calling b ON a.x = b.x"), 3);
  EXPECT_GE(calls, 1);
}

TEST(Callback, MayCallBack) { ScanThatCallsBack(); }

// The number of workers is read once a process, so this one runs in a process of its own.
TEST(CallbackDeathTest, MayCallBackWithOneWorker) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        setenv("DELTAIC_THREADS", "1", 1);
        ScanThatCallsBack();
        std::exit(testing::Test::HasFailure() ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(Callback, ErrorKeepsItsCode) {
  TableFolder folder;
  SessionContext session;
  session.RegisterTable("t", std::make_shared<CallingTable>(folder, [] {
                          throw Error(ErrorCode::kConflict, "another writer won: 4711");
                        }));
  try {
    session.Sql("SELECT sum(x) FROM t GROUP BY x % 2").Collect();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kConflict) << error.message();
    EXPECT_NE(error.message().find("another writer won: 4711"), std::string::npos);
  }
}

TEST(Callback, AnyOtherExceptionIsAnError) {
  TableFolder folder;
  SessionContext session;
  session.RegisterTable(
      "t", std::make_shared<CallingTable>(folder, [] { throw std::runtime_error("ran dry"); }));
  session.RegisterTable("n", std::make_shared<CallingTable>(folder, [] { throw 42; }));
  try {
    session.Sql("SELECT * FROM t").Collect();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("ran dry"), std::string::npos) << error.message();
  }
  EXPECT_THROW(session.Sql("SELECT * FROM n").Collect(), Error);
}

TEST(Callback, MissingFileKeepsItsCode) {
  TableFolder folder;
  DeltaSessionContext session;
  session.RegisterTable("t", DeltaTable::Open(folder.path()));
  std::filesystem::remove(folder.path() + "/part.parquet");
  try {
    session.Sql("SELECT * FROM t").Collect();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kFileNotFound) << error.message();
    EXPECT_NE(error.message().find("part.parquet"), std::string::npos);
  }
}

/// Opens Delta tables by their path.
class OpeningResolver : public TableResolver {
 public:
  std::shared_ptr<const TableProvider> Resolve(const std::string& name) const override {
    if (name.find('/') == std::string::npos) return nullptr;
    return DeltaTable::Open(name).ToTableProvider();
  }
};

TEST(Callback, ResolverMayOpenTables) {
  TableFolder folder;
  SessionContext session;
  session.SetTableResolver(std::make_shared<OpeningResolver>());
  const std::string table = "'" + folder.path() + "'";
  EXPECT_EQ(CountRows(session, "SELECT * FROM " + table), 3);
  try {
    session.Sql("SELECT * FROM '/no/such/table'").Collect();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kTableNotFound) << error.message();
  }
  EXPECT_THROW(session.Sql("SELECT * FROM nobody").Collect(), Error);
}

TEST(Callback, ManyThreadsShareASession) {
  TableFolder folder;
  DeltaSessionContext session;
  const DeltaTable table = DeltaTable::Open(folder.path());
  session.RegisterTable("t", table);
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 10; ++round) {
        const std::string own = "own_" + std::to_string(i);
        session.RegisterTable(own, DeltaTable::Open(folder.path()));
        const bool joined =
            CountRows(session, "SELECT t.x FROM t JOIN " + own + " o ON t.x = o.x") == 3;
        if (joined && table.Files().size() == 1) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 80);
}

TEST(Callback, CancellingOneQueryLeavesOthersAlone) {
  SessionContext session;
  constexpr const char* kEndless =
      "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b "
      "WHERE a.value * b.value % 7 = 3";
  std::atomic<bool> stop = false;
  std::thread cancelled([&] {
    CancelScope scope([&] { return stop.load(); });
    try {
      session.Sql(kEndless).Collect();
      ADD_FAILURE() << "the query ended";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCancelled) << error.message();
    }
  });
  EXPECT_EQ(CountRows(session, "SELECT * FROM generate_series(1, 10)"), 10);
  const auto before = std::chrono::steady_clock::now();
  stop = true;
  cancelled.join();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(2));
  EXPECT_EQ(CountRows(session, "SELECT * FROM generate_series(1, 10)"), 10);
}

}  // namespace
}  // namespace deltaic
