#include "delta/protocol/schema/column_mapping.h"

#include <functional>
#include <string>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_json.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

using Names = std::vector<std::string>;
using enum ColumnMappingMode;

DataType Of(TypeKind kind) { return DataType::Primitive(kind); }

std::string Mapping(std::string_view name, int64_t id) {
  return fmt::format(R"({{"delta.columnMapping.physicalName":"{}","delta.columnMapping.id":{}}})",
                     name, id);
}

StructField Field(std::string name, DataType type, std::string metadata) {
  return {std::move(name), std::move(type), true, std::move(metadata)};
}

StructField Mapped(std::string name, int64_t id, DataType type = Of(TypeKind::kLong)) {
  return Field(name, std::move(type), Mapping("col-" + name, id));
}

std::string ErrorOf(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return std::string(ErrorCodeName(error.code())) + ": " + error.message();
  }
  return "";
}

std::string Refusal(const StructField& field, ColumnMappingMode mode = kName) {
  return ErrorOf([&] { MapColumns(DataType::Struct({Mapped("other", 7), field}), mode); });
}

TEST(ColumnMapping, ModeCountsWithTheFeatureOnly) {
  Metadata metadata;
  const Protocol listed = {3, 7, Names{"columnMapping"}, Names{"columnMapping"}};
  EXPECT_EQ(ColumnMappingModeOf(listed, metadata), kNone);
  const auto mode_of = [&](const char* mode, const Protocol& protocol) {
    metadata.configuration["delta.columnMapping.mode"] = mode;
    return ColumnMappingModeOf(protocol, metadata);
  };
  for (const Protocol& protocol :
       {listed, Protocol{2, 5, {}, {}}, Protocol{2, 7, {}, Names{"columnMapping"}},
        // Listed for writers alone, as some upgrades leave it.
        Protocol{3, 7, Names{}, Names{"columnMapping"}}}) {
    EXPECT_EQ(mode_of("name", protocol), kName);
    EXPECT_EQ(mode_of("NAME", protocol), kName);
    EXPECT_EQ(mode_of("id", protocol), kId);
    EXPECT_EQ(mode_of("none", protocol), kNone);
    EXPECT_EQ(mode_of("None", protocol), kNone);
    EXPECT_NE(ErrorOf([&] { mode_of("other", protocol); }).find("mapping mode 'other'"),
              std::string::npos);
    EXPECT_TRUE(ErrorOf([&] { mode_of("", protocol); }).starts_with("unsupported_feature"));
  }
  for (const Protocol& protocol :
       {Protocol{1, 2, {}, {}}, Protocol{1, 5, {}, {}}, Protocol{3, 7, Names{}, Names{}}}) {
    EXPECT_EQ(mode_of("name", protocol), kNone);
    EXPECT_EQ(mode_of("other", protocol), kNone);
  }
}

TEST(ColumnMapping, EveryDepthIsMapped) {
  const DataType inner = DataType::Struct({Mapped("x", 3)});
  const DataType map = DataType::Map(inner,
                                     DataType::Array(DataType::Struct({Mapped("y", 4)}),
                                                     /*contains_null=*/false),
                                     /*value_contains_null=*/true);
  const DataType schema = DataType::Struct({Mapped("a", 1), Mapped("m", 2, map)});
  const DataType mapped = MapColumns(schema, kId);
  const StructField& m = mapped.fields()[1];
  EXPECT_EQ(m.name, "m");
  EXPECT_EQ(m.stored_name(), "col-m");
  EXPECT_EQ(m.field_id, 2);
  const StructField& x = m.type.key_type().fields()[0];
  EXPECT_EQ(x.stored_name(), "col-x");
  EXPECT_EQ(x.field_id, 3);
  const DataType& list = m.type.value_type();
  EXPECT_FALSE(list.contains_null());
  EXPECT_EQ(list.element_type().fields()[0].stored_name(), "col-y");
  EXPECT_EQ(list.element_type().fields()[0].field_id, 4);
  // By name, ids play no part.
  EXPECT_EQ(MapColumns(schema, kName).fields()[0].field_id, std::nullopt);
  EXPECT_EQ(MapColumns(schema, kName).fields()[0].stored_name(), "col-a");
  // Without a mode, nothing does.
  EXPECT_EQ(MapColumns(schema, kNone), schema);
  EXPECT_EQ(StoredNames(mapped, {"m", "a"}), (Names{"col-m", "col-a"}));
  EXPECT_EQ(StoredNames(schema, {"m", "a"}), (Names{"m", "a"}));
}

TEST(ColumnMapping, WhatIsLackingOrMalformedIsNamed) {
  const DataType type = Of(TypeKind::kLong);
  EXPECT_EQ(Refusal(Mapped("bad", 1)), "");
  for (const char* metadata :
       {"{}", R"({"delta.columnMapping.physicalName":"p"})", R"({"delta.columnMapping.id":1})",
        R"({"delta.columnMapping.physicalName":1,"delta.columnMapping.id":1})",
        R"({"delta.columnMapping.physicalName":"p","delta.columnMapping.id":"1"})",
        R"({"delta.columnMapping.physicalName":"p","delta.columnMapping.id":1.5})",
        R"({"delta.columnMapping.physicalName":"p","delta.columnMapping.id":null})",
        R"({"delta.columnMapping.physicalName":"","delta.columnMapping.id":1})",
        R"({"delta.columnMapping.physicalName":"a\u0000b","delta.columnMapping.id":1})"}) {
    for (const ColumnMappingMode mode : {kName, kId}) {
      const std::string refusal = Refusal(Field("bad", type, metadata), mode);
      EXPECT_TRUE(refusal.starts_with("corrupt_log: ")) << metadata << refusal;
      EXPECT_NE(refusal.find("'bad'"), std::string::npos) << metadata << refusal;
    }
  }
  for (const int64_t id : {int64_t{-1}, int64_t{1} << 31, INT64_MAX, INT64_MIN}) {
    EXPECT_NE(Refusal(Mapped("bad", id)).find("delta.columnMapping.id"), std::string::npos) << id;
  }
  EXPECT_EQ(Refusal(Mapped("bad", INT32_MAX)), "");
  EXPECT_EQ(Refusal(Mapped("bad", 0)), "");
}

TEST(ColumnMapping, TwinsAreRefused) {
  EXPECT_NE(Refusal(Field("bad", Of(TypeKind::kLong), Mapping("col-other", 1)))
                .find("physical name 'col-other'"),
            std::string::npos);
  EXPECT_NE(Refusal(Mapped("bad", 7)).find("id 7"), std::string::npos);
  // An id is unique in the schema, a name among its brothers.
  EXPECT_NE(Refusal(Mapped("s", 1, DataType::Struct({Mapped("deep", 7)}))).find("id 7"),
            std::string::npos);
  EXPECT_EQ(Refusal(Mapped("s", 1, DataType::Struct({Mapped("other", 2)}))), "");
  // Matching is exact.
  EXPECT_EQ(Refusal(Field("x", Of(TypeKind::kLong), Mapping("COL-OTHER", 1))), "");
}

TEST(ColumnMapping, DeepSchemas) {
  DataType type = Of(TypeKind::kLong);
  for (int level = 0; level < 490; ++level) {
    type = DataType::Struct({Mapped(fmt::format("f{}", level), level, type)});
  }
  DataType mapped = MapColumns(type, kId);
  int depth = 0;
  for (; mapped.kind() == TypeKind::kStruct; ++depth) {
    const DataType inner = mapped.fields()[0].type;
    mapped = inner;
  }
  EXPECT_EQ(depth, 490);
}

}  // namespace
}  // namespace deltaic::delta
