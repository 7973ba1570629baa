// Readers are right before, while and after a log is maintained, whatever request fails, and
// cleanup takes no version that is retained.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/base/error.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/log/log_cleanup.h"
#include "delta/log/log_compaction.h"
#include "delta/log/log_segment.h"
#include "delta/protocol/log_path.h"
#include "delta/transaction/post_commit.h"
#include "testing/error_of.h"
#include "testing/faulty_store.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;
using testing::Fault;
using testing::FaultyStore;
using testing::Removed;
using testing::SomeFile;
using testing::SomeMetadata;
using testing::SomeProtocol;
using testing::TableBuilder;
using testing::Verb;

constexpr int64_t kDay = 86'400'000;
// Commits of the tables below are made one a day.
constexpr int64_t kFirstDay = 100 * kDay + 5'000;

SetTransaction Progress(std::string app_id, int64_t version,
                        std::optional<int64_t> last_updated = {}) {
  return {.app_id = std::move(app_id), .version = version, .last_updated = last_updated};
}

// What a version is: all that a reader sees.
std::string Described(const Snapshot& snapshot) {
  std::set<std::string> files;
  for (int64_t i = 0; i < snapshot.files().size(); ++i) {
    files.insert(fmt::format("{}:{}", snapshot.files().path(i), snapshot.files().file_size(i)));
  }
  return fmt::format("{} {} {}", snapshot.version(), snapshot.transactions().size(),
                     fmt::join(files, ","));
}

std::string VersionOrError(const TableAccess& access, int64_t version) {
  try {
    return Described(*LoadSnapshotAtVersion(access, version));
  } catch (const Error& error) {
    return fmt::format("error: {}", error.message());
  }
}

// Protocol and properties of a table whose commits say their own times.
std::vector<Action> TimedTable(std::map<std::string, std::string> configuration) {
  configuration.emplace("delta.enableInCommitTimestamps", "true");
  configuration.emplace("delta.logRetentionDuration", "interval 2 days");
  return {Protocol{3, 7, std::vector<std::string>{"v2Checkpoint"},
                   std::vector<std::string>{"v2Checkpoint", "inCommitTimestamp"}},
          SomeMetadata(std::move(configuration))};
}

CommitInfo At(int64_t day) {
  const int64_t time = kFirstDay + day * kDay;
  return {.json = fmt::format(R"({{"inCommitTimestamp":{}}})", time)};
}

void CommitOnDay(TableBuilder& table, int64_t day, std::vector<Action> actions) {
  actions.insert(actions.begin(), At(day));
  table.Commit(actions);
}

void MakeTable(TableBuilder& table, int64_t days,
               const std::map<std::string, std::string>& configuration = {}) {
  std::vector<Action> first = TimedTable(configuration);
  first.push_back(SomeFile("f0"));
  CommitOnDay(table, 0, first);
  for (int64_t day = 1; day < days; ++day) {
    CommitOnDay(table, day, {SomeFile(fmt::format("f{}", day)), Progress("app", day)});
  }
}

std::vector<std::string> CleanUp(const TableBuilder& table, int64_t day,
                                 CatalogLeave leave = CatalogLeave::kNotGiven) {
  const auto snapshot = LoadLatestSnapshot(table.access());
  return CleanUpLog(snapshot->access(), snapshot->protocol(), snapshot->metadata(),
                    kFirstDay + day * kDay, leave);
}

void WriteCheckpointOf(const TableBuilder& table, int64_t version) {
  const auto snapshot = LoadSnapshotAtVersion(table.access(), version);
  TableState state;
  state.protocol = {snapshot->protocol(), ""};
  state.metadata = {snapshot->metadata(), ""};
  state.transactions = snapshot->transactions();
  state.domains = snapshot->domains();
  WriteCheckpoint(snapshot->access(), snapshot->segment(), state, kFirstDay);
}

std::set<std::string> Names(const TableBuilder& table) {
  std::set<std::string> names;
  for (const auto& object : table.store().List(kLogFolder)) names.insert(object.location);
  return names;
}

TEST(CleanUpLog, KeepsWhatRetainedVersionsNeed) {
  TableBuilder table;
  MakeTable(table, 10);
  WriteCheckpointOf(table, 2);
  WriteCheckpointOf(table, 5);
  WriteCheckpointOf(table, 9);
  WriteChecksum(*LoadSnapshotAtVersion(table.access(), 4));
  WriteChecksum(*LoadSnapshotAtVersion(table.access(), 5));
  CompactLog(table.access(), 5, 7);
  CompactLog(table.access(), 6, 8);
  // Versions 0 to 7 were made before the midnight that is two days back.
  const std::vector<std::string> removed = CleanUp(table, 9);
  const std::set<std::string> wanted = {
      CommitLocation(0), CommitLocation(1), CommitLocation(2),   CheckpointLocation(2),
      CommitLocation(3), CommitLocation(4), ChecksumLocation(4), CompactedCommitsLocation(5, 7)};
  EXPECT_EQ(std::set(removed.begin(), removed.end()), wanted);
  const std::set<std::string> left = Names(table);
  for (const std::string& name : wanted) EXPECT_FALSE(left.contains(name)) << name;
  for (int64_t version = 5; version < 10; ++version) {
    EXPECT_EQ(LoadSnapshotAtVersion(table.access(), version)->files().size(), version + 1);
  }
  EXPECT_TRUE(CleanUp(table, 9).empty());
}

TEST(CleanUpLog, GoesByTheTimesOfFilesWhereCommitsSayNone) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(::testing::TempDir()) / fmt::format("cleanup_{}", getpid());
  fs::create_directories(folder);
  TableBuilder table(datafusion::ObjectStore::Open(folder.string()));
  table.Commit({SomeProtocol(), SomeMetadata({{"delta.logRetentionDuration", "interval 1 days"}})});
  table.Append(9);
  WriteCheckpointOf(table, 5);
  WriteCheckpointOf(table, 9);
  const auto old = fs::file_time_type::clock::now() - std::chrono::days(3);
  for (int64_t version = 0; version < 7; ++version) {
    fs::last_write_time(folder / CommitLocation(version), old);
  }
  const auto snapshot = LoadLatestSnapshot(table.access());
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const std::vector<std::string> removed =
      CleanUpLog(snapshot->access(), snapshot->protocol(), snapshot->metadata(), now.count());
  EXPECT_EQ(removed,
            (std::vector<std::string>{CommitLocation(0), CommitLocation(1), CommitLocation(2),
                                      CommitLocation(3), CommitLocation(4)}));
  for (int64_t version = 5; version < 10; ++version) {
    EXPECT_EQ(LoadSnapshotAtVersion(table.access(), version)->files().size(), version);
  }
  fs::remove_all(folder);
}

TEST(CleanUpLog, KeepsAllWithoutACheckpointToBeginWith) {
  TableBuilder table;
  MakeTable(table, 10);
  WriteCheckpointOf(table, 9);
  EXPECT_TRUE(CleanUp(table, 9).empty());
  EXPECT_FALSE(CleanUp(table, 30).empty());
}

TEST(CleanUpLog, PassesOverACheckpointThatCannotBeRead) {
  TableBuilder table;
  MakeTable(table, 8);
  WriteCheckpointOf(table, 3);
  table.Write(CheckpointLocation(6), "no Parquet");
  CleanUp(table, 30);
  EXPECT_FALSE(Names(table).contains(CommitLocation(2)));
  EXPECT_EQ(LoadSnapshotAtVersion(table.access(), 7)->files().size(), 8);
}

TEST(CleanUpLog, HonoursTheProtectionOfCheckpoints) {
  TableBuilder table;
  MakeTable(table, 8, {{"delta.requireCheckpointProtectionBeforeVersion", "6"}});
  WriteCheckpointOf(table, 3);
  WriteCheckpointOf(table, 5);
  EXPECT_TRUE(CleanUp(table, 30).empty());
  // All that is protected goes at once.
  WriteCheckpointOf(table, 7);
  EXPECT_EQ(CleanUp(table, 30).size(), 9);
}

TEST(CleanUpLog, LeavesTablesOfACatalogAlone) {
  TableBuilder table;
  MakeTable(table, 4);
  const auto snapshot = LoadLatestSnapshot(table.access());
  const auto catalog = std::make_shared<const CatalogCommits>(CatalogCommits{.max_version = 3});
  EXPECT_EQ(ErrorOf([&] {
              CleanUpLog(table.access(catalog), snapshot->protocol(), snapshot->metadata(), 0);
            }).code(),
            ErrorCode::kInvalidArgument);
}

TEST(CleanUpLog, RemovesSidecarsThatNobodyNames) {
  TableBuilder table;
  MakeTable(table, 8, {{"delta.checkpointPolicy", "v2"}});
  WriteCheckpointOf(table, 2);
  WriteCheckpointOf(table, 5);
  const auto sidecars = [&] { return table.store().List(kSidecarFolder).size(); };
  ASSERT_EQ(sidecars(), 2);
  // By the clock of the store they are new; on that day they are old.
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const auto snapshot = LoadLatestSnapshot(table.access());
  CleanUpLog(snapshot->access(), snapshot->protocol(), snapshot->metadata(), kFirstDay + 30 * kDay);
  EXPECT_EQ(sidecars(), 2);
  table.Append(0);
  WriteCheckpointOf(table, 7);
  CleanUpLog(snapshot->access(), snapshot->protocol(), snapshot->metadata(),
             now.count() + 3 * kDay);
  EXPECT_EQ(sidecars(), 1);
  EXPECT_EQ(LoadLatestSnapshot(table.access())->files().size(), 8);
}

TEST(CleanUpLog, NeverTakesARetainedVersion) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(seed);
    const auto chance = [&](uint32_t percent) { return random() % 100 < percent; };
    TableBuilder table;
    std::vector<Action> first =
        TimedTable({{"delta.checkpointPolicy", chance(50) ? "v2" : "classic"}});
    CommitOnDay(table, 0, first);
    const int64_t versions = 3 + random() % 12;
    for (int64_t day = 1; day < versions; ++day) {
      std::vector<Action> actions = {SomeFile(fmt::format("f{}", day), 1 + random() % 9)};
      if (day > 1 && chance(40)) {
        RemoveFile removed = Removed(fmt::format("f{}", 1 + random() % (day - 1)));
        removed.deletion_timestamp = kFirstDay;
        actions.push_back(removed);
      }
      CommitOnDay(table, day, actions);
      if (chance(30)) WriteCheckpointOf(table, day);
      if (chance(20)) WriteChecksum(*LoadLatestSnapshot(table.access()));
      if (day > 2 && chance(20)) CompactLog(table.access(), day - 2, day);
    }
    std::map<int64_t, std::string> before;
    for (int64_t v = 0; v < versions; ++v) before[v] = VersionOrError(table.access(), v);
    const int64_t today = random() % (versions + 4);
    CleanUp(table, today);
    for (int64_t v = std::max<int64_t>(0, today - 2); v < versions; ++v) {
      EXPECT_EQ(VersionOrError(table.access(), v), before[v]) << "day " << today;
    }
    EXPECT_EQ(Described(*LoadLatestSnapshot(table.access())), before[versions - 1]);
  }
}

// A table in a store whose requests fail, and what is done to it.
struct Maintenance {
  std::string name;
  std::function<void(TableBuilder&)> prepare;
  std::function<void(TableBuilder&)> run;
  int64_t first_version;  // That all states have.
};

std::vector<Maintenance> AllMaintenance() {
  const auto table = [](TableBuilder& builder) { MakeTable(builder, 6); };
  const auto v2 = [](TableBuilder& builder) {
    MakeTable(builder, 6, {{"delta.checkpointPolicy", "v2"}});
  };
  const auto checkpoint = [](TableBuilder& builder) { WriteCheckpointOf(builder, 5); };
  const auto with_checkpoints = [](TableBuilder& builder) {
    MakeTable(builder, 6);
    WriteCheckpointOf(builder, 2);
    WriteCheckpointOf(builder, 4);
    CompactLog(builder.access(), 1, 3);
  };
  return {
      {"checkpoint", table, checkpoint, 0},
      {"v2 checkpoint", v2, checkpoint, 0},
      {"checksum", table,
       [](TableBuilder& builder) { WriteChecksum(*LoadLatestSnapshot(builder.access())); }, 0},
      {"compaction", table, [](TableBuilder& builder) { CompactLog(builder.access(), 1, 4); }, 0},
      {"cleanup", with_checkpoints, [](TableBuilder& builder) { CleanUp(builder, 30); }, 4},
  };
}

TEST(LogMaintenance, LeavesReadersRightWhateverRequestFails) {
  const Fault::Kind kinds[] = {Fault::Kind::kFail, Fault::Kind::kLoseAnswer, Fault::Kind::kTear,
                               Fault::Kind::kDuplicate};
  for (const Maintenance& maintenance : AllMaintenance()) {
    FaultyStore whole;
    TableBuilder counted(whole.store());
    maintenance.prepare(counted);
    std::vector<std::string> wanted;
    for (int64_t v = maintenance.first_version; v < 6; ++v) {
      wanted.push_back(Described(*LoadSnapshotAtVersion(counted.access(), v)));
    }
    std::map<Verb, int> requests;
    for (const Verb verb : {Verb::kGet, Verb::kGetRange, Verb::kHead, Verb::kList,
                            Verb::kPutIfAbsent, Verb::kPut, Verb::kDelete}) {
      requests[verb] = -whole.count(verb);
    }
    maintenance.run(counted);
    for (auto& [verb, count] : requests) count += whole.count(verb);
    EXPECT_GT(requests[Verb::kPutIfAbsent] + requests[Verb::kDelete], 0);

    for (const auto& [verb, count] : requests) {
      for (int nth = 1; nth <= count; ++nth) {
        for (const Fault::Kind kind : kinds) {
          SCOPED_TRACE(fmt::format("{}: request {} of verb {}, fault {}", maintenance.name, nth,
                                   static_cast<int>(verb), static_cast<int>(kind)));
          FaultyStore faulty;
          TableBuilder table(faulty.store());
          maintenance.prepare(table);
          const auto check = [&] {
            for (int64_t v = maintenance.first_version; v < 6; ++v) {
              EXPECT_EQ(VersionOrError(table.access(), v), wanted[v - maintenance.first_version]);
            }
            EXPECT_EQ(Described(*LoadLatestSnapshot(table.access())), wanted.back());
          };
          bool is_reading = false;
          faulty.At(nth, verb, {.kind = kind, .before = [&] {
                                  if (std::exchange(is_reading, true)) return;
                                  check();
                                }});
          try {
            maintenance.run(table);
          } catch (const Error&) {
            // Whoever runs it warns.
          }
          check();
          // What was left unfinished is finished by the next one.
          maintenance.run(table);
          check();
        }
      }
    }
  }
}

}  // namespace
}  // namespace deltaic::delta
