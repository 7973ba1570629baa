#include "delta/transaction/row_id_assignment.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "testing/error_of.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;

AddFile Rows(const std::string& path, const std::string& stats) {
  AddFile file = testing::SomeFile(path);
  file.stats = stats;
  return file;
}

TEST(RowIdAssignment, RangesFollowEachOther) {
  std::vector<AddFile> files = {Rows("a", R"({"numRecords":3})"), Rows("b", R"({"numRecords":0})"),
                                Rows("kept", R"({"numRecords":9})"),
                                Rows("c", R"({"numRecords":1})")};
  files[2].base_row_id = 1;
  files[2].default_row_commit_version = 2;
  EXPECT_EQ(AssignRowIds(10, 7, files), 14);
  EXPECT_EQ(files[0].base_row_id, 11);
  EXPECT_EQ(files[1].base_row_id, 14);
  EXPECT_EQ(files[2].base_row_id, 1);
  EXPECT_EQ(files[3].base_row_id, 14);
  EXPECT_EQ(files[0].default_row_commit_version, 7);
  EXPECT_EQ(files[2].default_row_commit_version, 2);
}

TEST(RowIdAssignment, StartsFromZero) {
  std::vector<AddFile> files = {Rows("a", R"({"numRecords":2})")};
  EXPECT_EQ(AssignRowIds(kNoRowId, 0, files), 1);
  EXPECT_EQ(files[0].base_row_id, 0);
}

TEST(RowIdAssignment, NeedsNumbersOfRecords) {
  for (const char* stats : {"", "{}", R"({"numRecords":-1})", R"({"numRecords":"3"})", "["}) {
    std::vector<AddFile> files = {Rows("a", stats)};
    const Error error = ErrorOf([&] { AssignRowIds(0, 0, files); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << stats;
    EXPECT_NE(error.message().find(": a"), std::string::npos) << error.message();
  }
  std::vector<AddFile> files = {testing::SomeFile("a")};
  EXPECT_EQ(ErrorOf([&] { AssignRowIds(0, 0, files); }).code(), ErrorCode::kInvalidArgument);
}

TEST(RowIdAssignment, IdsDoNotOverflow) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  std::vector<AddFile> files = {Rows("a", R"({"numRecords":3})")};
  EXPECT_EQ(AssignRowIds(kMax - 3, 0, files), kMax);
  for (const int64_t mark : {kMax - 2, kMax}) {
    std::vector<AddFile> more = {Rows("a", R"({"numRecords":3})")};
    EXPECT_EQ(ErrorOf([&] { AssignRowIds(mark, 0, more); }).code(), ErrorCode::kResourcesExhausted);
  }
}

TEST(RowIdHighWaterMark, IsReadAsItIsWritten) {
  const DomainMetadata domain = RowIdHighWaterMark(41);
  EXPECT_EQ(domain.configuration, R"({"domainName":"delta.rowTracking","rowIdHighWaterMark":41})");
  EXPECT_EQ(ReadRowIdHighWaterMark(domain), 41);
  for (const char* bad : {"", "{}", R"({"rowIdHighWaterMark":-2})",
                          R"({"rowIdHighWaterMark":99999999999999999999})"}) {
    const Error error = ErrorOf([&] {
      ReadRowIdHighWaterMark({kRowTrackingDomain, bad, false, {}});
    });
    EXPECT_EQ(error.code(), ErrorCode::kCorruptLog) << bad;
  }
}

}  // namespace
}  // namespace deltaic::delta
