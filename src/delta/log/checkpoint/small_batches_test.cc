#include "delta/log/checkpoint/small_batches.h"

#include <set>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "delta/statistics/statistics_text.h"

namespace deltaic::delta {
namespace {

// Files named by numbers from `first` on, of which `dropped` (a number) is not live.
LiveFiles::Batch MakeBatch(int first, int count, int dropped = -1) {
  AddedFilesBuilder files;
  StatisticsTextParser statistics(files.statistics);
  auto rows = std::make_shared<std::vector<uint32_t>>();
  for (int i = first; i < first + count; ++i) {
    if (i % 3 == 0) {
      files.deletion_vectors.Append(files.num_rows(), {'u', fmt::format("v{}", i), i, i, i});
    }
    files.paths.Append(fmt::format("f{}", i));
    files.sizes.push_back(i);
    files.modification_times.push_back(-i);
    statistics.Append(fmt::format(R"({{"numRecords":{},"minValues":{{"a":"{}"}}}})", i, i));
    if (i % 2 == 0) {
      files.partition_values.Append(files.partition_values.InternName(i % 4 == 0 ? "p" : "q"),
                                    fmt::to_string(i));
    }
    files.partition_values.EndRow();
    if (i != dropped) rows->push_back(static_cast<uint32_t>(i - first));
  }
  if (dropped < 0) rows = nullptr;
  return {std::make_shared<const AddedFiles>(files.Finish()), rows};
}

TEST(MergeSmallBatches, ManyRefreshesLeaveFewBatches) {
  LiveFiles files;
  std::set<const AddedFiles*> made;
  for (int i = 0; i < 3000; ++i) {
    files.batches.push_back(MakeBatch(i, 1));
    files = MergeSmallBatches(std::move(files));
    EXPECT_LE(files.batches.size(), 13u);
  }
  size_t size = 0;
  for (const LiveFiles::Batch& batch : files.batches) size += batch.size();
  EXPECT_EQ(size, 3000u);
}

TEST(MergeSmallBatches, RowsStayWhatTheyWere) {
  LiveFiles files;
  files.batches = {MakeBatch(0, 7, 4), MakeBatch(7, 5), MakeBatch(12, 4, 13)};
  files = MergeSmallBatches(std::move(files));
  ASSERT_EQ(files.batches.size(), 1u);
  ASSERT_EQ(files.batches[0].rows, nullptr);
  const AddedFiles& merged = *files.batches[0].files;
  ASSERT_EQ(merged.num_rows(), 14u);
  std::set<std::string> paths;
  for (uint32_t row = 0; row < merged.num_rows(); ++row) {
    const std::string path = merged.paths[row];
    const LiveFiles::Batch alone = MakeBatch(std::stoi(path.substr(1)), 1);
    EXPECT_TRUE(SameFile(merged, row, *alone.files, 0)) << path;
    EXPECT_EQ(merged.key_hashes[row], alone.files->key_hashes[0]) << path;
    paths.insert(path);
  }
  EXPECT_EQ(paths.size(), 14u);
  EXPECT_FALSE(paths.contains("f4") || paths.contains("f13"));
}

TEST(MergeSmallBatches, LargeBatchesAreShared) {
  LiveFiles files;
  files.batches = {MakeBatch(0, 1), MakeBatch(1, 3), MakeBatch(4, kFilesInBatch)};
  const LiveFiles merged = MergeSmallBatches(files);
  ASSERT_EQ(merged.batches.size(), 3u);
  EXPECT_EQ(merged.batches[0].files, files.batches[2].files);
  EXPECT_EQ(merged.batches[1].files, files.batches[1].files);
  EXPECT_EQ(merged.batches[2].files, files.batches[0].files);
}

}  // namespace
}  // namespace deltaic::delta
