#include <deltaic/delta/protocol/schema_arrow.h>

#include <string>

#include <deltaic/base/error.h>
#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.hpp>

namespace deltaic::delta {
namespace {

DataType Of(TypeKind kind) { return DataType::Primitive(kind); }

// "name:format?" with "?" for nullable, and the children in brackets.
std::string Describe(const ArrowSchema& schema) {
  std::string text = std::string(schema.name == nullptr ? "" : schema.name) + ":" + schema.format;
  if ((schema.flags & ARROW_FLAG_NULLABLE) != 0) text += "?";
  if (schema.n_children > 0) {
    text += "[";
    for (int64_t i = 0; i < schema.n_children; ++i) {
      text += (i == 0 ? "" : " ") + Describe(*schema.children[i]);
    }
    text += "]";
  }
  return text;
}

std::string DescribeField(const StructField& field,
                          ArrowNullability nullability = ArrowNullability::kDeclared) {
  ArrowSchema schema;
  ToArrowField(field, nullability, &schema);
  std::string text = Describe(schema);
  schema.release(&schema);
  return text;
}

TEST(SchemaArrow, Primitives) {
  for (auto [kind, format] : {std::pair{TypeKind::kString, "vu"},
                              {TypeKind::kLong, "l"},
                              {TypeKind::kInteger, "i"},
                              {TypeKind::kShort, "s"},
                              {TypeKind::kByte, "c"},
                              {TypeKind::kFloat, "f"},
                              {TypeKind::kDouble, "g"},
                              {TypeKind::kBoolean, "b"},
                              {TypeKind::kBinary, "vz"},
                              {TypeKind::kDate, "tdD"},
                              {TypeKind::kTimestamp, "tsu:UTC"},
                              {TypeKind::kTimestampNtz, "tsu:"},
                              {TypeKind::kVoid, "n"}}) {
    EXPECT_EQ(DescribeField({"c", Of(kind)}), std::string("c:") + format + "?");
    EXPECT_EQ(DescribeField({"c", Of(kind), false}), std::string("c:") + format);
  }
  EXPECT_EQ(DescribeField({"c", DataType::Decimal(38, 10)}), "c:d:38,10?");
}

TEST(SchemaArrow, NestedTypesKeepTheirNullability) {
  DataType point = DataType::Struct(
      {{"x", Of(TypeKind::kString), false}, {"l", DataType::Array(Of(TypeKind::kBinary), false)}});
  StructField field{"m", DataType::Map(Of(TypeKind::kString), point, false), false};
  EXPECT_EQ(DescribeField(field), "m:+m[key_value:+s[key:u value:+s[x:vu l:+l?[element:vz]]]]");
  EXPECT_EQ(DescribeField(field, ArrowNullability::kAll),
            "m:+m?[key_value:+s[key:u value:+s?[x:vu? l:+l?[element:vz?]]]]");
  EXPECT_EQ(DescribeField({"a", DataType::Array(Of(TypeKind::kLong), true), false}),
            "a:+l[element:l?]");
}

TEST(SchemaArrow, SchemasHaveTheColumnsInOrder) {
  std::vector<StructField> columns{{"b", Of(TypeKind::kLong), false}, {"a", Of(TypeKind::kString)}};
  Schema schema = ToArrowSchema(DataType::Struct(columns));
  EXPECT_EQ(Describe(*schema.c_schema()), ":+s?[b:l a:vu?]");
  schema = ToArrowSchema(columns, ArrowNullability::kAll);
  EXPECT_EQ(Describe(*schema.c_schema()), ":+s?[b:l? a:vu?]");
  EXPECT_EQ(ToArrowSchema(DataType::Struct({})).num_columns(), 0);
}

TEST(SchemaArrow, AVariantIsItsBinariesUnderTheExtensionType) {
  const StructField list{"v", DataType::Array(Of(TypeKind::kVariant), true), false};
  for (const ArrowNullability nullability : {ArrowNullability::kDeclared, ArrowNullability::kAll}) {
    nanoarrow::UniqueSchema schema;
    ToArrowField(list, nullability, schema.get());
    const ArrowSchema& element = *schema->children[0];
    EXPECT_EQ(Describe(element), "element:+s?[metadata:vz value:vz]");
    ArrowStringView name{};
    ASSERT_EQ(ArrowMetadataGetValue(element.metadata, ArrowCharView("ARROW:extension:name"), &name),
              NANOARROW_OK);
    EXPECT_EQ(std::string_view(name.data, name.size_bytes), kVariantExtension);
  }
}

TEST(SchemaArrow, WhatIsNoSchemaIsRefused) {
  EXPECT_THROW(ToArrowSchema(Of(TypeKind::kLong)), Error);
  EXPECT_THROW(
      ToArrowSchema(std::vector<StructField>{{std::string("a\0b", 3), Of(TypeKind::kLong)}}),
      Error);
}

TEST(SchemaArrow, DeepTypesConvert) {
  DataType type = Of(TypeKind::kLong);
  for (int i = 0; i < 500; ++i) type = DataType::Struct({{"c", type}});
  Schema schema = ToArrowSchema(type);
  int depth = 0;
  for (const ArrowSchema* s = schema.c_schema(); s->n_children == 1; s = s->children[0]) ++depth;
  EXPECT_EQ(depth, 500);
}

}  // namespace
}  // namespace deltaic::delta
