#include <deltaic/delta/transaction/commit_lookup.h>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>

#include "delta/protocol/log_path.h"
#include "testing/error_of.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;

TEST(FindCommitOwner, TellsWhoseAVersionIs) {
  testing::TableBuilder table;
  EXPECT_EQ(FindCommitOwner(table.access(), 0, "t"), CommitOwner::kNobody);
  table.Create();
  table.Commit({CommitInfo{R"({"txnId":"t"})", {}, {}}, testing::SomeFile("f")});
  EXPECT_EQ(FindCommitOwner(table.access(), 0, "t"), CommitOwner::kOther);
  EXPECT_EQ(FindCommitOwner(table.access(), 1, "t"), CommitOwner::kCaller);
  EXPECT_EQ(FindCommitOwner(table.access(), 1, "u"), CommitOwner::kOther);
  EXPECT_EQ(FindCommitOwner(table.access(), 2, "t"), CommitOwner::kNobody);
  table.Forget(0, 0);
  EXPECT_EQ(ErrorOf([&] { FindCommitOwner(table.access(), 0, "t"); }).code(),
            ErrorCode::kVersionNotFound);
  table.Write(CommitLocation(1), "{");
  EXPECT_EQ(ErrorOf([&] { FindCommitOwner(table.access(), 1, "t"); }).code(),
            ErrorCode::kCorruptLog);
}

}  // namespace
}  // namespace deltaic::delta
