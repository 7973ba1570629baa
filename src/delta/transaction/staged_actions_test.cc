#include "delta/transaction/staged_actions.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "testing/error_of.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;
using testing::Removed;
using testing::SomeFile;

AddFile WithVector(AddFile file, const std::string& id) {
  file.deletion_vector = DeletionVector{'i', id, {}, 1, 1, {}};
  return file;
}

RemoveFile WithVector(RemoveFile file, const std::string& id) {
  file.deletion_vector = DeletionVector{'i', id, {}, 1, 1, {}};
  return file;
}

bool CanBeTogether(const std::vector<Action>& actions) {
  StagedActions staged;
  const Error error = ErrorOf([&] {
    for (const Action& action : actions) staged.Add(action);
  });
  EXPECT_TRUE(error.code() == ErrorCode::kInvalidArgument || error.message() == "no error")
      << error.message();
  return error.code() != ErrorCode::kInvalidArgument;
}

TEST(StagedActions, OneOfAKindCounts) {
  const DomainMetadata domain{"d", "{}", false, {}};
  const SetTransaction transaction{"job", 1, {}, {}};
  const std::vector<Action> single = {testing::SomeProtocol(),
                                      testing::SomeMetadata(),
                                      domain,
                                      transaction,
                                      SomeFile("f"),
                                      Removed("g"),
                                      AddCdcFile{"c", {}, 1, false, {}, {}}};
  EXPECT_TRUE(CanBeTogether(single));
  for (const Action& action : single) {
    std::vector<Action> twice = single;
    twice.push_back(action);
    EXPECT_FALSE(CanBeTogether(twice)) << action.index();
  }
}

TEST(StagedActions, AFileIsRemovedAndAddedWithAnotherDeletionVectorOnly) {
  EXPECT_FALSE(CanBeTogether({SomeFile("f"), Removed("f")}));
  EXPECT_FALSE(CanBeTogether({Removed("f"), SomeFile("f")}));
  EXPECT_FALSE(CanBeTogether({WithVector(SomeFile("f"), "a"), WithVector(Removed("f"), "a")}));
  EXPECT_TRUE(CanBeTogether({WithVector(SomeFile("f"), "a"), Removed("f")}));
  EXPECT_TRUE(CanBeTogether({WithVector(Removed("f"), "a"), WithVector(SomeFile("f"), "b")}));
  EXPECT_FALSE(CanBeTogether({WithVector(SomeFile("f"), "a"), WithVector(SomeFile("f"), "b")}));
  EXPECT_TRUE(CanBeTogether({SomeFile("f"), AddCdcFile{"f", {}, 1, false, {}, {}}}));
}

TEST(StagedActions, WhatNoTransactionCommitsIsRefused) {
  EXPECT_FALSE(CanBeTogether({CommitInfo{"{}", {}, {}}}));
  EXPECT_FALSE(CanBeTogether({Sidecar{}}));
  EXPECT_FALSE(CanBeTogether({CheckpointMetadata{}}));
  EXPECT_FALSE(CanBeTogether({UnknownAction{"new", "{}"}}));
  EXPECT_FALSE(CanBeTogether({SomeFile("")}));
  EXPECT_FALSE(CanBeTogether({SomeFile("f", -1)}));
  EXPECT_FALSE(CanBeTogether({SetTransaction{"", 1, {}, {}}}));
  EXPECT_FALSE(CanBeTogether({DomainMetadata{"", "{}", false, {}}}));
  EXPECT_FALSE(CanBeTogether({AddCdcFile{"c", {}, 1, true, {}, {}}}));
}

TEST(StagedActions, TellsWhetherRowsChange) {
  AddFile add = SomeFile("f");
  RemoveFile remove = Removed("g");
  add.data_change = remove.data_change = false;
  StagedActions staged;
  EXPECT_FALSE(staged.only_rearranges());
  staged.Add(add);
  staged.Add(remove);
  EXPECT_TRUE(staged.only_rearranges());
  EXPECT_FALSE(staged.deletes_data());
  staged.Add(Removed("h"));
  EXPECT_FALSE(staged.only_rearranges());
  EXPECT_TRUE(staged.deletes_data());
}

}  // namespace
}  // namespace deltaic::delta
