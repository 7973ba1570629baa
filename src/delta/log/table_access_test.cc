#include <deltaic/delta/log/table_access.h>

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>

#include "testing/error_of.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectStore;
using testing::ErrorOf;

TEST(TableAccess, OptionsAllowOtherRoots) {
  const TableAccess access =
      TableAccess::Open("memory://allowed/table", {{"allowed_root_10", "memory://allowed/c"},
                                                   {"Allowed_Root_2", "s3://bucket/a"},
                                                   {"allowed_root_2_AWS_REGION", "eu-north-1"},
                                                   {"allowed_root_3", "memory://allowed/b"}});
  const std::vector<std::string> urls = {"memory://allowed/table/", "s3://bucket/a/",
                                         "memory://allowed/b/", "memory://allowed/c/"};
  EXPECT_EQ(access.root_urls(), urls);
  EXPECT_EQ(access.store().url(), urls[0]);
  ASSERT_EQ(access.allowed_roots().size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(access.allowed_roots()[i].url(), urls[i + 1]);
  EXPECT_TRUE(TableAccess::Open("memory://allowed/table").allowed_roots().empty());
}

TEST(TableAccess, OptionsOfAnAllowedRootNeedItsUrl) {
  for (const Options& options :
       {Options{{"allowed_root_1_aws_region", "x"}}, Options{{"allowed_root_1", ""}},
        Options{{"allowed_root_1", "gopher://x"}}, Options{{"allowed_root_1x", "memory://x"}},
        Options{{"allowed_root_1", "s3://b"}, {"allowed_root_1_no", "x"}}}) {
    EXPECT_EQ(ErrorOf([&] { TableAccess::Open("memory://allowed/t", options); }).code(),
              ErrorCode::kInvalidArgument);
  }
}

TEST(TableAccess, OptionsOfAllowedRootsAreOptions) {
  for (const char* key : {"allowed_root_1", "ALLOWED_ROOT_12", "allowed_root_1_aws_region"}) {
    EXPECT_TRUE(TableAccess::IsOption(key)) << key;
    EXPECT_FALSE(ObjectStore::IsOption(key)) << key;
  }
  for (const char* key : {"allowed_root_", "allowed_root_0", "allowed_root_x", "allowed_root_1_",
                          "allowed_root_1_widget", "allowed_root_1_allowed_root_2"}) {
    EXPECT_FALSE(TableAccess::IsOption(key)) << key;
  }
}

class NoCommitter final : public Committer {
 public:
  CommitOutcome TryCommit(const ObjectStore& /*store*/, int64_t /*version*/,
                          std::string_view /*actions*/) const override {
    return CommitOutcome::kConflict;
  }
};

TEST(TableAccess, ChangesOnePartAndKeepsTheOthers) {
  const TableAccess first =
      TableAccess::Open("memory://allowed/t", {{"allowed_root_1", "memory://allowed/a"}});
  const auto catalog = std::make_shared<const CatalogCommits>();
  const auto committer = std::make_shared<const NoCommitter>();
  const TableAccess changed = first.WithCatalog(catalog).WithCommitter(committer);
  EXPECT_EQ(changed.catalog(), catalog);
  EXPECT_EQ(&changed.committer(), committer.get());
  EXPECT_EQ(changed.root_urls(), first.root_urls());
  EXPECT_EQ(changed.allowed_roots().size(), 1u);
  EXPECT_EQ(first.catalog(), nullptr);
  EXPECT_EQ(&first.committer(), LogFolderCommitter().get());
}

TEST(TableAccess, ATableOfACatalogIsNotCommittedToByItsFolder) {
  const TableAccess access =
      TableAccess::Open("memory://allowed/t").WithCatalog(std::make_shared<const CatalogCommits>());
  EXPECT_EQ(ErrorOf([&] { access.committer(); }).code(), ErrorCode::kUnsupportedFeature);
}

}  // namespace
}  // namespace deltaic::delta
