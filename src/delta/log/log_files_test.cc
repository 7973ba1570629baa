#include "delta/log/log_files.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectMeta;

constexpr char kUuid[] = "80a083e8-7026-4e79-81be-64bd76c43a11";

// A log of commits [first, last], with times that tell versions.
std::vector<ObjectMeta> Commits(int64_t first, int64_t last) {
  std::vector<ObjectMeta> objects;
  for (int64_t v = first; v <= last; ++v) objects.push_back({CommitLocation(v), 10, 1000 + v});
  return objects;
}

std::vector<ObjectMeta> operator+(std::vector<ObjectMeta> a, std::vector<ObjectMeta> b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

ObjectMeta At(const std::string& location, int64_t time = 5) { return {location, 10, time}; }

std::string UuidCheckpoint(int64_t version) {
  std::string location = CheckpointLocation(version);
  location.insert(location.size() - std::string("parquet").size(), std::string(kUuid) + ".");
  return location;
}

UnreadableFiles Locations(const std::vector<int64_t>& versions) {
  UnreadableFiles locations;
  for (const int64_t version : versions) locations.insert(CheckpointLocation(version));
  return locations;
}

LogSegment Chosen(const std::vector<ObjectMeta>& objects, std::optional<int64_t> version = {},
                  const UnreadableFiles& unreadable = {}) {
  const auto choice = LogFiles(objects).Select(version, unreadable);
  if (const Error* error = std::get_if<Error>(&choice)) {
    ADD_FAILURE() << error->message();
    return {};
  }
  const LogSegment& segment = std::get<LogSegment>(choice);
  // Whatever is chosen, its commits follow the checkpoint without a gap.
  int64_t last = segment.checkpoint ? segment.checkpoint->version : -1;
  for (const CommitFile& commit : segment.commits) {
    EXPECT_EQ(commit.first_version.value_or(commit.version), last + 1);
    last = commit.version;
  }
  EXPECT_EQ(last, segment.version);
  return segment;
}

Error Refused(const std::vector<ObjectMeta>& objects, std::optional<int64_t> version = {},
              const UnreadableFiles& unreadable = {}) {
  const auto choice = LogFiles(objects).Select(version, unreadable);
  const Error* error = std::get_if<Error>(&choice);
  return error != nullptr ? *error : Error(ErrorCode::kInternal, "A segment was chosen.");
}

void ExpectRefused(const std::vector<ObjectMeta>& objects, std::optional<int64_t> version,
                   ErrorCode code, std::string_view names) {
  const Error error = Refused(objects, version);
  EXPECT_EQ(error.code(), code) << error.message();
  EXPECT_NE(error.message().find(names), std::string::npos) << error.message();
}

TEST(LogFiles, IgnoresWhatIsNoLogFile) {
  const LogFiles files({At("_delta_log/_last_checkpoint"), At("_delta_log/notes.txt"),
                        At("_delta_log/00000000000000000001.json.tmp"),
                        At("_delta_log/00000000000000000000.crc"),
                        At("_delta_log/00000000000000000000.00000000000000000001.compacted.json")});
  EXPECT_EQ(files.latest_version(), std::nullopt);
  EXPECT_EQ(std::get<Error>(files.Select({})).code(), ErrorCode::kTableNotFound);
}

TEST(LogFiles, SelectsCommitsAloneInAnyOrder) {
  std::vector<ObjectMeta> objects = Commits(0, 12);
  std::reverse(objects.begin(), objects.end());
  const LogSegment latest = Chosen(objects);
  EXPECT_EQ(latest.version, 12);
  EXPECT_FALSE(latest.checkpoint);
  EXPECT_EQ(latest.last_modified_ms, 1012);
  EXPECT_EQ(Chosen(objects, 0).commits.size(), 1u);
  EXPECT_EQ(Chosen(objects, 7).last_modified_ms, 1007);
}

TEST(LogFiles, SelectsTheNewestCheckpointUpToTheVersion) {
  const auto objects =
      Commits(3, 25) + std::vector{At(CheckpointLocation(5)), At(CheckpointLocation(10)),
                                   At(CheckpointLocation(20))};
  EXPECT_EQ(Chosen(objects).checkpoint->version, 20);
  EXPECT_EQ(Chosen(objects).commits.size(), 5u);
  EXPECT_EQ(Chosen(objects, 20).commits.size(), 0u);
  EXPECT_EQ(Chosen(objects, 20).last_modified_ms, 1020);
  EXPECT_EQ(Chosen(objects, 19).checkpoint->version, 10);
  EXPECT_EQ(Chosen(objects, 5).checkpoint->version, 5);
  EXPECT_EQ(Chosen(objects, {}, Locations({20})).checkpoint->version, 10);
  EXPECT_EQ(Chosen(objects, {}, Locations({20, 10})).checkpoint->version, 5);
  EXPECT_EQ(Refused(objects, {}, Locations({20, 10, 5})).code(), ErrorCode::kCorruptLog);
  EXPECT_FALSE(Chosen(Commits(0, 2) + objects, {}, Locations({20, 10, 5})).checkpoint);
}

TEST(LogFiles, SelectsACheckpointAlone) {
  const LogSegment segment = Chosen({At(CheckpointLocation(4), 99)});
  EXPECT_EQ(segment.version, 4);
  EXPECT_EQ(segment.last_modified_ms, 99);
  EXPECT_EQ(Chosen({At(CheckpointLocation(INT64_MAX))}).version, INT64_MAX);
}

TEST(LogFiles, WantsAllPartsOfACheckpoint) {
  const std::vector part_1_2 = {At(CheckpointPartLocation(10, 2, 3)),
                                At(CheckpointPartLocation(10, 1, 3))};
  const std::vector part_3 = {At(CheckpointPartLocation(10, 3, 3))};
  const LogSegment whole = Chosen(Commits(8, 12) + part_1_2 + part_3);
  ASSERT_EQ(whole.checkpoint->parts.size(), 3u);
  EXPECT_EQ(whole.checkpoint->parts[0].location, CheckpointPartLocation(10, 1, 3));
  EXPECT_EQ(whole.checkpoint->parts[2].location, CheckpointPartLocation(10, 3, 3));

  const auto torn = Commits(8, 12) + part_1_2;
  ExpectRefused(torn, {}, ErrorCode::kCorruptLog, "Missing is commit 0");
  EXPECT_EQ(Chosen(torn + std::vector{At(CheckpointLocation(7))}).checkpoint->version, 7);
  EXPECT_FALSE(Chosen(torn + Commits(0, 7)).checkpoint);
  // Parts of checkpoints that were cut differently are not parts of one.
  const std::vector other_3 = {At(CheckpointPartLocation(10, 3, 4))};
  ExpectRefused(torn + other_3, {}, ErrorCode::kCorruptLog, "Missing is commit 0");
  // A whole file is preferred to parts; parts replace it where it is unreadable.
  const auto both = Commits(8, 12) + part_1_2 + part_3 + std::vector{At(CheckpointLocation(10))};
  EXPECT_EQ(Chosen(both).checkpoint->parts.size(), 1u);
  EXPECT_EQ(Chosen(both, {}, Locations({10})).checkpoint->parts.size(), 3u);
  // Parts alone, incomplete, are no table.
  ExpectRefused(part_1_2, {}, ErrorCode::kTableNotFound, "");
}

TEST(LogFiles, NamesAMissingCommit) {
  ExpectRefused(Commits(0, 3) + Commits(5, 6), {}, ErrorCode::kCorruptLog,
                "00000000000000000004.json");
  ExpectRefused(Commits(1, 3), {}, ErrorCode::kCorruptLog, "00000000000000000000.json");
  EXPECT_EQ(Chosen(Commits(0, 3) + Commits(5, 6), 3).version, 3);
  ExpectRefused(Commits(0, 3) + Commits(5, 6), 4, ErrorCode::kCorruptLog, "commit 4");
  const std::vector checkpoint = {At(CheckpointLocation(8))};
  ExpectRefused(Commits(0, 3) + Commits(10, 12) + checkpoint, {}, ErrorCode::kCorruptLog,
                "commit 9");
  EXPECT_EQ(Chosen(Commits(0, 3) + Commits(9, 12) + checkpoint).commits.size(), 4u);
  ExpectRefused(Commits(0, 3) + std::vector{At(CommitLocation(INT64_MAX))}, {},
                ErrorCode::kCorruptLog, "commit 4");
}

TEST(LogFiles, NamesTheVersionsThereAre) {
  ExpectRefused(Commits(0, 3), 4, ErrorCode::kVersionNotFound,
                "no version 4; it has the versions 0 to 3");
  const auto truncated = Commits(3, 12) + std::vector{At(CheckpointLocation(5))};
  ExpectRefused(truncated, 4, ErrorCode::kVersionNotFound, "5 to 12");
  ExpectRefused(truncated, 0, ErrorCode::kVersionNotFound, "5 to 12");
  ExpectRefused(truncated, 13, ErrorCode::kVersionNotFound, "5 to 12");
  ExpectRefused(truncated, INT64_MAX, ErrorCode::kVersionNotFound, "5 to 12");
  ExpectRefused(truncated, -1, ErrorCode::kVersionNotFound, "5 to 12");
}

TEST(LogFiles, SelectsV2Checkpoints) {
  const std::vector v2 = {At(UuidCheckpoint(10))};
  EXPECT_EQ(Chosen(Commits(10, 12) + v2).checkpoint->parts.front().location, UuidCheckpoint(10));
  EXPECT_EQ(Chosen(v2, 10).version, 10);
  // Its own name tells more than a classic one, which replaces it where it is unreadable.
  const auto both = std::vector{At(CheckpointLocation(10))} + v2 +
                    std::vector{At(CheckpointPartLocation(10, 1, 1))};
  EXPECT_EQ(Chosen(both).checkpoint->id(), UuidCheckpoint(10));
  EXPECT_EQ(Chosen(both, {}, {UuidCheckpoint(10)}).checkpoint->id().find(kUuid), std::string::npos);
  EXPECT_EQ(Chosen(v2 + std::vector{At(CheckpointLocation(11))}).checkpoint->version, 11);
}

std::string Compacted(int64_t first, int64_t last) {
  std::string location = CommitLocation(first);
  const std::string digits = CommitLocation(last).substr(std::string("_delta_log/").size(), 20);
  return location.insert(location.size() - std::string("json").size(), digits + ".compacted.");
}

// The versions that files begin and end with.
std::vector<std::pair<int64_t, int64_t>> Ranges(const LogSegment& segment) {
  std::vector<std::pair<int64_t, int64_t>> ranges;
  for (const CommitFile& commit : segment.commits) {
    ranges.emplace_back(commit.first_version.value_or(commit.version), commit.version);
  }
  return ranges;
}

using Way = std::vector<std::pair<int64_t, int64_t>>;

TEST(LogFiles, CompactedCommitsShortenTheWay) {
  const auto objects = Commits(0, 9) + std::vector{At(Compacted(2, 4)), At(Compacted(2, 5)),
                                                   At(Compacted(3, 8)), At(Compacted(6, 7))};
  EXPECT_EQ(Ranges(Chosen(objects)), (Way{{0, 0}, {1, 1}, {2, 2}, {3, 8}, {9, 9}}));
  EXPECT_EQ(Ranges(Chosen(objects, 7)), (Way{{0, 0}, {1, 1}, {2, 5}, {6, 7}}));
  EXPECT_EQ(Ranges(Chosen(objects, 4)), (Way{{0, 0}, {1, 1}, {2, 4}}));
  EXPECT_EQ(Ranges(Chosen(objects, 2)), (Way{{0, 0}, {1, 1}, {2, 2}}));
  EXPECT_FALSE(Chosen(objects, 2).has_compacted_commits());
  EXPECT_TRUE(Chosen(objects, 4).has_compacted_commits());
  EXPECT_EQ(Chosen(objects, 4).last_modified_ms, 1004);
  EXPECT_EQ(Ranges(Chosen(objects, {}, {Compacted(3, 8)})),
            (Way{{0, 0}, {1, 1}, {2, 5}, {6, 7}, {8, 8}, {9, 9}}));
  // None that begins before the checkpoint.
  EXPECT_EQ(Ranges(Chosen(objects + std::vector{At(CheckpointLocation(3))})),
            (Way{{4, 4}, {5, 5}, {6, 7}, {8, 8}, {9, 9}}));
  // They replace commits that are there, not missing ones.
  ExpectRefused(Commits(0, 2) + Commits(4, 5) + std::vector{At(Compacted(2, 5))}, {},
                ErrorCode::kCorruptLog, "commit 3");
}

TEST(LogFiles, ACatalogSaysWhichCommitsThereAre) {
  LogFiles files(Commits(0, 9) + std::vector{At(CheckpointLocation(8)), At(UuidCheckpoint(3)),
                                             At(Compacted(4, 9))});
  CommitFile staged{5, At("staged")};
  CommitFile unpublished{6, At("unpublished")};
  files.ApplyCatalog(6, {staged, unpublished});
  EXPECT_EQ(files.latest_version(), 6);
  const auto choice = files.Select({});
  const LogSegment& segment = std::get<LogSegment>(choice);
  EXPECT_EQ(segment.checkpoint->version, 3);
  EXPECT_EQ(Ranges(segment), (Way{{4, 4}, {5, 5}, {6, 6}}));
  EXPECT_EQ(segment.commits[1].object.location, "staged");
  EXPECT_EQ(std::get<Error>(files.Select(7)).code(), ErrorCode::kVersionNotFound);

  LogFiles behind(Commits(0, 3));
  behind.ApplyCatalog(5, {staged});
  EXPECT_EQ(std::get<Error>(behind.Select({})).code(), ErrorCode::kCorruptLog);
  EXPECT_EQ(std::get<LogSegment>(behind.Select(3)).version, 3);
}

}  // namespace
}  // namespace deltaic::delta
