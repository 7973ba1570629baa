#include "delta/log/checkpoint/column_json.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/protocol/schema_arrow.h>

#include "columnar/batch_builder.h"
#include "columnar/column_builder.h"

namespace deltaic::delta {
namespace {

std::string Json(ColumnBuilder column) {
  BatchBuilder builder(1);
  builder.Add(std::move(column));
  const RecordBatch batch = builder.Finish();
  nanoarrow::UniqueArrayView view;
  EXPECT_EQ(ArrowArrayViewInitFromSchema(view.get(), batch.schema().c_schema(), nullptr), 0);
  EXPECT_EQ(ArrowArrayViewSetArray(view.get(), batch.c_array(), nullptr), 0);
  return ColumnJson(ArrowColumn(batch.schema().c_schema(), view.get()), 0);
}

ColumnBuilder Column(const DataType& type) {
  nanoarrow::UniqueSchema schema;
  ToArrowField({"c", type}, ArrowNullability::kAll, schema.get());
  return ColumnBuilder(std::move(schema));
}

std::string OfInteger(const DataType& type, int64_t value) {
  ColumnBuilder column = Column(type);
  column.AppendInt(value);
  return Json(std::move(column));
}

std::string OfNumber(TypeKind kind, double value) {
  ColumnBuilder column = Column(DataType::Primitive(kind));
  column.AppendDouble(value);
  return Json(std::move(column));
}

TEST(ColumnJson, WritesIntegersAndTimes) {
  const auto type = [](TypeKind kind) { return DataType::Primitive(kind); };
  EXPECT_EQ(OfInteger(type(TypeKind::kByte), -7), R"({"c":-7})");
  EXPECT_EQ(OfInteger(type(TypeKind::kLong), std::numeric_limits<int64_t>::min()),
            R"({"c":-9223372036854775808})");
  EXPECT_EQ(OfInteger(type(TypeKind::kBoolean), 1), R"({"c":true})");
  EXPECT_EQ(OfInteger(type(TypeKind::kDate), 19'782), R"({"c":"2024-02-29"})");
  EXPECT_EQ(OfInteger(type(TypeKind::kTimestamp), -1), R"({"c":"1969-12-31T23:59:59.999999Z"})");
  EXPECT_EQ(OfInteger(type(TypeKind::kTimestampNtz), 1), R"({"c":"1970-01-01 00:00:00.000001"})");
  EXPECT_EQ(OfInteger(type(TypeKind::kTimestampNanos), 1),
            R"({"c":"1970-01-01T00:00:00.000000001Z"})");
}

TEST(ColumnJson, WritesNumbersThatAreReadAsTheSame) {
  EXPECT_EQ(OfNumber(TypeKind::kDouble, 0.1), R"({"c":0.1})");
  EXPECT_EQ(OfNumber(TypeKind::kFloat, 0.1f), R"({"c":0.1})");
  EXPECT_EQ(OfNumber(TypeKind::kDouble, 1e300), R"({"c":1e+300})");
  EXPECT_EQ(OfNumber(TypeKind::kDouble, std::numeric_limits<double>::quiet_NaN()), R"({"c":null})");
  ColumnBuilder decimal = Column(DataType::Decimal(38, 2));
  decimal.AppendDecimal(-1);
  EXPECT_EQ(Json(std::move(decimal)), R"({"c":-0.01})");
}

TEST(ColumnJson, LeavesOutFieldsThatAreNull) {
  ColumnBuilder column = Column(DataType::Primitive(TypeKind::kString));
  column.AppendNull();
  EXPECT_EQ(Json(std::move(column)), "{}");
}

TEST(ColumnJson, HasNoValueForBytes) {
  ColumnBuilder column = Column(DataType::Primitive(TypeKind::kBinary));
  column.AppendBytes("x");
  EXPECT_EQ(Json(std::move(column)), R"({"c":null})");
}

}  // namespace
}  // namespace deltaic::delta
