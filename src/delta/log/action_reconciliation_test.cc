#include "delta/log/action_reconciliation.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/base/error.h>

#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

std::string Add(std::string_view path, int64_t size = 1, std::string_view extra = "") {
  return fmt::format(R"({{"add":{{"path":"{}","partitionValues":{{}},"size":{},)"
                     R"("modificationTime":2,"dataChange":true{}}}}})",
                     path, size, extra);
}

std::string Remove(std::string_view path, std::string_view extra = "") {
  return fmt::format(R"({{"remove":{{"path":"{}","dataChange":true{}}}}})", path, extra);
}

std::string Vector(std::string_view id, int64_t cardinality = 1) {
  return fmt::format(R"(,"deletionVector":{{"storageType":"u","pathOrInlineDv":"{}",)"
                     R"("sizeInBytes":9,"cardinality":{}}})",
                     id, cardinality);
}

Commit Parse(const CommitFile& file, std::string_view json) {
  ActionParser parser;
  Commit commit = ParseCommit(file, json, parser);
  parser.Finish();
  return commit;
}

Commit MakeCommit(int64_t version, const std::vector<std::string>& lines) {
  std::string json = "{}\n";
  for (const std::string& line : lines) json += line + "\n";
  return Parse({version, {CommitLocation(version), 0, 0}}, json);
}

std::vector<Commit> MakeCommits(const std::vector<std::vector<std::string>>& commits) {
  std::vector<Commit> made;
  for (const auto& lines : commits) {
    made.push_back(MakeCommit(static_cast<int64_t>(made.size()), lines));
  }
  return made;
}

// "path" or "path@vector", with its size.
std::map<std::string, int64_t> Contents(const LiveFiles& live) {
  std::map<std::string, int64_t> contents;
  for (const LiveFiles::Batch& batch : live.batches) {
    for (size_t i = 0; i < batch.size(); ++i) {
      const FileKey key = batch.files->key(batch.row(i));
      std::string name(key.path);
      if (!key.deletion_vector_id.empty()) name += "@" + std::string(key.deletion_vector_id);
      const int64_t size = batch.files->sizes[batch.row(i)];
      EXPECT_TRUE(contents.emplace(name, size).second) << name << " twice";
    }
  }
  return contents;
}

using Files = std::map<std::string, int64_t>;

void ExpectContradiction(const std::vector<std::string>& lines, std::string_view names) {
  std::vector<std::string> backwards(lines.rbegin(), lines.rend());
  for (const auto& order : {lines, backwards}) {
    try {
      const auto commits = MakeCommits({{}, order});
      ReconcileState({}, commits);
      ReconcileFiles({}, commits);
      ADD_FAILURE() << "No error: " << names;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorruptLog);
      EXPECT_NE(error.message().find(names), std::string::npos) << error.message();
      EXPECT_NE(error.message().find(CommitLocation(1)), std::string::npos) << error.message();
    }
  }
}

TEST(ReconcileFiles, NewestActionOfAKeyCounts) {
  const auto commits = MakeCommits({{Add("a"), Add("b"), Add("c")},
                                    {Remove("a"), Add("d"), Remove("never")},
                                    {Add("b", 7), Remove("c")},
                                    {Add("a", 9)}});
  EXPECT_EQ(Contents(ReconcileFiles({}, commits)), (Files{{"a", 9}, {"b", 7}, {"d", 1}}));
  EXPECT_EQ(Contents(ReconcileFiles({}, {})), Files());
}

TEST(ReconcileFiles, KeysHaveDeletionVectors) {
  const auto commits = MakeCommits(
      {{Add("a"), Add("b")}, {Add("a", 2, Vector("x")), Remove("a")}, {Remove("b", Vector("y"))}});
  EXPECT_EQ(Contents(ReconcileFiles({}, commits)), (Files{{"a@ux", 2}, {"b", 1}}));
}

TEST(ReconcileFiles, StartsFromOlderFiles) {
  const LiveFiles base = ReconcileFiles({}, MakeCommits({{Add("a"), Add("b")}, {Add("c")}}));
  ASSERT_EQ(base.batches.size(), 2u);
  const LiveFiles next =
      ReconcileFiles(base, MakeCommits({{Remove("c"), Add("b", 5), Add("d"), Remove("x")}}));
  EXPECT_EQ(Contents(next), (Files{{"a", 1}, {"b", 5}, {"d", 1}}));
  EXPECT_EQ(next.batches.size(), 2u) << "Batches without live rows are let go.";
  EXPECT_EQ(Contents(base), (Files{{"a", 1}, {"b", 1}, {"c", 1}}));
}

TEST(FindRepeatedFile, FindsKeysThatAreThereTwice) {
  std::vector<std::string> lines;
  for (int i = 0; i < 20000; ++i) lines.push_back(Add(fmt::format("{}.parquet", i)));
  LiveFiles files = ReconcileFiles({}, MakeCommits({lines}));
  EXPECT_EQ(FindRepeatedFile({}), std::nullopt);
  EXPECT_EQ(FindRepeatedFile(files), std::nullopt);
  const LiveFiles other = ReconcileFiles({}, MakeCommits({{Add("777.parquet", 1, Vector("x"))}}));
  files.batches.push_back(other.batches.front());
  EXPECT_EQ(FindRepeatedFile(files), std::nullopt) << "Another deletion vector, another key.";
  const LiveFiles again = ReconcileFiles({}, MakeCommits({{Add("777.parquet", 5)}}));
  files.batches.push_back(again.batches.front());
  EXPECT_EQ(FindRepeatedFile(files), "777.parquet");
}

TEST(ReconcileFiles, RefusesContradictionsInAnyOrder) {
  ExpectContradiction({Add("a"), Remove("a")}, "adds and removes the file 'a'");
  ExpectContradiction({Add("a"), Add("a", 2)}, "adds the file 'a' in two ways");
  ExpectContradiction({Add("a"), Add("a", 1, R"(,"stats":"{\"numRecords\":1}")")}, "in two ways");
  ExpectContradiction({Add("a", 1, Vector("x")), Remove("a", Vector("x"))}, "adds and removes");
  ExpectContradiction({Add("a", 1, Vector("x")), Add("a", 1, Vector("x", 2))}, "in two ways");
  EXPECT_EQ(
      Contents(ReconcileFiles({}, MakeCommits({{Add("a"), Add("a"), Remove("b"), Remove("b")}}))),
      (Files{{"a", 1}}));
}

TEST(ReconcileState, RefusesContradictionsInAnyOrder) {
  ExpectContradiction(
      {R"({"txn":{"appId":"a","version":1}})", R"({"txn":{"appId":"a","version":2}})"},
      "two txn actions for 'a'");
  ExpectContradiction({R"({"domainMetadata":{"domain":"d","configuration":"","removed":true}})",
                       R"({"domainMetadata":{"domain":"d","configuration":"","removed":false}})"},
                      "two domainMetadata actions for 'd'");
}

TEST(ReconcileState, NewestOfEachCounts) {
  const auto commits = MakeCommits(
      {{R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})",
        R"({"metaData":{"id":"i","format":{"provider":"parquet"},"partitionColumns":[]}})",
        R"({"txn":{"appId":"a","version":9}})", R"({"txn":{"appId":"b","version":1}})",
        R"({"domainMetadata":{"domain":"d","configuration":"1","removed":false}})",
        R"({"domainMetadata":{"domain":"e","configuration":"1","removed":false}})"},
       {R"({"protocol":{"minReaderVersion":1,"minWriterVersion":4}})",
        R"({"txn":{"appId":"a","version":3}})",
        R"({"domainMetadata":{"domain":"d","configuration":"1","removed":true}})"}});
  const TableState state = ReconcileState({}, commits);
  EXPECT_EQ(state.protocol->action.min_writer_version, 4);
  EXPECT_EQ(state.protocol->location, CommitLocation(1));
  EXPECT_EQ(state.metadata->action.id, "i");
  EXPECT_EQ(state.metadata->location, CommitLocation(0));
  EXPECT_EQ(state.transactions.at("a").version, 3) << "The version of a txn may go down.";
  EXPECT_EQ(state.transactions.at("b").version, 1);
  EXPECT_FALSE(state.domains.contains("d"));
  EXPECT_TRUE(state.domains.contains("e"));
}

// Against the definition: a map from key to size, commit by commit.
TEST(ReconcileFiles, AgreesWithAMapOnRandomLogs) {
  for (int seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](int limit) { return static_cast<int>(random() % limit); };
    std::vector<std::vector<std::string>> log;
    Files expected;
    const int num_commits = 1 + below(20);
    for (int version = 0; version < num_commits; ++version) {
      std::vector<std::string> lines;
      std::set<int> used;
      for (int i = below(12); i > 0; --i) {
        const int file = below(20);
        if (!used.insert(file).second) continue;
        const std::string path = fmt::format("f{}", file);
        if (below(2) == 0) {
          lines.push_back(Add(path, version));
          expected[path] = version;
        } else {
          lines.push_back(Remove(path));
          expected.erase(path);
        }
      }
      std::shuffle(lines.begin(), lines.end(), random);
      log.push_back(std::move(lines));
    }
    std::vector<Commit> commits = MakeCommits(log);
    EXPECT_EQ(Contents(ReconcileFiles({}, commits)), expected) << "seed " << seed;
    // The same in two steps.
    const auto cut = commits.begin() + below(num_commits + 1);
    std::vector<Commit> later(std::make_move_iterator(cut), std::make_move_iterator(commits.end()));
    commits.erase(cut, commits.end());
    EXPECT_EQ(Contents(ReconcileFiles(ReconcileFiles({}, commits), later)), expected)
        << "seed " << seed;
  }
}

TEST(ParseCommit, CutsLongCommitsIntoPieces) {
  std::string json;
  int64_t lines = 0;
  const std::string statistics = fmt::format(R"(,"stats":"{}")", std::string(10'000, 'x'));
  while (json.size() < (size_t{50} << 20)) {
    json += Add(fmt::format("f{}", lines++), 1, statistics) + "\n";
  }
  const CommitFile file{3, {CommitLocation(3), 0, 0}};
  std::vector<Commit> commits;
  commits.push_back(Parse(file, json));
  EXPECT_GT(commits[0].pieces.size(), 1u);
  EXPECT_EQ(Contents(ReconcileFiles({}, commits)).size(), static_cast<size_t>(lines));
  json += Remove("f0") + "\n";
  commits[0] = Parse(file, json);
  EXPECT_THROW(ReconcileFiles({}, commits), Error);
  json += Add("last", -1) + "\n";
  try {
    Parse(file, json);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find(fmt::format("line {},", lines + 2)), std::string::npos)
        << error.message();
  }
}

TEST(ParseCommit, WantsAnAction) {
  const CommitFile file{3, {CommitLocation(3), 0, 0}};
  for (const char* json : {"", "\n", " \n\n ", "\xEF\xBB\xBF"}) {
    try {
      Parse(file, json);
      ADD_FAILURE() << json;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorruptLog);
      EXPECT_NE(error.message().find(CommitLocation(3)), std::string::npos) << error.message();
    }
  }
  EXPECT_EQ(Parse(file, "{}").pieces.size(), 1u);
}

}  // namespace
}  // namespace deltaic::delta
