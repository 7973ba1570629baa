#include "delta/snapshot/active_file_columns.h"

#include <limits>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

std::string Add(std::string_view path, std::string_view partition_values, int64_t size = 1) {
  return fmt::format(R"({{"add":{{"path":"{}","partitionValues":{{{}}},"size":{},)"
                     R"("modificationTime":5,"dataChange":true,"stats":"{{}}"}}}})",
                     path, partition_values, size);
}

LiveFiles Replay(const std::vector<std::string>& commits) {
  std::vector<Commit> parsed;
  ActionParser parser;
  for (const std::string& json : commits) {
    const auto version = static_cast<int64_t>(parsed.size());
    parsed.push_back(ParseCommit({version, {"commit", 0, 0}}, json, parser));
  }
  parser.Finish();
  return ReconcileFiles({}, parsed);
}

TEST(ActiveFileColumns, AnswersByFileAndColumn) {
  const ActiveFileColumns files(
      Replay({Add("a", R"("q":"2","p":"1","other":"x")") + "\n" + Add("b", R"("p":null)"),
              Add("c", R"("p":"","q":"3")", 40)}),
      {"p", "q", "r"});
  ASSERT_EQ(files.size(), 3);
  EXPECT_EQ(files.total_size(), 42);
  int seen = 0;
  for (int64_t file = 0; file < files.size(); ++file) {
    EXPECT_EQ(files.modification_time(file), 5);
    EXPECT_EQ(files.partition_value(file, 2), std::nullopt);
    if (files.path(file) == "a") {
      EXPECT_EQ(files.partition_value(file, 0), "1");
      EXPECT_EQ(files.partition_value(file, 1), "2");
      seen |= 1;
    } else if (files.path(file) == "b") {
      EXPECT_EQ(files.partition_value(file, 0), std::nullopt);
      EXPECT_EQ(files.partition_value(file, 1), std::nullopt);
      seen |= 2;
    } else if (files.path(file) == "c") {
      EXPECT_EQ(files.file_size(file), 40);
      EXPECT_EQ(files.partition_value(file, 0), "");
      EXPECT_EQ(files.partition_value(file, 1), "3");
      seen |= 4;
    }
  }
  EXPECT_EQ(seen, 7);
}

TEST(ActiveFileColumns, TotalSizeDoesNotOverflow) {
  const int64_t most = std::numeric_limits<int64_t>::max();
  const ActiveFileColumns files(Replay({Add("a", "", most) + "\n" + Add("b", "", most)}), {});
  EXPECT_EQ(files.total_size(), most);
}

}  // namespace
}  // namespace deltaic::delta
