#include "delta/protocol/partition_value.h"

#include <limits>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_arrow.h>
#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include "base/text/ascii.h"
#include "base/text/decimal_text.h"
#include "base/text/excerpt.h"
#include "base/text/temporal_text.h"
#include "columnar/arrow_append.h"
#include "columnar/nanoarrow_check.h"

namespace deltaic::delta {
namespace {

// Every function appends one value and returns whether the text was one.

template <typename T>
bool AppendInteger(std::string_view text, ArrowArray* out) {
  const std::optional<T> value = ParseWhole<T>(text);
  if (!value) return false;
  CheckNanoarrow(ArrowArrayAppendInt(out, *value));
  return true;
}

template <typename T>
bool AppendFloat(std::string_view text, ArrowArray* out) {
  // It takes the words of every writer: NaN, Infinity, nan, -inf, in any case.
  const std::optional<T> value = ParseWhole<T>(text);
  if (!value || text.ends_with(')')) return false;  // nan(payload)
  CheckNanoarrow(ArrowArrayAppendDouble(out, *value));
  return true;
}

bool AppendDecimal(std::string_view text, const DataType& type, ArrowArray* out) {
  auto number = ParseDecimal(text);
  if (!number) return false;
  auto unscaled = ToUnscaled(*number, type.precision(), type.scale());
  if (!unscaled) return false;
  AppendInt128(*unscaled, out);
  return true;
}

bool AppendBoolean(std::string_view text, ArrowArray* out) {
  bool value = EqualsIgnoringCase(text, "true");
  if (!value && !EqualsIgnoringCase(text, "false")) return false;
  CheckNanoarrow(ArrowArrayAppendInt(out, value));
  return true;
}

template <typename T>
bool AppendOptional(std::optional<T> value, ArrowArray* out) {
  if (!value) return false;
  CheckNanoarrow(ArrowArrayAppendInt(out, *value));
  return true;
}

bool AppendText(std::string_view text, ArrowArray* out) {
  if (text.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) return false;
  AppendBytes(text, out);
  return true;
}

bool AppendMicros(const std::optional<TimestampText>& time, ArrowArray* out) {
  return time && AppendOptional(time->Micros(), out);
}

bool AppendNanos(const std::optional<TimestampText>& time, ArrowArray* out) {
  return time && AppendOptional(time->Nanos(), out);
}

std::optional<TimestampText> ReadInstant(std::string_view text, const PartitionZone& zone) {
  constexpr int64_t kMicrosPerSecond = 1'000'000;
  const std::optional<TimestampText> local = ReadTimestamp(text);
  if (!local || local->has_zone || !zone.to_utc) return local;
  const std::optional<int64_t> local_micros = local->Micros();
  if (!local_micros) return std::nullopt;
  const std::optional<int64_t> micros = zone.to_utc(*local_micros);
  if (!micros) return std::nullopt;
  const int64_t seconds = *micros / kMicrosPerSecond - (*micros % kMicrosPerSecond < 0 ? 1 : 0);
  const int64_t rest = *micros - seconds * kMicrosPerSecond;
  return TimestampText{seconds, static_cast<int32_t>(rest * 1000 + local->nanos % 1000), true};
}

bool AppendValue(std::string_view text, const DataType& type, const PartitionZone& zone,
                 ArrowArray* out) {
  switch (type.kind()) {
    case TypeKind::kString:
    case TypeKind::kBinary:
      return AppendText(text, out);
    case TypeKind::kLong:
      return AppendInteger<int64_t>(text, out);
    case TypeKind::kInteger:
      return AppendInteger<int32_t>(text, out);
    case TypeKind::kShort:
      return AppendInteger<int16_t>(text, out);
    case TypeKind::kByte:
      return AppendInteger<int8_t>(text, out);
    case TypeKind::kFloat:
      return AppendFloat<float>(text, out);
    case TypeKind::kDouble:
      return AppendFloat<double>(text, out);
    case TypeKind::kDecimal:
      return AppendDecimal(text, type, out);
    case TypeKind::kBoolean:
      return AppendBoolean(text, out);
    case TypeKind::kDate:
      return AppendOptional(ParseDate(text), out);
    case TypeKind::kTimestamp:
      return AppendMicros(ReadInstant(text, zone), out);
    case TypeKind::kTimestampNtz:
      return AppendMicros(ReadTimestampNtz(text), out);
    case TypeKind::kTimestampNanos:
      return AppendNanos(ReadInstant(text, zone), out);
    case TypeKind::kTimestampNanosNtz:
      return AppendNanos(ReadTimestampNtz(text), out);
    default:
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("A column of type {} cannot partition a table.", type.name()));
  }
}

}  // namespace

bool IsNullPartition(const StructField& column, std::optional<std::string_view> text) {
  if (!text) return true;
  const TypeKind kind = column.type.kind();
  const bool may_be_empty = kind == TypeKind::kString || kind == TypeKind::kBinary;
  return text->empty() && (column.nullable || !may_be_empty);
}

RecordBatch ParsePartitionValues(const std::vector<StructField>& columns, int64_t num_rows,
                                 const PartitionText& text, const PartitionZone& zone) {
  Schema schema = ToArrowSchema(columns, ArrowNullability::kAll);
  nanoarrow::UniqueArray array;
  CheckNanoarrow(ArrowArrayInitFromSchema(array.get(), schema.c_schema(), nullptr));
  CheckNanoarrow(ArrowArrayStartAppending(array.get()));
  CheckNanoarrow(ArrowArrayReserve(array.get(), num_rows));
  for (size_t column = 0; column < columns.size(); ++column) {
    ArrowArray* out = array->children[column];
    const DataType& type = columns[column].type;
    for (int64_t row = 0; row < num_rows; ++row) {
      std::optional<std::string_view> value = text(row, column);
      if (IsNullPartition(columns[column], value)) {
        CheckNanoarrow(ArrowArrayAppendNull(out, 1));
      } else if (!AppendValue(*value, type, zone, out)) {
        throw Error(ErrorCode::kCorruptLog,
                    fmt::format("A value of the partition column {} is not of type {}: {}",
                                Excerpt(columns[column].name), type.name(), Excerpt(*value)));
      }
    }
  }
  array->length = num_rows;
  CheckNanoarrow(ArrowArrayFinishBuildingDefault(array.get(), nullptr));
  return RecordBatch::Import(std::move(schema), array.get());
}

}  // namespace deltaic::delta
