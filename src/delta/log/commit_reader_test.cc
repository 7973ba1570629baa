#include "delta/log/commit_reader.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "delta/log/log_segment.h"
#include "testing/error_of.h"
#include "testing/faulty_store.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;
using testing::Fault;
using testing::FaultyStore;
using testing::TableBuilder;
using testing::Verb;

std::vector<CommitFile> CommitsOf(const datafusion::ObjectStore& store) {
  return ListLogFiles(TableAccess(store), 0).commits();
}

TEST(ReadCommits, HasTheActionsOfEachVersionInOrder) {
  TableBuilder table;
  table.Create();
  table.Commit({testing::SomeFile("a", 7), testing::Removed("f0")});
  table.Append(40);
  const std::vector<Commit> commits = ReadCommits(table.store(), CommitsOf(table.store()));
  ASSERT_EQ(commits.size(), 42u);
  for (size_t i = 0; i < commits.size(); ++i) {
    EXPECT_EQ(commits[i].version, static_cast<int64_t>(i));
    ASSERT_EQ(commits[i].pieces.size(), 1u);
    EXPECT_EQ(commits[i].pieces.front().num_added(), 1u);
  }
  const CommitActions& actions = commits[1].pieces.front();
  EXPECT_EQ(actions.files->paths[actions.added_begin], "a");
  EXPECT_EQ(actions.removed.key(0), (FileKey{"f0", ""}));
  EXPECT_TRUE(commits[0].pieces.front().metadata);
}

TEST(ReadCommits, TakesACommitThatACatalogHolds) {
  TableBuilder table;
  table.Create();
  std::vector<CommitFile> files = CommitsOf(table.store());
  const std::string text =
      R"({"add":{"path":"b","partitionValues":{},"size":1,"modificationTime":2,"dataChange":true}})";
  files.push_back(
      {.version = 1, .object = {}, .content = std::make_shared<const std::string>(text)});
  EXPECT_EQ(ReadCommits(table.store(), files).back().pieces.front().num_added(), 1u);
}

TEST(ReadCommits, NamesTheCommitThatIsCorrupt) {
  TableBuilder table;
  table.Create();
  table.Append(2);
  table.Write("_delta_log/00000000000000000001.json", "{\"add\":{}}\n");
  const Error error = ErrorOf([&] { ReadCommits(table.store(), CommitsOf(table.store())); });
  EXPECT_EQ(error.code(), ErrorCode::kCorruptLog);
  EXPECT_NE(error.message().find("00000000000000000001.json"), std::string::npos);
  table.Write("_delta_log/00000000000000000001.json", "");
  EXPECT_EQ(ErrorOf([&] { ReadCommits(table.store(), CommitsOf(table.store())); }).code(),
            ErrorCode::kCorruptLog);
}

TEST(ReadCommits, FailsAsTheStoreDoes) {
  FaultyStore faulty;
  TableBuilder table(faulty.store());
  table.Create();
  table.Append(3);
  const std::vector<CommitFile> files = CommitsOf(table.store());
  faulty.At(1, Verb::kGet, {.code = ErrorCode::kIo}, "2.json");
  EXPECT_EQ(ErrorOf([&] { ReadCommits(table.store(), files); }).code(), ErrorCode::kIo);
  // A commit that is cut short is an error, never a commit with fewer actions.
  faulty.At(1, Verb::kGet, {.kind = Fault::Kind::kTear}, "0.json");
  EXPECT_EQ(ErrorOf([&] { ReadCommits(table.store(), files); }).code(), ErrorCode::kCorruptLog);
  EXPECT_EQ(ReadCommits(table.store(), files).size(), 4u);
}

}  // namespace
}  // namespace deltaic::delta
