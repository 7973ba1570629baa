// Each request of a commit fails, loses its answer, is torn, comes twice or late: whatever is told
// of the commit must be true.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/delta/snapshot/snapshot_loader.h>
#include <deltaic/delta/transaction/commit_errors.h>

#include "delta/actions/action_text.h"
#include "delta/protocol/log_path.h"
#include "delta/transaction/transaction.h"
#include "testing/error_of.h"
#include "testing/faulty_store.h"
#include "testing/scripted_environment.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::Fault;
using testing::FaultyStore;
using testing::Removed;
using testing::Request;
using testing::ScriptedEnvironment;
using testing::SomeFile;
using testing::SomeMetadata;
using testing::TableBuilder;
using testing::Verb;
using Kind = Fault::Kind;
using SnapshotPtr = std::shared_ptr<const Snapshot>;

const Protocol kProtocol{
    1, 7, {}, std::vector<std::string>{"inCommitTimestamp", "rowTracking", "domainMetadata"}, {}};

Metadata TableMetadata() { return SomeMetadata({{"delta.enableInCommitTimestamps", "true"}}); }

AddFile Rows(const std::string& path) {
  AddFile file = SomeFile(path);
  file.stats = R"({"numRecords":1})";
  return file;
}

// What is committed, and how many others win before.
struct Scenario {
  std::string name;
  bool is_new_table = false;
  int winners = 0;
  std::function<void(Transaction&)> stage;
};

const std::vector<Scenario> kScenarios = {
    {"create", true, 0,
     [](Transaction& t) {
       t.Stage({kProtocol, TableMetadata(), Rows("mine")});
     }},
    {"append", false, 0, [](Transaction& t) { t.Stage(Rows("mine")); }},
    {"append after others", false, 3, [](Transaction& t) { t.Stage(Rows("mine")); }},
    {"delete after others", false, 2,
     [](Transaction& t) {
       t.Stage({Removed("f0"), Rows("mine")});
       t.scope().files = {"f0"};
     }},
};

// One run of a scenario with faults.
class FaultyRun {
 public:
  explicit FaultyRun(const Scenario& scenario) : scenario_(scenario) {
    if (scenario.is_new_table) return;
    Commit({kProtocol, TableMetadata(), Rows("f0")});
    read_ = LoadLatestSnapshot(table_.access());
    for (int i = 1; i <= scenario.winners; ++i) {
      Commit({Rows(fmt::format("winner{}", i))});
    }
  }

  FaultyStore& faulty() { return faulty_; }

  // Runs the commit, and returns the requests that it made.
  std::vector<Request> operator()() {
    const size_t before = faulty_.requests().size();
    Transaction transaction = read_ ? Transaction(read_) : Transaction::Create(table_.access());
    scenario_.stage(transaction);
    try {
      committed_ = std::move(transaction).Commit({.name = "WRITE"}, {}, {.environment = &world_});
    } catch (const CommitStateUnknown& unknown) {
      unknown_version_ = unknown.version();
    } catch (const Error& error) {
      failure_ = error.message();
    }
    const std::vector<Request> all = faulty_.requests();
    return {all.begin() + static_cast<ptrdiff_t>(before), all.end()};
  }

  // Checks that what was told is true.
  void Check() const {
    std::vector<int64_t> own;
    const datafusion::ObjectStore& store = faulty_.store();
    int64_t version = 0;
    int64_t last_time = -1;
    int64_t next_row_id = 0;
    for (; store.Head(CommitLocation(version)); ++version) {
      const std::string location = CommitLocation(version);
      for (const Action& action : ReadActions(store.Get(location).view(), {location, version})) {
        if (const auto* info = std::get_if<CommitInfo>(&action)) {
          const std::string txn = R"("txnId":"txn-1")";
          if (info->json.find(txn) != std::string::npos) own.push_back(version);
          ASSERT_TRUE(info->in_commit_timestamp);
          EXPECT_GT(*info->in_commit_timestamp, last_time);
          last_time = *info->in_commit_timestamp;
        } else if (const auto* add = std::get_if<AddFile>(&action)) {
          EXPECT_EQ(add->base_row_id, next_row_id++) << add->path;
          EXPECT_EQ(add->default_row_commit_version, version);
        }
      }
    }
    if (committed_) {
      EXPECT_EQ(own, std::vector<int64_t>{committed_->version});
      if (committed_->snapshot) {
        EXPECT_EQ(committed_->snapshot->version(), committed_->version);
      }
    } else if (unknown_version_) {
      if (!own.empty()) {
        EXPECT_EQ(own, std::vector<int64_t>{*unknown_version_});
      }
    } else {
      EXPECT_TRUE(own.empty()) << failure_;
    }
    if (version == 0) return;
    const SnapshotPtr snapshot = LoadLatestSnapshot(table_.access());
    EXPECT_EQ(snapshot->version(), version - 1);
    size_t mine = 0;
    for (int64_t i = 0; i < snapshot->files().size(); ++i) {
      mine += snapshot->files().path(i) == "mine";
    }
    EXPECT_EQ(mine, own.size());
  }

  // Makes requests until those to come meet no fault.
  void UseUpFaults() {
    const datafusion::ObjectStore& store = faulty_.store();
    for (int i = 0; i < 4; ++i) {
      const std::function<void()> requests[] = {
          [&] { store.Get(CommitLocation(0)); }, [&] { store.List("_delta_log"); },
          [&] { store.Head(CommitLocation(0)); }, [&] { store.PutIfAbsent("other file", ""); }};
      for (const auto& request : requests) testing::ErrorOf(request);
    }
  }

  bool is_committed() const { return committed_.has_value(); }

 private:
  void Commit(const std::vector<Action>& actions) {
    const SnapshotPtr read = has_table_ ? LoadLatestSnapshot(table_.access()) : nullptr;
    Transaction transaction = read ? Transaction(read) : Transaction::Create(table_.access());
    transaction.Stage(actions);
    std::move(transaction).Commit({.name = "OTHER"}, {}, {.environment = &others_});
    has_table_ = true;
  }

  // The ids of others differ from the own one.
  class Others final : public CommitEnvironment {
   public:
    int64_t NowMs() const override { return 1; }
    void Pause(std::chrono::milliseconds) const override {}
    std::chrono::milliseconds RandomTime(std::chrono::milliseconds most) const override {
      return most;
    }
    std::string NewTxnId() const override { return fmt::format("other-{}", ++num_ids_); }

   private:
    mutable int num_ids_ = 0;
  };

  const Scenario& scenario_;
  FaultyStore faulty_;
  TableBuilder table_{faulty_.store()};
  ScriptedEnvironment world_;
  Others others_;
  bool has_table_ = false;
  SnapshotPtr read_;
  std::optional<CommitResult> committed_;
  std::optional<int64_t> unknown_version_;
  std::string failure_;
};

constexpr Kind kKinds[] = {Kind::kFail, Kind::kLoseAnswer, Kind::kTear, Kind::kDuplicate,
                           Kind::kDelay};

// A store may leave a read or a listing torn, but nobody sees a part of what is put if absent.
bool IsPossible(Verb verb, Kind kind) { return verb != Verb::kPutIfAbsent || kind != Kind::kTear; }

TEST(CommitFaults, WhatIsToldIsTrueWhateverRequestGoesWrong) {
  int runs = 0;
  int committed = 0;
  for (const Scenario& scenario : kScenarios) {
    FaultyRun faultless(scenario);
    const std::vector<Request> requests = faultless();
    faultless.Check();
    ASSERT_TRUE(faultless.is_committed()) << scenario.name;
    std::map<Verb, int> counts;
    for (const Request& request : requests) {
      const int nth = ++counts[request.verb];
      for (const Kind kind : kKinds) {
        if (!IsPossible(request.verb, kind)) continue;
        SCOPED_TRACE(fmt::format("{}: request {} of verb {}, fault {}", scenario.name, nth,
                                 static_cast<int>(request.verb), static_cast<int>(kind)));
        FaultyRun run(scenario);
        run.faulty().At(nth, request.verb, {.kind = kind});
        run();
        run.UseUpFaults();
        run.Check();
        ++runs;
        committed += run.is_committed() ? 1 : 0;
      }
    }
  }
  EXPECT_GT(runs, 100);
  EXPECT_GT(committed, runs / 2);
}

TEST(CommitFaults, WhatIsToldIsTrueIfTwoRequestsGoWrong) {
  for (const Scenario& scenario : kScenarios) {
    for (const Kind put : {Kind::kFail, Kind::kLoseAnswer, Kind::kDuplicate}) {
      for (int nth_put = 1; nth_put <= 2; ++nth_put) {
        for (const Verb verb : {Verb::kPutIfAbsent, Verb::kGet, Verb::kList, Verb::kHead}) {
          for (int nth = 1; nth <= 4; ++nth) {
            for (const Kind kind : {Kind::kFail, Kind::kLoseAnswer}) {
              SCOPED_TRACE(fmt::format("{}: put {} fault {}; verb {} nth {} fault {}",
                                       scenario.name, nth_put, static_cast<int>(put),
                                       static_cast<int>(verb), nth, static_cast<int>(kind)));
              FaultyRun run(scenario);
              run.faulty().At(nth_put, Verb::kPutIfAbsent, {.kind = put});
              run.faulty().At(nth, verb, {.kind = kind});
              run();
              run.UseUpFaults();
              run.Check();
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace deltaic::delta
