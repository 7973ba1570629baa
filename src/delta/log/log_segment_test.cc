#include "delta/log/log_segment.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "delta/protocol/log_path.h"
#include "testing/error_of.h"
#include "testing/faulty_store.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;
using testing::FaultyStore;
using testing::TableBuilder;
using testing::Verb;

std::vector<int64_t> VersionsOf(const std::vector<CommitFile>& commits) {
  std::vector<int64_t> versions;
  for (const CommitFile& commit : commits) versions.push_back(commit.version);
  return versions;
}

// A table of the versions 0 to 5 with a checkpoint of version 3 that nobody has read yet.
TableBuilder WithCheckpoint(datafusion::ObjectStore store) {
  TableBuilder table(std::move(store));
  table.Create();
  table.Append(5);
  table.Write(CheckpointLocation(3), "not read here");
  return table;
}

TEST(FindLogSegment, TakesTheCommitsAfterTheNewestCheckpoint) {
  const TableBuilder table = WithCheckpoint(testing::NewMemoryStore());
  const LogSegment newest = FindLogSegment(table.access(), std::nullopt);
  EXPECT_EQ(newest.version, 5);
  ASSERT_TRUE(newest.checkpoint);
  EXPECT_EQ(newest.checkpoint->version, 3);
  EXPECT_EQ(VersionsOf(newest.commits), (std::vector<int64_t>{4, 5}));
  const LogSegment older = FindLogSegment(table.access(), 2);
  EXPECT_FALSE(older.checkpoint);
  EXPECT_EQ(VersionsOf(older.commits), (std::vector<int64_t>{0, 1, 2}));
}

TEST(FindLogSegment, PassesOverACheckpointThatCannotBeRead) {
  const TableBuilder table = WithCheckpoint(testing::NewMemoryStore());
  const LogSegment segment = FindLogSegment(table.access(), std::nullopt, {CheckpointLocation(3)});
  EXPECT_FALSE(segment.checkpoint);
  EXPECT_EQ(segment.commits.size(), 6u);
}

TEST(FindLogSegment, ListsOnceWhereTheHintLeadsToTheVersion) {
  FaultyStore faulty;
  TableBuilder table = WithCheckpoint(faulty.store());
  table.Write(kLastCheckpointLocation, R"({"version":3,"size":1})");
  const int before = faulty.count(Verb::kList);
  EXPECT_EQ(FindLogSegment(table.access(), std::nullopt).commits.size(), 2u);
  EXPECT_EQ(faulty.count(Verb::kList) - before, 1);
}

TEST(FindLogSegment, ListsTheWholeLogWhereTheHintIsWrong) {
  for (const char* hint : {R"({"version":4,"size":1})", R"({"version":99,"size":1})", "{", ""}) {
    TableBuilder table = WithCheckpoint(testing::NewMemoryStore());
    table.Write(kLastCheckpointLocation, hint);
    EXPECT_EQ(FindLogSegment(table.access(), std::nullopt).version, 5) << hint;
  }
}

TEST(FindLogSegment, SaysWhatIsMissing) {
  TableBuilder table(testing::NewMemoryStore());
  const auto find = [&](std::optional<int64_t> version) {
    return ErrorOf([&] { FindLogSegment(table.access(), version); });
  };
  EXPECT_EQ(find(std::nullopt).code(), ErrorCode::kTableNotFound);
  table.Create();
  table.Append(4);
  EXPECT_EQ(find(7).code(), ErrorCode::kVersionNotFound);
  table.Forget(2, 2);
  const Error gap = find(std::nullopt);
  EXPECT_EQ(gap.code(), ErrorCode::kCorruptLog);
  EXPECT_NE(gap.message().find("2"), std::string::npos) << gap.message();
}

TEST(FindLogSegment, HandsOnTheErrorsOfTheStore) {
  FaultyStore faulty;
  TableBuilder table(faulty.store());
  table.Create();
  faulty.At(1, Verb::kList, {.code = ErrorCode::kPermissionDenied});
  EXPECT_EQ(ErrorOf([&] { FindLogSegment(table.access(), std::nullopt); }).code(),
            ErrorCode::kPermissionDenied);
  // The hint is only a hint.
  faulty.At(1, Verb::kGet, {.code = ErrorCode::kIo}, "_last_checkpoint");
  EXPECT_EQ(FindLogSegment(table.access(), std::nullopt).version, 0);
}

TEST(ListLogFiles, HasTheCommitsOfTheCatalogInThePlaceOfPublishedOnes) {
  TableBuilder table(testing::NewMemoryStore());
  table.Create();
  table.Append(3);
  const auto catalog = std::make_shared<const CatalogCommits>(
      CatalogCommits{.max_version = 2, .commits = {{.version = 2, .content = "{}"}}});
  const LogFiles files = ListLogFiles(table.access(catalog), 0);
  EXPECT_EQ(VersionsOf(files.commits()), (std::vector<int64_t>{0, 1, 2}));
  ASSERT_TRUE(files.commits().back().content);
  EXPECT_EQ(*files.commits().back().content, "{}");
}

}  // namespace
}  // namespace deltaic::delta
