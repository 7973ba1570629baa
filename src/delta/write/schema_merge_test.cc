#include "delta/write/schema_merge.h"

#include <utility>

#include <gtest/gtest.h>

#include <deltaic/delta/protocol/schema_json.h>

#include "testing/error_of.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;

const DataType kLong = DataType::Primitive(TypeKind::kLong);
const DataType kString = DataType::Primitive(TypeKind::kString);
const DataType kVoid = DataType::Primitive(TypeKind::kVoid);

std::vector<std::string> Names(const DataType& type) {
  std::vector<std::string> names;
  for (const StructField& field : type.fields()) names.push_back(field.name);
  return names;
}

TEST(SchemaMerge, AddsColumnsAtTheEndAndNullable) {
  const DataType table = DataType::Struct({{"a", kLong, false}});
  const DataType merged = MergeSchemas(table, {{"b", kString, false}, {"A", kLong}});
  ASSERT_EQ(Names(merged), (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(merged.fields()[0].nullable);
  EXPECT_TRUE(merged.fields()[1].nullable);
}

TEST(SchemaMerge, KeepsTheTypesOfTheTableButVoid) {
  const DataType table = DataType::Struct({{"a", kLong}, {"v", kVoid}});
  const DataType merged =
      MergeSchemas(table, {{"a", DataType::Primitive(TypeKind::kShort)}, {"v", kString}});
  EXPECT_EQ(merged.fields()[0].type, kLong);
  EXPECT_EQ(merged.fields()[1].type, kString);
}

TEST(SchemaMerge, MergesFieldsAtEveryDepth) {
  const auto nested = [](std::vector<StructField> fields) {
    return DataType::Map(kString, DataType::Array(DataType::Struct(std::move(fields)), true), true);
  };
  const DataType table = DataType::Struct({{"m", nested({{"x", kLong}})}});
  const DataType merged = MergeSchemas(table, {{"m", nested({{"y", kString}, {"x", kLong}})}});
  EXPECT_EQ(merged, DataType::Struct({{"m", nested({{"x", kLong}, {"y", kString}})}}));
}

TEST(SchemaMerge, RefusesAStructForANumber) {
  const DataType table = DataType::Struct({{"a", kLong}});
  const Error error = ErrorOf([&] {
    MergeSchemas(table, {{"a", DataType::Struct({{"x", kLong}})}});
  });
  EXPECT_EQ(error.code(), ErrorCode::kSchemaMismatch);
  EXPECT_NE(error.message().find("'a'"), std::string::npos);
}

TEST(SchemaMerge, RefusesNamesThatDifferByCaseOnlyAtEveryDepth) {
  for (const auto& [small, capital] : {std::pair("a", "A"), std::pair("é ж", "É Ж")}) {
    const Error error = ErrorOf([small = small, capital = capital] {
      CheckColumnNames({{small, kLong}, {capital, kLong}});
    });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  }
  const DataType inner = DataType::Struct({{"x", kLong}, {"X", kLong}});
  for (const DataType& type :
       {inner, DataType::Array(inner, true), DataType::Map(kString, inner, true)}) {
    EXPECT_NE(ErrorOf([&] {
                CheckColumnNames({{"s", type}});
              })
                  .message()
                  .find("x"),
              std::string::npos);
  }
}

TEST(SchemaMerge, FindsColumnsByNameThenWithoutCase) {
  const std::vector<StructField> table = {{"a", kLong}, {"B", kLong}, {"c", kLong}, {"é", kLong}};
  const auto sources = MatchColumns(table, {{"b", kLong}, {"a", kLong}, {"É", kLong}});
  EXPECT_EQ(sources, (std::vector<std::optional<std::string>>{"a", "b", std::nullopt, "É"}));
}

TEST(SchemaMerge, NamesAColumnThatTheTableLacks) {
  const Error error = ErrorOf([] { MatchColumns({{"a", kLong}}, {{"more", kLong}}); });
  EXPECT_EQ(error.code(), ErrorCode::kSchemaMismatch);
  EXPECT_NE(error.message().find("'more'"), std::string::npos);
}

}  // namespace
}  // namespace deltaic::delta
