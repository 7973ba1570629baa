#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nanoarrow/nanoarrow.h>
#include <simdjson.h>

#include <deltaic/base/error.h>

#include "base/text/decimal_text.h"
#include "base/text/excerpt.h"
#include "base/text/temporal_text.h"
#include "delta/protocol/partition_value.h"

namespace deltaic::delta {
namespace {

[[noreturn]] void Fail(const StructField& column, std::string_view problem) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("The partition column {} of type {} {}.", Excerpt(column.name),
                          column.type.name(), problem));
}

// The shortest text that is read as the same number.
template <typename Number>
std::string FloatText(Number number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return fmt::to_string(number);
}

std::string DecimalText(const DataType& type, const ArrowArrayView& values, int64_t row) {
  ArrowDecimal decimal;
  ArrowDecimalInit(&decimal, 128, type.precision(), type.scale());
  ArrowArrayViewGetDecimalUnsafe(&values, row, &decimal);
  const auto high = static_cast<unsigned __int128>(decimal.words[decimal.high_word_index]);
  return FormatDecimal(static_cast<Int128>(high << 64 | decimal.words[decimal.low_word_index]),
                       type.scale());
}

std::string_view Bytes(const ArrowArrayView& values, int64_t row) {
  const ArrowBufferView bytes = ArrowArrayViewGetBytesUnsafe(&values, row);
  return {bytes.data.as_char, static_cast<size_t>(bytes.size_bytes)};
}

std::string BinaryText(const StructField& column, const ArrowArrayView& values, int64_t row) {
  const std::string_view bytes = Bytes(values, row);
  if (!simdjson::validate_utf8(bytes.data(), bytes.size())) {
    Fail(column, "has a value that is no UTF-8, which the log cannot hold");
  }
  return std::string(bytes);
}

std::string Text(const StructField& column, const ArrowArrayView& values, int64_t row) {
  switch (column.type.kind()) {
    case TypeKind::kString:
      return std::string(Bytes(values, row));
    case TypeKind::kBinary:
      return BinaryText(column, values, row);
    case TypeKind::kLong:
    case TypeKind::kInteger:
    case TypeKind::kShort:
    case TypeKind::kByte:
      return fmt::to_string(ArrowArrayViewGetIntUnsafe(&values, row));
    case TypeKind::kFloat:
      return FloatText(static_cast<float>(ArrowArrayViewGetDoubleUnsafe(&values, row)));
    case TypeKind::kDouble:
      return FloatText(ArrowArrayViewGetDoubleUnsafe(&values, row));
    case TypeKind::kDecimal:
      return DecimalText(column.type, values, row);
    case TypeKind::kBoolean:
      return ArrowArrayViewGetIntUnsafe(&values, row) != 0 ? "true" : "false";
    case TypeKind::kDate: {
      const auto days = static_cast<int32_t>(ArrowArrayViewGetIntUnsafe(&values, row));
      std::optional<std::string> text = FormatDate(days);
      if (!text) Fail(column, "has a date whose year has more than six digits");
      return *std::move(text);
    }
    case TypeKind::kTimestamp:
      return FormatTimestamp(ArrowArrayViewGetIntUnsafe(&values, row));
    case TypeKind::kTimestampNtz:
      return FormatTimestampNtz(ArrowArrayViewGetIntUnsafe(&values, row));
    case TypeKind::kTimestampNanos:
      return FormatTimestampNanos(ArrowArrayViewGetIntUnsafe(&values, row));
    case TypeKind::kTimestampNanosNtz:
      return FormatTimestampNanosNtz(ArrowArrayViewGetIntUnsafe(&values, row));
    default:
      Fail(column, "cannot be one: partition values are of simple types");
  }
}

}  // namespace

std::vector<std::optional<std::string>> FormatPartitionValues(const StructField& column,
                                                              const ArrowArrayView& values) {
  std::vector<std::optional<std::string>> texts(static_cast<size_t>(values.length));
  for (int64_t row = 0; row < values.length; ++row) {
    if (ArrowArrayViewIsNull(&values, row)) continue;
    std::string text = Text(column, values, row);
    if (!text.empty()) texts[static_cast<size_t>(row)] = std::move(text);
  }
  return texts;
}

}  // namespace deltaic::delta
