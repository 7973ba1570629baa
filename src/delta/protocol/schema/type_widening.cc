#include "delta/protocol/schema/type_widening.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include <deltaic/base/error.h>
#include <fmt/format.h>
#include <simdjson.h>

#include "base/text/excerpt.h"
#include "delta/protocol/schema/field_metadata.h"
#include "delta/protocol/schema/type_name.h"
#include "delta/protocol/table_feature.h"

namespace deltaic::delta {
namespace {

// Digits that an integer type needs as a decimal; 0 for other types. The protocol asks for 10 for
// the smaller types as well, but Spark widens them by these.
int DecimalDigits(TypeKind kind) {
  switch (kind) {
    case TypeKind::kByte:
      return 3;
    case TypeKind::kShort:
      return 5;
    case TypeKind::kInteger:
      return 10;
    case TypeKind::kLong:
      return 20;
    default:
      return 0;
  }
}

// Bytes of an integer; 0 for other types.
int Width(TypeKind kind) {
  switch (kind) {
    case TypeKind::kByte:
      return 1;
    case TypeKind::kShort:
      return 2;
    case TypeKind::kInteger:
      return 4;
    case TypeKind::kLong:
      return 8;
    default:
      return 0;
  }
}

bool IsSupported(const Protocol& protocol) {
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"typeWidening", "typeWidening-preview"},
      [&](std::string_view name) {
        return IsReaderFeatureSupported(protocol, *FindTableFeature(name));
      });
}

[[noreturn]] void Corrupt(const StructField& field) {
  throw Error(ErrorCode::kCorruptLog,
              fmt::format("The table's schema has a malformed delta.typeChanges at the field {}.",
                          Excerpt(field.name)));
}

// The type of that name; nothing nested ever changes.
DataType TypeOf(const StructField& field, simdjson::dom::element change, const char* member) {
  std::string_view name;
  if (change[member].get(name) != simdjson::SUCCESS) Corrupt(field);
  return ParseTypeName(name);
}

// Apart from the recursion, whose frames it would make large.
__attribute__((noinline)) void CheckField(const StructField& field) {
  if (!MayHaveTypeChanges(field)) return;
  FieldMetadata metadata;
  if (!metadata.Read(field)) Corrupt(field);
  // The text may be part of something else.
  if (!metadata.has_type_changes()) return;
  const auto changes = metadata.type_changes();
  if (!changes) Corrupt(field);
  for (const simdjson::dom::element change : *changes) {
    const DataType from = TypeOf(field, change, "fromType");
    const DataType to = TypeOf(field, change, "toType");
    if (IsWidening(from, to)) continue;
    throw Error(ErrorCode::kUnsupportedFeature,
                fmt::format("The field {} of the table's schema changed its type from {} to {}, "
                            "which is not supported.",
                            Excerpt(field.name), from.name(), to.name()));
  }
}

void CheckType(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kStruct:
      for (const StructField& field : type.fields()) {
        CheckField(field);
        CheckType(field.type);
      }
      return;
    case TypeKind::kArray:
      return CheckType(type.element_type());
    case TypeKind::kMap:
      CheckType(type.key_type());
      return CheckType(type.value_type());
    default:
      return;
  }
}

}  // namespace

bool IsWidening(const DataType& from, const DataType& to) {
  if (from == to) return true;
  const int width = Width(from.kind());
  switch (to.kind()) {
    case TypeKind::kShort:
    case TypeKind::kInteger:
    case TypeKind::kLong:
      return width > 0 && width < Width(to.kind());
    case TypeKind::kDouble:
      return from.kind() == TypeKind::kFloat || (width > 0 && width <= 4);
    case TypeKind::kTimestampNtz:
      return from.kind() == TypeKind::kDate;
    case TypeKind::kDecimal: {
      const bool is_decimal = from.kind() == TypeKind::kDecimal;
      const int digits = is_decimal ? from.precision() : DecimalDigits(from.kind());
      const int scale = to.scale() - (is_decimal ? from.scale() : 0);
      return digits > 0 && scale >= 0 && to.precision() - digits >= scale;
    }
    default:
      return false;
  }
}

void CheckTypeChanges(const Protocol& protocol, const DataType& schema) {
  if (IsSupported(protocol)) CheckType(schema);
}

}  // namespace deltaic::delta
