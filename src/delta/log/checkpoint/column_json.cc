#include "delta/log/checkpoint/column_json.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "base/text/decimal_text.h"
#include "base/text/temporal_text.h"

namespace deltaic::delta {
namespace {

// What follows a character of Arrow's name of a type ("tsu:UTC", "d:10,2").
std::string_view After(std::string_view format, char mark) {
  const size_t at = format.find(mark);
  return at == std::string_view::npos ? std::string_view() : format.substr(at + 1);
}

std::string TimestampText(std::string_view format, int64_t value) {
  const bool has_zone = !After(format, ':').empty();
  constexpr int64_t kMicrosPerSecond = 1'000'000, kMicrosPerMilli = 1000;
  const char unit = format.size() > 2 ? format[2] : 'u';
  if (unit == 'n') return has_zone ? FormatTimestampNanos(value) : FormatTimestampNanosNtz(value);
  int64_t micros = value;
  if (unit != 'u' &&
      __builtin_mul_overflow(value, unit == 's' ? kMicrosPerSecond : kMicrosPerMilli, &micros)) {
    micros = value < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
  }
  return has_zone ? FormatTimestamp(micros) : FormatTimestampNtz(micros);
}

std::string DecimalText(std::string_view format, const ArrowColumn& column, int64_t row) {
  constexpr int64_t kBytes = 16;
  const std::string_view scale_text = After(format, ',');
  int scale = 0;
  std::from_chars(scale_text.data(), scale_text.data() + scale_text.size(), scale);
  Int128 unscaled;
  std::memcpy(&unscaled, column.Fixed(row, kBytes), kBytes);
  return FormatDecimal(unscaled, scale);
}

void AppendNumber(double number, bool is_single, JsonWriter& json) {
  if (!std::isfinite(number)) return json.Null();
  json.Raw(is_single ? fmt::to_string(static_cast<float>(number)) : fmt::to_string(number));
}

void AppendStruct(const ArrowColumn& column, int64_t row, JsonWriter& json) {
  json.BeginObject();
  for (int64_t i = 0; i < column.num_children(); ++i) {
    const ArrowColumn field = column.Field(i);
    if (field.IsNull(row)) continue;
    json.Key(field.name());
    AppendColumnJson(field, row, json);
  }
  json.EndObject();
}

void AppendMap(const ArrowColumn& column, int64_t row, JsonWriter& json) {
  const ArrowColumn keys = column.Elements().Field(0), values = column.Elements().Field(1);
  const bool has_texts =
      keys.has_type(NANOARROW_TYPE_STRING_VIEW) || keys.has_type(NANOARROW_TYPE_STRING);
  if (!has_texts) return json.Null();
  json.BeginObject();
  for (int64_t i = column.ElementsBegin(row); i < column.ElementsEnd(row); ++i) {
    if (keys.IsNull(i)) continue;
    json.Key(keys.Text(i));
    AppendColumnJson(values, i, json);
  }
  json.EndObject();
}

void AppendList(const ArrowColumn& column, int64_t row, JsonWriter& json) {
  json.BeginArray();
  for (int64_t i = column.ElementsBegin(row); i < column.ElementsEnd(row); ++i) {
    AppendColumnJson(column.Elements(), i, json);
  }
  json.EndArray();
}

}  // namespace

void AppendColumnJson(const ArrowColumn& column, int64_t row, JsonWriter& json) {
  if (column.IsNull(row)) return json.Null();
  const std::string_view format = column.format();
  if (format == "b") return json.Boolean(column.Integer(row) != 0);
  if (format == "f" || format == "g") {
    return AppendNumber(column.Floating(row), format == "f", json);
  }
  if (format == "u" || format == "vu") return json.String(column.Text(row));
  if (format == "+s") return AppendStruct(column, row, json);
  if (format == "+m") return AppendMap(column, row, json);
  if (format == "+l") return AppendList(column, row, json);
  if (format == "tdD") {
    const auto text = FormatDate(static_cast<int32_t>(column.Integer(row)));
    return text ? json.String(*text) : json.Null();
  }
  if (format.starts_with("ts")) return json.String(TimestampText(format, column.Integer(row)));
  if (column.has_type(NANOARROW_TYPE_DECIMAL128)) {
    return json.Raw(DecimalText(format, column, row));
  }
  constexpr std::string_view kIntegers = "cCsSiIl";
  if (format.size() == 1 && kIntegers.find(format[0]) != std::string_view::npos) {
    return json.Integer(column.Integer(row));
  }
  json.Null();
}

std::string ColumnJson(const ArrowColumn& column, int64_t row) {
  std::string text;
  JsonWriter json(text);
  AppendColumnJson(column, row, json);
  return text;
}

}  // namespace deltaic::delta
