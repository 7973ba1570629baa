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

TEST(SchemaMerge, ComparesLettersOfEveryScriptWithoutRegardToCase) {
  const DataType table = DataType::Struct({{"größe", kLong}});
  EXPECT_EQ(MatchColumns(table.fields(), {{"GRÖßE", kLong}})[0], "GRÖßE");
  EXPECT_EQ(Names(MergeSchemas(table, {{"GRÖßE", kLong}})), (std::vector<std::string>{"größe"}));
  EXPECT_EQ(FindField(table.fields(), "Größe"), 0);
  const Error error = ErrorOf([] { CheckColumnNames({{"é", kLong}, {"É", kLong}}); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
}

TEST(SchemaMerge, RefusesANameThatAnArrowSchemaCannotCarry) {
  const DataType inside = DataType::Struct({{std::string("a\0b", 3), kLong}});
  EXPECT_EQ(ErrorOf([&] {
              CheckColumnNames({{"s", inside}});
            }).code(),
            ErrorCode::kInvalidArgument);
}

TEST(SchemaMerge, FindsTheFieldThatRowsLackAtEveryDepth) {
  const DataType whole = DataType::Struct({{"x", kLong}, {"y", kLong}});
  const DataType part = DataType::Struct({{"X", kLong}});
  const auto lacking = [](const DataType& table, const DataType& rows) {
    return ErrorOf([&] { CheckNestedFields({{"c", table}}, {{"c", rows}}); });
  };
  const auto list = [](const DataType& item) { return DataType::Array(item, true); };
  const auto map = [](const DataType& value) { return DataType::Map(kLong, value, true); };
  EXPECT_NE(lacking(whole, part).message().find("c.y"), std::string::npos);
  EXPECT_NE(lacking(list(whole), list(part)).message().find("c.element.y"), std::string::npos);
  EXPECT_NE(lacking(map(whole), map(part)).message().find("c.value.y"), std::string::npos);
  EXPECT_EQ(lacking(whole, part).code(), ErrorCode::kSchemaMismatch);
  EXPECT_EQ(lacking(whole, whole).message(), "no error");
  EXPECT_EQ(lacking(whole, kVoid).message(), "no error");
  EXPECT_EQ(lacking(part, whole).message(), "no error");
}

}  // namespace
}  // namespace deltaic::delta
