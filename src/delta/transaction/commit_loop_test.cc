// The loop for tables that a catalog manages; what else it does is in transaction_test.cc.

#include "delta/transaction/commit_loop.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/delta/snapshot/snapshot_loader.h>
#include <deltaic/delta/transaction/commit_errors.h>

#include "testing/scripted_environment.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::ScriptedEnvironment;
using testing::SomeFile;
using testing::TableBuilder;
using Names = std::vector<std::string>;
using SnapshotPtr = std::shared_ptr<const Snapshot>;

// A catalog in which commits are inline.
class InlineCatalog final : public Committer {
 public:
  CommitOutcome TryCommit(const datafusion::ObjectStore&, int64_t version,
                          std::string_view actions) const override {
    if (version != commits->max_version + 1) return CommitOutcome::kConflict;
    CatalogCommits more = *commits;
    more.max_version = version;
    more.commits.push_back({.version = version, .content = std::string(actions)});
    commits = std::make_shared<const CatalogCommits>(std::move(more));
    return CommitOutcome::kCommitted;
  }

  mutable CatalogCommitsPtr commits = std::make_shared<const CatalogCommits>();
};

class CatalogCommitTest : public ::testing::Test {
 protected:
  CatalogCommitTest() {
    const Names features = {"catalogManaged", "inCommitTimestamp", "vacuumProtocolCheck"};
    table_.Commit({CommitInfo{R"({"inCommitTimestamp":5})", {}, {}},
                   Protocol{3, 7, Names{"catalogManaged", "vacuumProtocolCheck"}, features, {}},
                   testing::SomeMetadata({{"delta.enableInCommitTimestamps", "true"}})});
  }

  SnapshotPtr Load() const {
    return LoadLatestSnapshot(table_.access(catalog_->commits).WithCommitter(catalog_));
  }

  CommitResult Append(const SnapshotPtr& read, const std::string& path, AskCatalog ask) {
    StagedActions staged;
    staged.Add(SomeFile(path));
    const CommitOperation operation = {.name = "WRITE"};
    const CommitProperties properties;
    const CommitContents contents{.read = read.get(),
                                  .staged = staged,
                                  .operation = operation,
                                  .properties = properties,
                                  .is_blind_append = true,
                                  .txn_id = environment_.NewTxnId()};
    const ReadScope scope;
    const CommitWays ways{.ask_catalog = std::move(ask), .environment = &environment_};
    return CommitLoop(read->access(), read, scope, contents, ways).Run();
  }

  TableBuilder table_;
  std::shared_ptr<const InlineCatalog> catalog_ = std::make_shared<const InlineCatalog>();
  ScriptedEnvironment environment_;
};

TEST_F(CatalogCommitTest, WritersFollowWhatTheCatalogTells) {
  const auto ask = [this] { return catalog_->commits; };
  const SnapshotPtr stale = Load();
  EXPECT_EQ(Append(stale, "a", ask).version, 1);
  const CommitResult second = Append(stale, "b", ask);
  EXPECT_EQ(second.version, 2);
  EXPECT_EQ(second.attempts, 2);
  ASSERT_TRUE(second.snapshot);
  EXPECT_EQ(second.snapshot->version(), 2);
  EXPECT_EQ(second.snapshot->files().size(), 2);
  EXPECT_EQ(Load()->files().size(), 2);
  EXPECT_EQ(table_.store().List("_delta_log").size(), 1u);
}

TEST_F(CatalogCommitTest, ItsOwnCommitIsReadWithoutTheCatalog) {
  const CommitResult result = Append(Load(), "a", nullptr);
  ASSERT_TRUE(result.snapshot);
  EXPECT_EQ(result.snapshot->version(), 1);
  EXPECT_EQ(Append(result.snapshot, "b", nullptr).snapshot->files().size(), 2);
}

TEST_F(CatalogCommitTest, ALostRaceIsFinalWithoutTheCatalog) {
  const SnapshotPtr stale = Load();
  Append(stale, "a", nullptr);
  try {
    Append(stale, "b", nullptr);
    FAIL();
  } catch (const CommitConflict& conflict) {
    EXPECT_EQ(conflict.kind(), ConflictKind::kWinnersUnknown);
  }
  // A catalog that does not tell of the winner helps as little.
  const CatalogCommitsPtr old = stale->access().catalog();
  try {
    Append(stale, "b", [old] { return old; });
    FAIL();
  } catch (const CommitConflict& conflict) {
    EXPECT_EQ(conflict.kind(), ConflictKind::kWinnersUnknown);
  }
}

}  // namespace
}  // namespace deltaic::delta
