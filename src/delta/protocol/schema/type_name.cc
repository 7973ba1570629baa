#include "delta/protocol/schema/type_name.h"

#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include <deltaic/base/error.h>
#include <fmt/format.h>

#include "base/text/excerpt.h"

namespace deltaic::delta {
namespace {

[[noreturn]] void Unknown(std::string_view name) {
  throw Error(ErrorCode::kCorruptLog,
              fmt::format("The table's schema has the unknown type {}.", Excerpt(name)));
}

std::string_view Trim(std::string_view text) {
  size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::optional<int> ParseSmallNumber(std::string_view text) {
  text = Trim(text);
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// `parameters` is what follows "decimal".
DataType ParseDecimal(std::string_view name, std::string_view parameters) {
  if (parameters.size() > 2 && parameters.front() == '(' && parameters.back() == ')') {
    parameters = parameters.substr(1, parameters.size() - 2);
    size_t comma = parameters.find(',');
    if (comma != std::string_view::npos) {
      auto precision = ParseSmallNumber(parameters.substr(0, comma));
      auto scale = ParseSmallNumber(parameters.substr(comma + 1));
      if (precision && scale && *precision >= 1 && *precision <= 38 && *scale >= 0 &&
          *scale <= *precision) {
        return DataType::Decimal(*precision, *scale);
      }
    }
  }
  Unknown(name);
}

}  // namespace

DataType ParseTypeName(std::string_view name) {
  static constexpr std::pair<std::string_view, TypeKind> kPrimitives[] = {
      {"string", TypeKind::kString},
      {"long", TypeKind::kLong},
      {"integer", TypeKind::kInteger},
      {"short", TypeKind::kShort},
      {"byte", TypeKind::kByte},
      {"float", TypeKind::kFloat},
      {"double", TypeKind::kDouble},
      {"boolean", TypeKind::kBoolean},
      {"binary", TypeKind::kBinary},
      {"date", TypeKind::kDate},
      {"timestamp", TypeKind::kTimestamp},
      {"timestamp_ntz", TypeKind::kTimestampNtz},
      {"timestamp_nanos", TypeKind::kTimestampNanos},
      {"timestamp_nanos_ntz", TypeKind::kTimestampNanosNtz},
      {"void", TypeKind::kVoid},
      {"null", TypeKind::kVoid},  // As Spark wrote it before 3.1.
      {"variant", TypeKind::kVariant},
  };
  for (const auto& [primitive, kind] : kPrimitives) {
    if (name == primitive) return DataType::Primitive(kind);
  }
  if (name == "decimal") return DataType::Decimal(10, 0);
  if (name.starts_with("decimal")) return ParseDecimal(name, name.substr(7));
  if (name == "geometry" || name == "geography" || name.starts_with("geometry(") ||
      name.starts_with("geography(")) {
    throw Error(ErrorCode::kUnsupportedFeature,
                fmt::format("The table needs the feature geospatial, which is not supported: "
                            "its schema has the type {}.",
                            Excerpt(name)));
  }
  Unknown(name);
}

}  // namespace deltaic::delta
