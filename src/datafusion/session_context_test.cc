#include <deltaic/datafusion/session_context.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <deltaic/datafusion/batch_formatter.h>

namespace deltaic::datafusion {
namespace {

Error ErrorOf(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(ErrorCode::kInternal, "");
}

/// A folder with the Parquet files "0.parquet" (x = 0..9) and "1.parquet" (x = 10..19).
class Numbers {
 public:
  Numbers() : root_(std::filesystem::path(testing::TempDir()) / "numbers") {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
    SessionContext session;
    for (int file = 0; file < 2; ++file) {
      session
          .Sql("COPY (SELECT value AS x, 's' || value AS s FROM generate_series(" +
               std::to_string(file * 10) + ", " + std::to_string(file * 10 + 9) + ")) TO '" +
               PathOf(file) + "' STORED AS PARQUET")
          .Collect();
      sizes_.push_back(static_cast<int64_t>(std::filesystem::file_size(PathOf(file))));
    }
  }
  std::string PathOf(int file) const {
    return (root_ / (std::to_string(file) + ".parquet")).string();
  }
  std::string root() const { return root_.string(); }
  int64_t SizeOf(int file) const { return sizes_.at(file); }

 private:
  std::filesystem::path root_;
  std::vector<int64_t> sizes_;
};

const Numbers& Files() {
  static const Numbers* numbers = new Numbers;
  return *numbers;
}

/// A table over those files whose partition column p is the file's number. Calls `on_scan`.
class NumbersTable : public TableProvider {
 public:
  explicit NumbersTable(std::function<void(const ScanRequest&)> on_scan = {})
      : on_scan_(std::move(on_scan)) {
    SessionContext session;
    file_schema_ = session.Sql("SELECT 1::bigint AS x, 'a' AS s LIMIT 0").schema();
    partition_schema_ = session.Sql("SELECT 1::bigint AS p").schema();
    schema_ = session.Sql("SELECT 1::bigint AS x, 'a' AS s, 1::bigint AS p").schema();
  }

  const Schema& schema() const override { return schema_; }

  FileScan Scan(const ScanRequest& request) const override {
    if (on_scan_) on_scan_(request);
    std::string rows;
    for (int file = 0; file < 2; ++file) {
      rows += fmt::format(
          "{}('{}.parquet', {}, 0, named_struct('p', {}::bigint), 10, named_struct('x', 0),"
          " named_struct('x', {}::bigint), named_struct('x', {}::bigint),"
          " named_struct('x', true))",
          file > 0 ? "," : "", file, Files().SizeOf(file), file, file * 10, file * 10 + 9);
    }
    std::vector<RecordBatch> files =
        SessionContext()
            .Sql("SELECT * FROM (VALUES " + rows +
                 ") t(path, size, last_modified, partition, num_rows, null_count, min, max,"
                 " exact)")
            .Collect();
    return {.store = ObjectStore::Open(Files().root()),
            .file_schema = file_schema_,
            .partition_schema = partition_schema_,
            .files = files.at(0),
            .annotations = {{"files_listed", "2"}}};
  }

 private:
  std::function<void(const ScanRequest&)> on_scan_;
  Schema file_schema_;
  Schema partition_schema_;
  Schema schema_;
};

std::string Csv(const DataFrame& frame) {
  return FormatBatches(frame.schema(), frame.Collect(), TextFormat::kCsv, /*header=*/false);
}

TEST(SessionContext, QueriesATableThatCppLists) {
  SessionContext session;
  session.RegisterTable("Numbers", std::make_shared<NumbersTable>());
  EXPECT_EQ(Csv(session.Sql("SELECT p, count(*), sum(x), max(s) FROM \"Numbers\" "
                            "WHERE x > 5 GROUP BY p ORDER BY p")),
            "0,4,30,s9\n1,10,145,s19\n");
}

TEST(SessionContext, CountAndBoundsComeFromTheStatistics) {
  SessionContext session;
  session.RegisterTable("t", std::make_shared<NumbersTable>());
  DataFrame frame = session.Sql("SELECT count(*), min(x), max(x) FROM t");
  EXPECT_EQ(Csv(frame), "20,0,19\n");
  EXPECT_EQ(frame.Explain().find("DataSourceExec"), std::string::npos) << frame.Explain();
}

TEST(SessionContext, ExplainShowsTheAnnotations) {
  SessionContext session;
  session.RegisterTable("t", std::make_shared<NumbersTable>());
  EXPECT_NE(session.Sql("SELECT x FROM t").Explain().find("files_listed=2"), std::string::npos);
}

TEST(SessionContext, ScanIsToldProjectionFiltersAndLimit) {
  SessionContext session;
  std::optional<ScanRequest> seen;
  session.RegisterTable(
      "t", std::make_shared<NumbersTable>([&](const ScanRequest& request) { seen = request; }));
  session.Sql("SELECT s FROM t WHERE p = 1 AND x < 15").Collect();
  ASSERT_EQ(seen->filters.size(), 2u);
  EXPECT_EQ(seen->filters[0].columns(), std::vector<std::string>{"p"});
  EXPECT_EQ(seen->filters[0].ToString(), "p = 1");
  EXPECT_FALSE(seen->limit.has_value());
  session.Sql("SELECT x FROM t LIMIT 3").Collect();
  EXPECT_EQ(seen->limit, 3);
  EXPECT_EQ(seen->projection, std::vector<int32_t>{0});
}

TEST(SessionContext, ErrorOfACallbackKeepsItsCodeThroughThePlan) {
  SessionContext session;
  session.RegisterTable("t", std::make_shared<NumbersTable>([](const ScanRequest&) {
                          throw Error(ErrorCode::kCorruptLog, "version 7 is [bad]");
                        }));
  Error error = ErrorOf([&] { session.Sql("SELECT x, s FROM t ORDER BY x").Collect(); });
  EXPECT_EQ(error.code(), ErrorCode::kCorruptLog);
  EXPECT_EQ(error.message(), "version 7 is [bad]");
}

TEST(SessionContext, ForeignExceptionOfACallbackBecomesAnError) {
  SessionContext session;
  session.RegisterTable("t", std::make_shared<NumbersTable>(
                                 [](const ScanRequest&) { throw std::runtime_error("odd"); }));
  Error error = ErrorOf([&] { session.Sql("SELECT x FROM t").Collect(); });
  EXPECT_EQ(error.code(), ErrorCode::kInternal);
  EXPECT_EQ(error.message(), "odd");
}

TEST(SessionContext, CallbackMayQuery) {
  SessionContext session;
  session.RegisterTable("inner", std::make_shared<NumbersTable>());
  std::string found;
  session.RegisterTable("outer", std::make_shared<NumbersTable>([&](const ScanRequest&) {
                          found = Csv(session.Sql("SELECT sum(x) FROM inner"));
                        }));
  EXPECT_EQ(Csv(session.Sql("SELECT sum(x) FROM outer WHERE s <> ''")), "190\n");
  EXPECT_EQ(found, "190\n");
}

TEST(SessionContext, ServesManyThreads) {
  SessionContext session;
  session.RegisterTable("t", std::make_shared<NumbersTable>());
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        right += Csv(session.Sql("SELECT sum(x) FROM t WHERE x % 2 = 1")) == "100\n";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 40);
}

TEST(SessionContext, CancelStopsARunningQuery) {
  SessionContext session;
  CancelScope scope([calls = 0]() mutable { return ++calls > 2; });
  Error error = ErrorOf([&] {
    session
        .Sql(
            "SELECT count(*) FROM generate_series(1, 10000000) a, "
            "generate_series(1, 10000000) b WHERE a.value % 7 = b.value % 11")
        .Collect();
  });
  EXPECT_EQ(error.code(), ErrorCode::kCancelled);
}

TEST(SessionContext, HandleFromBeforeAForkIsRefusedInTheChildAndANewOneWorks) {
  SessionContext session;
  DataFrame frame = session.Sql("SELECT 1");
  frame.Collect();
  pid_t child = fork();
  if (child == 0) {
    int verdict = 0;
    for (const auto& use : {std::function<void()>([&] { session.Sql("SELECT 1"); }),
                            std::function<void()>([&] { frame.Collect(); })}) {
      try {
        use();
        verdict = 1;
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kForked) verdict = 2;
      }
    }
    try {
      if (Csv(SessionContext().Sql("SELECT 6 * 7")) != "42\n") verdict = 3;
    } catch (const std::exception&) {
      verdict = 4;
    }
    _exit(verdict);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(SessionContext, BadSqlIsTheCallersFault) {
  SessionContext session;
  for (const char* sql : {"SELEC 1", "SELECT nothing FROM nowhere", "SELECT 1 +", ""}) {
    Error error = ErrorOf([&] { session.Sql(sql); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidSql) << sql << ": " << error.message();
  }
  EXPECT_EQ(ErrorOf([] {
              SessionContext(Options{{"datafusion.no.such", "1"}});
            }).code(),
            ErrorCode::kInvalidArgument);
}

TEST(SessionContext, SettingsReachTheSession) {
  SessionContext session(
      {{"datafusion.execution.batch_size", "17"}, {"datafusion.runtime.memory_limit", "10M"}});
  EXPECT_EQ(Csv(session.Sql("SHOW datafusion.execution.batch_size")),
            "datafusion.execution.batch_size,17\n");
  Error error = ErrorOf([&] {
    session
        .Sql(
            "SELECT a.value, count(*) FROM generate_series(1, 3000000) a "
            "GROUP BY a.value ORDER BY 2, 1")
        .Collect();
  });
  EXPECT_EQ(error.code(), ErrorCode::kResourcesExhausted) << error.message();
}

TEST(SessionContext, LongChainsOfConditionsArePlannedAndRun) {
  SessionContext session;
  session.RegisterTable("t", std::make_shared<NumbersTable>());
  std::string chain = "x = 0";
  for (int i = 1; i < 3000; ++i) chain += fmt::format(" OR x = {}", i * 2);
  EXPECT_EQ(Csv(session.Sql("SELECT count(*) FROM t WHERE " + chain)), "10\n");
  EXPECT_EQ(session.ReadTable(std::make_shared<NumbersTable>()).Filter(chain).Count(), 10);
}

class FixedResolver : public TableResolver {
 public:
  std::shared_ptr<const TableProvider> Resolve(const std::string& name) const override {
    if (name == "a/b.c") return std::make_shared<NumbersTable>();
    if (name == "bad/x") throw Error(ErrorCode::kTableNotFound, "no table at bad/x");
    return nullptr;
  }
};

TEST(SessionContext, ResolverFindsTablesByTheirQuotedNames) {
  SessionContext session;
  session.SetTableResolver(std::make_shared<FixedResolver>());
  EXPECT_EQ(Csv(session.Sql("SELECT count(*) FROM 'a/b.c'")), "20\n");
  EXPECT_EQ(ErrorOf([&] { session.Sql("SELECT * FROM 'bad/x'"); }).code(),
            ErrorCode::kTableNotFound);
  EXPECT_EQ(ErrorOf([&] { session.Sql("SELECT * FROM unknown"); }).code(), ErrorCode::kInvalidSql);
}

TEST(SessionContext, RegistersRecordBatchesAndForgetsThem) {
  SessionContext session;
  session.RegisterRecordBatches("m", session.Sql("SELECT 5 AS v").ExecuteStream());
  EXPECT_EQ(Csv(session.Sql("SELECT v + 1 FROM m")), "6\n");
  EXPECT_TRUE(session.DeregisterTable("m"));
  EXPECT_FALSE(session.DeregisterTable("m"));
}

/// A table that keeps versions; remembers which was asked for.
class VersionedTable : public NumbersTable {
 public:
  std::shared_ptr<const TableProvider> AtVersion(const TableVersion& version) const override {
    asked = version;
    return std::make_shared<NumbersTable>();
  }
  mutable TableVersion asked;
};

TEST(SessionContext, AsksATableForItsVersion) {
  SessionContext session;
  const auto table = std::make_shared<VersionedTable>();
  session.RegisterTable("t", table);
  EXPECT_EQ(Csv(session.Sql("SELECT count(*) FROM t VERSION AS OF 3")), "20\n");
  EXPECT_EQ(table->asked.version, 3);
  EXPECT_EQ(Csv(session.Sql("SELECT count(*) FROM t TIMESTAMP AS OF '1970-01-01 00:00:01'")),
            "20\n");
  EXPECT_EQ(table->asked.timestamp_us, 1000000);
}

/// A table that changes; counts how often it is asked what it is.
class ChangingTable : public NumbersTable {
 public:
  explicit ChangingTable(const bool* reachable) : reachable_(reachable) {}

  std::shared_ptr<const TableProvider> Current() const override {
    ++times_asked;
    if (!*reachable_) throw Error(ErrorCode::kIo, "nobody knows");
    return std::make_shared<NumbersTable>();
  }
  mutable int times_asked = 0;

 private:
  const bool* reachable_;
};

TEST(SessionContext, AVersionIsNeverLeftOut) {
  SessionContext session;
  session.RegisterTable("t", std::make_shared<NumbersTable>());
  session.RegisterRecordBatches("m", session.Sql("SELECT 5 AS v").ExecuteStream());
  for (const char* sql :
       {"SELECT * FROM t VERSION AS OF 1", "SELECT * FROM m VERSION AS OF 1",
        "SELECT * FROM m TIMESTAMP AS OF '2024-01-01'", "SELECT * FROM m AT(VERSION => 1)",
        "SELECT * FROM m TABLESAMPLE (1 PERCENT)"}) {
    EXPECT_EQ(ErrorOf([&] { session.Sql(sql); }).code(), ErrorCode::kNotImplemented) << sql;
  }
}

TEST(SessionContext, AChangingTableIsAskedOnceAStatement) {
  SessionContext session;
  bool reachable = true;
  const auto table = std::make_shared<ChangingTable>(&reachable);
  session.RegisterTable("t", table);
  session.Sql("CREATE VIEW v AS SELECT x FROM t").Collect();
  EXPECT_EQ(table->times_asked, 1);
  session.Sql("SELECT count(*) FROM t a, t b, v WHERE a.x = b.x").Collect();
  EXPECT_EQ(table->times_asked, 2);
  session.Sql("SELECT * FROM v").Collect();
  EXPECT_EQ(table->times_asked, 3);
  reachable = false;
  EXPECT_EQ(ErrorOf([&] { session.Sql("SELECT * FROM v"); }).code(), ErrorCode::kIo);
}

/// Yields the table that its first argument names, or what its arguments are as rows.
class EchoFunction : public TableFunction {
 public:
  Result Call(const TableFunctionCall& call) const override {
    if (call.arguments.at(0).kind == FunctionArgument::Kind::kText) {
      auto table = call.find_table(call.arguments[0].text);
      if (table == nullptr) throw Error(ErrorCode::kInvalidSql, "no table");
      return table;
    }
    std::string text;
    for (const FunctionArgument& argument : call.arguments) {
      text += fmt::format("{}={};", argument.name, argument.text);
    }
    return std::make_shared<OneText>(text);
  }

 private:
  class OneText : public RowSource {
   public:
    explicit OneText(const std::string& text)
        : rows_(SessionContext().Sql("SELECT '" + text + "' AS s")), schema_(rows_.schema()) {}
    const Schema& schema() const override { return schema_; }
    RecordBatchStream Open() const override { return rows_.ExecuteStream(); }

   private:
    DataFrame rows_;
    Schema schema_;
  };
};

TEST(SessionContext, CallsATableFunction) {
  SessionContext session;
  session.RegisterTable("t", std::make_shared<NumbersTable>());
  session.RegisterTableFunction("echo", std::make_shared<EchoFunction>());
  EXPECT_EQ(Csv(session.Sql("SELECT s FROM echo(1 + 1, Name => true, other := 2.5) AS e")),
            "=2;name=true;other=2.5;\n");
  EXPECT_EQ(Csv(session.Sql("SELECT count(*) FROM ECHO('t')")), "20\n");
  EXPECT_EQ(ErrorOf([&] { session.Sql("SELECT * FROM echo('u')"); }).code(),
            ErrorCode::kInvalidSql);
  EXPECT_EQ(ErrorOf([&] { session.Sql("SELECT * FROM t, echo(t.x)"); }).code(),
            ErrorCode::kInvalidSql);
}

/// Remembers the statement.
class RecordingFactory : public TableFactory {
 public:
  std::shared_ptr<const TableProvider> Create(const ExternalTable& table) const override {
    seen = table;
    return std::make_shared<NumbersTable>();
  }
  mutable ExternalTable seen;
};

TEST(SessionContext, AFactoryMakesExternalTables) {
  SessionContext session;
  const auto factory = std::make_shared<RecordingFactory>();
  session.RegisterTableFactory("numbers", factory);
  session.Sql(
      "CREATE EXTERNAL TABLE e (x BIGINT, p BIGINT) STORED AS NUMBERS PARTITIONED BY (p) "
      "LOCATION 'there' OPTIONS ('a.b' '1', C '2')");
  EXPECT_EQ(factory->seen.locations, std::vector<std::string>{"there"});
  EXPECT_EQ(factory->seen.options, (Options{{"a.b", "1"}, {"format.c", "2"}}));
  EXPECT_EQ(factory->seen.columns.column_names(), (std::vector<std::string>{"x", "p"}));
  EXPECT_EQ(factory->seen.partition_columns, std::vector<std::string>{"p"});
  EXPECT_EQ(Csv(session.Sql("SELECT count(*) FROM e")), "20\n");
}

/// One schema "s" with one table "t".
class OneTableCatalog : public CatalogProvider {
 public:
  std::vector<std::string> SchemaNames() const override { return {"s"}; }
  std::vector<std::string> TableNames(const std::string& schema) const override {
    if (schema == "s") return {"t"};
    return {};
  }
  std::shared_ptr<const TableProvider> FindTable(const std::string& schema,
                                                 const std::string& name) const override {
    if (schema != "s" || name != "t") return nullptr;
    return std::make_shared<NumbersTable>();
  }
};

TEST(SessionContext, ACatalogListsAndFindsTables) {
  SessionContext session;
  session.RegisterCatalog("c", std::make_shared<OneTableCatalog>());
  EXPECT_EQ(Csv(session.Sql("SELECT count(*) FROM c.s.t")), "20\n");
  EXPECT_EQ(Csv(session.Sql("SELECT table_schema, table_name FROM information_schema.tables "
                            "WHERE table_catalog = 'c' AND table_type = 'BASE TABLE'")),
            "s,t\n");
  EXPECT_EQ(ErrorOf([&] { session.Sql("SELECT * FROM c.s.u"); }).code(), ErrorCode::kInvalidSql);
}

TEST(SessionContext, ItsOwnCatalogStays) {
  SessionContext session;
  session.RegisterTable("t", std::make_shared<NumbersTable>());
  for (const char* name : {"", "datafusion"}) {
    const auto replace = [&] {
      session.RegisterCatalog(name, std::make_shared<OneTableCatalog>());
    };
    EXPECT_EQ(ErrorOf(replace).code(), ErrorCode::kInvalidArgument) << name;
  }
  EXPECT_EQ(Csv(session.Sql("SELECT count(*) FROM t")), "20\n");
}

TEST(Expression, AColumnKeepsItsName) {
  EXPECT_EQ(Expression::Column("a.B c").columns(), std::vector<std::string>{"a.B c"});
}

TEST(DataFrame, FiltersSelectsAndLimits) {
  SessionContext session;
  DataFrame frame = session.ReadTable(std::make_shared<NumbersTable>());
  EXPECT_EQ(frame.Filter("x >= 18").Count(), 2);
  EXPECT_EQ(Csv(frame.Filter("x = 7 OR s = 's3'").Select({"p", "x"})), "0,3\n0,7\n");
  EXPECT_EQ(frame.Limit(4).Count(), 4);
  EXPECT_EQ(ErrorOf([&] { frame.Select({"y"}); }).code(), ErrorCode::kInvalidSql);
  EXPECT_EQ(ErrorOf([&] { frame.Limit(-1); }).code(), ErrorCode::kInvalidArgument);
}

std::string Csv(RecordBatchStream stream) {
  std::vector<RecordBatch> batches;
  while (std::optional<RecordBatch> batch = stream.Next()) batches.push_back(*std::move(batch));
  return FormatBatches(stream.schema(), batches, TextFormat::kCsv, /*header=*/false);
}

TEST(ScanTable, ReadsColumnsAndRowsThatAreAskedFor) {
  const SessionContext session(Options{{"datafusion.execution.target_partitions", "1"}});
  const auto read = [&](const TableScan& scan) {
    return Csv(session.ScanTable(std::make_shared<NumbersTable>(), scan));
  };
  EXPECT_EQ(std::ranges::count(read({}), '\n'), 20);
  EXPECT_EQ(read({.predicate = "x = 7 OR s = 's13'"}), "7,s7,0\n13,s13,1\n");
  EXPECT_EQ(read({.columns = {{"p", "x"}}, .predicate = "x IN (3, 13)"}), "0,3\n1,13\n");
  EXPECT_EQ(read({.columns = {{"s"}}, .predicate = "x + p = 14 AND s < 't'"}), "s13\n");
  EXPECT_EQ(read({.columns = {{"s"}}, .predicate = "x >= 18 AND random() >= 0"}), "s18\ns19\n");
  EXPECT_EQ(read({.columns = {{"x"}}, .predicate = "x > (SELECT 18)"}), "19\n");
  for (const char* never : {"FALSE", "NULL", "x > 4 AND 1 = 2"}) {
    EXPECT_EQ(read({.columns = {{"x"}}, .predicate = never}), "") << never;
  }
  EXPECT_EQ(std::ranges::count(read({.columns = {{"x"}}, .predicate = "1 = 1"}), '\n'), 20);
}

TEST(ScanTable, FiltersReachTheReader) {
  const SessionContext session(Options{{"datafusion.execution.target_partitions", "1"},
                                       {"datafusion.execution.parquet.pushdown_filters", "true"}});
  EXPECT_EQ(Csv(session.ScanTable(std::make_shared<NumbersTable>(),
                                  {.columns = {{"s", "p"}}, .predicate = "x = 13"})),
            "s13,1\n");
}

TEST(ScanTable, RefusesWhatMakesNoSense) {
  const SessionContext session;
  for (const TableScan& scan :
       {TableScan{.columns = {{"y"}}}, TableScan{.predicate = "y = 1"}, TableScan{.predicate = "x"},
        TableScan{.predicate = "sum(x) > 1"}, TableScan{.predicate = ""}}) {
    EXPECT_EQ(ErrorOf([&] { session.ScanTable(std::make_shared<NumbersTable>(), scan); }).code(),
              ErrorCode::kInvalidSql);
  }
}

/// The columns of a `NumbersTable` in another order, without s.
class ReorderedTable : public NumbersTable {
 public:
  explicit ReorderedTable(std::vector<int32_t> columns) : columns_(std::move(columns)) {
    schema_ = SessionContext().Sql("SELECT 1::bigint AS p, 1::bigint AS x").schema();
  }

  const Schema& schema() const override { return schema_; }

  FileScan Scan(const ScanRequest& request) const override {
    FileScan scan = NumbersTable::Scan(request);
    scan.columns = columns_;
    return scan;
  }

 private:
  std::vector<int32_t> columns_;
  Schema schema_;
};

TEST(FileScan, ColumnsArePlacedAsItSays) {
  SessionContext session;
  session.RegisterTable("t", std::make_shared<ReorderedTable>(std::vector<int32_t>{2, 0}));
  EXPECT_EQ(Csv(session.Sql("SELECT * FROM t WHERE x IN (3, 14) ORDER BY x")), "0,3\n1,14\n");
  EXPECT_EQ(Csv(session.Sql("SELECT x, p FROM t WHERE p = 1 ORDER BY x LIMIT 1")), "10,1\n");
  EXPECT_EQ(Csv(session.Sql("SELECT max(x), max(p), count(*) FROM t")), "19,1,20\n");
  EXPECT_EQ(Csv(session.ScanTable(std::make_shared<ReorderedTable>(std::vector<int32_t>{2, 0}),
                                  {.predicate = "x = 14"})),
            "1,14\n");
  for (const int32_t nowhere : {-1, 3}) {
    session.RegisterTable("bad",
                          std::make_shared<ReorderedTable>(std::vector<int32_t>{0, nowhere}));
    EXPECT_EQ(ErrorOf([&] { session.Sql("SELECT * FROM bad").Collect(); }).code(),
              ErrorCode::kInternal);
  }
}

TEST(DataFrame, MissingFileIsNamed) {
  SessionContext session;
  session.RegisterTable("t", std::make_shared<NumbersTable>());
  DataFrame frame = session.Sql("SELECT s FROM t WHERE s <> 'q'");
  std::filesystem::rename(Files().PathOf(1), Files().PathOf(2));
  Error error = ErrorOf([&] { frame.Collect(); });
  std::filesystem::rename(Files().PathOf(2), Files().PathOf(1));
  EXPECT_EQ(error.code(), ErrorCode::kFileNotFound) << error.message();
  EXPECT_NE(error.message().find("1.parquet"), std::string::npos);
}

TEST(DataFrame, TellsTheTypesThatItsResultHas) {
  SessionContext session;
  for (const auto& [sql, shown] :
       {std::pair("SELECT sum(CASE WHEN n < 3 THEN 1 ELSE 0.5 END) AS x "
                  "FROM (VALUES (1), (3)) AS t(n)",
                  "| 1.5 |"),
        std::pair("SELECT 7::int AS x UNION ALL SELECT 8::bigint", "| 8 |"),
        std::pair("SELECT NULL AS x UNION ALL SELECT 9", "| 9    |")}) {
    DataFrame frame = session.Sql(sql);
    EXPECT_NE(frame.ToString().find(shown), std::string::npos) << sql << "\n" << frame.ToString();
    RecordBatchStream stream = frame.ExecuteStream();
    EXPECT_STREQ(frame.schema().c_schema()->children[0]->format,
                 stream.schema().c_schema()->children[0]->format)
        << sql;
  }
}

TEST(BatchFormatter, WritesTableCsvAndNdjson) {
  SessionContext session;
  DataFrame frame = session.Sql("SELECT 1 AS a, NULL::int AS \"b,c\", 'q\"' AS s");
  std::vector<RecordBatch> rows = frame.Collect();
  EXPECT_EQ(FormatBatches(frame.schema(), rows, TextFormat::kCsv), "a,\"b,c\",s\n1,,\"q\"\"\"\n");
  EXPECT_EQ(FormatBatches(frame.schema(), rows, TextFormat::kNdjson),
            "{\"a\":1,\"b,c\":null,\"s\":\"q\\\"\"}\n");
  EXPECT_NE(frame.ToString().find("| 1 | NULL | q\" |"), std::string::npos) << frame.ToString();
  EXPECT_NE(FormatBatches(frame.schema(), {}, TextFormat::kTable).find("b,c"), std::string::npos);
}

}  // namespace
}  // namespace deltaic::datafusion
