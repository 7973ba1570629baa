#include "delta/transaction/conflict_checker.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/scan/table_columns.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::Removed;
using testing::SomeMetadata;
using testing::TableBuilder;

// A file of partition `p` whose values of `x` are from `first` on.
AddFile File(const std::string& path, const std::string& p, int64_t first) {
  AddFile file = testing::SomeFile(path);
  file.partition_values["p"] = p;
  file.stats = fmt::format(
      R"({{"numRecords":9,"minValues":{{"x":{}}},"maxValues":{{"x":{}}},"nullCount":{{"x":0}}}})",
      first, first + 8);
  return file;
}

AddFile WithoutChange(AddFile file) {
  file.data_change = false;
  return file;
}

RemoveFile WithoutChange(RemoveFile file) {
  file.data_change = false;
  return file;
}

AddFile WithVector(AddFile file, const std::string& vector) {
  file.deletion_vector = DeletionVector{'i', vector, {}, 1, 1, {}};
  return file;
}

Metadata TableMetadata(int64_t identity_mark, std::map<std::string, std::string> properties = {}) {
  Metadata metadata = SomeMetadata(std::move(properties));
  metadata.schema_string = fmt::format(
      R"({{"type":"struct","fields":[{{"name":"x","type":"long","nullable":true,"metadata":)"
      R"({{"delta.identity.start":1,"delta.identity.step":1,"delta.identity.highWaterMark":{}}}}},)"
      R"({{"name":"p","type":"string","nullable":true,"metadata":{{}}}}]}})",
      identity_mark);
  return metadata;
}

const Protocol kProtocol{1, 1, {}, {}, {}};
const Protocol kUpgraded{1, 7, {}, std::vector<std::string>{"domainMetadata"}, {}};
const Metadata kMetadata = TableMetadata(5);
const AddFile kF1 = File("f1", "a", 1);
const AddFile kF2 = File("f2", "b", 100);

SetTransaction Job(int64_t version) { return {"job", version, {}, {}}; }

DomainMetadata Domain(const std::string& configuration) { return {"d", configuration, false, {}}; }

struct Winner {
  std::string name;
  std::vector<Action> actions;
  bool is_blind_append = false;
};

// The columns of the table below.
const std::vector<Winner> kWinners = {
    {"blind append of x from 1 on to a", {File("w", "a", 1)}, true},
    {"other append of x from 1 on to a", {File("w", "a", 1)}},
    {"blind append of x from 200 on to b", {File("w", "b", 200)}, true},
    {"compaction of f1", {WithoutChange(Removed("f1")), WithoutChange(File("w", "a", 1))}},
    {"delete of f1", {Removed("f1")}},
    {"delete of f2", {Removed("f2")}},
    {"delete of rows of f1", {Removed("f1"), WithVector(kF1, "w")}},
    {"new statistics of f1", {WithoutChange(kF1)}},
    {"set property", {TableMetadata(5, {{"k", "v"}})}},
    {"upgrade", {kUpgraded}},
    {"transaction of job", {Job(1)}},
    {"metadata of domain d", {Domain("{}")}},
    {"use of identity values", {TableMetadata(9)}},
    {"protocol and metadata again", {kProtocol, kMetadata}},
    {"flagged as blind append, with a delete", {Removed("f2"), File("w", "a", 1)}, true},
};

struct Own {
  std::string name;
  std::function<ReadScope(const Schema&)> scope;
  std::vector<Action> actions;
  // A letter a winner, at each level. Of the kinds of conflict:
  // P protocol, M metadata, A append, R delete-read, D delete-delete, F file change,
  // T transaction, N domain; a dot means that there is none.
  std::string serializable;
  std::string write_serializable;
  std::string snapshot_isolation;
};

ReadScope Nothing(const Schema&) { return ReadScope::Nothing(); }
ReadScope WholeTable(const Schema&) { return ReadScope::WholeTable(); }
ReadScope Replacing(ReadScope scope) {
  scope.is_replaced = true;
  return scope;
}
ReadScope Marking(ReadScope scope) {
  scope.only_marks_rows = true;
  return scope;
}
auto Where(const std::string& sql) {
  return [sql](const Schema& schema) {
    return ReadScope::Where(datafusion::Expression::Parse(sql, schema));
  };
}

const std::vector<Own> kOwn = {
    {"append",
     Nothing,
     {File("o", "a", 1)},  //
     "........MP.....",
     "........MP.....",
     "........MP....."},
    {"append with a transaction of job",
     Nothing,
     {File("o", "a", 1), Job(2)},  //
     "........MPT....",
     "........MPT....",
     "........MPT...."},
    {"append with metadata of domain d",
     Nothing,
     {File("o", "a", 1), Domain("1")},  //
     "........MP.N...",
     "........MP.N...",
     "........MP.N..."},
    {"overwrite",
     [](const Schema& schema) { return Replacing(WholeTable(schema)); },
     {Removed("f1"), Removed("f2"), File("o", "a", 1)},  //
     "AAAARRA.MP....A",
     "AAAARRA.MP....A",
     "AAAARRA.MP....A"},
    {"overwrite where p = 'a'",
     [](const Schema& schema) { return Replacing(Where("p = 'a'")(schema)); },
     {Removed("f1"), File("o", "a", 1)},  //
     "AA.AR.A.MP....A",
     "AA.AR.A.MP....A",
     "AA.AR.A.MP....A"},
    {"delete where p = 'a'",
     Where("p = 'a'"),
     {Removed("f1")},  //
     "AA.DR.A.MP....A",
     ".A.DR.A.MP....A",
     "...DR.R.MP....."},
    {"delete where x = 5 by a deletion vector",
     Where("x = 5"),
     {Removed("f1"), WithVector(kF1, "o")},  //
     "AA.DR.AFMP....A",
     ".A.DR.AFMP....A",
     "...DR.RFMP....."},
    {"the same, of a transaction that marks rows and does nothing else",
     [](const Schema& schema) { return Marking(Where("x = 5")(schema)); },
     {Removed("f1"), WithVector(kF1, "o")},  //
     "AA.DR..FMP....A",
     ".A.DR..FMP....A",
     "...DR..FMP....."},
    {"delete of all of f1, of such a transaction",
     [](const Schema& schema) { return Marking(Where("p = 'a'")(schema)); },
     {Removed("f1")},  //
     "AA.DR.A.MP....A",
     ".A.DR.A.MP....A",
     "...DR.R.MP....."},
    {"merge that inserts only",
     WholeTable,
     {File("o", "a", 1)},  //
     "AAA.RRA.MP....A",
     ".A..RRA.MP....A",
     "....RRR.MP....R"},
    {"update of f1, read as a file",
     [](const Schema&) { return ReadScope{.files = {"f1"}}; },
     {Removed("f1"), File("o", "a", 1)},  //
     "...DR.R.MP.....",
     "...DR.R.MP.....",
     "...DR.R.MP....."},
    {"compaction of f1",
     [](const Schema&) { return ReadScope{.files = {"f1"}}; },
     {WithoutChange(Removed("f1")), WithoutChange(File("o", "a", 1))},  //
     "...DD.D.MP.....",
     "...DD.D.MP.....",
     "...DD.D.MP....."},
    {"new statistics of f1",
     Nothing,
     {WithoutChange(kF1)},  //
     "...FF.FFMP.....",
     "...FF.FFMP.....",
     "...FF.FFMP....."},
    {"set property",
     Nothing,
     {TableMetadata(5, {{"o", "v"}})},  //
     "........MP..MM.",
     "........MP..MM.",
     "........MP..MM."},
    {"add constraint",
     WholeTable,
     {TableMetadata(5, {{"o", "v"}})},  //
     "AAA.RRA.MP..MMA",
     "AAA.RRA.MP..MMA",
     "....RRR.MP..MMR"},
    {"upgrade",
     Nothing,
     {kUpgraded},  //
     "........MP.....",
     "........MP.....",
     "........MP....."},
};

char Letter(const std::optional<ConflictChecker::Conflict>& conflict) {
  if (!conflict) return '.';
  switch (conflict->kind) {
    case ConflictKind::kProtocolChanged:
      return 'P';
    case ConflictKind::kMetadataChanged:
      return 'M';
    case ConflictKind::kConcurrentAppend:
      return 'A';
    case ConflictKind::kConcurrentDeleteRead:
      return 'R';
    case ConflictKind::kConcurrentDeleteDelete:
      return 'D';
    case ConflictKind::kConcurrentFileChange:
      return 'F';
    case ConflictKind::kConcurrentTransaction:
      return 'T';
    case ConflictKind::kConcurrentDomain:
      return 'N';
    default:
      return '?';
  }
}

std::shared_ptr<const Snapshot> MakeTable() {
  TableBuilder table;
  table.Commit({kProtocol, kMetadata, kF1, kF2});
  return LoadLatestSnapshot(table.access());
}

TEST(ConflictChecker, DecidesByThisTable) {
  const auto snapshot = MakeTable();
  const Schema schema = TableColumns(*snapshot).table_schema;
  for (const Own& own : kOwn) {
    const std::pair<IsolationLevel, std::string> levels[] = {
        {IsolationLevel::kSerializable, own.serializable},
        {IsolationLevel::kWriteSerializable, own.write_serializable},
        {IsolationLevel::kSnapshotIsolation, own.snapshot_isolation}};
    for (const auto& [level, expected] : levels) {
      ASSERT_EQ(expected.size(), kWinners.size()) << own.name;
      for (size_t i = 0; i < kWinners.size(); ++i) {
        StagedActions staged;
        for (const Action& action : own.actions) staged.Add(action);
        const ReadScope scope = own.scope(schema);
        ConflictChecker checker(*snapshot, scope, staged, level);
        const WinningCommit winner{
            1, {.is_blind_append = kWinners[i].is_blind_append}, {}, kWinners[i].actions};
        const auto conflict = checker.Check(winner);
        EXPECT_EQ(Letter(conflict), expected[i])
            << own.name << " after " << kWinners[i].name << " at " << IsolationLevelName(level)
            << ": " << (conflict ? conflict->what : "");
      }
    }
  }
}

TEST(ConflictChecker, RemembersNothingOfWinnersThatDoNotMatter) {
  const auto snapshot = MakeTable();
  StagedActions staged;
  staged.Add(Removed("f1"));
  const ReadScope scope = Where("p = 'a'")(TableColumns(*snapshot).table_schema);
  ConflictChecker checker(*snapshot, scope, staged, IsolationLevel::kSerializable);
  EXPECT_FALSE(checker.Check({1, {}, {}, {File("w", "b", 1)}}));
  EXPECT_FALSE(checker.Check({2, {}, {}, {Removed("w")}})) << "This file was never read.";
  const auto conflict = checker.Check({3, {}, {}, {File("v", "a", 1)}});
  ASSERT_TRUE(conflict);
  EXPECT_NE(conflict->what.find('v'), std::string::npos);
}

TEST(ConflictChecker, SaysWhetherOthersHaveMarkedRowsOfTheSameFiles) {
  const auto snapshot = MakeTable();
  StagedActions staged;
  staged.Add(Removed("f1"));
  staged.Add(WithVector(kF1, "o"));
  const ReadScope scope = Marking(Where("x = 5")(TableColumns(*snapshot).table_schema));
  ConflictChecker checker(*snapshot, scope, staged, IsolationLevel::kSerializable);
  EXPECT_FALSE(checker.Check({1, {}, {}, {Removed("f2"), WithVector(kF2, "w")}}));
  EXPECT_FALSE(checker.must_be_made_anew()) << "Nothing is done to this file.";
  EXPECT_FALSE(checker.Check({2, {}, {}, {Removed("f1"), WithVector(kF1, "w")}}));
  EXPECT_TRUE(checker.must_be_made_anew());
  EXPECT_FALSE(checker.Check({3, {}, {}, {File("w", "b", 200)}}));
  EXPECT_TRUE(checker.must_be_made_anew());
  EXPECT_EQ(Letter(checker.Check({4, {}, {}, {Removed("f1")}})), 'R');
}

TEST(ConflictChecker, FilesWithoutStatisticsMayHoldAnything) {
  const auto snapshot = MakeTable();
  const StagedActions staged;
  const ReadScope scope = Where("x = 5")(TableColumns(*snapshot).table_schema);
  ConflictChecker checker(*snapshot, scope, staged, IsolationLevel::kSerializable);
  AddFile unknown = File("w", "b", 200);
  unknown.stats.reset();
  EXPECT_FALSE(checker.Check({1, {}, {}, {File("w", "b", 200)}}));
  EXPECT_EQ(Letter(checker.Check({2, {}, {}, {unknown}})), 'A');
}

}  // namespace
}  // namespace deltaic::delta
