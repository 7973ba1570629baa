#include "delta/actions/version_checksum.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

constexpr char kActions[] =
    R"("protocol":{"minReaderVersion":1,"minWriterVersion":2},"metadata":{"id":"i",
    "format":{"provider":"parquet","options":{}},"schemaString":"{}","partitionColumns":["p"],
    "configuration":{"a":"b"},"createdTime":7})";

std::string With(std::string_view members) {
  return R"({"tableSizeBytes":30,"numFiles":3,"numMetadata":1,"numProtocol":1,)" +
         std::string(members) + "," + kActions + "}";
}

std::string File(std::string_view path) {
  return fmt::format(
      R"({{"path":"{}","partitionValues":{{}},"size":10,"modificationTime":1,"dataChange":false}})",
      path);
}

TEST(VersionChecksum, ReadsEveryMember) {
  const auto checksum = ParseVersionChecksum(With(
      R"("txnId":"t","inCommitTimestampOpt":99,"numDeletionVectorsOpt":2,"numDeletedRecordsOpt":8,
      "setTransactions":[{"appId":"x","version":4,"lastUpdated":5},{"appId":"y","version":1}],
      "domainMetadata":[{"domain":"d","configuration":"{}","removed":false}],
      "fileSizeHistogram":{"sortedBinBoundaries":[0,10,20],"fileCounts":[2,0,1],
      "totalBytes":[8,0,22]},"deletedRecordCountsHistogramOpt":{},
      "allFiles":[)" +
      fmt::format("{},{},{}]", File("f"), File("g"), File("h"))));
  ASSERT_TRUE(checksum);
  EXPECT_EQ(checksum->table_size_bytes, 30);
  EXPECT_EQ(checksum->num_files, 3);
  EXPECT_EQ(checksum->in_commit_timestamp, 99);
  EXPECT_EQ(checksum->num_deletion_vectors, 2);
  EXPECT_EQ(checksum->num_deleted_records, 8);
  ASSERT_TRUE(checksum->files);
  EXPECT_EQ(checksum->files->key(2).path, "h");
  EXPECT_EQ(checksum->protocol->min_writer_version, 2);
  EXPECT_EQ(checksum->metadata->configuration.at("a"), "b");
  EXPECT_EQ(checksum->transactions->at("x").last_updated, 5);
  EXPECT_EQ(checksum->transactions->size(), 2u);
  EXPECT_EQ(checksum->domains->at("d").configuration, "{}");
  EXPECT_EQ(checksum->file_sizes->file_counts, (std::vector<int64_t>{2, 0, 1}));
}

TEST(VersionChecksum, ReadsOldFiles) {
  const auto checksum = ParseVersionChecksum(
      R"({"tableSizeBytes":0,"numFiles":0,"numMetadata":1,"numProtocol":1,"numTransactions":3,
      "histogramOpt":{"sortedBinBoundaries":[0],"fileCounts":[0],"totalBytes":[0]}})");
  ASSERT_TRUE(checksum);
  EXPECT_FALSE(checksum->protocol);
  EXPECT_FALSE(checksum->transactions);
  EXPECT_TRUE(checksum->file_sizes);
}

TEST(VersionChecksum, TakesNothingFromNonsense) {
  for (const char* json :
       {"", "7", "[]", "{}", R"({"numFiles":1})", R"({"tableSizeBytes":1})",
        R"({"tableSizeBytes":"1","numFiles":1})", R"({"tableSizeBytes":-1,"numFiles":1})",
        R"({"tableSizeBytes":1,"numFiles":1} x)", R"({"tableSizeBytes":1,"numFiles":1.5})"}) {
    EXPECT_FALSE(ParseVersionChecksum(json)) << json;
  }
  for (const char* members :
       {R"("numMetadata":2)", R"("numProtocol":0)", R"("setTransactions":[{"appId":"x"}])",
        R"("setTransactions":{})", R"("domainMetadata":[7])",
        R"("setTransactions":[{"appId":"x","version":1},{"appId":"x","version":1}])",
        R"("domainMetadata":[{"domain":"d","configuration":"","removed":true}])",
        R"("inCommitTimestampOpt":"x")", R"("numDeletionVectorsOpt":-1)",
        R"("fileSizeHistogram":{"sortedBinBoundaries":[0],"fileCounts":[2],"totalBytes":[30]})",
        R"("fileSizeHistogram":{"sortedBinBoundaries":[0],"fileCounts":[3],"totalBytes":[31]})",
        R"("fileSizeHistogram":{"sortedBinBoundaries":[5],"fileCounts":[3],"totalBytes":[30]})",
        R"("fileSizeHistogram":{"sortedBinBoundaries":[0,0],"fileCounts":[3,0],
        "totalBytes":[30,0]})",
        R"("fileSizeHistogram":{"sortedBinBoundaries":[0,9],"fileCounts":[3],"totalBytes":[30]})",
        R"("fileSizeHistogram":{"sortedBinBoundaries":[0,9],"fileCounts":[9223372036854775807,
        9223372036854775807],"totalBytes":[30,0]})",
        R"("fileSizeHistogram":{"sortedBinBoundaries":[],"fileCounts":[],"totalBytes":[]})"}) {
    EXPECT_FALSE(ParseVersionChecksum(With(members))) << members;
  }
}

TEST(VersionChecksum, TornFilesAreNonsense) {
  const std::string whole = With(R"("txnId":"t")");
  ASSERT_TRUE(ParseVersionChecksum(whole));
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(ParseVersionChecksum(whole.substr(0, size))) << size;
  }
}

TEST(FileSizeHistogram, PutsSizesIntoBins) {
  FileSizeHistogram histogram{{0, 10}, {0, 0}, {0, 0}};
  for (const int64_t size : {0, 9, 10, 11}) histogram.Add(size);
  EXPECT_EQ(histogram, (FileSizeHistogram{{0, 10}, {2, 2}, {9, 21}}));
  EXPECT_EQ(histogram.EmptyLike(), (FileSizeHistogram{{0, 10}, {0, 0}, {0, 0}}));
}

}  // namespace
}  // namespace deltaic::delta
