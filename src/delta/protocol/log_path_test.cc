#include "delta/protocol/log_path.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>

namespace deltaic::delta {
namespace {

constexpr char kRoot[] = "file:///data/my%20table/";

/// Where in the table a file is.
std::string InTable(std::string_view path, const std::string& root) {
  const DataLocation location = ResolveDataPath(path, std::vector<std::string>{root});
  EXPECT_EQ(location.root, 0u) << path;
  return location.path;
}

Error Refusal(std::string_view path) {
  try {
    return {ErrorCode::kInternal, "no error, but " + InTable(path, kRoot)};
  } catch (const Error& error) {
    return error;
  }
}

TEST(ParseLogFileName, KnowsEveryKind) {
  EXPECT_EQ(ParseLogFileName("00000000000000000007.json"), (LogFileName{LogFileKind::kCommit, 7}));
  EXPECT_EQ(ParseLogFileName("00000000000000000010.checkpoint.parquet"),
            (LogFileName{LogFileKind::kCheckpoint, 10}));
  EXPECT_EQ(ParseLogFileName("00000000000000000010.checkpoint.0000000002.0000000003.parquet"),
            (LogFileName{LogFileKind::kCheckpointPart, 10, 2, 3}));
  EXPECT_EQ(
      ParseLogFileName("00000000000000000010.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json"),
      (LogFileName{LogFileKind::kUuidCheckpoint, 10}));
  EXPECT_EQ(ParseLogFileName(
                "00000000000000000010.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.parquet"),
            (LogFileName{LogFileKind::kUuidCheckpoint, 10}));
  EXPECT_EQ(ParseLogFileName("00000000000000000004.00000000000000000006.compacted.json"),
            (LogFileName{LogFileKind::kCompactedCommits, 4, 0, 0, 6}));
  EXPECT_EQ(ParseLogFileName("00000000000000000010.crc"),
            (LogFileName{LogFileKind::kChecksum, 10}));
  EXPECT_EQ(ParseLogFileName("09223372036854775807.json"),
            (LogFileName{LogFileKind::kCommit, INT64_MAX}));
}

TEST(ParseLogFileName, IgnoresJunk) {
  for (const char* name :
       {"",
        "_last_checkpoint",
        "0.json",
        "0000000000000000007.json",
        "000000000000000000007.json",
        "00000000000000000007.json.tmp",
        ".00000000000000000007.json.crc",
        "._00000000000000000007.json",
        "00000000000000000007.JSON",
        "00000000000000000007json",
        "00000000000000000007.",
        "-0000000000000000007.json",
        "+0000000000000000007.json",
        " 0000000000000000007.json",
        "0000000000000000000x.json",
        "99999999999999999999.json",
        "09223372036854775808.json",
        "00000000000000000007.checkpoint.parquet.crc",
        "00000000000000000007.checkpoint.0000000000.0000000003.parquet",
        "00000000000000000007.checkpoint.0000000004.0000000003.parquet",
        "00000000000000000007.checkpoint.0000000001.9999999999.parquet",
        "00000000000000000007.checkpoint.000000001.000000003.parquet",
        "00000000000000000007.checkpoint.not-a-uuid.parquet",
        "00000000000000000007.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.avro",
        "00000000000000000006.00000000000000000006.compacted.json",
        "00000000000000000007.00000000000000000006.compacted.json",
        "00000000000000000004.00000000000000000006.json",
        "00000000000000000007.80a083e8-7026-4e79-81be-64bd76c43a11.json"}) {
    EXPECT_EQ(ParseLogFileName(name), std::nullopt) << name;
  }
}

TEST(LogLocations, ReadBack) {
  const auto name = [](const std::string& location) {
    return location.substr(kLogFolder.size() + 1);
  };
  EXPECT_EQ(CommitLocation(7), "_delta_log/00000000000000000007.json");
  EXPECT_EQ(ParseLogFileName(name(CommitLocation(INT64_MAX)))->version, INT64_MAX);
  EXPECT_EQ(ParseLogFileName(name(CheckpointLocation(12))),
            (LogFileName{LogFileKind::kCheckpoint, 12}));
  EXPECT_EQ(ParseLogFileName(name(CheckpointPartLocation(12, 3, 20))),
            (LogFileName{LogFileKind::kCheckpointPart, 12, 3, 20}));
  EXPECT_EQ(
      ParseLogFileName(name(UuidCheckpointLocation(12, "80a083e8-7026-4e79-81be-64bd76c43a11"))),
      (LogFileName{LogFileKind::kUuidCheckpoint, 12}));
  EXPECT_EQ(ParseLogFileName(name(CompactedCommitsLocation(3, 12))),
            (LogFileName{LogFileKind::kCompactedCommits, 3, 0, 0, 12}));
  EXPECT_LT(LogListStart(12), CheckpointLocation(12));
  EXPECT_LT(LogListStart(12), CommitLocation(12));
  EXPECT_GT(LogListStart(12), CommitLocation(11));
}

TEST(ResolveDataPath, DecodesRelativePathsOnce) {
  EXPECT_EQ(InTable("part-0.parquet", kRoot), "part-0.parquet");
  EXPECT_EQ(InTable("test%25file%25prefix-part-0.parquet", kRoot),
            "test%file%prefix-part-0.parquet");
  EXPECT_EQ(InTable("letter=%252F%252520%2525f/date=1970-01-01/p.parquet", kRoot),
            "letter=%2F%2520%25f/date=1970-01-01/p.parquet");
  EXPECT_EQ(InTable("special%20p@%23h", kRoot), "special p@#h");
  EXPECT_EQ(InTable("c2=+%20%253D%25250/p.parquet", kRoot), "c2=+ %3D%250/p.parquet");
  EXPECT_EQ(InTable("a b&c=d#e?f:g@h+i.parquet", kRoot), "a b&c=d#e?f:g@h+i.parquet");
  EXPECT_EQ(InTable("p=%C3%BC/\xE6\x97\xA5.parquet", kRoot), "p=\xC3\xBC/\xE6\x97\xA5.parquet");
  EXPECT_EQ(InTable("a%2Fb.parquet", kRoot), "a/b.parquet");
  EXPECT_EQ(InTable("./a//./b.parquet", kRoot), "a/b.parquet");
  EXPECT_EQ(InTable("..a/b../...", kRoot), "..a/b../...");
  EXPECT_EQ(InTable("%252e%252e/b", kRoot), "%2e%2e/b");
  EXPECT_EQ(InTable("time=10:30/x.parquet", kRoot), "time=10:30/x.parquet");
  EXPECT_EQ(InTable("back\\slash.parquet", kRoot), "back\\slash.parquet");
}

TEST(ResolveDataPath, TakesTheRootOffAbsolutePaths) {
  EXPECT_EQ(InTable("file:///data/my%20table/a/b%25.parquet", kRoot), "a/b%.parquet");
  EXPECT_EQ(InTable("file:/data/my%20table/b.parquet", kRoot), "b.parquet");
  EXPECT_EQ(InTable("FILE://localhost/data/my table/b.parquet", kRoot), "b.parquet");
  EXPECT_EQ(InTable("/data/my%20table/b.parquet", kRoot), "b.parquet");
  EXPECT_EQ(InTable("s3://bucket/t/b.parquet", "s3://bucket/t/"), "b.parquet");
  EXPECT_EQ(InTable("s3a://bucket/t/b.parquet", "s3://bucket/t/"), "b.parquet");
  EXPECT_EQ(InTable("s3://bucket/b.parquet", "s3://bucket/"), "b.parquet");
  EXPECT_EQ(InTable("abfss://c@acc.dfs.core.windows.net/t/b.parquet",
                    "abfss://c@acc.dfs.core.windows.net/t/"),
            "b.parquet");
}

TEST(ResolveDataPath, FindsTheRootOfAbsolutePaths) {
  const std::vector<std::string> roots = {kRoot, "s3://bucket/t/", "file:///data/", "file:///"};
  const auto resolve = [&](std::string_view path) { return ResolveDataPath(path, roots); };
  EXPECT_EQ(resolve("s3://bucket/t/b%20.parquet"), (DataLocation{1, "b .parquet"}));
  EXPECT_EQ(resolve("S3A://bucket/t/b"), (DataLocation{1, "b"}));
  EXPECT_EQ(resolve("s3n://bucket/t//b"), (DataLocation{1, "b"}));
  EXPECT_EQ(resolve("file:/data/other/b"), (DataLocation{2, "other/b"}));
  EXPECT_EQ(resolve("file:///data/other/b"), (DataLocation{2, "other/b"}));
  EXPECT_EQ(resolve("/data/b"), (DataLocation{2, "b"}));
  EXPECT_EQ(resolve("file:/data/my%20table/b"), (DataLocation{0, "b"}));
  EXPECT_EQ(resolve("/x/b"), (DataLocation{3, "x/b"}));
  EXPECT_EQ(resolve("s3%3A/bucket/t/b"), (DataLocation{0, "s3:/bucket/t/b"}));
}

TEST(ResolveDataPath, KnowsPathsBelowNoRoot) {
  for (const auto& [path, uri] : std::vector<std::pair<std::string, std::string>>{
           {"file:///data/other/b%25.parquet", "/data/other/b%.parquet"},
           {"/data/my%20table2/b.parquet", "/data/my table2/b.parquet"},
           {"/b.parquet", "/b.parquet"},
           {"file:/data/my%2520table/b.parquet", "/data/my%20table/b.parquet"},
           {"file://host/data/my%20table/b.parquet", "file://host/data/my table/b.parquet"},
           {"s3a://bucket/data/my%20table/b.parquet", "s3://bucket/data/my table/b.parquet"},
           {"C:/b.parquet", "c:///b.parquet"},
           {"file:///data/my%20table", "/data/my table"}}) {
    EXPECT_EQ(ResolveDataPath(path, std::vector<std::string>{kRoot}),
              (DataLocation{std::nullopt, uri}))
        << path;
  }
  const std::vector<std::string> bucket = {"s3://bucket/t/"};
  EXPECT_EQ(ResolveDataPath("s3://bucket/t2/b", bucket).root, std::nullopt);
  EXPECT_EQ(ResolveDataPath("s3://other/t/b", bucket).root, std::nullopt);
}

TEST(ResolveDataPath, RefusesWhatIsNoPathInTheTable) {
  for (const char* path : {"",
                           ".",
                           "a/",
                           "..",
                           "../x.parquet",
                           "a/../../x.parquet",
                           "a/../x.parquet",
                           "%2E%2E/x.parquet",
                           "%2e./x.parquet",
                           "..%2Fx.parquet",
                           "a%2F..%2Fx",
                           "..\\x.parquet",
                           "a\\..\\x.parquet",
                           "..%5Cx.parquet",
                           "file:///data/my%20table/../x.parquet",
                           "file:/data/my%20table/%2e%2e/x.parquet",
                           "/data/my%20table/../my%20table/x",
                           "b%00.parquet",
                           "b%zz.parquet",
                           "b%",
                           "b%2",
                           "b%2g",
                           "%FF%FE.parquet",
                           "a%2F"}) {
    const Error error = Refusal(path);
    EXPECT_EQ(error.code(), ErrorCode::kCorruptLog) << path << ": " << error.message();
    EXPECT_NE(error.message().find(path), std::string::npos) << error.message();
  }
  EXPECT_EQ(Refusal(std::string_view("a\0b", 3)).code(), ErrorCode::kCorruptLog);
  EXPECT_EQ(Refusal(std::string(8193, 'x')).code(), ErrorCode::kCorruptLog);
}

TEST(ResolveDataPath, ShowsNoCredentials) {
  EXPECT_EQ(ShownDataPath("https://user:hunter2@host/x.parquet?sig=hunter2#hunter2"),
            "https://host/x.parquet");
  EXPECT_EQ(Refusal("a\nb/..").message().find('\n'), std::string::npos);
}

TEST(EncodeDataPath, IsResolvedToTheSameLocation) {
  std::string every = "p=";
  for (int c = ' '; c < 0x7f; ++c) {
    if (c != '/') every += static_cast<char>(c);
  }
  for (const std::string& location :
       {std::string("part-0.parquet"), std::string("a:b/c d"), std::string("s3:x"),
        std::string("p=%252F/é日\U0001F600.parquet"), every, every + "/" + every}) {
    const std::string path = EncodeDataPath(location);
    EXPECT_EQ(InTable(path, kRoot), location) << path;
    for (const char c : path) EXPECT_TRUE(c > ' ' && c < '\x7f') << path;
  }
  EXPECT_EQ(EncodeDataPath("p=1/part-00000-c000.snappy.parquet"),
            "p=1/part-00000-c000.snappy.parquet");
}

TEST(PartitionFolder, EscapesAsHiveDoes) {
  EXPECT_EQ(PartitionFolder("p", "1"), "p=1");
  EXPECT_EQ(PartitionFolder("p", std::nullopt), "p=__HIVE_DEFAULT_PARTITION__");
  EXPECT_EQ(PartitionFolder("p", ""), "p=__HIVE_DEFAULT_PARTITION__");
  EXPECT_EQ(PartitionFolder("a=b/c", "x:y%\n"), "a%3Db%2Fc=x%3Ay%25%0A");
  EXPECT_EQ(EncodeDataPath(PartitionFolder("s", "a b%/=é") + "/x"),
            "s=a%20b%2525%252F%253D%C3%A9/x");
}

}  // namespace
}  // namespace deltaic::delta
