#include "delta/statistics/indexed_columns.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

StructField Field(std::string name, DataType type) { return {std::move(name), std::move(type)}; }

const DataType kLong = DataType::Primitive(TypeKind::kLong);

// "a s.x s.y l z": what is picked, in order.
std::string Picked(const std::vector<StructField>& fields, const std::string& prefix = "") {
  std::string text;
  for (const StructField& field : fields) {
    if (field.type.kind() == TypeKind::kStruct) {
      text += Picked(field.type.fields(), prefix + field.name + ".");
    } else {
      text += prefix + field.name + " ";
    }
  }
  return text;
}

std::string Indexed(std::map<std::string, std::string> properties) {
  Metadata metadata;
  metadata.configuration = std::move(properties);
  const std::vector<StructField> columns = {
      Field("a", kLong), Field("s", DataType::Struct({Field("x", kLong), Field("y.z", kLong)})),
      Field("l", DataType::Array(kLong, true)), Field("z", kLong)};
  return Picked(IndexedColumns(columns, metadata));
}

TEST(IndexedColumns, AreTheFirstLeavesOf32) {
  EXPECT_EQ(Indexed({}), "a s.x s.y.z l z ");
  std::vector<StructField> many;
  for (int i = 0; i < 40; ++i) many.push_back(Field("c" + std::to_string(i), kLong));
  EXPECT_EQ(IndexedColumns(many, {}).size(), 32u);
}

TEST(IndexedColumns, NumberCountsLeaves) {
  const std::string property = "delta.dataSkippingNumIndexedCols";
  EXPECT_EQ(Indexed({{property, "2"}}), "a s.x ");
  EXPECT_EQ(Indexed({{property, "4"}}), "a s.x s.y.z l ");
  EXPECT_EQ(Indexed({{property, "0"}}), "");
  EXPECT_EQ(Indexed({{property, "-1"}}), "a s.x s.y.z l z ");
  EXPECT_EQ(Indexed({{property, "many"}}), "a s.x s.y.z l z ");
}

TEST(IndexedColumns, ListNamesColumnsAndStructs) {
  const std::string property = "delta.dataSkippingStatsColumns";
  EXPECT_EQ(Indexed({{property, "z, a"}}), "a z ");
  EXPECT_EQ(Indexed({{property, "s"}}), "s.x s.y.z ");
  EXPECT_EQ(Indexed({{property, "s.`y.z`"}, {"delta.dataSkippingNumIndexedCols", "1"}}), "s.y.z ");
  EXPECT_EQ(Indexed({{property, "nothing"}}), "");
}

}  // namespace
}  // namespace deltaic::delta
