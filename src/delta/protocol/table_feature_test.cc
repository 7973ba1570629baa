#include "delta/protocol/table_feature.h"

#include <set>

#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

TEST(TableFeature, TheTableIsConsistent) {
  std::set<std::string_view> names;
  for (const TableFeature& feature : KnownTableFeatures()) {
    EXPECT_TRUE(names.insert(feature.name).second) << feature.name;
    EXPECT_EQ(feature.kind == FeatureKind::kWriter, feature.read_support == ReadSupport::kNotNeeded)
        << feature.name;
    EXPECT_LT(feature.legacy_reader_version, 3) << feature.name;
    EXPECT_LT(feature.legacy_writer_version, 7) << feature.name;
    if (feature.kind == FeatureKind::kWriter) {
      EXPECT_EQ(feature.legacy_reader_version, 0) << feature.name;
    }
    EXPECT_EQ(FindTableFeature(feature.name), &feature);
  }
}

TEST(TableFeature, NamesAreFoundExactly) {
  EXPECT_EQ(FindTableFeature("columnMapping")->legacy_reader_version, 2);
  EXPECT_EQ(FindTableFeature("timestampWithoutTimezone")->read_support, ReadSupport::kFull);
  for (std::string_view name : {"", "columnmapping", "catalogOwned", "deletionVectors "}) {
    EXPECT_EQ(FindTableFeature(name), nullptr) << name;
  }
}

TEST(TableFeature, ReaderFeaturesAreListedOrImplied) {
  const TableFeature& mapping = *FindTableFeature("columnMapping");
  const TableFeature& vectors = *FindTableFeature("deletionVectors");
  EXPECT_FALSE(IsReaderFeatureSupported({1, 5, {}, {}}, mapping));
  EXPECT_TRUE(IsReaderFeatureSupported({2, 5, {}, {}}, mapping));
  EXPECT_FALSE(IsReaderFeatureSupported({2, 5, {}, {}}, vectors));
  Protocol listed{3, 7, std::vector<std::string>{"deletionVectors"}, std::nullopt};
  EXPECT_TRUE(IsReaderFeatureSupported(listed, vectors));
  EXPECT_FALSE(IsReaderFeatureSupported(listed, mapping));
}

}  // namespace
}  // namespace deltaic::delta
