#include <deltaic/delta/snapshot/snapshot_loader.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <deltaic/datafusion/session_context.h>

#include "delta/log/log_files.h"
#include "delta/protocol/log_path.h"
#include "delta/snapshot/active_file_columns.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectStore;
using SnapshotPtr = std::shared_ptr<const Snapshot>;

constexpr char kProtocol[] = R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})";

std::string MetadataLine(std::string_view configuration = "",
                         std::string_view partition_columns = R"("p")") {
  return fmt::format(
      R"({{"metaData":{{"id":"i","format":{{"provider":"parquet","options":{{}}}},)"
      R"("schemaString":"{{\"type\":\"struct\",\"fields\":[)"
      R"({{\"name\":\"x\",\"type\":\"long\",\"nullable\":true,\"metadata\":{{}}}},)"
      R"({{\"name\":\"p\",\"type\":\"string\",\"nullable\":true,\"metadata\":{{}}}}]}}",)"
      R"("partitionColumns":[{}],"configuration":{{{}}}}}}})",
      partition_columns, configuration);
}

std::string Add(std::string_view path, int64_t size = 1, std::string_view extra = "") {
  return fmt::format(R"({{"add":{{"path":"{}","partitionValues":{{"p":"v{}"}},"size":{},)"
                     R"("modificationTime":2,"dataChange":true{}}}}})",
                     path, size, size, extra);
}

std::string CommitInfoLine(int64_t time) {
  return fmt::format(R"({{"commitInfo":{{"inCommitTimestamp":{},"operation":"WRITE"}}}})", time);
}

std::string Remove(std::string_view path) {
  return fmt::format(R"({{"remove":{{"path":"{}","dataChange":true}}}})", path);
}

// A table in memory that nobody else has.
class Table {
 public:
  Table()
      : store_(ObjectStore::Open(fmt::format("memory://snapshot_loader_test_{}/t", ++tables_))) {}

  const ObjectStore& store() const { return store_; }
  TableAccess access(CatalogCommitsPtr catalog = nullptr) const {
    return TableAccess(store_, std::move(catalog));
  }

  void Commit(int64_t version, const std::vector<std::string>& lines) {
    store_.Put(CommitLocation(version), fmt::format("{}\n", fmt::join(lines, "\n")));
  }

  // Versions [0, count), each adding a file named by its number.
  void Commits(int64_t count) {
    Commit(0, {kProtocol, MetadataLine(), Add("f0")});
    for (int64_t v = 1; v < count; ++v) Commit(v, {Add(fmt::format("f{}", v))});
  }

  void Forget(int64_t first, int64_t last) {
    for (int64_t v = first; v <= last; ++v) store_.Delete(CommitLocation(v));
  }

  void LastCheckpoint(std::string_view json) { store_.Put(kLastCheckpointLocation, json); }

 private:
  static inline int tables_ = 0;
  ObjectStore store_;
};

// Checkpoints: rows as SQL, one action each, written by the engine.

std::string Row(std::string_view column, std::string_view value) {
  std::string row = "SELECT ";
  for (const std::string_view name : {"protocol", "metaData", "add", "txn", "domainMetadata"}) {
    row += fmt::format("{} AS \"{}\",", name == column ? value : "NULL", name);
  }
  row.back() = ' ';
  return row;
}

std::string ProtocolRow() {
  return Row("protocol",
             "named_struct('minReaderVersion', CAST(1 AS INT), 'minWriterVersion', CAST(2 AS INT), "
             "'readerFeatures', CAST(NULL AS VARCHAR[]))");
}

std::string MetadataRow() {
  return Row("metaData",
             R"(named_struct('id', 'i', 'format', named_struct('provider', 'parquet'),
             'schemaString', '{"type":"struct","fields":[
                {"name":"x","type":"long","nullable":true,"metadata":{}},
                {"name":"p","type":"string","nullable":true,"metadata":{}}]}',
             'partitionColumns', ['p'], 'configuration', map(['a'], ['b']),
             'createdTime', CAST(7 AS BIGINT)))");
}

std::string AddRow(std::string_view path, int64_t size = 1) {
  return Row("add",
             fmt::format("named_struct('path', '{}', 'partitionValues', map(['p'], ['v{}']), "
                         "'size', CAST({} AS BIGINT), 'modificationTime', CAST(2 AS BIGINT), "
                         "'stats', NULLIF('{{}}', '{}'))",
                         path, size, size, path.ends_with('0') ? "{}" : ""));
}

std::string TransactionRow() {
  return Row("txn", "named_struct('appId', 'app', 'version', CAST(4 AS BIGINT))");
}

std::string DomainRow() {
  return Row("domainMetadata",
             "named_struct('domain', 'd', 'configuration', '{}', 'removed', false)");
}

std::string Parquet(const std::string& query) {
  static int files = 0;
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() /
      fmt::format("snapshot_loader_test_{}_{}.parquet", getpid(), ++files);
  datafusion::SessionContext session;
  session.Sql(fmt::format("COPY ({}) TO '{}' STORED AS PARQUET", query, path.string())).Collect();
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::filesystem::remove(path);
  return bytes;
}

std::string Checkpoint(const std::vector<std::string>& rows) {
  return Parquet(fmt::format("{}", fmt::join(rows, " UNION ALL ")));
}

// The checkpoint that belongs to `Table::Commits`.
std::string CheckpointOf(int64_t version) {
  std::vector<std::string> rows = {ProtocolRow(), MetadataRow(), TransactionRow(), DomainRow()};
  for (int64_t v = 0; v <= version; ++v) rows.push_back(AddRow(fmt::format("f{}", v)));
  return Checkpoint(rows);
}

int64_t NumRecords(const Snapshot& snapshot, int64_t file) {
  const ActiveFileColumns::Batch& batch = snapshot.files().columns().BatchOf(file);
  return (*batch.typed->RowCounts())[batch.row(file)];
}

// The files of a snapshot with their properties, sorted.
std::set<std::string> Files(const Snapshot& snapshot) {
  std::set<std::string> lines;
  const ActiveFiles& files = snapshot.files();
  int64_t total = 0;
  for (int64_t i = 0; i < files.size(); ++i) {
    const std::string line =
        fmt::format("{} {} {} {} {}", files.path(i), files.file_size(i), files.modification_time(i),
                    files.partition_value(i, 0).value_or("null"), NumRecords(snapshot, i));
    EXPECT_TRUE(lines.insert(line).second) << line << " twice";
    total += files.file_size(i);
  }
  EXPECT_EQ(files.total_size(), total);
  return lines;
}

std::set<std::string> Paths(const Snapshot& snapshot) {
  std::set<std::string> paths;
  for (int64_t i = 0; i < snapshot.files().size(); ++i) {
    EXPECT_TRUE(paths.emplace(snapshot.files().path(i)).second);
  }
  return paths;
}

std::set<std::string> Numbered(int64_t first, int64_t last) {
  std::set<std::string> paths;
  for (int64_t v = first; v <= last; ++v) paths.insert(fmt::format("f{}", v));
  return paths;
}

void ExpectEqual(const Snapshot& a, const Snapshot& b) {
  EXPECT_EQ(a.version(), b.version());
  EXPECT_EQ(a.timestamp_ms(), b.timestamp_ms());
  EXPECT_EQ(a.protocol(), b.protocol());
  EXPECT_EQ(a.metadata(), b.metadata());
  EXPECT_EQ(a.schema(), b.schema());
  EXPECT_EQ(a.transactions(), b.transactions());
  EXPECT_EQ(a.domains(), b.domains());
  EXPECT_EQ(Files(a), Files(b));
}

void ExpectError(const std::function<SnapshotPtr()>& load, ErrorCode code,
                 std::string_view names = "") {
  try {
    const SnapshotPtr snapshot = load();
    ADD_FAILURE() << "version " << snapshot->version() << " was loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_NE(error.message().find(names), std::string::npos) << error.message();
  }
}

void ExpectError(const Table& table, ErrorCode code, std::string_view names = "") {
  ExpectError([&] { return LoadLatestSnapshot(table.access()); }, code, names);
}

void WaitForAnotherMillisecond() { std::this_thread::sleep_for(std::chrono::milliseconds(3)); }

TEST(LoadSnapshot, ReadsCommits) {
  Table table;
  table.Commit(0, {R"({"commitInfo":{"operation":"WRITE"}})", kProtocol, MetadataLine(),
                   Add("a", 3), Add("b", 4, R"(,"stats":"{\"numRecords\":9}")")});
  table.Commit(1, {R"({"txn":{"appId":"app","version":4,"lastUpdated":5}})", Remove("a"),
                   R"({"domainMetadata":{"domain":"d","configuration":"{}","removed":false}})"});
  const SnapshotPtr latest = LoadLatestSnapshot(table.access());
  EXPECT_EQ(latest->version(), 1);
  EXPECT_EQ(latest->timestamp_ms(), table.store().Head(CommitLocation(1))->last_modified_ms);
  EXPECT_EQ(latest->protocol().min_writer_version, 2);
  EXPECT_EQ(latest->metadata().id, "i");
  EXPECT_EQ(latest->schema().fields().size(), 2u);
  EXPECT_EQ(latest->transactions().at("app").version, 4);
  EXPECT_TRUE(latest->domains().contains("d"));
  EXPECT_EQ(Files(*latest), (std::set<std::string>{"b 4 2 v4 9"}));

  const SnapshotPtr first = LoadSnapshotAtVersion(table.access(), 0);
  EXPECT_EQ(first->version(), 0);
  EXPECT_EQ(Paths(*first), (std::set<std::string>{"a", "b"}));
  EXPECT_TRUE(first->transactions().empty());
}

TEST(LoadSnapshot, FindsNoTableWhereThereIsNoLog) {
  Table table;
  ExpectError(table, ErrorCode::kTableNotFound, "no such file or folder: memory://");
  table.store().Put("data.parquet", "x");
  table.store().Put("_delta_log/notes.txt", "x");
  table.store().Put("_delta_log/00000000000000000000.crc", "x");
  ExpectError(table, ErrorCode::kTableNotFound);
  ExpectError([&] { return LoadSnapshotAtTimestamp(table.access(), 0); },
              ErrorCode::kTableNotFound);
}

TEST(LoadSnapshot, NamesTheVersionsThereAre) {
  Table table;
  table.Commits(4);
  for (const int64_t version : {int64_t{4}, INT64_MAX}) {
    ExpectError([&] { return LoadSnapshotAtVersion(table.access(), version); },
                ErrorCode::kVersionNotFound, "0 to 3");
  }
  ExpectError([&] { return LoadSnapshotAtVersion(table.access(), -1); },
              ErrorCode::kInvalidArgument, "-1");
}

TEST(LoadSnapshot, NamesTheFileThatIsCorrupt) {
  Table table;
  table.Commits(3);
  table.Forget(1, 1);
  ExpectError(table, ErrorCode::kCorruptLog, CommitLocation(1));
  table.Commit(1, {R"({"add":{"path":"x"}})"});
  ExpectError(table, ErrorCode::kCorruptLog, CommitLocation(1));
  table.store().Put(CommitLocation(1), "");
  ExpectError(table, ErrorCode::kCorruptLog, CommitLocation(1));
  EXPECT_EQ(LoadSnapshotAtVersion(table.access(), 0)->version(), 0);
}

TEST(LoadSnapshot, IgnoresJunkBesideTheLog) {
  Table table;
  table.Commits(2);
  for (const char* name : {"00000000000000000002.json.tmp", ".00000000000000000002.json.crc",
                           "0000000000000000002.json", "99999999999999999999.json",
                           "_staged_commits/00000000000000000002.json"}) {
    table.store().Put(fmt::format("{}/{}", kLogFolder, name), "junk");
  }
  EXPECT_EQ(LoadLatestSnapshot(table.access())->version(), 1);
}

TEST(LoadSnapshot, WantsProtocolAndMetadataThatItUnderstands) {
  Table table;
  table.Commit(0, {MetadataLine()});
  ExpectError(table, ErrorCode::kCorruptLog, "protocol");
  table.Commit(0, {kProtocol});
  ExpectError(table, ErrorCode::kCorruptLog, "metaData");
  table.Commit(
      0, {kProtocol,
          R"({"metaData":{"id":"i","format":{"provider":"parquet"},"partitionColumns":[]}})"});
  ExpectError(table, ErrorCode::kCorruptLog, CommitLocation(0));
  table.Commit(1, {MetadataLine()});
  EXPECT_EQ(LoadLatestSnapshot(table.access())->version(), 1) << "What is superseded may lack one.";
  table.Commit(1, {MetadataLine("", R"("nope")")});
  ExpectError(table, ErrorCode::kCorruptLog, "nope");
  table.Commit(1, {R"({"protocol":{"minReaderVersion":99,"minWriterVersion":7}})"});
  ExpectError(table, ErrorCode::kUnsupportedFeature, "99");
}

TEST(LoadSnapshot, KnowsDeletionVectors) {
  Table table;
  table.Commit(0, {kProtocol, MetadataLine(), Add("a"), Add("b"),
                   Add("c", 1,
                       R"(,"deletionVector":{"storageType":"u","pathOrInlineDv":)"
                       R"("ab^-aqEH.-t@S}K{vb[*k^","offset":7,"sizeInBytes":8,"cardinality":9})")});
  const SnapshotPtr snapshot = LoadLatestSnapshot(table.access());
  const ActiveFiles& files = snapshot->files();
  EXPECT_TRUE(files.has_deletion_vectors());
  for (int64_t file = 0; file < files.size(); ++file) {
    if (files.path(file) == "c") {
      EXPECT_EQ(files.deletion_vector(file),
                (DeletionVectorDescriptor{'u', "ab^-aqEH.-t@S}K{vb[*k^", 7, 8, 9}));
      EXPECT_EQ(snapshot->PlaceOfDeletionVector(file).location,
                "ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin");
    } else {
      EXPECT_EQ(files.deletion_vector(file), std::nullopt);
      EXPECT_THROW(snapshot->PlaceOfDeletionVector(file), Error);
    }
  }
  table.Commit(1, {R"({"remove":{"path":"c","dataChange":true,"deletionVector":)"
                   R"({"storageType":"u","pathOrInlineDv":"ab^-aqEH.-t@S}K{vb[*k^","offset":7,)"
                   R"("sizeInBytes":8,"cardinality":9}}})"});
  EXPECT_FALSE(LoadLatestSnapshot(table.access())->files().has_deletion_vectors());
}

TEST(LoadSnapshot, DeletionVectorsLieInTheTable) {
  for (const auto& [type, path, code] :
       std::vector<std::tuple<const char*, const char*, ErrorCode>>{
           {"p", "file:///etc/passwd", ErrorCode::kPermissionDenied},
           {"p", "/etc/passwd", ErrorCode::kPermissionDenied},
           {"p", "../../etc/passwd", ErrorCode::kCorruptLog},
           {"p", "a/%2e%2e/x", ErrorCode::kCorruptLog},
           {"p", "s3://other/dv.bin", ErrorCode::kPermissionDenied},
           {"u", "..^-aqEH.-t@S}K{vb[*k^", ErrorCode::kCorruptLog},
           {"u", "a/../..^-aqEH.-t@S}K{vb[*k^", ErrorCode::kCorruptLog},
           {"u", "/etc^-aqEH.-t@S}K{vb[*k^", ErrorCode::kPermissionDenied},
           {"u", "file:/etc^-aqEH.-t@S}K{vb[*k^", ErrorCode::kPermissionDenied},
           {"u", "x", ErrorCode::kCorruptLog}}) {
    Table table;
    table.Commit(0, {kProtocol, MetadataLine(),
                     Add("a", 1,
                         fmt::format(R"(,"deletionVector":{{"storageType":"{}",)"
                                     R"("pathOrInlineDv":"{}","sizeInBytes":8,"cardinality":9}})",
                                     type, path))});
    const SnapshotPtr snapshot = LoadLatestSnapshot(table.access());
    const auto locate = [&] {
      snapshot->PlaceOfDeletionVector(0);
      return snapshot;
    };
    ExpectError(locate, code);
  }
}

TEST(LoadSnapshot, ReadsCheckpoints) {
  Table table;
  table.Commits(8);
  const SnapshotPtr by_commits = LoadLatestSnapshot(table.access());
  table.store().Put(CheckpointLocation(5), CheckpointOf(5));
  table.Forget(0, 5);
  const SnapshotPtr snapshot = LoadLatestSnapshot(table.access());
  EXPECT_EQ(snapshot->version(), 7);
  EXPECT_EQ(Paths(*snapshot), Numbered(0, 7));
  EXPECT_EQ(snapshot->metadata().configuration.at("a"), "b");
  EXPECT_EQ(snapshot->metadata().partition_columns, (std::vector<std::string>{"p"}));
  EXPECT_EQ(snapshot->metadata().created_time, 7);
  EXPECT_EQ(snapshot->schema(), by_commits->schema());
  EXPECT_EQ(snapshot->protocol(), by_commits->protocol());
  EXPECT_EQ(snapshot->transactions().at("app").version, 4);
  EXPECT_TRUE(snapshot->domains().contains("d"));
  const std::set<std::string> files = Files(*snapshot);
  EXPECT_TRUE(files.contains("f1 1 2 v1 -1")) << *files.begin();
  EXPECT_TRUE(files.contains("f0 1 2 v1 -1")) << *files.begin();

  EXPECT_EQ(LoadSnapshotAtVersion(table.access(), 5)->version(), 5);
  ExpectError([&] { return LoadSnapshotAtVersion(table.access(), 4); }, ErrorCode::kVersionNotFound,
              "5 to 7");

  // Commits after the checkpoint act on its files.
  table.Commit(8, {Remove("f1"), Add("f2", 77)});
  const SnapshotPtr next = LoadLatestSnapshot(table.access());
  std::set<std::string> expected = Numbered(0, 7);
  expected.erase("f1");
  EXPECT_EQ(Paths(*next), expected);
  EXPECT_TRUE(Files(*next).contains("f2 77 2 v77 -1"));
}

TEST(LoadSnapshot, TakesLastCheckpointAsAHint) {
  Table table;
  table.Commits(8);
  table.store().Put(CheckpointLocation(3), CheckpointOf(3));
  for (const char* hint :
       {R"({"version":3,"size":8})", R"({"version":2,"size":8})", R"({"version":6,"size":8})",
        R"({"version":3,"size":8,"parts":2})", R"({"version":9223372036854775807,"size":1})",
        R"({"version":-5})", R"({"version":"x"})", "", "torn {", R"({"version":3)"}) {
    table.LastCheckpoint(hint);
    const SnapshotPtr snapshot = LoadLatestSnapshot(table.access());
    EXPECT_EQ(snapshot->version(), 7) << hint;
    EXPECT_EQ(Paths(*snapshot), Numbered(0, 7)) << hint;
    EXPECT_EQ(Paths(*LoadSnapshotAtVersion(table.access(), 1)), Numbered(0, 1)) << hint;
    ExpectError([&] { return LoadSnapshotAtVersion(table.access(), 8); },
                ErrorCode::kVersionNotFound, "0 to 7");
  }
  // Newer checkpoints than the named one are found.
  table.LastCheckpoint(R"({"version":3,"size":8})");
  table.store().Put(CheckpointLocation(6), CheckpointOf(6));
  table.Forget(4, 6);
  EXPECT_EQ(Paths(*LoadLatestSnapshot(table.access())), Numbered(0, 7));
}

TEST(LoadSnapshot, ReadsCheckpointsInParts) {
  Table table;
  table.Commits(8);
  table.Forget(0, 5);
  const std::string parts[] = {
      Checkpoint({AddRow("f0"), AddRow("f1"), MetadataRow()}),
      Checkpoint({AddRow("f2"), ProtocolRow()}),
      Checkpoint({AddRow("f3"), AddRow("f4"), AddRow("f5"), TransactionRow()}),
  };
  for (int i = 0; i < 2; ++i) table.store().Put(CheckpointPartLocation(5, i + 1, 3), parts[i]);
  ExpectError(table, ErrorCode::kCorruptLog, "no complete checkpoint");
  table.store().Put(CheckpointPartLocation(5, 3, 3), parts[2]);
  table.LastCheckpoint(R"({"version":5,"size":9,"parts":3})");
  const SnapshotPtr snapshot = LoadLatestSnapshot(table.access());
  EXPECT_EQ(Paths(*snapshot), Numbered(0, 7));
  EXPECT_TRUE(snapshot->transactions().contains("app"));
}

TEST(LoadSnapshot, FallsBackFromAnUnreadableCheckpoint) {
  Table table;
  table.Commits(8);
  const std::string sound = CheckpointOf(5);
  for (const std::string& damaged :
       {std::string("PAR1 this is not Parquet PAR1"), std::string(), sound.substr(0, 600)}) {
    table.store().Put(CheckpointLocation(5), damaged);
    EXPECT_EQ(Paths(*LoadLatestSnapshot(table.access())), Numbered(0, 7));
  }
  table.store().Put(CheckpointLocation(2), CheckpointOf(2));
  table.LastCheckpoint(R"({"version":5,"size":8})");
  table.Forget(0, 2);
  EXPECT_EQ(Paths(*LoadLatestSnapshot(table.access())), Numbered(0, 7));
  table.Forget(3, 3);
  ExpectError(table, ErrorCode::kCorruptLog, CheckpointLocation(5));
  // Without commits after it, the next older version must not pass for the newest.
  Table alone;
  alone.Commits(3);
  alone.store().Put(CheckpointLocation(4), "torn");
  ExpectError(alone, ErrorCode::kCorruptLog, CheckpointLocation(4));
}

// A checkpoint of the V2 spec with a sidecar, which the caller puts into its place.
std::string V2CheckpointRows(std::string_view sidecar, size_t size) {
  const auto row = [](std::string_view metadata, std::string_view action) {
    return fmt::format("{} AS \"checkpointMetadata\", {} AS sidecar", metadata, action);
  };
  std::string query;
  for (const std::string& state : {ProtocolRow(), MetadataRow()}) {
    query += fmt::format("{}, {} UNION ALL ", state, row("NULL", "NULL"));
  }
  return query + fmt::format("{}, {} UNION ALL {}, {}", Row("", ""),
                             row("named_struct('version', CAST(2 AS BIGINT))", "NULL"), Row("", ""),
                             row("NULL", fmt::format("named_struct('path', '{}', 'sizeInBytes', "
                                                     "CAST({} AS BIGINT))",
                                                     sidecar, size)));
}

TEST(LoadSnapshot, ReadsV2Checkpoints) {
  Table table;
  table.Commits(4);
  const SnapshotPtr by_commits = LoadLatestSnapshot(table.access());
  const std::string sidecar = Checkpoint({AddRow("f0"), AddRow("f1"), AddRow("f2")});
  table.store().Put("_delta_log/_sidecars/s.parquet", sidecar);
  table.store().Put(CheckpointLocation(2), Parquet(V2CheckpointRows("s.parquet", sidecar.size())));
  table.Forget(0, 2);
  const SnapshotPtr snapshot = LoadLatestSnapshot(table.access());
  EXPECT_EQ(Paths(*snapshot), Numbered(0, 3));
  EXPECT_EQ(snapshot->protocol(), by_commits->protocol());
  // One that names a sidecar that is not there is no way to the version.
  table.store().Put(CheckpointLocation(2), Parquet(V2CheckpointRows("t.parquet", 1000)));
  ExpectError(table, ErrorCode::kCorruptLog, "_delta_log/_sidecars/t.parquet");
  table.Commits(4);
  EXPECT_EQ(Paths(*LoadLatestSnapshot(table.access())), Numbered(0, 3));
}

TEST(LoadSnapshot, CompactedCommitsThatAreBrokenArePassedOver) {
  Table table;
  table.Commits(6);
  const std::string compacted =
      "_delta_log/00000000000000000001.00000000000000000004.compacted.json";
  for (const std::string_view content :
       {"{\"add\":{", "", "{\"protocol\":{\"minReaderVersion\":0,\"minWriterVersion\":1}}"}) {
    table.store().Put(compacted, content);
    EXPECT_EQ(Paths(*LoadLatestSnapshot(table.access())), Numbered(0, 5)) << content;
  }
  // It is used where it makes sense.
  table.store().Put(compacted, Add("other") + "\n" + Remove("f0"));
  EXPECT_EQ(Paths(*LoadLatestSnapshot(table.access())), (std::set<std::string>{"f5", "other"}));
  EXPECT_EQ(Paths(*LoadSnapshotAtVersion(table.access(), 3)), Numbered(0, 3));
}

CatalogCommitsPtr Catalog(int64_t max_version, std::vector<RatifiedCommit> commits) {
  return std::make_shared<const CatalogCommits>(CatalogCommits{max_version, std::move(commits)});
}

TEST(LoadSnapshot, ACatalogSaysWhichCommitsThereAre) {
  Table table;
  const std::string protocol = R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,)"
                               R"("readerFeatures":["catalogManaged"],)"
                               R"("writerFeatures":["catalogManaged","inCommitTimestamp"]}})";
  table.Commit(0, {CommitInfoLine(100), protocol,
                   MetadataLine(R"("delta.enableInCommitTimestamps":"true")"), Add("f0")});
  table.Commit(1, {CommitInfoLine(200), Add("f1")});
  const std::string staged = "00000000000000000002.80a083e8-7026-4e79-81be-64bd76c43a11.json";
  table.store().Put("_delta_log/_staged_commits/" + staged, CommitInfoLine(300) + "\n" + Add("f2"));
  table.Commit(2, {"what a catalog has not ratified"});
  table.Commit(3, {"this neither"});
  ExpectError([&] { return LoadSnapshotAtVersion(table.access(), 1); },
              ErrorCode::kUnsupportedFeature, "catalogManaged");

  const std::string inlined = CommitInfoLine(400) + "\n" + Add("f3");
  const CatalogCommitsPtr catalog = Catalog(3, {{3, "", inlined}, {2, staged}});
  const SnapshotPtr latest = LoadLatestSnapshot(table.access(catalog));
  EXPECT_EQ(latest->version(), 3);
  EXPECT_EQ(latest->timestamp_ms(), 400);
  EXPECT_EQ(Paths(*latest), Numbered(0, 3));
  EXPECT_EQ(Paths(*LoadSnapshotAtVersion(table.access(catalog), 2)), Numbered(0, 2));
  for (int64_t v = 0; v < 4; ++v) {
    EXPECT_EQ(LoadSnapshotAtTimestamp(table.access(catalog), 150 + 100 * v)->version(), v);
  }
  const SnapshotPtr older = LoadLatestSnapshot(table.access(Catalog(1, {})));
  EXPECT_EQ(older->version(), 1);
  EXPECT_EQ(RefreshSnapshot(older), older);
  EXPECT_EQ(Paths(*RefreshSnapshot(older, catalog)), Numbered(0, 3));

  ExpectError([&] { return LoadSnapshotAtVersion(table.access(Catalog(1, {})), 2); },
              ErrorCode::kVersionNotFound, "0 to 1");
  ExpectError([&] { return LoadLatestSnapshot(table.access(Catalog(5, {}))); },
              ErrorCode::kCorruptLog, CommitLocation(4));
  const std::vector<std::vector<RatifiedCommit>> nonsense = {
      {{4, "", ""}},
      {{-1, "", ""}},
      {{2, staged}, {2, "", ""}},
      {{2}},
      {{2, staged, ""}},
      {{2, "../00000000000000000002.json"}},
      {{1, staged}},
      {{2, "00000000000000000002.json"}},
      {{2, "/etc/passwd"}},
      {{2, "x/" + staged}},
  };
  for (const std::vector<RatifiedCommit>& commits : nonsense) {
    ExpectError([&] { return LoadLatestSnapshot(table.access(Catalog(3, commits))); },
                ErrorCode::kInvalidArgument, "catalog");
  }
}

TEST(LoadSnapshot, ACatalogHasNoSayInTablesThatAreNotItsOwn) {
  Table table;
  table.Commits(3);
  ExpectError([&] { return LoadLatestSnapshot(table.access(Catalog(2, {}))); },
              ErrorCode::kInvalidArgument, "No catalog manages the table");
  ExpectError([&] { return LoadSnapshotAtTimestamp(table.access(Catalog(2, {})), 0); },
              ErrorCode::kInvalidArgument, "No catalog manages the table");
}

TEST(LoadSnapshot, RefusesCheckpointsOfAnotherShape) {
  const auto with_add = [](std::string_view add) {
    SCOPED_TRACE(add);
    Table table;
    table.Commits(3);
    table.Forget(0, 1);
    const std::string state = fmt::format("{} UNION ALL {}", ProtocolRow(), MetadataRow());
    table.store().Put(CheckpointLocation(2),
                      Parquet(fmt::format("SELECT protocol, \"metaData\", NULL AS add FROM ({}) "
                                          "UNION ALL SELECT NULL, NULL, {}",
                                          state, add)));
    ExpectError(table, ErrorCode::kCorruptLog, CheckpointLocation(2));
  };
  const auto add = [](std::string_view path, std::string_view partition_values,
                      std::string_view size, std::string_view modification_time) {
    return fmt::format(
        "named_struct('path', {}, 'partitionValues', {}, 'size', {}, 'modificationTime', {})", path,
        partition_values, size, modification_time);
  };
  constexpr char kMap[] = "map(['p'], ['1'])";
  constexpr char kNumber[] = "CAST(1 AS BIGINT)";
  with_add("5");
  with_add(add("5", kMap, kNumber, kNumber));
  with_add(add("CAST(NULL AS VARCHAR)", kMap, kNumber, kNumber));
  with_add(add("''", kMap, kNumber, kNumber));
  with_add(add("'a'", "'p=1'", kNumber, kNumber));
  with_add(add("'a'", "map(['p'], [1])", kNumber, kNumber));
  with_add(add("'a'", kMap, "'1'", kNumber));
  with_add(add("'a'", kMap, "1.5", kNumber));
  with_add(add("'a'", kMap, "CAST(-1 AS BIGINT)", kNumber));
  with_add(add("'a'", kMap, "CAST(NULL AS BIGINT)", kNumber));
  with_add(add("'a'", kMap, kNumber, "CAST(NULL AS BIGINT)"));
  with_add("named_struct('path', 'a', 'size', CAST(1 AS BIGINT))");

  Table table;
  table.store().Put(CheckpointLocation(2), Checkpoint({ProtocolRow(), AddRow("a")}));
  ExpectError(table, ErrorCode::kCorruptLog, "metaData");
  table.store().Put(CheckpointLocation(2), Checkpoint({MetadataRow(), AddRow("a")}));
  ExpectError(table, ErrorCode::kCorruptLog, "protocol");
  table.store().Put(CheckpointLocation(2),
                    Checkpoint({ProtocolRow(), MetadataRow(), MetadataRow()}));
  ExpectError(table, ErrorCode::kCorruptLog, CheckpointLocation(2));
}

TEST(LoadSnapshot, TravelsByFileTimes) {
  Table table;
  std::vector<int64_t> times;
  table.Commit(0, {kProtocol, MetadataLine(), Add("f0")});
  for (int64_t v = 0; v < 5; ++v) {
    if (v > 0) table.Commit(v, {Add(fmt::format("f{}", v))});
    times.push_back(table.store().Head(CommitLocation(v))->last_modified_ms);
    WaitForAnotherMillisecond();
  }
  const auto version_at = [&](int64_t time) {
    return LoadSnapshotAtTimestamp(table.access(), time)->version();
  };
  for (int64_t v = 0; v < 5; ++v) {
    EXPECT_EQ(version_at(times[v]), v);
    EXPECT_EQ(LoadSnapshotAtVersion(table.access(), v)->timestamp_ms(), times[v]);
    if (v > 0) {
      EXPECT_EQ(version_at(times[v] - 1), v - 1);
    }
  }
  EXPECT_EQ(version_at(times[4] + 1), 4);
  EXPECT_EQ(version_at(INT64_MAX), 4);
  for (const int64_t time : {times[0] - 1, INT64_MIN}) {
    ExpectError([&] { return LoadSnapshotAtTimestamp(table.access(), time); },
                ErrorCode::kVersionNotFound, "at or before ");
  }
  // A commit whose file is older than the one before it gets a time one millisecond later.
  table.Commit(3, {Add("f3")});
  const int64_t late = table.store().Head(CommitLocation(3))->last_modified_ms;
  EXPECT_EQ(version_at(late), 3);
  EXPECT_EQ(version_at(late + 1), 4);
  // What is not there any more cannot be travelled to.
  table.store().Put(CheckpointLocation(2), CheckpointOf(2));
  table.Forget(0, 0);
  ExpectError([&] { return LoadSnapshotAtTimestamp(table.access(), times[1]); },
              ErrorCode::kVersionNotFound, "2 to 4");
}

constexpr char kTimestampProtocol[] = R"({"protocol":{"minReaderVersion":1,"minWriterVersion":7,)"
                                      R"("writerFeatures":["inCommitTimestamp"]}})";

TEST(LoadSnapshot, TravelsByInCommitTimestamps) {
  Table table;
  const std::string on = MetadataLine(R"("delta.enableInCommitTimestamps":"true")");
  table.Commit(0, {CommitInfoLine(100), kTimestampProtocol, on});
  for (int64_t v = 1; v < 30; ++v) {
    table.Commit(v, {CommitInfoLine(100 + 10 * v), Add(fmt::format("f{}", v))});
  }
  for (int64_t v = 0; v < 30; ++v) {
    EXPECT_EQ(LoadSnapshotAtTimestamp(table.access(), 100 + 10 * v)->version(), v);
    EXPECT_EQ(LoadSnapshotAtTimestamp(table.access(), 109 + 10 * v)->version(), v);
    EXPECT_EQ(LoadSnapshotAtVersion(table.access(), v)->timestamp_ms(), 100 + 10 * v);
  }
  ExpectError([&] { return LoadSnapshotAtTimestamp(table.access(), 99); },
              ErrorCode::kVersionNotFound, "99");
  table.Commit(30, {Add("late"), CommitInfoLine(1000)});
  EXPECT_EQ(LoadLatestSnapshot(table.access())->timestamp_ms(), 1000);
  EXPECT_EQ(LoadSnapshotAtTimestamp(table.access(), 999)->version(), 29);
  EXPECT_EQ(LoadSnapshotAtTimestamp(table.access(), 1000)->version(), 30);
  // Without one, the time of the file is what is left.
  table.Commit(31, {R"({"commitInfo":{"operation":"WRITE"}})"});
  EXPECT_GT(LoadLatestSnapshot(table.access())->timestamp_ms(), 1000);
  // It is no place to travel to by time.
  ExpectError([&] { return LoadSnapshotAtTimestamp(table.access(), 1000); }, ErrorCode::kCorruptLog,
              CommitLocation(31));
}

TEST(LoadSnapshot, TravelsAcrossTheStartOfInCommitTimestamps) {
  Table table;
  table.Commits(3);
  WaitForAnotherMillisecond();
  const int64_t before = table.store().Head(CommitLocation(2))->last_modified_ms;
  const int64_t start = before + 1'000'000;
  table.Commit(3, {CommitInfoLine(start), kTimestampProtocol,
                   MetadataLine(fmt::format(R"("delta.enableInCommitTimestamps":"true",)"
                                            R"("delta.inCommitTimestampEnablementVersion":"3",)"
                                            R"("delta.inCommitTimestampEnablementTimestamp":"{}")",
                                            start))});
  table.Commit(4, {CommitInfoLine(start + 10)});
  const auto version_at = [&](int64_t time) {
    return LoadSnapshotAtTimestamp(table.access(), time)->version();
  };
  EXPECT_EQ(version_at(start - 1), 2);
  EXPECT_EQ(version_at(start), 3);
  EXPECT_EQ(version_at(start + 9), 3);
  EXPECT_EQ(version_at(start + 10), 4);
  EXPECT_EQ(LoadSnapshotAtVersion(table.access(), 2)->timestamp_ms(), before);
}

TEST(LoadSnapshot, InCommitTimestampsNeedTheirFeature) {
  Table table;
  const std::string on = MetadataLine(R"("delta.enableInCommitTimestamps":"TRUE")");
  table.Commit(0, {CommitInfoLine(100), kProtocol, on});
  EXPECT_GT(LoadLatestSnapshot(table.access())->timestamp_ms(), 100);
  ExpectError([&] { return LoadSnapshotAtTimestamp(table.access(), 100); },
              ErrorCode::kVersionNotFound);
  table.Commit(1, {CommitInfoLine(200), kTimestampProtocol});
  EXPECT_EQ(LoadSnapshotAtTimestamp(table.access(), 199)->version(), 0);
  // Switched off again.
  table.Commit(2, {CommitInfoLine(300), MetadataLine()});
  EXPECT_GT(LoadLatestSnapshot(table.access())->timestamp_ms(), 300);
  ExpectError([&] { return LoadSnapshotAtTimestamp(table.access(), 250); },
              ErrorCode::kVersionNotFound);
}

TEST(LoadSnapshot, PreviewsOfInCommitTimestampsHaveNamesOfTheirOwn) {
  Table table;
  table.Commits(2);
  const std::string protocol = R"({"protocol":{"minReaderVersion":1,"minWriterVersion":7,)"
                               R"("writerFeatures":["inCommitTimestamp-preview"]}})";
  const int64_t start = table.store().Head(CommitLocation(1))->last_modified_ms + 1'000'000;
  table.Commit(
      2, {CommitInfoLine(start), protocol,
          MetadataLine(fmt::format(R"("delta.enableInCommitTimestamps-preview":"true",)"
                                   R"("delta.inCommitTimestampEnablementVersion-preview":"2",)"
                                   R"("delta.inCommitTimestampEnablementTimestamp-preview":"{}")",
                                   start))});
  EXPECT_EQ(LoadSnapshotAtTimestamp(table.access(), start - 1)->version(), 1);
  EXPECT_EQ(LoadSnapshotAtTimestamp(table.access(), start)->version(), 2);
  EXPECT_EQ(LoadLatestSnapshot(table.access())->timestamp_ms(), start);
}

std::vector<int64_t> VersionsOf(const LogSegment& segment) {
  std::vector<int64_t> versions;
  for (const CommitFile& commit : segment.commits) versions.push_back(commit.version);
  return versions;
}

// Whether the files of a segment follow each other up to a version.
void ExpectLeadsTo(const LogSegment& segment, int64_t version) {
  int64_t reached = segment.checkpoint ? segment.checkpoint->version : -1;
  for (const CommitFile& commit : segment.commits) {
    EXPECT_EQ(commit.first_version.value_or(commit.version), reached + 1);
    reached = commit.version;
  }
  EXPECT_EQ(reached, version);
  EXPECT_EQ(segment.version, version);
}

TEST(SnapshotSegment, IsWhatTheSnapshotWasReadFrom) {
  Table table;
  table.Commits(5);
  table.store().Put(CheckpointLocation(2), CheckpointOf(2));
  const SnapshotPtr newest = LoadLatestSnapshot(table.access());
  EXPECT_EQ(newest->segment().checkpoint->id(), CheckpointLocation(2));
  EXPECT_EQ(VersionsOf(newest->segment()), (std::vector<int64_t>{3, 4}));
  EXPECT_EQ(newest->segment().own_commit->object.location, CommitLocation(4));
  const SnapshotPtr first = LoadSnapshotAtVersion(table.access(), 1);
  EXPECT_FALSE(first->segment().checkpoint);
  EXPECT_EQ(VersionsOf(first->segment()), (std::vector<int64_t>{0, 1}));
}

TEST(SnapshotSegment, LacksACheckpointThatCannotBeRead) {
  Table table;
  table.Commits(3);
  table.store().Put(CheckpointLocation(1), "no checkpoint");
  const SnapshotPtr snapshot = LoadLatestSnapshot(table.access());
  EXPECT_FALSE(snapshot->segment().checkpoint);
  EXPECT_EQ(VersionsOf(snapshot->segment()), (std::vector<int64_t>{0, 1, 2}));
}

TEST(SnapshotSegment, GrowsByRefreshesUntilThereIsACheckpoint) {
  Table table;
  table.Commits(3);
  table.store().Put(CheckpointLocation(1), CheckpointOf(1));
  SnapshotPtr snapshot = LoadLatestSnapshot(table.access());
  table.Commit(3, {Add("f3")});
  table.Commit(4, {Add("f4")});
  snapshot = RefreshSnapshot(snapshot);
  EXPECT_EQ(snapshot->segment().checkpoint->version, 1);
  EXPECT_EQ(VersionsOf(snapshot->segment()), (std::vector<int64_t>{2, 3, 4}));
  EXPECT_EQ(snapshot->segment().own_commit->version, 4);
  table.store().Put(CheckpointLocation(4), CheckpointOf(4));
  table.Commit(5, {Add("f5")});
  snapshot = RefreshSnapshot(snapshot);
  EXPECT_EQ(snapshot->segment().checkpoint->version, 4);
  EXPECT_EQ(VersionsOf(snapshot->segment()), std::vector<int64_t>{5});
  EXPECT_EQ(Paths(*snapshot), Numbered(0, 5));
}

TEST(RefreshSnapshot, ReturnsTheSameWhereNothingIsNewer) {
  Table table;
  table.Commits(3);
  const SnapshotPtr snapshot = LoadLatestSnapshot(table.access());
  EXPECT_EQ(RefreshSnapshot(snapshot), snapshot);
  table.store().Put(CheckpointLocation(2), CheckpointOf(2));
  EXPECT_EQ(RefreshSnapshot(snapshot), snapshot);

  Table checkpoint_only;
  checkpoint_only.store().Put(CheckpointLocation(2), CheckpointOf(2));
  const SnapshotPtr bare = LoadLatestSnapshot(checkpoint_only.access());
  EXPECT_EQ(RefreshSnapshot(bare), bare);
}

TEST(RefreshSnapshotTo, GoesToTheVersionAndNoFurther) {
  Table table;
  table.Commits(6);
  const SnapshotPtr old = LoadSnapshotAtVersion(table.access(), 2);
  EXPECT_EQ(RefreshSnapshotTo(old, nullptr, 2), old);
  const SnapshotPtr newer = RefreshSnapshotTo(old, nullptr, 4);
  ExpectEqual(*newer, *LoadSnapshotAtVersion(table.access(), 4));
  ExpectEqual(*RefreshSnapshot(newer), *LoadLatestSnapshot(table.access()));
  try {
    RefreshSnapshotTo(old, nullptr, 6);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kVersionNotFound);
  }
}

TEST(RefreshSnapshot, ReadsOnlyWhatIsNewer) {
  Table table;
  table.Commits(3);
  const SnapshotPtr old = LoadLatestSnapshot(table.access());
  table.Forget(0, 1);  // A load from the start would fail now.
  table.Commit(3, {Add("f3"), Remove("f0"), Add("f1", 5)});
  const SnapshotPtr next = RefreshSnapshot(old);
  EXPECT_EQ(next->version(), 3);
  EXPECT_EQ(Paths(*next), Numbered(1, 3));
  EXPECT_EQ(Paths(*old), Numbered(0, 2)) << "A snapshot never changes.";
}

TEST(RefreshSnapshot, MovesForwardFromATimeTravelledVersion) {
  Table table;
  table.Commits(6);
  const SnapshotPtr old = LoadSnapshotAtVersion(table.access(), 2);
  ExpectEqual(*RefreshSnapshot(old), *LoadLatestSnapshot(table.access()));
}

TEST(RefreshSnapshot, StartsAnewWhereTheLogWasCutOrReplaced) {
  Table table;
  table.Commits(3);
  const SnapshotPtr old = LoadLatestSnapshot(table.access());
  table.Commits(9);
  table.store().Put(CheckpointLocation(6), CheckpointOf(6));
  table.Forget(0, 6);
  const SnapshotPtr next = RefreshSnapshot(old);
  EXPECT_EQ(next->version(), 8);
  EXPECT_EQ(Paths(*next), Numbered(0, 8));

  Table replaced;
  replaced.Commits(3);
  const SnapshotPtr gone = LoadLatestSnapshot(replaced.access());
  WaitForAnotherMillisecond();
  replaced.Commit(0, {kProtocol, MetadataLine(), Add("other")});
  replaced.Commit(1, {Add("another")});
  replaced.Forget(2, 2);
  EXPECT_EQ(Paths(*RefreshSnapshot(gone)), (std::set<std::string>{"other", "another"}));
  replaced.Commit(2, {});
  replaced.store().Put(CommitLocation(2), "{}");
  EXPECT_EQ(Paths(*RefreshSnapshot(gone)), (std::set<std::string>{"other", "another"}));
  replaced.Forget(0, 2);
  ExpectError([&] { return RefreshSnapshot(gone); }, ErrorCode::kTableNotFound);
}

TEST(RefreshSnapshot, ChecksWhatIsNewer) {
  Table table;
  table.Commits(2);
  const SnapshotPtr old = LoadLatestSnapshot(table.access());
  table.Commit(2, {R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,)"
                   R"("readerFeatures":["unheardOf"],"writerFeatures":["unheardOf"]}})"});
  ExpectError([&] { return RefreshSnapshot(old); }, ErrorCode::kUnsupportedFeature, "unheardOf");
  table.Commit(2, {MetadataLine("", R"("x")")});
  const SnapshotPtr next = RefreshSnapshot(old);
  EXPECT_EQ(next->metadata().partition_columns, (std::vector<std::string>{"x"}));
  EXPECT_EQ(next->files().partition_value(0, 0), std::nullopt);
  table.Commit(4, {Add("f4")});
  ExpectError([&] { return RefreshSnapshot(next); }, ErrorCode::kCorruptLog, CommitLocation(3));
}

// On random logs, whatever a reader has seen before, refreshing leads where loading leads.
TEST(RefreshSnapshot, EqualsAFreshLoad) {
  for (int seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](int limit) { return static_cast<int>(random() % limit); };
    Table table;
    table.Commit(0, {kProtocol, MetadataLine()});
    SnapshotPtr snapshot = LoadLatestSnapshot(table.access());
    SnapshotPtr lagging = snapshot;
    for (int64_t version = 1; version < 25; ++version) {
      std::vector<std::string> lines = {"{}"};
      std::set<int> used;
      for (int i = below(6); i > 0; --i) {
        const int file = below(12);
        if (!used.insert(file).second) continue;
        const std::string path = fmt::format("f{}", file);
        lines.push_back(below(2) == 0 ? Add(path, version) : Remove(path));
      }
      if (below(5) == 0) lines.push_back(MetadataLine("", below(2) == 0 ? R"("p")" : ""));
      if (below(4) == 0) {
        lines.push_back(
            fmt::format(R"({{"txn":{{"appId":"a{}","version":{}}}}})", below(3), version));
      }
      if (below(4) == 0) {
        lines.push_back(fmt::format(
            R"({{"domainMetadata":{{"domain":"d{}","configuration":"{}","removed":{}}}}})",
            below(3), version, below(2) == 0));
      }
      std::shuffle(lines.begin(), lines.end(), random);
      table.Commit(version, lines);
      snapshot = RefreshSnapshot(snapshot);
      ExpectEqual(*snapshot, *LoadLatestSnapshot(table.access()));
      ExpectLeadsTo(snapshot->segment(), snapshot->version());
      if (below(5) == 0) {
        lagging = RefreshSnapshot(lagging);
        ExpectEqual(*lagging, *snapshot);
      }
      if (HasFailure()) FAIL() << "seed " << seed << ", version " << version;
    }
  }
}

TEST(LoadSnapshot, ServesManyThreads) {
  Table table;
  table.Commits(200);
  const SnapshotPtr expected = LoadLatestSnapshot(table.access());
  std::vector<std::thread> threads;
  std::vector<SnapshotPtr> loaded(8);
  for (SnapshotPtr& slot : loaded) {
    threads.emplace_back([&] {
      slot = RefreshSnapshot(LoadSnapshotAtVersion(table.access(), 100));
      EXPECT_EQ(Files(*expected).size(), 200u);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const SnapshotPtr& snapshot : loaded) ExpectEqual(*snapshot, *expected);
}

TEST(LoadSnapshot, CanBeCancelled) {
  Table table;
  table.Commits(300);
  const CancelScope scope([] { return true; });
  ExpectError(table, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace deltaic::delta
