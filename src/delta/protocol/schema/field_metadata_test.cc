#include "delta/protocol/schema/field_metadata.h"

#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

StructField With(std::string metadata) {
  return {"c", DataType::Primitive(TypeKind::kLong), true, std::move(metadata)};
}

TEST(FieldMetadata, ReadsItsMembers) {
  FieldMetadata metadata;
  const StructField field = With(R"({
    "delta.columnMapping.physicalName":"col-1", "delta.columnMapping.id":7,
    "delta.typeChanges":[{"fromType":"integer","toType":"long"}], "CURRENT_DEFAULT":"1 + 1",
    "delta.generationExpression":"a * 2", "delta.invariants":"{}",
    "delta.identity.start":1, "delta.identity.step":-2, "delta.identity.highWaterMark":-9,
    "delta.identity.allowExplicitInsert":true})");
  ASSERT_TRUE(metadata.Read(field));
  EXPECT_EQ(metadata.physical_name(), "col-1");
  EXPECT_EQ(metadata.column_id(), 7);
  EXPECT_TRUE(metadata.has_type_changes());
  EXPECT_EQ(metadata.type_changes()->size(), 1u);
  EXPECT_EQ(metadata.current_default(), "1 + 1");
  EXPECT_EQ(metadata.generation_expression(), "a * 2");
  EXPECT_EQ(metadata.invariants(), "{}");
  EXPECT_EQ(metadata.identity_start(), 1);
  EXPECT_EQ(metadata.identity_step(), -2);
  EXPECT_EQ(metadata.identity_high_water_mark(), -9);
  EXPECT_EQ(metadata.identity_allows_explicit_insert(), true);
  EXPECT_TRUE(MayHaveDefault(field));
  EXPECT_TRUE(MayHaveTypeChanges(field));
}

TEST(FieldMetadata, HasNothingOfOtherTypes) {
  FieldMetadata metadata;
  ASSERT_TRUE(metadata.Read(With(R"({"delta.columnMapping.physicalName":7,
      "delta.columnMapping.id":"7", "delta.typeChanges":{}, "CURRENT_DEFAULT":null})")));
  EXPECT_EQ(metadata.physical_name(), std::nullopt);
  EXPECT_EQ(metadata.column_id(), std::nullopt);
  EXPECT_TRUE(metadata.has_type_changes());
  EXPECT_FALSE(metadata.type_changes());
  EXPECT_EQ(metadata.current_default(), std::nullopt);
  ASSERT_TRUE(metadata.Read(With("{}")));
  EXPECT_FALSE(metadata.has_type_changes());
  EXPECT_EQ(metadata.identity_start(), std::nullopt);
}

TEST(FieldMetadata, KnowsWhatIsNoObject) {
  FieldMetadata metadata;
  EXPECT_FALSE(metadata.Read(With("")));
  EXPECT_FALSE(metadata.Read(With("[1]")));
  EXPECT_FALSE(metadata.Read(With("{")));
}

}  // namespace
}  // namespace deltaic::delta
