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
                              {TypeKind::kTimestampNanos, "tsn:UTC"},
                              {TypeKind::kTimestampNanosNtz, "tsn:"},
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

// The Delta type of an Arrow type in the notation of its C data interface; "" where there is none.
std::string DeltaName(const char* format) {
  nanoarrow::UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  EXPECT_EQ(ArrowSchemaSetTypeStruct(schema.get(), 1), NANOARROW_OK);
  EXPECT_EQ(ArrowSchemaSetFormat(schema->children[0], format), NANOARROW_OK);
  EXPECT_EQ(ArrowSchemaSetName(schema->children[0], "c"), NANOARROW_OK);
  try {
    return FromArrowSchema(*schema.get()).front().type.name();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(error.message().find("'c'"), std::string::npos) << error.message();
    return "";
  }
}

TEST(FromArrowSchema, KnowsEveryLayoutOfATypesValues) {
  for (auto [format, name] : {std::pair{"n", "void"},
                              {"b", "boolean"},
                              {"c", "byte"},
                              {"C", "short"},
                              {"s", "short"},
                              {"S", "integer"},
                              {"i", "integer"},
                              {"I", "long"},
                              {"l", "long"},
                              {"L", "long"},
                              {"e", "float"},
                              {"f", "float"},
                              {"g", "double"},
                              {"u", "string"},
                              {"U", "string"},
                              {"vu", "string"},
                              {"z", "binary"},
                              {"Z", "binary"},
                              {"vz", "binary"},
                              {"w:16", "binary"},
                              {"d:38,10", "decimal(38,10)"},
                              {"d:9,2,32", "decimal(9,2)"},
                              {"d:20,0,256", "decimal(20,0)"},
                              {"tdD", "date"},
                              {"tdm", "date"},
                              {"tss:UTC", "timestamp"},
                              {"tsn:Europe/Paris", "timestamp"},
                              {"tsu:", "timestamp_ntz"},
                              {"d:39,0,256", ""},
                              {"d:5,-2", ""},
                              {"d:2,5", ""},
                              {"ttu", ""},
                              {"tDu", ""},
                              {"tiM", ""}}) {
    EXPECT_EQ(DeltaName(format), name) << format;
  }
}

TEST(FromArrowSchema, ReversesToArrowSchema) {
  const DataType point = DataType::Struct(
      {{"x", Of(TypeKind::kString), false}, {"l", DataType::Array(Of(TypeKind::kBinary), false)}});
  const std::vector<StructField> columns{
      {"m", DataType::Map(Of(TypeKind::kString), point, false), false},
      {"a", DataType::Array(DataType::Array(Of(TypeKind::kVariant), true), true)},
      {"v", Of(TypeKind::kVariant), false},
      {"d", DataType::Decimal(12, 3)},
      {"t", Of(TypeKind::kTimestamp)},
      {"n", Of(TypeKind::kTimestampNtz), false}};
  EXPECT_EQ(FromArrowSchema(*ToArrowSchema(columns).c_schema()), columns);
}

TEST(FromArrowSchema, TakesTheTypeOfValuesThatAreEncoded) {
  nanoarrow::UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  ASSERT_EQ(ArrowSchemaSetTypeStruct(schema.get(), 1), NANOARROW_OK);
  ArrowSchema* column = schema->children[0];
  ASSERT_EQ(ArrowSchemaSetType(column, NANOARROW_TYPE_UINT16), NANOARROW_OK);
  ASSERT_EQ(ArrowSchemaSetName(column, "c"), NANOARROW_OK);
  ASSERT_EQ(ArrowSchemaAllocateDictionary(column), NANOARROW_OK);
  ASSERT_EQ(ArrowSchemaInitFromType(column->dictionary, NANOARROW_TYPE_LARGE_STRING), NANOARROW_OK);
  EXPECT_EQ(FromArrowSchema(*schema.get()).front().type, Of(TypeKind::kString));
  column->dictionary->release(column->dictionary);
  ASSERT_EQ(ArrowSchemaInitFromType(column->dictionary, NANOARROW_TYPE_INTERVAL_MONTHS),
            NANOARROW_OK);
  EXPECT_THROW(FromArrowSchema(*schema.get()), Error);
}

TEST(FromArrowSchema, RefusesWhatIsNoStruct) {
  nanoarrow::UniqueSchema schema;
  ASSERT_EQ(ArrowSchemaInitFromType(schema.get(), NANOARROW_TYPE_INT64), NANOARROW_OK);
  EXPECT_THROW(FromArrowSchema(*schema.get()), Error);
}

}  // namespace
}  // namespace deltaic::delta
