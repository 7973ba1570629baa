#include <deltaic/delta/log/history.h>

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/base/error.h>

#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectStore;

ObjectStore NewStore() {
  static int stores = 0;
  return ObjectStore::Open(fmt::format("memory://history_test_{}/t", ++stores));
}

void Put(const ObjectStore& store, int64_t version, const std::string& commit) {
  store.Put(CommitLocation(version), commit);
}

std::string Info(std::string_view members) {
  return fmt::format(R"({{"commitInfo":{{{}}}}})", members);
}

std::string Add(int64_t number) {
  return fmt::format(R"({{"add":{{"path":"f{}","partitionValues":{{}},"size":1,)"
                     R"("modificationTime":2,"dataChange":true}}}})",
                     number);
}

// Some 30 kB: more than what is fetched whole.
std::string ManyAdds() {
  std::string lines;
  for (int64_t i = 0; i < 300; ++i) lines += Add(i) + "\n";
  return lines;
}

std::vector<std::string> Texts(const std::vector<HistoryEntry>& history) {
  std::vector<std::string> texts;
  for (const HistoryEntry& entry : history) texts.push_back(entry.json);
  return texts;
}

void ExpectCorrupt(const ObjectStore& store, std::string_view named) {
  try {
    History(TableAccess(store));
    FAIL() << "There is no error.";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorruptLog);
    EXPECT_NE(error.message().find(named), std::string::npos) << error.message();
  }
}

TEST(History, IsNewestFirstAndNumberedByFile) {
  const ObjectStore store = NewStore();
  Put(store, 0, Info(R"("operation":"CREATE")") + "\n" + Add(1));
  Put(store, 1, Add(2) + "\n" + Info(R"("operation":"WRITE","deep":{"version":8})"));
  Put(store, 2, Info(""));
  const std::vector<std::string> expected = {
      R"({"version":2})",
      R"({"operation":"WRITE","deep":{"version":8},"version":1})",
      R"({"operation":"CREATE","version":0})",
  };
  EXPECT_EQ(Texts(History(TableAccess(store))), expected);
  EXPECT_EQ(History(TableAccess(store)).front().version, 2);
}

TEST(History, HasTheCommitsOfTheCatalog) {
  const ObjectStore store = NewStore();
  for (int64_t version = 0; version < 4; ++version) Put(store, version, Info(""));
  const auto catalog = std::make_shared<const CatalogCommits>(CatalogCommits{
      .max_version = 2, .commits = {{.version = 2, .content = Info(R"("operation":"RATIFIED")")}}});
  EXPECT_EQ(Texts(History(TableAccess(store, catalog))),
            (std::vector<std::string>{R"({"operation":"RATIFIED","version":2})", R"({"version":1})",
                                      R"({"version":0})"}));
}

TEST(History, LimitTakesTheNewest) {
  const ObjectStore store = NewStore();
  for (int64_t version = 0; version < 200; ++version) {
    Put(store, version, version < 198 ? "broken" : Info(""));
  }
  EXPECT_EQ(Texts(History(TableAccess(store), 2)),
            (std::vector<std::string>{R"({"version":199})", R"({"version":198})"}));
  EXPECT_TRUE(History(TableAccess(store), 0).empty());
  EXPECT_THROW(History(TableAccess(store), -1), Error);
}

TEST(History, KnowsOnlyCommitsThatAreThere) {
  const ObjectStore store = NewStore();
  Put(store, 7, Info(R"("a":1)"));
  Put(store, 9, Info(R"("a":3)"));
  store.Put("_delta_log/00000000000000000008.checkpoint.parquet", "x");
  EXPECT_EQ(Texts(History(TableAccess(store))),
            (std::vector<std::string>{R"({"a":3,"version":9})", R"({"a":1,"version":7})"}));
}

TEST(History, ReplacesAVersionThatTheCommitClaims) {
  const ObjectStore store = NewStore();
  Put(store, 0, Info(R"("version":12,"b": [1, {"version":2}] ,"c":"\"version\"")"));
  EXPECT_EQ(
      Texts(History(TableAccess(store))),
      (std::vector<std::string>{R"({"b": [1, {"version":2}] ,"c":"\"version\"","version":0})"}));
}

TEST(History, CommitWithoutInfoHasItsFilesTime) {
  const ObjectStore store = NewStore();
  Put(store, 0, Add(1));
  Put(store, 1, ManyAdds());
  const std::vector<HistoryEntry> history = History(TableAccess(store));
  ASSERT_EQ(history.size(), 2u);
  for (const HistoryEntry& entry : history) {
    EXPECT_EQ(entry.timestamp_ms, store.Head(CommitLocation(entry.version))->last_modified_ms);
    EXPECT_EQ(entry.json,
              fmt::format(R"({{"timestamp":{},"version":{}}})", entry.timestamp_ms, entry.version));
  }
}

TEST(History, InCommitTimestampIsTheTime) {
  const ObjectStore store = NewStore();
  Put(store, 0, Info(R"("inCommitTimestamp":1700000000123,"timestamp":5)"));
  EXPECT_EQ(History(TableAccess(store)).front().timestamp_ms, 1700000000123);
}

TEST(History, FindsTheInfoAnywhereInALargeCommit) {
  const std::string info = Info(R"("a":"x")");
  const std::string adds = ManyAdds();
  const std::string padding(50000, ' ');
  const ObjectStore store = NewStore();
  Put(store, 0, info + "\n" + adds);
  Put(store, 1, adds + info);
  Put(store, 2, adds + "\r\n\n" + info + "\r\n" + adds);
  Put(store, 3, Info(fmt::format(R"("long":"{}")", std::string(30000, 'y'))) + "\n");
  Put(store, 4, "\xEF\xBB\xBF" + padding + info + padding + "\n" + adds);
  const std::vector<HistoryEntry> history = History(TableAccess(store));
  ASSERT_EQ(history.size(), 5u);
  EXPECT_EQ(history[0].json, R"({"a":"x","version":4})");
  EXPECT_EQ(history[1].json.size(), 30000 + 23);
  for (size_t i = 2; i < 5; ++i) {
    EXPECT_EQ(history[i].json, fmt::format(R"({{"a":"x","version":{}}})", 4 - i));
  }
}

TEST(History, DoesNotReadBehindTheInfoOfALargeCommit) {
  const ObjectStore store = NewStore();
  Put(store, 0, Info("") + "\n" + std::string(100000, '#'));
  EXPECT_EQ(Texts(History(TableAccess(store))), (std::vector<std::string>{R"({"version":0})"}));
}

TEST(History, ReadsActionsOverSeveralLines) {
  const ObjectStore store = NewStore();
  Put(store, 0, "{\"commitInfo\":\n{\"a\":\n1}}\n" + Add(1));
  EXPECT_EQ(Texts(History(TableAccess(store))),
            (std::vector<std::string>{"{\"a\":\n1,\"version\":0}"}));
}

TEST(History, NamesTheFileThatMakesNoSense) {
  for (const std::string& broken :
       {std::string("broken"), std::string(), Info(R"("a":)"), Info(R"("a":[1}, "b":2)"),
        std::string(R"({"commitInfo":3})"), std::string(R"({"commitInfo":{"a":1})"),
        std::string(40000, 'x'), Info(R"("version":1,"b":tru)"), Info("\"\xFF\":1")}) {
    const ObjectStore store = NewStore();
    Put(store, 0, Info(""));
    Put(store, 1, broken);
    ExpectCorrupt(store, CommitLocation(1));
  }
}

TEST(History, NeedsALog) {
  const ObjectStore store = NewStore();
  try {
    History(TableAccess(store));
    FAIL() << "There is no error.";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kTableNotFound);
  }
  store.Put("_delta_log/00000000000000000008.checkpoint.parquet", "x");
  EXPECT_TRUE(History(TableAccess(store)).empty());
}

}  // namespace
}  // namespace deltaic::delta
