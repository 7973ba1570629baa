#include "delta/protocol/required_features.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <deltaic/delta/protocol/schema_json.h>

namespace deltaic::delta {
namespace {

using Names = std::set<std::string>;

Names OfProperty(const std::string& name, const std::string& value) {
  Metadata metadata;
  metadata.configuration = {{name, value}};
  return RequiredFeatures(metadata, DataType::Struct({}));
}

Names OfField(const std::string& type, const std::string& metadata = "{}") {
  return RequiredFeatures(
      {}, ParseSchemaJson(R"({"type":"struct","fields":[{"name":"x","nullable":true,"type":)" +
                          type + R"(,"metadata":)" + metadata + "}]}"));
}

TEST(RequiredFeatures, AreThoseOfProperties) {
  EXPECT_EQ(OfProperty("delta.appendOnly", "true"), Names{"appendOnly"});
  EXPECT_EQ(OfProperty("delta.appendOnly", "false"), Names{});
  EXPECT_EQ(OfProperty("delta.constraints.c", "x > 0"), Names{"checkConstraints"});
  EXPECT_EQ(OfProperty("delta.enableChangeDataFeed", "true"), Names{"changeDataFeed"});
  EXPECT_EQ(OfProperty("delta.enableDeletionVectors", "true"), Names{"deletionVectors"});
  EXPECT_EQ(OfProperty("delta.columnMapping.mode", "name"), Names{"columnMapping"});
  EXPECT_EQ(OfProperty("delta.columnMapping.mode", "NONE"), Names{});
  EXPECT_EQ(OfProperty("delta.enableRowTracking", "true"), Names{"rowTracking"});
  EXPECT_EQ(OfProperty("delta.enableInCommitTimestamps", "true"), Names{"inCommitTimestamp"});
  EXPECT_EQ(OfProperty("delta.enableTypeWidening", "true"), Names{"typeWidening"});
  EXPECT_EQ(OfProperty("delta.checkpointPolicy", "v2"), Names{"v2Checkpoint"});
  EXPECT_EQ(OfProperty("delta.enableIcebergCompatV2", "true"), Names{"icebergCompatV2"});
  EXPECT_EQ(OfProperty("mine", "true"), Names{});
}

TEST(RequiredFeatures, AreThoseOfColumnsAtEveryDepth) {
  EXPECT_EQ(OfField(R"("long")"), Names{});
  EXPECT_EQ(OfField(R"("timestamp_ntz")"), Names{"timestampNtz"});
  EXPECT_EQ(OfField(R"("variant")"), Names{"variantType"});
  EXPECT_EQ(OfField(R"({"type":"array","elementType":"timestamp_ntz","containsNull":true})"),
            Names{"timestampNtz"});
  EXPECT_EQ(OfField(R"({"type":"map","keyType":"long","valueType":"variant",)"
                    R"("valueContainsNull":true})"),
            Names{"variantType"});
  EXPECT_EQ(OfField(R"("long")", R"({"delta.generationExpression":"1"})"),
            Names{"generatedColumns"});
  EXPECT_EQ(OfField(R"("long")", R"({"delta.identity.start":1})"), Names{"identityColumns"});
  EXPECT_EQ(OfField(R"("long")", R"({"CURRENT_DEFAULT":"1"})"), Names{"allowColumnDefaults"});
  EXPECT_EQ(OfField(R"({"type":"struct","fields":[{"name":"y","type":"long","nullable":true,)"
                    R"("metadata":{"delta.invariants":"{}"}}]})"),
            Names{"invariants"});
}

TEST(HasFeature, PreviewsAndSlipsCount) {
  const auto listed = [](const std::string& name) {
    return Protocol{3, 7, std::vector{name}, std::vector{name}, {}};
  };
  EXPECT_TRUE(HasFeature(listed("typeWidening"), "typeWidening"));
  EXPECT_TRUE(HasFeature(listed("typeWidening-preview"), "typeWidening"));
  EXPECT_TRUE(HasFeature(listed("timestampWithoutTimezone"), "timestampNtz"));
  EXPECT_FALSE(HasFeature(listed("variantType"), "typeWidening"));
  EXPECT_TRUE(HasFeature({1, 2, {}, {}, {}}, "appendOnly"));
}

}  // namespace
}  // namespace deltaic::delta
