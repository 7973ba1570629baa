#include <deltaic/delta/protocol/data_type.h>

#include <deltaic/base/error.h>
#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

DataType Point() {
  return DataType::Struct({{"x", DataType::Primitive(TypeKind::kDouble)},
                           {"y", DataType::Primitive(TypeKind::kDouble), false}});
}

TEST(DataType, NamesAreThoseOfTheProtocol) {
  EXPECT_EQ(DataType::Primitive(TypeKind::kInteger).name(), "integer");
  EXPECT_EQ(DataType::Primitive(TypeKind::kTimestampNtz).name(), "timestamp_ntz");
  EXPECT_EQ(DataType::Primitive(TypeKind::kTimestampNanos).name(), "timestamp_nanos");
  EXPECT_EQ(DataType::Primitive(TypeKind::kTimestampNanosNtz).name(), "timestamp_nanos_ntz");
  EXPECT_EQ(DataType::Primitive(TypeKind::kVoid).name(), "void");
  EXPECT_EQ(DataType::Decimal(38, 0).name(), "decimal(38,0)");
  EXPECT_EQ(Point().name(), "struct");
}

TEST(DataType, PartsAreReached) {
  DataType map = DataType::Map(DataType::Primitive(TypeKind::kString), Point(), false);
  EXPECT_TRUE(map.is_nested());
  EXPECT_FALSE(map.contains_null());
  EXPECT_EQ(map.key_type().kind(), TypeKind::kString);
  EXPECT_EQ(map.value_type().fields().at(1).name, "y");
  EXPECT_TRUE(map.fields().empty());
  EXPECT_EQ(DataType::Array(map, true).element_type(), map);
}

TEST(DataType, EqualityLooksAtEveryPart) {
  EXPECT_EQ(Point(), Point());
  EXPECT_EQ(DataType::Struct({}), DataType::Struct({}));
  EXPECT_NE(DataType::Struct({}), Point());
  EXPECT_NE(DataType::Decimal(10, 2), DataType::Decimal(10, 1));
  EXPECT_NE(DataType::Primitive(TypeKind::kLong), DataType::Primitive(TypeKind::kInteger));
  EXPECT_EQ(DataType::Array(Point(), true), DataType::Array(Point(), true));
  EXPECT_NE(DataType::Array(Point(), true), DataType::Array(Point(), false));
  StructField plain{"a", DataType::Primitive(TypeKind::kLong)};
  StructField noted = plain;
  noted.metadata_json = R"({"comment":"n"})";
  EXPECT_NE(DataType::Struct({plain}), DataType::Struct({noted}));
}

TEST(DataType, WrongParametersAreRefused) {
  for (auto [precision, scale] :
       {std::pair{0, 0}, {39, 0}, {10, 11}, {10, -1}, {-1, -1}, {256, 2}}) {
    EXPECT_THROW(DataType::Decimal(precision, scale), Error) << precision << "," << scale;
  }
  for (TypeKind kind : {TypeKind::kDecimal, TypeKind::kStruct, TypeKind::kArray, TypeKind::kMap}) {
    EXPECT_THROW(DataType::Primitive(kind), Error);
  }
}

}  // namespace
}  // namespace deltaic::delta
