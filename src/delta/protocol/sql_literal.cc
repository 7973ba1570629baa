#include "delta/protocol/sql_literal.h"

#include <cmath>
#include <cstdint>
#include <optional>

#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/base/error.h>
#include <deltaic/columnar/record_batch.h>

#include "base/text/excerpt.h"
#include "columnar/nanoarrow_check.h"
#include "delta/protocol/partition_value.h"

namespace deltaic::delta {
namespace {

std::string Quoted(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) quoted.append(c == quote ? 2 : 1, c);
  quoted += quote;
  return quoted;
}

std::string Cast(std::string_view text, std::string_view arrow_type) {
  return fmt::format("arrow_cast('{}', '{}')", text, arrow_type);
}

std::string FloatText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return fmt::format("{:.17g}", value);
}

std::string DecimalText(const DataType& type, const ArrowArrayView& value) {
  ArrowDecimal decimal;
  ArrowDecimalInit(&decimal, 128, type.precision(), type.scale());
  ArrowArrayViewGetDecimalUnsafe(&value, 0, &decimal);
  nanoarrow::UniqueBuffer text;
  CheckNanoarrow(ArrowDecimalAppendStringToBuffer(&decimal, text.get()));
  return {reinterpret_cast<const char*>(text->data), static_cast<size_t>(text->size_bytes)};
}

RecordBatch Parse(const StructField& column, std::string_view text) {
  try {
    return ParsePartitionValues({column}, 1, [&](int64_t, size_t) { return std::optional(text); });
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorruptLog) throw;
  }
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("A filter compares the column {} of type {} with what is no value of "
                          "that type: {}",
                          Excerpt(column.name), column.type.name(), Excerpt(text)));
}

}  // namespace

std::string SqlIdentifier(std::string_view name) { return Quoted(name, '"'); }

std::string SqlLiteral(const StructField& column, std::string_view text) {
  const TypeKind kind = column.type.kind();
  if (kind == TypeKind::kString) return Quoted(text, '\'');
  if (kind == TypeKind::kBinary) {
    std::string hex;
    for (const char c : text) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return fmt::format("X'{}'", hex);
  }
  const RecordBatch row = Parse(column, text);
  nanoarrow::UniqueArrayView value;
  CheckNanoarrow(
      ArrowArrayViewInitFromSchema(value.get(), row.schema().c_schema()->children[0], nullptr));
  CheckNanoarrow(ArrowArrayViewSetArray(value.get(), row.c_array()->children[0], nullptr));
  if (ArrowArrayViewIsNull(value.get(), 0)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("A filter compares the column {} of type {} with an empty text.",
                            Excerpt(column.name), column.type.name()));
  }
  const auto integer = [&] { return fmt::to_string(ArrowArrayViewGetIntUnsafe(value.get(), 0)); };
  const auto instant = [&](std::string_view unit, std::string_view zone) {
    return fmt::format("arrow_cast({}, 'Timestamp({}, {})')", Cast(integer(), "Int64"), unit, zone);
  };
  switch (kind) {
    case TypeKind::kLong:
      return Cast(integer(), "Int64");
    case TypeKind::kInteger:
      return Cast(integer(), "Int32");
    case TypeKind::kShort:
      return Cast(integer(), "Int16");
    case TypeKind::kByte:
      return Cast(integer(), "Int8");
    case TypeKind::kFloat:
      return Cast(FloatText(ArrowArrayViewGetDoubleUnsafe(value.get(), 0)), "Float32");
    case TypeKind::kDouble:
      return Cast(FloatText(ArrowArrayViewGetDoubleUnsafe(value.get(), 0)), "Float64");
    case TypeKind::kBoolean:
      return ArrowArrayViewGetIntUnsafe(value.get(), 0) != 0 ? "TRUE" : "FALSE";
    case TypeKind::kDate:
      return fmt::format("arrow_cast({}, 'Date32')", Cast(integer(), "Int32"));
    case TypeKind::kTimestamp:
      return instant("Microsecond", "Some(\"UTC\")");
    case TypeKind::kTimestampNtz:
      return instant("Microsecond", "None");
    case TypeKind::kTimestampNanos:
      return instant("Nanosecond", "Some(\"UTC\")");
    case TypeKind::kTimestampNanosNtz:
      return instant("Nanosecond", "None");
    case TypeKind::kDecimal:
      return fmt::format("arrow_cast('{}', 'Decimal128({}, {})')",
                         DecimalText(column.type, *value.get()), column.type.precision(),
                         column.type.scale());
    default:
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("A filter compares the column {}, which has the type {}.",
                              Excerpt(column.name), column.type.name()));
  }
}

}  // namespace deltaic::delta
