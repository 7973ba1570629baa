#include "delta/write/column_rules.h"

#include <string>

#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

std::string MetadataLeft(const std::string& metadata, const Protocol& protocol) {
  const DataType kLong = DataType::Primitive(TypeKind::kLong);
  const DataType schema =
      DataType::Struct({{.name = "a", .type = kLong, .metadata_json = metadata}});
  return WithRulesInForce(schema, protocol).fields()[0].metadata_json;
}

Protocol Writer(int version) {
  Protocol protocol;
  protocol.min_reader_version = 1;
  protocol.min_writer_version = version;
  return protocol;
}

TEST(ColumnRules, CountFromTheVersionOfTheirFeatureOn) {
  const std::string generated = R"({"comment":"c","delta.generationExpression":"b + 1"})";
  EXPECT_EQ(MetadataLeft(generated, Writer(3)), R"({"comment":"c"})");
  EXPECT_EQ(MetadataLeft(generated, Writer(4)), generated);
  const std::string identity = R"({"delta.identity.start":1,"delta.identity.step":1})";
  EXPECT_EQ(MetadataLeft(identity, Writer(5)), "{}");
  EXPECT_EQ(MetadataLeft(identity, Writer(6)), identity);
  EXPECT_EQ(MetadataLeft(R"({"CURRENT_DEFAULT":"1"})", Writer(6)), "{}");
}

TEST(ColumnRules, CountWhereTheProtocolListsTheirFeature) {
  Protocol protocol = Writer(7);
  protocol.writer_features = {"allowColumnDefaults"};
  EXPECT_EQ(MetadataLeft(R"({"CURRENT_DEFAULT":"1"})", protocol), R"({"CURRENT_DEFAULT":"1"})");
  EXPECT_EQ(MetadataLeft(R"({"delta.generationExpression":"b"})", protocol), "{}");
}

}  // namespace
}  // namespace deltaic::delta
