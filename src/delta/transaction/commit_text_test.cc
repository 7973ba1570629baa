#include "delta/transaction/commit_text.h"

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/actions/action_text.h"
#include "testing/error_of.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;
using testing::Removed;
using testing::SomeFile;
using testing::SomeMetadata;
using testing::TableBuilder;
using Names = std::vector<std::string>;

Protocol Listing(const Names& features) { return {1, 7, {}, features, {}}; }

// Commits to a table of version 0.
class CommitTextTest : public ::testing::Test {
 protected:
  void Create(const Protocol& protocol, std::map<std::string, std::string> properties = {}) {
    TableBuilder table;
    table.Commit({protocol, SomeMetadata(std::move(properties))});
    read_ = LoadLatestSnapshot(table.access());
  }

  std::vector<Action> Write(const std::vector<Action>& actions, const CommitBase& base = {0, 0, -1},
                            std::optional<bool> keeps_row_ids = {}) {
    StagedActions staged;
    for (const Action& action : actions) staged.Add(action);
    const CommitOperation operation = {.name = "WRITE", .keeps_row_ids = keeps_row_ids};
    const CommitProperties properties;
    const CommitContents contents{.read = read_.get(),
                                  .staged = staged,
                                  .operation = operation,
                                  .properties = properties,
                                  .txn_id = "t"};
    return ReadActions(CommitText(contents).Write(base, 7), {"commit", base.version + 1});
  }

  static std::string InfoOf(const std::vector<Action>& actions) {
    return std::get<CommitInfo>(actions.front()).json;
  }

  std::shared_ptr<const Snapshot> read_;
};

bool Says(const std::string& json, const std::string& member) {
  return json.find(member) != std::string::npos;
}

AddFile Rows(const std::string& path) {
  AddFile file = SomeFile(path);
  file.stats = R"({"numRecords":1})";
  return file;
}

TEST_F(CommitTextTest, HasEveryActionOnce) {
  Create(Listing({"domainMetadata"}));
  AddFile add = SomeFile("a");
  add.tags = NullableTexts{{"k", std::nullopt}};
  const std::vector<Action> actions = {Listing({"domainMetadata"}),
                                       SomeMetadata({{"k", "v"}}),
                                       SetTransaction{"job", 1, 2, {}},
                                       DomainMetadata{"d", "{}", false, {}},
                                       Removed("r"),
                                       AddCdcFile{"c", {}, 1, false, {}, {}},
                                       add};
  const std::vector<Action> written = Write(actions);
  EXPECT_EQ(written.size(), actions.size() + 1);
  EXPECT_TRUE(Says(InfoOf(written), R"("readVersion":0)"));
  EXPECT_FALSE(Says(InfoOf(written), "inCommitTimestamp"));
  EXPECT_FALSE(Says(InfoOf(written), "preserved"));
  for (const Action& action : actions) {
    EXPECT_EQ(std::count(written.begin(), written.end(), action), 1) << action.index();
  }
}

TEST_F(CommitTextTest, TextsThatNobodyCouldReadAreRefused) {
  Create({1, 1, {}, {}, {}});
  EXPECT_EQ(ErrorOf([&] { Write({SomeFile("\xff")}); }).code(), ErrorCode::kInvalidArgument);
}

TEST_F(CommitTextTest, ThereIsNoTimeAfterTheLastOne) {
  Create(Listing({"inCommitTimestamp"}), {{"delta.enableInCommitTimestamps", "true"}});
  const CommitBase last{0, std::numeric_limits<int64_t>::max(), -1};
  EXPECT_EQ(ErrorOf([&] { Write({SomeFile("a")}, last); }).code(), ErrorCode::kCorruptLog);
  const CommitBase before{0, std::numeric_limits<int64_t>::max() - 1, -1};
  EXPECT_EQ(std::get<CommitInfo>(Write({SomeFile("a")}, before).front()).in_commit_timestamp,
            std::numeric_limits<int64_t>::max());
}

TEST_F(CommitTextTest, SaysWhetherRowIdsWereKept) {
  Create(Listing({"rowTracking", "domainMetadata"}), {{"delta.enableRowTracking", "true"}});
  const std::string kept = R"("tags":{"delta.rowTracking.preserved":"true"})";
  const std::string lost = R"("tags":{"delta.rowTracking.preserved":"false"})";
  EXPECT_TRUE(Says(InfoOf(Write({Rows("a")})), kept));
  EXPECT_TRUE(Says(InfoOf(Write({Removed("a")})), kept));
  EXPECT_TRUE(Says(InfoOf(Write({Removed("a"), Rows("b")})), lost));
  EXPECT_TRUE(Says(InfoOf(Write({Removed("a"), Rows("b")}, {0, 0, -1}, true)), kept));
  AddFile vector = Rows("a");
  vector.deletion_vector = DeletionVector{'i', "v", {}, 1, 1, {}};
  vector.base_row_id = 3;
  const std::vector<Action> written = Write({Removed("a"), vector});
  EXPECT_TRUE(Says(InfoOf(written), kept));
  EXPECT_EQ(std::count(written.begin(), written.end(), Action(vector)), 1) << "It has its ids.";
  EXPECT_EQ(written.size(), 3u) << "No id is used.";
}

}  // namespace
}  // namespace deltaic::delta
