#include "delta/transaction/post_commit.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/base/error.h>
#include <deltaic/delta/snapshot/checksum_report.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/actions/action_text.h"
#include "delta/log/checkpoint/last_checkpoint.h"
#include "delta/log/log_compaction.h"
#include "delta/log/log_segment.h"
#include "delta/protocol/log_path.h"
#include "testing/error_of.h"
#include "testing/file_actions_of.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectStore;
using testing::ErrorOf;
using testing::FileActionsOf;
using testing::Removed;
using testing::SomeFile;
using testing::SomeMetadata;
using testing::SomeProtocol;
using testing::TableBuilder;

// A time at which nothing has expired that tests make.
constexpr int64_t kLongAgo = 0;

using FileActions = std::map<FileKey, Action>;

SetTransaction Progress(std::string app_id, int64_t version,
                        std::optional<int64_t> last_updated = {}) {
  return {.app_id = std::move(app_id), .version = version, .last_updated = last_updated};
}

// The files of a version by its newest checkpoint, or by its commits alone.
FileActions ByCheckpoint(const TableBuilder& table) {
  return FileActionsOf(table.store(), FindLogSegment(table.access(), std::nullopt));
}
FileActions ByCommits(const TableBuilder& table) {
  LogSegment segment;
  segment.commits = ListLogFiles(table.access(), 0).commits();
  return FileActionsOf(table.store(), segment);
}

TableState StateOf(const Snapshot& snapshot) {
  TableState state;
  state.protocol = {snapshot.protocol(), ""};
  state.metadata = {snapshot.metadata(), ""};
  state.transactions = snapshot.transactions();
  state.domains = snapshot.domains();
  return state;
}

WrittenCheckpoint CheckpointAt(const Snapshot& snapshot, int64_t now_ms) {
  return WriteCheckpoint(snapshot.access(), snapshot.segment(), StateOf(snapshot), now_ms);
}

WrittenCheckpoint CheckpointLatest(const TableBuilder& table, int64_t now_ms = kLongAgo) {
  return CheckpointAt(*LoadLatestSnapshot(table.access()), now_ms);
}

Metadata TypedMetadata(std::map<std::string, std::string> configuration = {}) {
  Metadata metadata = SomeMetadata(std::move(configuration));
  metadata.schema_string = R"({"type":"struct","fields":[)";
  const std::string types[] = {"long",      "integer",       "double",  "string", "date",
                               "timestamp", "decimal(10,2)", "boolean", "binary"};
  for (const std::string& type : types) {
    metadata.schema_string +=
        fmt::format(R"({{"name":"{}","type":"{}","nullable":true,"metadata":{{}}}},)",
                    type.substr(0, type.find('(')), type);
  }
  metadata.schema_string +=
      R"({"name":"s","type":{"type":"struct","fields":[)"
      R"({"name":"n","type":"long","nullable":true,"metadata":{}}]},"nullable":true,"metadata":{}},)"
      R"({"name":"list","type":{"type":"array","elementType":"long","containsNull":true},)"
      R"("nullable":true,"metadata":{}},)"
      R"({"name":"p","type":"integer","nullable":true,"metadata":{}}]})";
  return metadata;
}

constexpr char kStatistics[] =
    R"({"numRecords":3,"tightBounds":true,"minValues":{"long":-9007199254740993,"integer":1,)"
    R"("double":1.5,"string":"a\"\u00e4","date":"2024-02-29","timestamp":"2024-01-01T00:00:00.123Z",)"
    R"("decimal":-0.01,"s":{"n":7}},"maxValues":{"long":5,"integer":2,"double":2.0,)"
    R"("string":"z","date":"2024-03-01","timestamp":"2024-01-02T00:00:00.000Z",)"
    R"("decimal":99999999.99,"s":{"n":8}},"nullCount":{"long":0,"integer":0,"double":0,)"
    R"("string":1,"date":0,"timestamp":0,"decimal":0,"boolean":1,"binary":2,"s":{"n":0},"list":3}})";

AddFile FullFile(std::string path) {
  AddFile file = SomeFile(path);
  file.partition_values = {{"p", "7"}};
  file.data_change = false;
  file.stats = kStatistics;
  file.tags = {{"a", "b"}, {"c", std::nullopt}};
  file.deletion_vector = DeletionVector{'u', "ab^-aqEH.-t@S}K{vb[*k^", 1, 40, 2, {{"odd", "3"}}};
  file.base_row_id = 100;
  file.default_row_commit_version = 3;
  file.clustering_provider = "liquid";
  file.unknown_members = {{"number", "12"},
                          {"ratio", "0.25"},
                          {"text", R"("x")"},
                          {"flag", "true"},
                          {"nested", R"({"list":[1,2],"name":"y"})"}};
  return file;
}

AddFile PlainFile(std::string_view path) {
  AddFile file = SomeFile(path);
  file.partition_values = {{"p", "5"}};
  return file;
}

RemoveFile FullRemove(std::string path, int64_t time) {
  RemoveFile file = Removed(path);
  file.data_change = false;
  file.deletion_timestamp = time;
  file.extended_file_metadata = true;
  file.partition_values = NullableTexts{{"p", std::nullopt}};
  file.size = 5;
  file.base_row_id = 1;
  file.default_row_commit_version = 1;
  file.unknown_members = {{"reason", R"("old")"}};
  return file;
}

// Files of every kind, transactions and domains, over several commits.
void Fill(TableBuilder& table, std::map<std::string, std::string> configuration = {}) {
  Protocol protocol{
      3, 7, std::vector<std::string>{"deletionVectors", "v2Checkpoint"},
      std::vector<std::string>{"deletionVectors", "v2Checkpoint", "domainMetadata", "rowTracking"}};
  protocol.unknown_members = {{"later", "1"}};
  Metadata metadata = TypedMetadata(std::move(configuration));
  metadata.unknown_members = {{"owner", R"("me")"}, {"cost", "2"}};
  metadata.unknown_format_members = {{"dialect", R"("q")"}};
  metadata.name = "n";
  metadata.created_time = 4;
  SetTransaction transaction{"app", 3, 77, {{"who", R"("w")"}}};
  table.Commit({protocol, metadata, FullFile("a"), PlainFile("b"), PlainFile("c"), transaction,
                DomainMetadata{"d1", "{}", false, {{"since", "2"}}}, DomainMetadata{"d2", "x"}});
  table.Commit({FullRemove("b", 1'000), FullFile("e"), Progress("other", 1)});
  AddFile again = FullFile("e");
  again.deletion_vector.reset();
  RemoveFile with_vector = FullRemove("e", 2'000);
  with_vector.deletion_vector = FullFile("e").deletion_vector;
  table.Commit({with_vector, again, DomainMetadata{"d2", "", true}, Progress("app", 4)});
}

void ExpectSameState(const Snapshot& a, const Snapshot& b) {
  EXPECT_EQ(a.version(), b.version());
  EXPECT_EQ(a.protocol(), b.protocol());
  EXPECT_EQ(a.metadata(), b.metadata());
  EXPECT_EQ(a.transactions(), b.transactions());
  EXPECT_EQ(a.domains(), b.domains());
  EXPECT_EQ(a.files().size(), b.files().size());
  EXPECT_EQ(a.files().total_size(), b.files().total_size());
}

TEST(WriteCheckpoint, LosesNothing) {
  for (const bool is_v2 : {false, true}) {
    SCOPED_TRACE(is_v2);
    TableBuilder table;
    Fill(table, is_v2 ? std::map<std::string, std::string>{{"delta.checkpointPolicy", "v2"}}
                      : std::map<std::string, std::string>());
    const auto before = LoadLatestSnapshot(table.access());
    const WrittenCheckpoint written = CheckpointLatest(table);
    EXPECT_TRUE(written.is_new);
    EXPECT_EQ(written.num_adds, 3);
    EXPECT_EQ(written.locations.size(), is_v2 ? 2 : 1);
    EXPECT_EQ(ByCheckpoint(table), ByCommits(table));
    const auto after = LoadLatestSnapshot(table.access());
    ASSERT_TRUE(after->segment().checkpoint);
    EXPECT_TRUE(after->segment().commits.empty());
    ExpectSameState(*before, *after);
  }
}

TEST(WriteCheckpoint, TakesOverRowsOfTheOneBefore) {
  for (const bool is_v2 : {false, true}) {
    SCOPED_TRACE(is_v2);
    TableBuilder table;
    Fill(table, is_v2 ? std::map<std::string, std::string>{{"delta.checkpointPolicy", "v2"}}
                      : std::map<std::string, std::string>());
    CheckpointLatest(table);
    AddFile odd = PlainFile("f");
    odd.unknown_members = {{"number", "1.5"}, {"fresh", R"({"deep":true})"}};
    table.Commit({odd, FullRemove("a", 5'000), FullRemove("c", 6'000), Progress("third", 9)});
    const auto before = LoadLatestSnapshot(table.access());
    EXPECT_TRUE(CheckpointLatest(table).is_new);
    table.Forget(0, 2);
    const FileActions files = ByCheckpoint(table);
    EXPECT_EQ(files.size(), 7);
    TableBuilder whole;
    Fill(whole);
    whole.Commit({odd, FullRemove("a", 5'000), FullRemove("c", 6'000)});
    EXPECT_EQ(files, ByCommits(whole));
    ExpectSameState(*before, *LoadLatestSnapshot(table.access()));
  }
}

TEST(WriteCheckpoint, ChangesTheFormOfStatisticsAsPropertiesSay) {
  const char* forms[] = {"true", "false"};
  for (const char* texts : forms) {
    for (const char* types : forms) {
      SCOPED_TRACE(fmt::format("{} {}", texts, types));
      TableBuilder table;
      table.Commit({SomeProtocol(),
                    TypedMetadata({{"delta.checkpoint.writeStatsAsJson", texts},
                                   {"delta.checkpoint.writeStatsAsStruct", types}}),
                    [] {
                      AddFile file = FullFile("a");
                      file.deletion_vector.reset();
                      return file;
                    }()});
      CheckpointLatest(table);
      table.Commit({TypedMetadata()});
      CheckpointLatest(table);
      const FileActions files = ByCheckpoint(table);
      ASSERT_EQ(files.size(), 1);
      const auto& add = std::get<AddFile>(files.begin()->second);
      const bool has_any = std::string_view(texts) == "true" || std::string_view(types) == "true";
      ASSERT_EQ(add.stats.has_value(), has_any);
      if (!has_any) continue;
      if (std::string_view(texts) == "true") {
        EXPECT_EQ(*add.stats, kStatistics);
        continue;
      }
      // Made of types: the same statistics.
      EXPECT_NE(add.stats->find(R"("long":-9007199254740993)"), std::string::npos) << *add.stats;
      EXPECT_NE(add.stats->find(R"("decimal":-0.01)"), std::string::npos) << *add.stats;
      EXPECT_NE(add.stats->find(R"("timestamp":"2024-01-01T00:00:00.123000Z")"), std::string::npos)
          << *add.stats;
      EXPECT_NE(add.stats->find(R"("nullCount":{)"), std::string::npos) << *add.stats;
      EXPECT_NE(add.stats->find(R"("binary":2)"), std::string::npos) << *add.stats;
      EXPECT_NE(add.stats->find(R"("list":3)"), std::string::npos) << *add.stats;
    }
  }
}

TEST(WriteCheckpoint, ForgetsWhatHasExpired) {
  constexpr int64_t kWeek = 7 * 86'400'000;
  constexpr int64_t kNow = kWeek + 1'500;
  TableBuilder table;
  table.Commit({SomeProtocol(),
                SomeMetadata({{"delta.setTransactionRetentionDuration", "interval 1 days"}}),
                SomeFile("live"), Progress("old", 1, kNow - 86'400'000),
                Progress("new", 1, kNow - 86'399'999), Progress("timeless", 1)});
  table.Commit({FullRemove("long gone", 1'500), FullRemove("gone", 1'501), Removed("timeless")});
  CheckpointLatest(table, kNow);
  std::set<std::string> paths;
  for (const auto& [key, action] : ByCheckpoint(table)) paths.insert(key.path);
  EXPECT_EQ(paths, (std::set<std::string>{"live", "gone"}));
  table.Append(1);
  table.Forget(0, 1);
  const auto snapshot = LoadLatestSnapshot(table.access());
  EXPECT_EQ(snapshot->transactions().size(), 2);
  EXPECT_FALSE(snapshot->transactions().contains("old"));
  // Removed files expire in the rows of an older checkpoint as well.
  CheckpointLatest(table, kNow + 1);
  EXPECT_FALSE(ByCheckpoint(table).contains({"gone", ""}));
}

TEST(WriteCheckpoint, LeavesTheOneThatIsThere) {
  TableBuilder table;
  table.Create();
  const auto snapshot = LoadLatestSnapshot(table.access());
  ASSERT_TRUE(CheckpointLatest(table).is_new);
  const std::string bytes(table.store().Get(CheckpointLocation(0)).view());
  EXPECT_FALSE(CheckpointAt(*snapshot, kLongAgo).is_new);
  EXPECT_EQ(table.store().Get(CheckpointLocation(0)).view(), bytes);
}

TEST(WriteCheckpoint, TellsOfItselfUnlessANewerOneIsKnown) {
  TableBuilder table;
  table.Create();
  const auto old = LoadLatestSnapshot(table.access());
  table.Append(2);
  const WrittenCheckpoint written = CheckpointLatest(table);
  const std::string hint(table.store().Get(kLastCheckpointLocation).view());
  EXPECT_EQ(ParseLastCheckpoint(hint), (LastCheckpointHint{2}));
  EXPECT_NE(hint.find(fmt::format(R"("size":5,"sizeInBytes":{},"numOfAddFiles":3)",
                                  written.size_in_bytes)),
            std::string::npos)
      << hint;
  ASSERT_TRUE(CheckpointAt(*old, kLongAgo).is_new);
  EXPECT_EQ(table.store().Get(kLastCheckpointLocation).view(), hint);
}

TEST(WriteCheckpoint, NamesTheFileOfTheV2Spec) {
  TableBuilder table;
  Fill(table, {{"delta.checkpointPolicy", "v2"}});
  const WrittenCheckpoint written = CheckpointLatest(table);
  const auto hint = ReadLastCheckpoint(table.store());
  ASSERT_TRUE(hint);
  EXPECT_EQ(written.locations.front(), fmt::format("_delta_log/{}", hint->file_name));
}

TEST(WriteCheckpoint, RefusesWhatItMustNotWrite) {
  TableBuilder table;
  Protocol protocol{3, 7, std::vector<std::string>(), std::vector<std::string>{"unheardOf"}};
  table.Commit({protocol, SomeMetadata()});
  const Error error = ErrorOf([&] { WriteCheckpoint(*LoadLatestSnapshot(table.access())); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupportedFeature);
  EXPECT_NE(std::string(error.message()).find("unheardOf"), std::string::npos);

  TableBuilder mixed;
  AddFile first = SomeFile("a"), second = SomeFile("b");
  first.unknown_members = {{"odd", "1"}};
  second.unknown_members = {{"odd", R"("text")"}};
  mixed.Commit({SomeProtocol(), SomeMetadata(), first, second});
  const Error of_member = ErrorOf([&] { CheckpointLatest(mixed); });
  EXPECT_EQ(of_member.code(), ErrorCode::kUnsupportedFeature);
  EXPECT_NE(std::string(of_member.message()).find("add.'odd'"), std::string::npos)
      << of_member.message();
}

TEST(WriteChecksum, SaysWhatTheSnapshotIs) {
  TableBuilder table;
  Fill(table);
  const auto snapshot = LoadLatestSnapshot(table.access());
  WriteChecksum(*snapshot, "tx-1");
  const ChecksumReport report = VerifyChecksum(*snapshot);
  EXPECT_EQ(report.state, ChecksumReport::State::kMatches)
      << fmt::format("{}", fmt::join(report.differences, "; "));
  const std::string text(table.store().Get(ChecksumLocation(2)).view());
  for (const char* member : {R"("txnId":"tx-1")", R"("numFiles":3)", R"("numMetadata":1)",
                             R"("setTransactions":[{)", R"("domainMetadata":[{)"}) {
    EXPECT_NE(text.find(member), std::string::npos) << member << " " << text;
  }
  EXPECT_EQ(text.find("inCommitTimestampOpt"), std::string::npos);
  // One that is there stays.
  WriteChecksum(*snapshot, "tx-2");
  EXPECT_EQ(table.store().Get(ChecksumLocation(2)).view(), text);
}

TEST(WriteDueCheckpoint, ComesAtMultiplesOfTheInterval) {
  TableBuilder table;
  table.Commit({SomeProtocol(), SomeMetadata({{"delta.checkpointInterval", "3"}})});
  std::vector<int64_t> due;
  for (int64_t version = 0; version < 8; ++version) {
    const auto snapshot = LoadSnapshotAtVersion(table.access(), version);
    WriteDueCheckpoint(*snapshot, false);
    const bool is_there = table.store().Head(CheckpointLocation(version)).has_value();
    EXPECT_EQ(is_there, IsCheckpointDue(*snapshot));
    if (is_there) due.push_back(version);
    table.Append(1);
  }
  EXPECT_EQ(due, (std::vector<int64_t>{3, 6}));
}

TEST(WriteDueCheckpoint, WaitsUntilACatalogHasPublishedTheVersion) {
  TableBuilder table;
  const std::vector<std::string> features = {"catalogManaged"};
  table.Commit({Protocol{3, 7, features, {{"catalogManaged", "inCommitTimestamp"}}},
                SomeMetadata({{"delta.checkpointInterval", "1"}})});
  std::string content;
  AppendActionLine(SomeFile("f"), content);
  const auto catalog = std::make_shared<const CatalogCommits>(
      CatalogCommits{.max_version = 1, .commits = {{1, "", content}}});
  const auto snapshot = LoadLatestSnapshot(table.access(catalog));
  EXPECT_FALSE(IsCheckpointDue(*snapshot));
  EXPECT_EQ(ErrorOf([&] { CheckpointAt(*snapshot, kLongAgo); }).code(),
            ErrorCode::kInvalidArgument);
  table.Write(CommitLocation(1), content);
  const auto published = std::make_shared<const CatalogCommits>(CatalogCommits{.max_version = 1});
  const auto later = LoadLatestSnapshot(table.access(published));
  EXPECT_TRUE(IsCheckpointDue(*later));
  EXPECT_TRUE(CheckpointAt(*later, kLongAgo).is_new);
}

TEST(CompactLog, GivesTheSameTable) {
  TableBuilder table;
  Fill(table);
  table.Append(3);
  const auto before = LoadLatestSnapshot(table.access());
  const FileActions wanted = ByCommits(table);
  EXPECT_EQ(CompactLog(table.access(), 1, 4), CompactedCommitsLocation(1, 4));
  const auto after = LoadLatestSnapshot(table.access());
  ASSERT_TRUE(after->segment().has_compacted_commits());
  ExpectSameState(*before, *after);
  EXPECT_EQ(ByCheckpoint(table), wanted);
  const std::string text(table.store().Get(CompactedCommitsLocation(1, 4)).view());
  EXPECT_EQ(text.find("commitInfo"), std::string::npos);
  EXPECT_NE(text.find(R"("domain":"d2","configuration":"","removed":true)"), std::string::npos)
      << text;
}

TEST(CompactLog, NamesACommitThatIsMissing) {
  TableBuilder table;
  table.Create();
  table.Append(3);
  EXPECT_EQ(ErrorOf([&] { CompactLog(table.access(), 1, 1); }).code(), ErrorCode::kInvalidArgument);
  const Error error = ErrorOf([&] { CompactLog(table.access(), 1, 4); });
  EXPECT_EQ(error.code(), ErrorCode::kVersionNotFound);
  EXPECT_NE(std::string(error.message()).find(CommitLocation(4)), std::string::npos);
}

}  // namespace
}  // namespace deltaic::delta
