#include "delta/scan/sql_literal.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/base/error.h>
#include <deltaic/columnar/record_batch.h>

#include "base/decimal_text.h"
#include "base/excerpt.h"
#include "base/temporal_text.h"
#include "columnar/nanoarrow_check.h"
#include "delta/protocol/partition_value.h"
#include "delta/protocol/timestamp_type.h"

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

// The type of a literal. A column of microseconds is compared with all digits of a text: those
// that it cannot hold tell it apart from every value.
DataType LiteralType(const DataType& type, std::string_view text) {
  if (!IsTimestamp(type.kind())) return type;
  const bool is_wall_clock = IsWallClock(type.kind());
  const std::optional<TimestampText> time =
      is_wall_clock ? ReadTimestampNtz(text) : ReadTimestamp(text);
  if (!time || time->nanos % 1000 == 0) return type;
  return DataType::Primitive(is_wall_clock ? TypeKind::kTimestampNanosNtz
                                           : TypeKind::kTimestampNanos);
}

// The value of a text; nothing where it is none of the type.
std::optional<RecordBatch> Parse(const StructField& column, const DataType& type,
                                 std::string_view text) {
  try {
    return ParsePartitionValues({{column.name, type}}, 1,
                                [&](int64_t, size_t) { return std::optional(text); });
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorruptLog) throw;
  }
  return std::nullopt;
}

bool IsInteger(TypeKind kind) {
  return kind == TypeKind::kLong || kind == TypeKind::kInteger || kind == TypeKind::kShort ||
         kind == TypeKind::kByte;
}

// The text as that of an integer, if it is a whole number: "2022.0" is 2022.
std::string AsInteger(std::string_view text) {
  const std::optional<DecimalNumber> number = ParseDecimal(text);
  const auto whole = number ? ToUnscaled(*number, 19, 0) : std::nullopt;
  const bool fits = whole && *whole >= std::numeric_limits<int64_t>::min() &&
                    *whole <= std::numeric_limits<int64_t>::max();
  return fits ? fmt::to_string(static_cast<int64_t>(*whole)) : std::string(text);
}

// What a column can be compared with, though it can hold no such value: a number of another type,
// or for a date a time.
std::optional<std::string> ComparableLiteral(TypeKind kind, std::string_view text) {
  if (kind == TypeKind::kDate) {
    const std::optional<int64_t> micros = ParseTimestampNtz(text);
    if (!micros) return std::nullopt;
    return fmt::format("arrow_cast({}, 'Timestamp(Microsecond, None)')",
                       Cast(fmt::to_string(*micros), "Int64"));
  }
  if (!IsInteger(kind) && kind != TypeKind::kDecimal) return std::nullopt;
  const std::optional<DecimalNumber> number = ParseDecimal(text);
  if (!number) return std::nullopt;
  constexpr int64_t kMaxDigits = 38;
  const int64_t scale = std::max<int64_t>(0, -number->exponent);
  const int64_t before = std::max<int64_t>(0, number->num_digits + number->exponent);
  const int64_t digits = std::max<int64_t>(1, before + scale);
  if (scale > kMaxDigits || digits > kMaxDigits) return Cast(text, "Float64");
  return Cast(text, fmt::format("Decimal128({}, {})", digits, scale));
}

}  // namespace

std::string SqlIdentifier(std::string_view name) { return Quoted(name, '"'); }

std::string SqlLiteral(const StructField& column, std::string_view text) {
  const DataType type = LiteralType(column.type, text);
  const TypeKind kind = type.kind();
  if (type.is_nested()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("A filter compares a column that is nested with a value: {}",
                            Excerpt(column.name)));
  }
  if (kind == TypeKind::kString) return Quoted(text, '\'');
  if (kind == TypeKind::kBinary) {
    std::string hex;
    for (const char c : text) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return fmt::format("X'{}'", hex);
  }
  std::string integer_text;
  if (IsInteger(kind)) text = integer_text = AsInteger(text);
  const std::optional<RecordBatch> parsed = Parse(column, type, text);
  if (!parsed) {
    if (std::optional<std::string> literal = ComparableLiteral(kind, text)) return *literal;
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("A filter compares the column {} of type {} with what is no value of "
                            "that type: {}",
                            Excerpt(column.name), column.type.name(), Excerpt(text)));
  }
  const RecordBatch& row = *parsed;
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
      return fmt::format("arrow_cast('{}', 'Decimal128({}, {})')", DecimalText(type, *value.get()),
                         type.precision(), type.scale());
    default:
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("A filter compares the column {}, which has the type {}.",
                              Excerpt(column.name), column.type.name()));
  }
}

}  // namespace deltaic::delta
