#include "delta/transaction/transaction.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>
#include <deltaic/delta/transaction/commit_errors.h>

#include "delta/actions/action_text.h"
#include "delta/protocol/log_path.h"
#include "delta/scan/table_columns.h"
#include "testing/error_of.h"
#include "testing/faulty_store.h"
#include "testing/scripted_environment.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using std::chrono::milliseconds;
using testing::ErrorOf;
using testing::Fault;
using testing::FaultyStore;
using testing::Removed;
using testing::ScriptedEnvironment;
using testing::SomeFile;
using testing::SomeMetadata;
using testing::TableBuilder;
using testing::Verb;
using Kind = Fault::Kind;
using Names = std::vector<std::string>;
using SnapshotPtr = std::shared_ptr<const Snapshot>;

const CommitOperation kWrite = {.name = "WRITE", .parameters = {{"mode", "Append"}}};

Protocol WithWriterFeatures(const Names& features) { return {1, 7, {}, features, {}}; }

// A table of version 0 with the file "f0".
class TransactionTest : public ::testing::Test {
 protected:
  void Create(const Protocol& protocol = {1, 1, {}, {}, {}},
              std::map<std::string, std::string> properties = {}) {
    AddFile file = SomeFile("f0");
    table_.Commit({protocol, SomeMetadata(std::move(properties)), file});
  }

  SnapshotPtr Load() const { return LoadLatestSnapshot(table_.access()); }

  CommitWays ways() { return {.environment = &environment_}; }

  CommitResult Append(const SnapshotPtr& snapshot, const std::string& path,
                      const CommitProperties& properties = {}) {
    Transaction transaction(snapshot);
    transaction.Stage(SomeFile(path));
    return std::move(transaction).Commit(kWrite, properties, ways());
  }

  // Commits of others, each with a file.
  void OthersAppend(int count) {
    for (int i = 0; i < count; ++i) {
      const int64_t version = Load()->version() + 1;
      WriteCommit(version, {CommitInfo{R"({"operation":"OTHER","txnId":"o"})", {}, {}},
                            SomeFile(fmt::format("other{}", version))});
    }
  }

  void WriteCommit(int64_t version, const std::vector<Action>& actions) {
    std::string text;
    for (const Action& action : actions) AppendActionLine(action, text);
    table_.Write(CommitLocation(version), text);
  }

  std::vector<Action> ActionsOf(int64_t version) const {
    const std::string location = CommitLocation(version);
    return ReadActions(faulty_.store().Get(location).view(), {location, version});
  }

  template <typename Found>
  Found Find(int64_t version) const {
    for (const Action& action : ActionsOf(version)) {
      if (const Found* found = std::get_if<Found>(&action)) return *found;
    }
    ADD_FAILURE() << "There is no such action in version " << version;
    return {};
  }

  Names PathsOf(const Snapshot& snapshot) const {
    Names paths;
    for (int64_t i = 0; i < snapshot.files().size(); ++i) paths.push_back(snapshot.files().path(i));
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  FaultyStore faulty_;
  TableBuilder table_{faulty_.store()};
  ScriptedEnvironment environment_;
};

// Runs `commit` and returns the conflict that it ends with.
CommitConflict ConflictOf(const std::function<void()>& commit) {
  try {
    commit();
  } catch (const CommitConflict& conflict) {
    EXPECT_EQ(conflict.code(), ErrorCode::kConflict);
    return conflict;
  } catch (const Error& error) {
    ADD_FAILURE() << error.message();
  }
  return {ConflictKind::kTooManyRetries, "no conflict", std::nullopt, -1};
}

TEST_F(TransactionTest, IsTheNextVersion) {
  Create();
  const CommitResult result = Append(Load(), "mine");
  EXPECT_EQ(result.version, 1);
  EXPECT_EQ(result.attempts, 1);
  EXPECT_FALSE(result.is_skipped);
  EXPECT_TRUE(result.warnings.empty());
  ASSERT_TRUE(result.snapshot);
  EXPECT_EQ(result.snapshot->version(), 1);
  EXPECT_EQ(PathsOf(*result.snapshot), (Names{"f0", "mine"}));
  const CommitInfoFacts facts = ReadCommitInfoFacts(Find<CommitInfo>(1).json);
  EXPECT_EQ(facts.operation, "WRITE");
  EXPECT_EQ(facts.txn_id, "txn-1");
  EXPECT_TRUE(facts.is_blind_append);
  EXPECT_EQ(ActionsOf(1).size(), 2u);
}

TEST_F(TransactionTest, CostsFourRequestsHoweverLongTheLogIs) {
  Create();
  for (int i = 0; i < 30; ++i) OthersAppend(1);
  const SnapshotPtr snapshot = Load();
  const size_t before = faulty_.requests().size();
  Append(snapshot, "mine");
  const std::vector<testing::Request> all = faulty_.requests();
  const std::vector<testing::Request> own(all.begin() + static_cast<ptrdiff_t>(before), all.end());
  EXPECT_EQ(own, (std::vector<testing::Request>{{Verb::kHead, CommitLocation(30)},
                                                {Verb::kPutIfAbsent, CommitLocation(31)},
                                                {Verb::kList, "_delta_log"},
                                                {Verb::kGet, CommitLocation(31)}}));
}

TEST_F(TransactionTest, AWriterFarBehindTriesTwice) {
  Create();
  const SnapshotPtr stale = Load();
  OthersAppend(40);
  const CommitResult result = Append(stale, "mine");
  EXPECT_EQ(result.version, 41);
  EXPECT_EQ(result.attempts, 2);
  EXPECT_TRUE(environment_.pauses.empty());
  EXPECT_EQ(result.snapshot->files().size(), 42);
}

TEST_F(TransactionTest, TheSnapshotIsThatOfTheCommitEvenIfOthersFollow) {
  Create();
  const SnapshotPtr snapshot = Load();
  faulty_.At(1, Verb::kList, {.kind = Kind::kDelay, .before = [&] { OthersAppend(2); }});
  const CommitResult result = Append(snapshot, "mine");
  EXPECT_EQ(result.snapshot->version(), 1);
  EXPECT_EQ(PathsOf(*result.snapshot), (Names{"f0", "mine"}));
}

TEST_F(TransactionTest, CreatesATable) {
  const auto create = [&] {
    Transaction transaction = Transaction::Create(table_.access());
    transaction.Stage({Protocol{1, 1, {}, {}, {}}, SomeMetadata(), SomeFile("f0")});
    return std::move(transaction).Commit({.name = "CREATE TABLE"}, {}, ways());
  };
  const CommitResult result = create();
  EXPECT_EQ(result.version, 0);
  EXPECT_EQ(PathsOf(*result.snapshot), Names{"f0"});
  EXPECT_EQ(ConflictOf(create).kind(), ConflictKind::kTableCreated);
}

TEST_F(TransactionTest, OneOfTwoCreatorsWins) {
  faulty_.At(1, Verb::kPutIfAbsent, {.kind = Kind::kDelay, .before = [&] {
                                       WriteCommit(0,
                                                   {CommitInfo{R"({"operation":"CTAS"})", {}, {}},
                                                    Protocol{1, 1, {}, {}, {}}, SomeMetadata()});
                                     }});
  const CommitConflict conflict = ConflictOf([&] {
    Transaction transaction = Transaction::Create(table_.access());
    transaction.Stage({Protocol{1, 1, {}, {}, {}}, SomeMetadata()});
    std::move(transaction).Commit({.name = "CREATE TABLE"}, {}, ways());
  });
  EXPECT_EQ(conflict.kind(), ConflictKind::kTableCreated);
  ASSERT_TRUE(conflict.winner());
  EXPECT_EQ(conflict.winner()->operation, "CTAS");
}

TEST_F(TransactionTest, ATableWhoseFirstCommitsAreCleanedUpIsNotCreatedAgain) {
  table_.Write(CheckpointLocation(7), "some checkpoint");
  EXPECT_EQ(ConflictOf([&] {
              Transaction transaction = Transaction::Create(table_.access());
              transaction.Stage({Protocol{1, 1, {}, {}, {}}, SomeMetadata()});
              std::move(transaction).Commit({.name = "CREATE TABLE"}, {}, ways());
            }).kind(),
            ConflictKind::kTableCreated);
  EXPECT_FALSE(faulty_.store().Head(CommitLocation(0)));
}

TEST_F(TransactionTest, AConflictTellsWhatWon) {
  Create();
  const SnapshotPtr stale = Load();
  WriteCommit(1, {CommitInfo{R"({"operation":"UPDATE"})", {}, {}}, Removed("f0"), SomeFile("g")});
  const CommitConflict conflict = ConflictOf([&] {
    Transaction transaction(stale);
    transaction.Stage(Removed("f0"));
    transaction.scope() = ReadScope::Where(
        datafusion::Expression::Parse("p = 'v1'", TableColumns(*stale).table_schema));
    std::move(transaction).Commit({.name = "DELETE"}, {.max_commit_retries = 0}, ways());
  });
  EXPECT_EQ(conflict.kind(), ConflictKind::kConcurrentAppend);
  EXPECT_EQ(conflict.attempts(), 1);
  ASSERT_TRUE(conflict.winner());
  EXPECT_EQ(conflict.winner()->version, 1);
  EXPECT_EQ(conflict.winner()->operation, "UPDATE");
  for (const char* part : {"concurrent_append", "Version 1", "'UPDATE'", "Attempts: 1"}) {
    EXPECT_NE(conflict.message().find(part), std::string::npos) << conflict.message();
  }
  EXPECT_EQ(Load()->version(), 1);
}

TEST_F(TransactionTest, AnOverwriteDoesNotKeepWhatItHasNotSeen) {
  Create();
  const SnapshotPtr stale = Load();
  Append(Load(), "c");
  const CommitConflict conflict = ConflictOf([&] {
    Transaction transaction(stale);
    transaction.Stage({Removed("f0"), SomeFile("z")});
    transaction.scope() = {.whole_table = true, .is_replaced = true};
    std::move(transaction).Commit(kWrite, {}, ways());
  });
  EXPECT_EQ(conflict.kind(), ConflictKind::kConcurrentAppend);
}

TEST_F(TransactionTest, RetriesAreCountedAndPolite) {
  Create();
  const SnapshotPtr snapshot = Load();
  for (int i = 1; i <= 20; ++i) {
    faulty_.At(i, Verb::kPutIfAbsent, {.kind = Kind::kDelay, .before = [&] { OthersAppend(1); }});
  }
  const CommitConflict conflict = ConflictOf([&] {
    Append(snapshot, "mine",
           {.max_commit_retries = 4,
            .min_back_off = milliseconds(10),
            .max_back_off = milliseconds(50)});
  });
  EXPECT_EQ(conflict.kind(), ConflictKind::kTooManyRetries);
  EXPECT_EQ(conflict.attempts(), 5);
  ASSERT_TRUE(conflict.winner());
  EXPECT_EQ(conflict.winner()->version, 5);
  EXPECT_EQ(environment_.limits, (std::vector<milliseconds>{milliseconds(20), milliseconds(40),
                                                            milliseconds(50), milliseconds(50)}));
}

TEST_F(TransactionTest, BlindAppendsArePatientForAWhile) {
  Create();
  const SnapshotPtr snapshot = Load();
  for (int i = 1; i <= 40; ++i) {
    faulty_.At(i, Verb::kPutIfAbsent, {.kind = Kind::kDelay, .before = [&] { OthersAppend(1); }});
  }
  EXPECT_EQ(ConflictOf([&] {
              Transaction transaction(snapshot);
              transaction.Stage(Removed("f0"));
              std::move(transaction).Commit(kWrite, {}, ways());
            }).attempts(),
            16);
  EXPECT_EQ(Append(snapshot, "mine").attempts, 25);
  for (int i = 1; i <= 40; ++i) {
    faulty_.At(i, Verb::kPutIfAbsent, {.kind = Kind::kDelay, .before = [&] { OthersAppend(1); }});
  }
  const CommitConflict conflict =
      ConflictOf([&] { Append(snapshot, "more", {.max_commit_time = std::chrono::seconds(1)}); });
  EXPECT_EQ(conflict.kind(), ConflictKind::kTooManyRetries);
  EXPECT_LT(conflict.attempts(), 30);
}

TEST_F(TransactionTest, APauseCanBeCancelled) {
  Create();
  const SnapshotPtr snapshot = Load();
  bool is_cancelled = false;
  for (int i = 1; i <= 2; ++i) {
    faulty_.At(i, Verb::kPutIfAbsent, {.kind = Kind::kDelay, .before = [&, i] {
                                         OthersAppend(1);
                                         is_cancelled = i == 2;
                                       }});
  }
  Transaction transaction(snapshot);
  transaction.Stage(SomeFile("mine"));
  const Error error = ErrorOf([&] {
    const CancelScope scope([&] { return is_cancelled; });
    std::move(transaction)
        .Commit(kWrite,
                {.min_back_off = std::chrono::hours(1), .max_back_off = std::chrono::hours(1)});
  });
  EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  EXPECT_EQ(Load()->version(), 2);
}

TEST_F(TransactionTest, ALostAnswerIsFound) {
  for (const Kind kind : {Kind::kFail, Kind::kLoseAnswer, Kind::kDuplicate}) {
    FaultyStore faulty;
    TableBuilder table(faulty.store());
    table.Commit({Protocol{1, 1, {}, {}, {}}, SomeMetadata()});
    faulty.At(1, Verb::kPutIfAbsent, {.kind = kind});
    Transaction transaction(LoadLatestSnapshot(table.access()));
    transaction.Stage(SomeFile("mine"));
    const CommitResult result = std::move(transaction).Commit(kWrite, {}, ways());
    EXPECT_EQ(result.version, 1);
    EXPECT_EQ(result.snapshot->files().size(), 1);
    EXPECT_EQ(LoadLatestSnapshot(table.access())->version(), 1);
  }
}

// A committer that does not recognise its own commits.
class ForgetfulCommitter final : public Committer {
 public:
  CommitOutcome TryCommit(const datafusion::ObjectStore& store, int64_t version,
                          std::string_view actions) const override {
    LogFolderCommitter()->TryCommit(store, version, actions);
    return CommitOutcome::kConflict;
  }
};

TEST_F(TransactionTest, AnOwnCommitIsNoWinner) {
  Create();
  const TableAccess access =
      table_.access().WithCommitter(std::make_shared<const ForgetfulCommitter>());
  const CommitResult result = Append(LoadLatestSnapshot(access), "mine");
  EXPECT_EQ(result.version, 1);
  EXPECT_EQ(Load()->version(), 1);
}

TEST_F(TransactionTest, WhatIsNotKnownIsSaid) {
  Create();
  const SnapshotPtr snapshot = Load();
  faulty_.At(1, Verb::kPutIfAbsent, {.kind = Kind::kLoseAnswer});
  for (int i = 2; i <= 9; ++i) faulty_.At(i, Verb::kPutIfAbsent, {.kind = Kind::kFail});
  for (int i = 1; i <= 9; ++i) faulty_.At(i, Verb::kGet, {.kind = Kind::kFail});
  try {
    Append(snapshot, "mine");
    FAIL();
  } catch (const CommitStateUnknown& unknown) {
    EXPECT_EQ(unknown.code(), ErrorCode::kIo);
    EXPECT_EQ(unknown.version(), 1);
    EXPECT_EQ(unknown.txn_id(), "txn-1");
    EXPECT_NE(unknown.message().find("txn-1"), std::string::npos) << unknown.message();
  }
}

TEST_F(TransactionTest, ACancelledAttemptIsNotKnownEither) {
  Create();
  const SnapshotPtr snapshot = Load();
  faulty_.At(1, Verb::kPutIfAbsent, {.kind = Kind::kLoseAnswer, .code = ErrorCode::kCancelled});
  try {
    Append(snapshot, "mine");
    FAIL();
  } catch (const CommitStateUnknown& unknown) {
    EXPECT_EQ(unknown.code(), ErrorCode::kCancelled);
    EXPECT_EQ(unknown.version(), 1);
  }
}

TEST_F(TransactionTest, WhatTheStoreRefusesIsAnErrorAtOnce) {
  Create();
  const SnapshotPtr snapshot = Load();
  faulty_.At(1, Verb::kPutIfAbsent, {.kind = Kind::kFail, .code = ErrorCode::kPermissionDenied});
  EXPECT_EQ(ErrorOf([&] { Append(snapshot, "mine"); }).code(), ErrorCode::kPermissionDenied);
  EXPECT_EQ(faulty_.count(Verb::kPutIfAbsent), 1);
}

TEST_F(TransactionTest, ATableThatVanishedGetsNoCommit) {
  Create();
  const SnapshotPtr snapshot = Load();
  table_.Forget(0, 0);
  EXPECT_EQ(ErrorOf([&] { Append(snapshot, "mine"); }).code(), ErrorCode::kTableNotFound);
  EXPECT_EQ(faulty_.count(Verb::kPutIfAbsent), 0);
}

TEST_F(TransactionTest, ATableThatWasReplacedGetsNoCommit) {
  Create();
  const SnapshotPtr snapshot = Load();
  Metadata other = SomeMetadata();
  other.id = "another table";
  WriteCommit(0, {Protocol{1, 1, {}, {}, {}}, other});
  EXPECT_EQ(ConflictOf([&] { Append(snapshot, "mine"); }).kind(), ConflictKind::kTableReplaced);
  EXPECT_EQ(faulty_.count(Verb::kPutIfAbsent), 0);
}

TEST_F(TransactionTest, WinnersThatAreCleanedUpCannotBeJudged) {
  Create();
  const SnapshotPtr stale = Load();
  OthersAppend(3);
  faulty_.At(1, Verb::kPutIfAbsent, {.kind = Kind::kDelay, .before = [&] { table_.Forget(2, 2); }});
  const CommitConflict conflict = ConflictOf([&] { Append(stale, "mine"); });
  EXPECT_EQ(conflict.kind(), ConflictKind::kWinnersUnknown);
}

TEST_F(TransactionTest, AListingThatIsBehindDoesNoHarm) {
  Create();
  const SnapshotPtr stale = Load();
  OthersAppend(3);
  faulty_.At(1, Verb::kList, {.kind = Kind::kTear});
  const CommitResult result = Append(stale, "mine");
  EXPECT_EQ(result.version, 4);
  EXPECT_EQ(Load()->files().size(), 5);
}

TEST_F(TransactionTest, BatchesAreCommittedOnce) {
  Create();
  const auto append = [&](const SnapshotPtr& snapshot, int64_t version, IfCommitted if_committed) {
    return Append(snapshot, fmt::format("mine{}", version),
                  {.app_transactions = {{"job", version, {}, {}}}, .if_committed = if_committed});
  };
  const SnapshotPtr stale = Load();
  EXPECT_FALSE(append(stale, 7, IfCommitted::kSkip).is_skipped);
  EXPECT_EQ(Find<SetTransaction>(1).version, 7);
  EXPECT_TRUE(Find<SetTransaction>(1).last_updated);
  const SnapshotPtr fresh = Load();
  for (const SnapshotPtr& snapshot : {fresh, stale}) {
    const CommitResult skipped = append(snapshot, 7, IfCommitted::kSkip);
    EXPECT_TRUE(skipped.is_skipped);
    EXPECT_EQ(skipped.version, 1);
    EXPECT_EQ(skipped.snapshot->version(), 1);
    EXPECT_TRUE(append(snapshot, 6, IfCommitted::kSkip).is_skipped);
    const Error error = ErrorOf([&] { append(snapshot, 7, IfCommitted::kFail); });
    EXPECT_EQ(error.code(), ErrorCode::kAlreadyExists);
    EXPECT_NE(error.message().find("'job'"), std::string::npos);
  }
  EXPECT_EQ(ConflictOf([&] { append(stale, 8, IfCommitted::kSkip); }).kind(),
            ConflictKind::kConcurrentTransaction);
  EXPECT_EQ(ConflictOf([&] { append(stale, 7, IfCommitted::kWrite); }).kind(),
            ConflictKind::kConcurrentTransaction);
  EXPECT_EQ(append(fresh, 8, IfCommitted::kSkip).version, 2);
  EXPECT_EQ(append(Load(), 8, IfCommitted::kWrite).version, 3);
}

TEST_F(TransactionTest, BatchesOfSeveralApplicationsAreAllDoneOrNone) {
  Create();
  Append(Load(), "a", {.app_transactions = {{"one", 1, {}, {}}}});
  const CommitProperties both{.app_transactions = {{"one", 1, {}, {}}, {"two", 1, {}, {}}},
                              .if_committed = IfCommitted::kSkip};
  EXPECT_EQ(ErrorOf([&] { Append(Load(), "b", both); }).code(), ErrorCode::kAlreadyExists);
}

TEST_F(TransactionTest, RowIdsAreAssignedAnewAfterALostRace) {
  Create(WithWriterFeatures({"rowTracking", "domainMetadata"}));
  const auto append = [&](const SnapshotPtr& snapshot, const std::string& path, int records) {
    AddFile file = SomeFile(path);
    file.stats = fmt::format(R"({{"numRecords":{}}})", records);
    Transaction transaction(snapshot);
    transaction.Stage(file);
    return std::move(transaction).Commit(kWrite, {}, ways());
  };
  const SnapshotPtr stale = Load();
  append(stale, "a", 3);
  append(stale, "b", 4);
  append(stale, "c", 5);
  const int64_t expected[] = {0, 3, 7};
  for (int64_t version = 1; version <= 3; ++version) {
    EXPECT_EQ(Find<AddFile>(version).base_row_id, expected[version - 1]);
    EXPECT_EQ(Find<AddFile>(version).default_row_commit_version, version);
  }
  EXPECT_EQ(ReadRowIdHighWaterMark(Find<DomainMetadata>(3)), 11);
  EXPECT_EQ(ErrorOf([&] { Append(stale, "without statistics"); }).code(),
            ErrorCode::kInvalidArgument);
  append(Load(), "d", 1);
  EXPECT_EQ(Find<AddFile>(4).base_row_id, 12);
}

TEST_F(TransactionTest, SuspendedRowTrackingAssignsNothing) {
  Create(WithWriterFeatures({"rowTracking", "domainMetadata"}),
         {{"delta.rowTrackingSuspended", "true"}});
  Append(Load(), "a");
  EXPECT_FALSE(Find<AddFile>(1).base_row_id);
}

int64_t TimeOf(const CommitInfo& info) { return info.in_commit_timestamp.value_or(-1); }

TEST_F(TransactionTest, TimesRiseWhateverTheClockDoes) {
  Create(WithWriterFeatures({"inCommitTimestamp"}));
  // The version before has a time of its file, which is far later than this clock.
  Transaction enabling(Load());
  enabling.Stage(SomeMetadata({{"delta.enableInCommitTimestamps", "true"}}));
  const CommitResult enabled =
      std::move(enabling).Commit({.name = "SET TBLPROPERTIES"}, {}, ways());
  const int64_t first = TimeOf(Find<CommitInfo>(1));
  EXPECT_EQ(first, LoadSnapshotAtVersion(table_.access(), 0)->timestamp_ms() + 1);
  const auto& properties = enabled.snapshot->metadata().configuration;
  EXPECT_EQ(properties.at("delta.inCommitTimestampEnablementVersion"), "1");
  EXPECT_EQ(properties.at("delta.inCommitTimestampEnablementTimestamp"), std::to_string(first));
  EXPECT_EQ(enabled.snapshot->timestamp_ms(), first);

  Append(enabled.snapshot, "a");
  EXPECT_EQ(TimeOf(Find<CommitInfo>(2)), first + 1);
  Append(enabled.snapshot, "b");
  EXPECT_EQ(TimeOf(Find<CommitInfo>(3)), first + 2) << "It follows the commit that won.";
  EXPECT_TRUE(std::holds_alternative<CommitInfo>(ActionsOf(3).front()));
  environment_.now_ms = first + 1000;
  Append(Load(), "c");
  EXPECT_GE(TimeOf(Find<CommitInfo>(4)), first + 1000);

  // Metadata that forgets since when times are there does not lose that.
  Transaction forgetful(Load());
  forgetful.Stage(SomeMetadata({{"delta.enableInCommitTimestamps", "true"}, {"k", "v"}}));
  std::move(forgetful).Commit({.name = "SET TBLPROPERTIES"}, {}, ways());
  EXPECT_EQ(Find<Metadata>(5).configuration.at("delta.inCommitTimestampEnablementVersion"), "1");
}

TEST_F(TransactionTest, ANewTableHasTimesFromTheStart) {
  Transaction transaction = Transaction::Create(table_.access());
  transaction.Stage({WithWriterFeatures({"inCommitTimestamp"}),
                     SomeMetadata({{"delta.enableInCommitTimestamps", "true"}})});
  const CommitResult result = std::move(transaction).Commit({.name = "CREATE TABLE"}, {}, ways());
  EXPECT_EQ(result.snapshot->timestamp_ms(), TimeOf(Find<CommitInfo>(0)));
  EXPECT_EQ(Find<Metadata>(0).configuration.size(), 1u);
}

TEST_F(TransactionTest, WhatFollowsACommitCannotUndoIt) {
  Create();
  int seen = 0;
  const CommitWays ways{
      .steps = {[&](const Snapshot& snapshot, const std::string& txn_id) {
                  EXPECT_EQ(snapshot.version(), 1);
                  EXPECT_EQ(txn_id, "txn-1");
                  ++seen;
                },
                [](const Snapshot&, const std::string&) {
                  throw Error(ErrorCode::kCancelled, "no checkpoint");
                },
                [](const Snapshot&, const std::string&) { throw std::runtime_error("no crc"); },
                [&](const Snapshot&, const std::string&) { ++seen; }},
      .environment = &environment_};
  Transaction transaction(Load());
  transaction.Stage(SomeFile("mine"));
  const CommitResult result = std::move(transaction).Commit(kWrite, {}, ways);
  EXPECT_EQ(seen, 2);
  ASSERT_EQ(result.warnings.size(), 2u);
  EXPECT_NE(result.warnings[0].find("no checkpoint"), std::string::npos);
  EXPECT_NE(result.warnings[1].find("no crc"), std::string::npos);
}

TEST_F(TransactionTest, ACommitThatCannotBeReadStands) {
  Create();
  const SnapshotPtr snapshot = Load();
  for (int i = 1; i <= 2; ++i) faulty_.At(i, Verb::kList, {.kind = Kind::kFail});
  const CommitResult result = Append(snapshot, "mine");
  EXPECT_EQ(result.version, 1);
  EXPECT_FALSE(result.snapshot);
  ASSERT_EQ(result.warnings.size(), 1u);
  EXPECT_EQ(Load()->version(), 1);
}

TEST_F(TransactionTest, TheTableSaysHowIsolatedItsCommitsAre) {
  Create({1, 1, {}, {}, {}}, {{"delta.isolationLevel", "WriteSerializable"}});
  const SnapshotPtr stale = Load();
  Append(stale, "mine");
  EXPECT_NE(Find<CommitInfo>(1).json.find(R"("isolationLevel":"WriteSerializable")"),
            std::string::npos);
  // A blind append may be taken to come after the delete.
  Transaction remove(stale);
  remove.Stage(Removed("f0"));
  remove.scope() = ReadScope::Where(
      datafusion::Expression::Parse("p = 'v1'", TableColumns(*stale).table_schema));
  EXPECT_EQ(std::move(remove).Commit({.name = "DELETE"}, {}, ways()).version, 2);
  EXPECT_FALSE(ReadCommitInfoFacts(Find<CommitInfo>(2).json).is_blind_append);

  Transaction compaction(Load());
  AddFile file = SomeFile("compacted");
  RemoveFile old = Removed("mine");
  file.data_change = old.data_change = false;
  compaction.Stage({file, old});
  std::move(compaction).Commit({.name = "OPTIMIZE"}, {}, ways());
  const std::string info = Find<CommitInfo>(3).json;
  EXPECT_NE(info.find(R"("isolationLevel":"SnapshotIsolation")"), std::string::npos) << info;
  EXPECT_FALSE(ReadCommitInfoFacts(info).is_blind_append);
}

TEST_F(TransactionTest, ACompactionDoesNotDisturbWriters) {
  Create();
  const SnapshotPtr stale = Load();
  Transaction compaction(stale);
  AddFile file = SomeFile("compacted");
  RemoveFile old = Removed("f0");
  file.data_change = old.data_change = false;
  compaction.Stage({file, old});
  std::move(compaction).Commit({.name = "OPTIMIZE"}, {}, ways());

  EXPECT_EQ(Append(stale, "appended").version, 2);
  Transaction merge(stale);
  merge.Stage(SomeFile("inserted"));
  merge.scope() =
      ReadScope::Where(datafusion::Expression::Parse("x = 77", TableColumns(*stale).table_schema));
  const CommitConflict conflict =
      ConflictOf([&] { std::move(merge).Commit({.name = "MERGE"}, {}, ways()); });
  EXPECT_EQ(conflict.winner()->version, 2) << "The append may have x = 77; the compaction has not.";
  Transaction rewrite(stale);
  rewrite.Stage({Removed("f0"), SomeFile("rewritten")});
  EXPECT_EQ(ConflictOf([&] { std::move(rewrite).Commit({.name = "UPDATE"}, {}, ways()); }).kind(),
            ConflictKind::kConcurrentDeleteDelete);
}

TEST_F(TransactionTest, FeaturesThatAreNotWrittenAreRefusedAtTheBegin) {
  Create(WithWriterFeatures({"collations"}));
  const Error error = ErrorOf([&] { Transaction{Load()}; });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupportedFeature);
  EXPECT_NE(error.message().find("collations"), std::string::npos);
}

TEST_F(TransactionTest, ATableThatIsReplacedMeanwhileIsToldOf) {
  Create();
  const SnapshotPtr snapshot = Load();
  faulty_.At(1, Verb::kPutIfAbsent, {.kind = Kind::kDelay, .before = [&] {
                                       Metadata other = SomeMetadata();
                                       other.id = "another table";
                                       WriteCommit(0, {Protocol{1, 1, {}, {}, {}}, other});
                                     }});
  const CommitResult result = Append(snapshot, "mine");
  ASSERT_EQ(result.warnings.size(), 1u);
  EXPECT_NE(result.warnings[0].find("another table"), std::string::npos) << result.warnings[0];
}

TEST_F(TransactionTest, ConcurrentAppendsAreAllThereOnce) {
  constexpr int kThreads = 8;
  constexpr int kCommits = 50;
  Create();
  std::vector<std::thread> threads;
  std::vector<std::string> failures(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      try {
        SnapshotPtr snapshot = LoadLatestSnapshot(table_.access());
        for (int i = 0; i < kCommits; ++i) {
          Transaction transaction(snapshot);
          transaction.Stage(SomeFile(fmt::format("t{}-{}", t, i)));
          snapshot =
              std::move(transaction).Commit(kWrite, {.min_back_off = milliseconds(1)}, {}).snapshot;
        }
      } catch (const Error& error) {
        failures[t] = error.message();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& failure : failures) EXPECT_EQ(failure, "");
  const SnapshotPtr snapshot = Load();
  EXPECT_EQ(snapshot->version(), kThreads * kCommits);
  Names expected = {"f0"};
  for (int t = 0; t < kThreads; ++t) {
    for (int i = 0; i < kCommits; ++i) expected.push_back(fmt::format("t{}-{}", t, i));
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(PathsOf(*snapshot), expected);
}

}  // namespace
}  // namespace deltaic::delta
