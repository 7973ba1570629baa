#include "delta/log/checkpoint/parsed_partition_values.h"

#include <algorithm>
#include <chrono>
#include <string_view>

#include <fmt/format.h>

namespace deltaic::delta {
namespace {

constexpr std::string_view kBoolean = "b";
constexpr std::string_view kString = "vu";
constexpr std::string_view kDate = "tdD";

// How Arrow spells a type whose values have one text each; "" for other types.
std::string_view FormatOf(TypeKind kind) {
  switch (kind) {
    case TypeKind::kString:
      return kString;
    case TypeKind::kLong:
      return "l";
    case TypeKind::kInteger:
      return "i";
    case TypeKind::kShort:
      return "s";
    case TypeKind::kByte:
      return "c";
    case TypeKind::kBoolean:
      return kBoolean;
    case TypeKind::kDate:
      return kDate;
    default:
      return "";
  }
}

// Dates of four digits, which are all that have one text.
bool HasPlainText(int64_t days) {
  constexpr int64_t kFirst = -719'162;  // 0001-01-01
  constexpr int64_t kLast = 2'932'896;  // 9999-12-31
  return days >= kFirst && days <= kLast;
}

std::string DateText(int64_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

}  // namespace

bool ParsedPartitionValues::CanStandForTexts(const ArrowColumn& column,
                                             std::span<const StructField> partition_columns) {
  if (!column.has_type(NANOARROW_TYPE_STRUCT) ||
      static_cast<size_t>(column.num_children()) != partition_columns.size()) {
    return false;
  }
  return std::ranges::all_of(partition_columns, [&](const StructField& field) {
    const std::string_view format = column.Child(field.stored_name()).format();
    return !format.empty() && format == FormatOf(field.type.kind());
  });
}

ParsedPartitionValues::ParsedPartitionValues(const ArrowColumn& column, AddedFilesBuilder& files)
    : column_(column), files_(files) {
  for (int64_t i = 0; i < column.num_children(); ++i) {
    const ArrowColumn field = column.Field(i);
    fields_.push_back({field, field.format() == kString,
                       files.partition_values.InternName(field.name()), std::nullopt});
  }
}

bool ParsedPartitionValues::Import(int64_t row) {
  if (column_.IsNull(row)) return false;
  for (Field& field : fields_) {
    std::optional<std::string_view> text;
    if (!field.column.IsNull(row)) {
      if (field.has_texts) {
        text = field.column.Text(row);
      } else {
        const int64_t value = field.column.Integer(row);
        if (field.last_value != value && !MakeText(field, value)) return false;
        text = field.last_text;
      }
    }
    files_.partition_values.Append(field.name, text);
  }
  return true;
}

bool ParsedPartitionValues::MakeText(Field& field, int64_t value) {
  const std::string_view format = field.column.format();
  if (format == kDate) {
    if (!HasPlainText(value)) return false;
    field.last_text = DateText(value);
  } else if (format == kBoolean) {
    field.last_text = value != 0 ? "true" : "false";
  } else {
    field.last_text = fmt::to_string(value);
  }
  field.last_value = value;
  return true;
}

}  // namespace deltaic::delta
