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
  EXPECT_EQ(Refusal(WithReaderFeatures({"timestampNanos", "timestampNtz"})), "");
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

// "" where tables of the protocol can be written, else code and message.
std::string WriteRefusal(const Protocol& protocol) {
  try {
    CheckProtocolWritable(protocol);
    return "";
  } catch (const Error& error) {
    return std::string(ErrorCodeName(error.code())) + ": " + error.message();
  }
}

TEST(CheckProtocolWritable, NamesEveryFeatureThatIsNotWritten) {
  EXPECT_EQ(WriteRefusal({1, 1}), "");
  EXPECT_EQ(WriteRefusal({3, 7, Names{"timestampNtz"}, Names{"timestampNtz"}}), "");
  EXPECT_TRUE(IsUnsupported(WriteRefusal({1, 8}), "writer version 8"));
  EXPECT_TRUE(IsUnsupported(WriteRefusal({1, 0}), "writer version 0"));
  for (const TableFeature& feature : KnownTableFeatures()) {
    const std::string name(feature.name);
    const std::string refusal = WriteRefusal({1, 7, std::nullopt, Names{name}});
    if (feature.write_support == WriteSupport::kWritten) {
      EXPECT_EQ(refusal, "") << name;
    } else {
      EXPECT_TRUE(IsUnsupported(refusal, "writer feature " + name)) << refusal;
    }
    if (feature.legacy_writer_version == 0) continue;
    const std::string implied = WriteRefusal({1, feature.legacy_writer_version});
    EXPECT_TRUE(feature.write_support == WriteSupport::kWritten ||
                implied.find(name) != std::string::npos)
        << implied;
  }
  EXPECT_TRUE(IsUnsupported(WriteRefusal({1, 7, std::nullopt, Names{"new", "neuer"}}),
                            "writer features 'neuer', 'new'"));
}

TEST(WithFeatures, ListsWhatTheVersionsImply) {
  EXPECT_EQ(WithFeatures({1, 2}, {"changeDataFeed"}),
            (Protocol{1, 7, std::nullopt, Names{"appendOnly", "changeDataFeed", "invariants"}}));
  EXPECT_EQ(WithFeatures({2, 5}, {"deletionVectors"}),
            (Protocol{3, 7, Names{"columnMapping", "deletionVectors"},
                      Names{"appendOnly", "changeDataFeed", "checkConstraints", "columnMapping",
                            "deletionVectors", "generatedColumns", "invariants"}}));
  // A feature of writers leaves readers alone.
  EXPECT_EQ(WithFeatures({2, 5}, {"domainMetadata"}).min_reader_version, 2);
}

TEST(WithFeatures, LeavesAProtocolThatHasThem) {
  for (const Protocol& protocol :
       {Protocol{1, 4}, Protocol{3, 7, Names{}, Names{"changeDataFeed", "new"}}}) {
    EXPECT_EQ(WithFeatures(protocol, {"changeDataFeed"}), protocol);
    EXPECT_EQ(WithFeatures(protocol, {}), protocol);
  }
}

TEST(WithFeatures, AddsWhatTheyNeed) {
  EXPECT_EQ(WithFeatures({1, 1}, {"icebergCompatV3"}),
            (Protocol{3, 7, Names{"columnMapping"},
                      Names{"columnMapping", "domainMetadata", "icebergCompatV3", "rowTracking"}}));
  EXPECT_EQ(WithFeatures({3, 7, Names{"new"}, Names{"new"}}, {"clustering"}),
            (Protocol{3, 7, Names{"new"}, Names{"clustering", "domainMetadata", "new"}}));
}

TEST(WithFeatures, IsTheSameInOneStepAndInTwo) {
  for (const TableFeature& a : KnownTableFeatures()) {
    for (const TableFeature& b : KnownTableFeatures()) {
      const std::string first(a.name);
      const std::string second(b.name);
      const Protocol both = WithFeatures({1, 2}, {first, second});
      EXPECT_EQ(WithFeatures(WithFeatures({1, 2}, {first}), {second}), both) << first << second;
      EXPECT_TRUE(SupportedFeatures(both).contains(first));
      EXPECT_EQ(IsReaderFeatureSupported(both, a), a.kind == FeatureKind::kReaderWriter) << first;
    }
  }
}

TEST(WithFeatures, RefusesWhatIsNoFeature) {
  EXPECT_THROW(WithFeatures({1, 2}, {"changeDataFed"}), Error);
}

}  // namespace
}  // namespace deltaic::delta
