#include <deltaic/delta/log/committer.h>

#include <functional>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>

#include "delta/protocol/log_path.h"
#include "testing/error_of.h"
#include "testing/faulty_store.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;
using testing::Fault;
using testing::FaultyStore;
using testing::Verb;
using Kind = Fault::Kind;

constexpr std::string_view kMine = R"({"commitInfo":{"txnId":"mine"}})";
constexpr std::string_view kOther = R"({"commitInfo":{"txnId":"other"}})";

CommitOutcome TryMine(const FaultyStore& faulty, int64_t version = 1) {
  return LogFolderCommitter()->TryCommit(faulty.store(), version, kMine);
}

TEST(LogFolderCommitter, GivesAVersionToOneWriter) {
  FaultyStore faulty;
  EXPECT_EQ(TryMine(faulty), CommitOutcome::kCommitted);
  EXPECT_EQ(faulty.requests().size(), 1u) << "One request is all that a commit costs.";
  EXPECT_EQ(LogFolderCommitter()->TryCommit(faulty.store(), 1, kOther), CommitOutcome::kConflict);
  EXPECT_EQ(faulty.store().Get(CommitLocation(1)).view(), kMine);
}

TEST(LogFolderCommitter, RecognisesItsOwnCommit) {
  for (const Kind kind : {Kind::kLoseAnswer, Kind::kDuplicate}) {
    FaultyStore faulty;
    faulty.At(1, Verb::kPutIfAbsent, {.kind = kind});
    EXPECT_EQ(TryMine(faulty), CommitOutcome::kCommitted);
    EXPECT_EQ(TryMine(faulty), CommitOutcome::kCommitted) << "To try again is safe.";
  }
}

TEST(LogFolderCommitter, SeesTheOtherWriterWhoWasFaster) {
  for (const Kind kind : {Kind::kFail, Kind::kDelay, Kind::kLoseAnswer, Kind::kDuplicate}) {
    FaultyStore faulty;
    faulty.At(1, Verb::kPutIfAbsent,
              {.kind = kind, .before = [&] { faulty.store().Put(CommitLocation(1), kOther); }});
    EXPECT_EQ(TryMine(faulty), CommitOutcome::kConflict);
    EXPECT_EQ(faulty.store().Get(CommitLocation(1)).view(), kOther);
  }
}

TEST(LogFolderCommitter, SaysThatItDoesNotKnow) {
  const std::function<void(FaultyStore&)> faults[] = {
      [](FaultyStore& faulty) { faulty.At(1, Verb::kPutIfAbsent, {.kind = Kind::kFail}); },
      [](FaultyStore& faulty) {
        faulty.At(1, Verb::kPutIfAbsent, {.kind = Kind::kLoseAnswer});
        faulty.At(1, Verb::kGet, {.kind = Kind::kFail});
      },
      [](FaultyStore& faulty) {
        faulty.At(1, Verb::kPutIfAbsent, {.kind = Kind::kDuplicate});
        faulty.At(1, Verb::kGet, {.kind = Kind::kFail});
      },
      // It is there, but the store does not say so.
      [](FaultyStore& faulty) {
        faulty.At(1, Verb::kPutIfAbsent, {.kind = Kind::kLoseAnswer});
        faulty.At(2, Verb::kPutIfAbsent, {.kind = Kind::kFail});
      }};
  for (const auto& fault : faults) {
    FaultyStore faulty;
    fault(faulty);
    const Error error = ErrorOf([&] { TryMine(faulty, 7); });
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_NE(error.message().find("not known"), std::string::npos) << error.message();
    EXPECT_NE(error.message().find("Version 7"), std::string::npos) << error.message();
    EXPECT_EQ(TryMine(faulty, 7), CommitOutcome::kCommitted);
  }
}

TEST(LogFolderCommitter, HandsOnWhatTheStoreRefuses) {
  FaultyStore faulty;
  faulty.At(1, Verb::kPutIfAbsent, {.kind = Kind::kFail, .code = ErrorCode::kPermissionDenied});
  EXPECT_EQ(ErrorOf([&] { TryMine(faulty); }).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(faulty.count(Verb::kGet), 0);
}

TEST(LogFolderCommitter, ATornCommitIsAConflict) {
  FaultyStore faulty;
  faulty.At(1, Verb::kPutIfAbsent, {.kind = Kind::kTear});
  EXPECT_EQ(TryMine(faulty), CommitOutcome::kConflict);
}

TEST(LogFolderCommitter, RefusesALockThatItDoesNotTake) {
  const auto store = datafusion::ObjectStore::Open(
      "s3://bucket/t", {{"aws_s3_locking_provider", "dynamodb"}, {"aws_region", "x"}});
  const Error error = ErrorOf([&] { LogFolderCommitter()->TryCommit(store, 0, kMine); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupportedFeature);
  EXPECT_NE(error.message().find("aws_s3_locking_provider"), std::string::npos);
}

}  // namespace
}  // namespace deltaic::delta
