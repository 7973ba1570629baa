// Some writers on one store that fails, loses answers and is slow, in one thread and by a seed:
// the same seed gives the same history. DELTAIC_SEEDS says how many seeds.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/delta/snapshot/snapshot_loader.h>
#include <deltaic/delta/transaction/commit_errors.h>
#include <deltaic/delta/transaction/commit_lookup.h>

#include "base/text/ascii.h"
#include "delta/actions/action_text.h"
#include "delta/protocol/log_path.h"
#include "delta/scan/table_columns.h"
#include "delta/transaction/transaction.h"
#include "testing/error_of.h"
#include "testing/faulty_store.h"
#include "testing/scripted_environment.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::Fault;
using testing::FaultyStore;
using testing::ScriptedEnvironment;
using testing::TableBuilder;
using testing::Verb;
using Kind = Fault::Kind;
using SnapshotPtr = std::shared_ptr<const Snapshot>;

const Protocol kProtocol{1, 7, {}, std::vector<std::string>{"rowTracking", "domainMetadata"}, {}};

enum class Verdict : uint8_t { kCommitted, kFailed, kUnknown };

// What a writer wanted, and what it was told.
struct Event {
  std::string operation;
  std::string txn_id;
  Verdict verdict = Verdict::kFailed;
  int64_t version = -1;
};

std::string PartitionOf(const Snapshot& snapshot, int64_t file) {
  return std::string(snapshot.files().partition_value(file, 0).value_or(""));
}

class Simulation {
 public:
  explicit Simulation(uint64_t seed) : random_(seed), world_(seed) {
    Transaction transaction = Transaction::Create(table_.access());
    transaction.Stage({kProtocol, testing::SomeMetadata()});
    std::move(transaction).Commit({.name = "CREATE TABLE"}, {}, {.environment = &world_});
    writers_.resize(2 + Pick(4), LoadLatestSnapshot(table_.access()));
  }

  void Run() {
    for (int step = 0; step < 12; ++step) {
      const int num_faults = static_cast<int>(Pick(3));
      for (int i = 0; i < num_faults; ++i) PlanFault();
      Step(Pick(writers_.size()));
    }
    UseUpFaults();
  }

  // All commits, in order.
  std::string Log() const {
    std::string log;
    for (int64_t version = 0; faulty_.store().Head(CommitLocation(version)); ++version) {
      log += faulty_.store().Get(CommitLocation(version)).view();
    }
    return log;
  }

  // Checks the history against the log.
  void Check() const {
    std::map<std::string, std::vector<int64_t>> commits;  // Versions by txnId.
    std::map<std::string, int64_t> live;                  // The rows of files by path.
    std::map<std::string, std::string> partitions;
    int64_t next_row_id = 0;
    for (int64_t version = 0; faulty_.store().Head(CommitLocation(version)); ++version) {
      const std::string location = CommitLocation(version);
      std::string operation;
      std::set<std::string> added;
      std::vector<Action> actions =
          ReadActions(faulty_.store().Get(location).view(), {location, version});
      for (const Action& action : actions) {
        if (const auto* info = std::get_if<CommitInfo>(&action)) {
          const CommitInfoFacts facts = ReadCommitInfoFacts(info->json);
          commits[*facts.txn_id].push_back(version);
          operation = *facts.operation;
        } else if (const auto* remove = std::get_if<RemoveFile>(&action)) {
          EXPECT_EQ(live.erase(remove->path), 1u) << remove->path << " is not live.";
        }
      }
      for (const Action& action : actions) {
        const auto* add = std::get_if<AddFile>(&action);
        if (add == nullptr) continue;
        EXPECT_TRUE(live.emplace(add->path, 1).second) << add->path << " is live.";
        EXPECT_EQ(add->base_row_id, next_row_id++);
        partitions[add->path] = add->partition_values.at("p").value_or("");
        added.insert(add->path);
      }
      // Serializable: what came before is what a delete or an overwrite has seen.
      for (const auto& [path, rows] : live) {
        if (operation == "OVERWRITE") {
          EXPECT_TRUE(added.contains(path)) << path;
        }
        if (operation == "DELETE a") {
          EXPECT_NE(partitions.at(path), "a") << path;
        }
      }
    }
    for (const Event& event : events_) {
      const auto found = commits.find(event.txn_id);
      const std::vector<int64_t> versions =
          found == commits.end() ? std::vector<int64_t>() : found->second;
      switch (event.verdict) {
        case Verdict::kCommitted:
          EXPECT_EQ(versions, std::vector<int64_t>{event.version}) << event.operation;
          break;
        case Verdict::kFailed:
          EXPECT_TRUE(versions.empty()) << event.operation;
          break;
        case Verdict::kUnknown:
          EXPECT_LE(versions.size(), 1u) << event.operation;
          if (!versions.empty()) {
            EXPECT_EQ(versions[0], event.version) << event.operation;
          }
          EXPECT_EQ(
              FindCommitOwner(table_.access(), event.version, event.txn_id) == CommitOwner::kCaller,
              !versions.empty());
          break;
      }
    }
    const SnapshotPtr snapshot = LoadLatestSnapshot(table_.access());
    std::set<std::string> paths;
    for (int64_t i = 0; i < snapshot->files().size(); ++i) paths.insert(snapshot->files().path(i));
    std::set<std::string> expected;
    for (const auto& [path, rows] : live) expected.insert(path);
    EXPECT_EQ(paths, expected);
  }

  const std::vector<Event>& events() const { return events_; }

 private:
  size_t Pick(size_t count) { return static_cast<size_t>(random_() % count); }

  // Lets one of the next requests go wrong, or another writer be faster there.
  void PlanFault() {
    if (Pick(16) == 0) return PlanOutage();
    constexpr std::array kVerbs = {Verb::kPutIfAbsent, Verb::kPutIfAbsent, Verb::kGet, Verb::kHead,
                                   Verb::kList};
    constexpr std::array kKinds = {Kind::kFail, Kind::kLoseAnswer, Kind::kDuplicate, Kind::kDelay,
                                   Kind::kDelay};
    Fault fault{.kind = kKinds[Pick(kKinds.size())]};
    if (Pick(2) == 0) {
      fault.before = [this] {
        if (depth_ < 2) Step(Pick(writers_.size()));
      };
    }
    faulty_.At(1 + static_cast<int>(Pick(3)), kVerbs[Pick(kVerbs.size())], std::move(fault));
  }

  // Lets a commit fail again and again, so that its writer gives up without knowing.
  void PlanOutage() {
    faulty_.At(1, Verb::kPutIfAbsent, {.kind = Pick(2) == 0 ? Kind::kLoseAnswer : Kind::kFail});
    for (int nth = 2; nth <= 5; ++nth) {
      faulty_.At(nth, Verb::kPutIfAbsent, {.kind = Kind::kFail});
    }
    for (int nth = 1; nth <= 5; ++nth) faulty_.At(nth, Verb::kGet, {.kind = Kind::kFail});
  }

  void UseUpFaults() {
    depth_ = 2;
    const datafusion::ObjectStore& store = faulty_.store();
    for (int i = 0; i < 8; ++i) {
      const std::function<void()> requests[] = {
          [&] { store.Get(CommitLocation(0)); }, [&] { store.List("_delta_log"); },
          [&] { store.Head(CommitLocation(0)); }, [&] { store.PutIfAbsent("other file", ""); }};
      for (const auto& request : requests) testing::ErrorOf(request);
    }
  }

  AddFile NewFile(const std::string& partition) {
    AddFile file = testing::SomeFile(fmt::format("f{}", ++num_files_));
    file.partition_values["p"] = partition;
    file.stats = R"({"numRecords":1})";
    return file;
  }

  void RemoveFiles(const Snapshot& snapshot, std::optional<std::string> partition, bool is_change,
                   Transaction& transaction) {
    for (int64_t i = 0; i < snapshot.files().size(); ++i) {
      if (partition && PartitionOf(snapshot, i) != *partition) continue;
      RemoveFile remove = testing::Removed(snapshot.files().path(i));
      remove.data_change = is_change;
      transaction.Stage(remove);
    }
  }

  // Stages one operation, and returns its name.
  std::string Stage(Transaction& transaction) {
    const Snapshot& snapshot = *transaction.read();
    const std::string partition = Pick(2) == 0 ? "a" : "b";
    switch (Pick(6)) {
      case 0:
        RemoveFiles(snapshot, std::nullopt, true, transaction);
        transaction.Stage(NewFile(partition));
        transaction.scope() = {.whole_table = true, .is_replaced = true};
        return "OVERWRITE";
      case 1:
        RemoveFiles(snapshot, partition, true, transaction);
        transaction.scope() = ReadScope::Where(datafusion::Expression::Parse(
            fmt::format("p = '{}'", partition), TableColumns(snapshot).table_schema));
        return "DELETE " + partition;
      case 2: {
        RemoveFiles(snapshot, partition, false, transaction);
        if (transaction.staged().removed().empty()) return "OPTIMIZE";
        AddFile file = NewFile(partition);
        file.data_change = false;
        transaction.Stage(file);
        return "OPTIMIZE";
      }
      default:
        transaction.Stage(NewFile(partition));
        return "APPEND";
    }
  }

  void Step(size_t writer) {
    ++depth_;
    if (Pick(3) == 0) Refresh(writer);
    const SnapshotPtr read = writers_[writer];
    Transaction transaction(read);
    Event event;
    event.operation = Stage(transaction);
    // The next id is this commit's, since nothing else asks for one before.
    event.txn_id = fmt::format("txn-{}", world_.num_ids + 1);
    try {
      CommitResult result = std::move(transaction)
                                .Commit({.name = event.operation}, {.max_commit_retries = 3},
                                        {.environment = &world_});
      event.verdict = Verdict::kCommitted;
      event.version = result.version;
      if (result.snapshot) {
        EXPECT_EQ(result.snapshot->version(), result.version);
        writers_[writer] = result.snapshot;
      }
    } catch (const CommitStateUnknown& unknown) {
      event.verdict = Verdict::kUnknown;
      event.version = unknown.version();
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::kCorruptLog) << error.message();
      Refresh(writer);
    }
    events_.push_back(event);
    --depth_;
  }

  void Refresh(size_t writer) {
    try {
      SnapshotPtr snapshot = RefreshSnapshot(writers_[writer]);
      writers_[writer] = std::move(snapshot);
    } catch (const Error&) {
      // It goes on with what it has.
    }
  }

  std::mt19937_64 random_;
  FaultyStore faulty_;
  TableBuilder table_{faulty_.store()};
  ScriptedEnvironment world_;
  std::vector<SnapshotPtr> writers_;
  std::vector<Event> events_;
  int num_files_ = 0;
  int depth_ = 0;
};

uint64_t NumSeeds() {
  const char* text = std::getenv("DELTAIC_SEEDS");
  return text == nullptr ? 1000 : ParseWhole<uint64_t>(text).value_or(1000);
}

TEST(CommitSimulation, NoRowIsLostOrDoubled) {
  std::map<Verdict, int> verdicts;
  for (uint64_t seed = 1; seed <= NumSeeds(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Simulation simulation(seed);
    simulation.Run();
    simulation.Check();
    for (const Event& event : simulation.events()) ++verdicts[event.verdict];
    if (::testing::Test::HasFailure()) return;
  }
  // Every kind of end is met.
  EXPECT_GT(verdicts[Verdict::kCommitted], 0);
  EXPECT_GT(verdicts[Verdict::kFailed], 0);
  EXPECT_GT(verdicts[Verdict::kUnknown], 0);
}

TEST(CommitSimulation, TheSameSeedGivesTheSameHistory) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Simulation first(seed);
    Simulation second(seed);
    first.Run();
    second.Run();
    EXPECT_EQ(first.Log(), second.Log()) << seed;
  }
}

}  // namespace
}  // namespace deltaic::delta
