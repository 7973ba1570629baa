#include "delta/log/commit_replay.h"

#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deltaic/base/error.h>

#include "delta/log/log_segment.h"
#include "delta/protocol/log_path.h"
#include "testing/error_of.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;
using testing::SomeFile;
using testing::TableBuilder;

std::vector<std::string> PathsInOrder(const TableBuilder& table) {
  std::vector<std::string> paths;
  ReplayCommits(table.store(), ListLogFiles(table.access(), 0).commits(),
                [&](std::vector<ActionPiece>& pieces) {
                  for (const ActionPiece& piece : pieces) {
                    for (const Action& action : piece) {
                      if (const auto* add = std::get_if<AddFile>(&action)) {
                        paths.push_back(add->path);
                      }
                    }
                  }
                });
  return paths;
}

TEST(ReplayCommits, GoesFromTheLastCommitToTheFirst) {
  TableBuilder table;
  table.Create();
  table.Append(3);
  EXPECT_EQ(PathsInOrder(table), (std::vector<std::string>{"f3", "f2", "f1", "f0"}));
}

TEST(ReplayCommits, KeepsTheOrderWithinALongCommit) {
  TableBuilder table;
  table.Create();
  std::vector<Action> many;
  std::vector<std::string> wanted;
  for (int i = 0; i < 6'000; ++i) {
    AddFile file = SomeFile(fmt::format("m{}", i));
    file.tags = NullableTexts{{"t", std::string(1'000, 'x')}};
    many.push_back(file);
    wanted.push_back(file.path);
  }
  table.Commit(many);
  wanted.emplace_back("f0");
  EXPECT_EQ(PathsInOrder(table), wanted);
}

TEST(ReplayCommits, NamesTheLineOfALongCommitThatMakesNoSense) {
  TableBuilder table;
  table.Create();
  std::string text;
  for (int i = 0; i < 6'000; ++i) {
    text += fmt::format(R"({{"txn":{{"appId":"{}{}","version":1}}}})", i, std::string(1'000, 'x'));
    text += '\n';
  }
  table.Write(CommitLocation(1), text + "{\"add\":{}}\n");
  const Error error = ErrorOf([&] { PathsInOrder(table); });
  EXPECT_EQ(error.code(), ErrorCode::kCorruptLog);
  EXPECT_NE(std::string(error.message()).find("line 6001"), std::string::npos) << error.message();
}

}  // namespace
}  // namespace deltaic::delta
