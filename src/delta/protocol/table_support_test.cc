#include "delta/protocol/table_support.h"

#include <functional>
#include <string>
#include <vector>

#include <deltaic/base/error.h>
#include <gtest/gtest.h>

#include "delta/protocol/table_feature.h"

namespace deltaic::delta {
namespace {

using Names = std::vector<std::string>;

DataType Of(TypeKind kind) { return DataType::Primitive(kind); }

DataType SomeSchema() {
  return DataType::Struct({{"id", Of(TypeKind::kLong)},
                           {"day", Of(TypeKind::kDate)},
                           {"at", Of(TypeKind::kTimestampNtz)},
                           {"tags", DataType::Array(Of(TypeKind::kString), true)},
                           {"nothing", Of(TypeKind::kVoid)}});
}

Protocol WithReaderFeatures(Names names) { return {3, 7, names, names}; }

// "" where the table is readable, else code and message.
std::string Refusal(const Protocol& protocol, const Metadata& metadata = {},
                    const DataType& schema = SomeSchema()) {
  try {
    CheckReadable(protocol, metadata, schema);
    return "";
  } catch (const Error& error) {
    return std::string(ErrorCodeName(error.code())) + ": " + error.message();
  }
}

bool IsUnsupported(const std::string& refusal, std::string_view name) {
  return refusal.starts_with("unsupported_feature: ") && refusal.find(name) != std::string::npos;
}

bool IsCorrupt(const std::string& refusal) { return refusal.starts_with("corrupt_log: "); }

TEST(TableSupport, LegacyVersions) {
  EXPECT_EQ(Refusal({1, 1, {}, {}}), "");
  EXPECT_EQ(Refusal({1, 2, {}, {}}), "");
  EXPECT_EQ(Refusal({2, 5, {}, {}}), "");
  EXPECT_EQ(Refusal({1, 7, {}, Names{"somethingNew"}}), "");
  EXPECT_EQ(Refusal({1, 99, {}, {}}), "");
  EXPECT_TRUE(IsUnsupported(Refusal({4, 7, Names{}, Names{}}), "reader version 4"));
  EXPECT_TRUE(IsUnsupported(Refusal({0, 2, {}, {}}), "reader version 0"));
  EXPECT_TRUE(IsUnsupported(Refusal({-1, 2, {}, {}}), "reader version -1"));
}

TEST(TableSupport, ContradictoryProtocols) {
  EXPECT_TRUE(IsCorrupt(Refusal({3, 7, {}, Names{}})));
  EXPECT_TRUE(IsCorrupt(Refusal({3, 6, Names{}, {}})));
  EXPECT_TRUE(IsCorrupt(Refusal({1, 7, Names{"deletionVectors"}, Names{"deletionVectors"}})));
  EXPECT_EQ(Refusal({1, 2, Names{}, {}}), "");
}

TEST(TableSupport, SupportedReaderFeatures) {
  EXPECT_EQ(Refusal(WithReaderFeatures({})), "");
  EXPECT_EQ(Refusal(WithReaderFeatures({"timestampNtz", "vacuumProtocolCheck", "columnMapping",
                                        "typeWidening", "typeWidening-preview",
                                        "timestampWithoutTimezone", "timestampNtz"})),
            "");
  EXPECT_EQ(Refusal(WithReaderFeatures({"variantType", "variantType-preview", "variantShredding",
                                        "variantShredding-preview"})),
            "");
  // The type without its feature is tolerated.
  EXPECT_EQ(Refusal({1, 2, {}, {}}), "");
}

TEST(TableSupport, WriterFeaturesNeverStopAReader) {
  EXPECT_EQ(Refusal({3, 7, Names{}, Names{"rowTracking", "domainMetadata", "madeUpTomorrow"}}), "");
  EXPECT_EQ(Refusal({3, 7, Names{"appendOnly"}, Names{"appendOnly"}}), "");
}

TEST(TableSupport, EveryOtherReaderFeatureIsNamed) {
  for (const char* name : {"catalogManaged", "catalogOwned-preview", "catalogOwned", "geospatial",
                           "adaptiveMetadata", "madeUpTomorrow", "TimestampNtz", ""}) {
    EXPECT_TRUE(IsUnsupported(Refusal(WithReaderFeatures({"timestampNtz", name})), name)) << name;
  }
  std::string refusal = Refusal(WithReaderFeatures({"v2Checkpoint", "x", "geospatial", "x"}));
  EXPECT_TRUE(IsUnsupported(refusal, "geospatial, 'x'")) << refusal;
}

TEST(TableSupport, WhatIsNotSupportedIsRefused) {
  for (const TableFeature& feature : KnownTableFeatures()) {
    const Protocol protocol = WithReaderFeatures({std::string(feature.name)});
    const bool is_refused = feature.read_support == ReadSupport::kNotSupported ||
                            feature.read_support == ReadSupport::kWithCatalog;
    EXPECT_EQ(IsUnsupported(Refusal(protocol), feature.name), is_refused) << feature.name;
  }
}

TEST(TableSupport, ACatalogsTableIsReadWithItsCommits) {
  for (const char* name : {"catalogManaged", "catalogOwned-preview"}) {
    const Protocol protocol = WithReaderFeatures({name, "v2Checkpoint"});
    EXPECT_TRUE(IsUnsupported(Refusal(protocol), name));
    EXPECT_NO_THROW(CheckReadable(protocol, {}, SomeSchema(), LogSource::kCatalog));
  }
  EXPECT_THROW(
      CheckReadable(WithReaderFeatures({"catalogOwned"}), {}, SomeSchema(), LogSource::kCatalog),
      Error);
}

TEST(TableSupport, MessagesStayShort) {
  Names names;
  for (int i = 0; i < 10'000; ++i) names.push_back(std::to_string(i) + std::string(1000, 'x'));
  std::string refusal = Refusal(WithReaderFeatures(names));
  EXPECT_TRUE(IsUnsupported(refusal, "and 9980 more"));
  EXPECT_LT(refusal.size(), 4000u);
}

TEST(TableSupport, TypesAreReadWithoutTheirFeatures) {
  DataType map = DataType::Map(Of(TypeKind::kString), Of(TypeKind::kVariant), true);
  DataType schema = DataType::Struct({{"a", DataType::Struct({{"b", map}})}});
  EXPECT_EQ(Refusal({1, 2, {}, {}}, {}, schema), "");
}

TEST(TableSupport, Format) {
  Metadata metadata;
  metadata.format_provider = "orc";
  EXPECT_TRUE(IsUnsupported(Refusal({1, 2, {}, {}}, metadata), "orc"));
}

TEST(TableSupport, PartitionColumns) {
  Metadata metadata;
  metadata.partition_columns = {"day", "id", "at"};
  EXPECT_EQ(Refusal({1, 2, {}, {}}, metadata), "");
  for (Names columns : {Names{"missing"}, Names{"Day"}, Names{""}, Names{"tags"}, Names{"nothing"},
                        Names{"day", "id", "day"}}) {
    metadata.partition_columns = columns;
    EXPECT_TRUE(IsCorrupt(Refusal({1, 2, {}, {}}, metadata))) << columns.back();
  }
}

}  // namespace
}  // namespace deltaic::delta
