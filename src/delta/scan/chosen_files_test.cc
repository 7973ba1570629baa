#include "delta/scan/chosen_files.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/protocol/log_path.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::TableBuilder;

std::vector<std::string> PathsOf(const Snapshot& snapshot) {
  std::vector<std::string> paths;
  for (int64_t i = 0; i < snapshot.files().size(); ++i) paths.push_back(snapshot.files().path(i));
  return paths;
}

TEST(ChooseFiles, KeepsAllElseOfTheSnapshot) {
  TableBuilder table;
  const std::vector<std::string> features{"catalogManaged", "inCommitTimestamp"};
  table.Commit({CommitInfo{.json = R"({"inCommitTimestamp":7})"},
                Protocol{3, 7, std::vector<std::string>{"catalogManaged"}, features},
                testing::SomeMetadata({{"delta.enableInCommitTimestamps", "true"}}),
                SetTransaction{"app", 3, std::nullopt}, testing::SomeFile("a"),
                testing::SomeFile("b")});
  table.Write(CheckpointLocation(0), "no checkpoint");
  auto catalog = std::make_shared<CatalogCommits>();
  const auto snapshot = LoadLatestSnapshot(table.access(catalog));
  ASSERT_EQ(snapshot->warnings().size(), 1u);

  const auto chosen = ChooseFiles(snapshot, std::vector<std::string>{"b"}, MissingFiles::kError);
  EXPECT_EQ(PathsOf(*chosen), std::vector<std::string>{"b"});
  EXPECT_EQ(chosen->warnings(), snapshot->warnings());
  EXPECT_EQ(chosen->access().catalog(), catalog);
  EXPECT_EQ(&chosen->segment(), &snapshot->segment());
  EXPECT_EQ(chosen->version(), snapshot->version());
  EXPECT_EQ(chosen->timestamp_ms(), 7);
  EXPECT_EQ(chosen->metadata(), snapshot->metadata());
  EXPECT_EQ(chosen->transactions(), snapshot->transactions());
  EXPECT_EQ(PathsOf(*snapshot).size(), 2u);
}

}  // namespace
}  // namespace deltaic::delta
