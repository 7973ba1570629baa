#include "delta/log/checkpoint/output/member_types.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_arrow.h>

#include "base/text/excerpt.h"
#include "columnar/arrow_append.h"
#include "columnar/column_builder.h"
#include "columnar/nanoarrow_check.h"

namespace deltaic::delta {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

// Nested deeper, a value is no column.
constexpr int kMaxDepth = 32;
// More names in one place are no columns: somebody has them for values.
constexpr size_t kMaxNames = 1000;

DataType Void() { return DataType::Primitive(TypeKind::kVoid); }

bool IsInteger(TypeKind kind) { return kind >= TypeKind::kLong && kind <= TypeKind::kByte; }
bool IsNumber(TypeKind kind) { return kind >= TypeKind::kLong && kind <= TypeKind::kDouble; }

std::optional<DataType> MergeStructs(const DataType& a, const DataType& b) {
  std::vector<StructField> fields = a.fields();
  for (const StructField& field : b.fields()) {
    const auto found = std::ranges::find(fields, field.name, &StructField::name);
    if (found == fields.end()) {
      fields.push_back(field);
      continue;
    }
    const std::optional<DataType> type = MergeTypes(found->type, field.type);
    if (!type) return std::nullopt;
    found->type = *type;
  }
  if (fields.size() > kMaxNames) return std::nullopt;
  return DataType::Struct(std::move(fields));
}

// An object is a map where an older checkpoint has one.
std::optional<DataType> MergeMap(const DataType& map, const DataType& object) {
  DataType value = map.value_type();
  for (const StructField& field : object.fields()) {
    const std::optional<DataType> type = MergeTypes(value, field.type);
    if (!type) return std::nullopt;
    value = *type;
  }
  return DataType::Map(map.key_type(), value, true);
}

bool IsTextMap(const DataType& type) {
  return type.kind() == TypeKind::kMap && type.key_type().kind() == TypeKind::kString;
}

// The type of a value; nothing where it has none.
std::optional<DataType> TypeOf(element value, int depth) {
  if (depth > kMaxDepth) return std::nullopt;
  switch (value.type()) {
    case element_type::NULL_VALUE:
      return Void();
    case element_type::BOOL:
      return DataType::Primitive(TypeKind::kBoolean);
    case element_type::INT64:
      return DataType::Primitive(TypeKind::kLong);
    case element_type::STRING:
      return DataType::Primitive(TypeKind::kString);
    case element_type::ARRAY: {
      DataType type = Void();
      for (const element item : simdjson::dom::array(value)) {
        const auto of_item = TypeOf(item, depth + 1);
        const auto merged = of_item ? MergeTypes(type, *of_item) : std::nullopt;
        if (!merged) return std::nullopt;
        type = *merged;
      }
      return DataType::Array(type, true);
    }
    case element_type::OBJECT: {
      std::vector<StructField> fields;
      for (const auto member : simdjson::dom::object(value)) {
        const auto type = TypeOf(member.value, depth + 1);
        if (!type || fields.size() == kMaxNames) return std::nullopt;
        const bool is_double =
            std::ranges::find(fields, member.key, &StructField::name) != fields.end();
        if (is_double) return std::nullopt;
        fields.push_back({std::string(member.key), *type});
      }
      return DataType::Struct(std::move(fields));
    }
    default:
      return DataType::Primitive(TypeKind::kDouble);
  }
}

// The type without what Parquet has no columns for: nulls alone, structs without fields. Nothing
// where nothing is left.
std::optional<DataType> Storable(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kVoid:
      return std::nullopt;
    case TypeKind::kStruct: {
      std::vector<StructField> fields;
      for (const StructField& field : type.fields()) {
        if (const auto stored = Storable(field.type)) fields.push_back({field.name, *stored});
      }
      if (fields.empty()) return std::nullopt;
      return DataType::Struct(std::move(fields));
    }
    case TypeKind::kArray: {
      const auto item = Storable(type.element_type());
      // An empty list is one of anything.
      return DataType::Array(item.value_or(DataType::Primitive(TypeKind::kString)), true);
    }
    default:
      return type;
  }
}

void Append(element value, const DataType& type, ArrowArray* out) {
  if (value.is_null()) return CheckNanoarrow(ArrowArrayAppendNull(out, 1));
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return CheckNanoarrow(ArrowArrayAppendInt(out, bool(value) ? 1 : 0));
    case TypeKind::kString:
      return AppendBytes(std::string_view(value), out);
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return CheckNanoarrow(ArrowArrayAppendDouble(out, double(value)));
    case TypeKind::kArray:
      for (const element item : simdjson::dom::array(value)) {
        Append(item, type.element_type(), out->children[0]);
      }
      return CheckNanoarrow(ArrowArrayFinishElement(out));
    case TypeKind::kMap:
      for (const auto member : simdjson::dom::object(value)) {
        ArrowArray* entries = out->children[0];
        AppendBytes(member.key, entries->children[0]);
        Append(member.value, type.value_type(), entries->children[1]);
        CheckNanoarrow(ArrowArrayFinishElement(entries));
      }
      return CheckNanoarrow(ArrowArrayFinishElement(out));
    case TypeKind::kStruct:
      for (size_t i = 0; i < type.fields().size(); ++i) {
        element member;
        if (value.at_key(type.fields()[i].name).get(member)) {
          CheckNanoarrow(ArrowArrayAppendNull(out->children[i], 1));
        } else {
          Append(member, type.fields()[i].type, out->children[i]);
        }
      }
      return CheckNanoarrow(ArrowArrayFinishElement(out));
    default:
      return CheckNanoarrow(ArrowArrayAppendInt(out, int64_t(value)));
  }
}

}  // namespace

std::optional<DataType> MergeTypes(const DataType& a, const DataType& b) {
  if (a == b || b.kind() == TypeKind::kVoid) return a;
  if (a.kind() == TypeKind::kVoid) return b;
  if (IsInteger(a.kind()) && IsInteger(b.kind())) return DataType::Primitive(TypeKind::kLong);
  if (IsNumber(a.kind()) && IsNumber(b.kind())) return DataType::Primitive(TypeKind::kDouble);
  if (a.kind() == TypeKind::kStruct && b.kind() == TypeKind::kStruct) return MergeStructs(a, b);
  if (IsTextMap(a) && b.kind() == TypeKind::kStruct) return MergeMap(a, b);
  if (IsTextMap(b) && a.kind() == TypeKind::kStruct) return MergeMap(b, a);
  if (IsTextMap(a) && IsTextMap(b)) {
    const auto value = MergeTypes(a.value_type(), b.value_type());
    return value ? std::optional(DataType::Map(a.key_type(), *value, true)) : std::nullopt;
  }
  if (a.kind() == TypeKind::kArray && b.kind() == TypeKind::kArray) {
    const auto element = MergeTypes(a.element_type(), b.element_type());
    return element ? std::optional(DataType::Array(*element, true)) : std::nullopt;
  }
  return std::nullopt;
}

void MemberTypes::Learn(const StructField& field) { Learn(field.name, field.type); }

bool MemberTypes::Learn(const std::string& name, const DataType& type) {
  const auto [place, is_new] = places_.emplace(name, types_.size());
  if (is_new) {
    if (types_.size() == kMaxNames) {
      throw Error(ErrorCode::kUnsupportedFeature,
                  fmt::format("No checkpoint can be written: the log has more than {} members of "
                              "{} actions that have no meaning, such as {}.",
                              kMaxNames, action_, Excerpt(name)));
    }
    types_.push_back({name, type});
    return true;
  }
  DataType& known = types_[place->second].type;
  const std::optional<DataType> merged = MergeTypes(known, type);
  if (!merged) {
    throw Error(ErrorCode::kUnsupportedFeature,
                fmt::format("No checkpoint can be written: the member {}.{} has values that no one "
                            "type holds.",
                            action_, Excerpt(name)));
  }
  if (*merged == known) return false;
  known = *merged;
  return true;
}

bool MemberTypes::Learn(const UnknownMembers& members) {
  bool has_changed = false;
  simdjson::dom::parser parser;
  for (const auto& [name, json] : members) {
    element value;
    std::optional<DataType> type;
    if (!parser.parse(json).get(value)) type = TypeOf(value, 0);
    if (!type) {
      throw Error(ErrorCode::kUnsupportedFeature,
                  fmt::format("No checkpoint can be written: the member {}.{} has a value that no "
                              "type holds: {}",
                              action_, Excerpt(name), Excerpt(json)));
    }
    if (Learn(name, *type)) has_changed = true;
  }
  return has_changed;
}

std::vector<StructField> MemberTypes::fields() const {
  std::vector<StructField> fields;
  for (const StructField& member : types_) {
    if (const auto stored = Storable(member.type)) fields.push_back({member.name, *stored});
  }
  return fields;
}

void MemberTypes::AddColumns(const std::vector<const UnknownMembers*>& rows,
                             BatchBuilder& batch) const {
  std::vector<ColumnBuilder> columns;
  std::vector<ArrowArray*> arrays;
  const std::vector<StructField> wanted = fields();
  columns.reserve(wanted.size());  // So that arrays stay where they are.
  for (const StructField& field : wanted) {
    nanoarrow::UniqueSchema schema;
    ToArrowField(field, ArrowNullability::kAll, schema.get());
    columns.emplace_back(std::move(schema));
    arrays.push_back(columns.back().array());
  }
  if (columns.empty()) return;
  for (const UnknownMembers* members : rows) AppendRow(*members, arrays.data());
  for (ColumnBuilder& column : columns) batch.Add(std::move(column));
}

void MemberTypes::AppendRow(const UnknownMembers& members, ArrowArray* const* columns) const {
  if (types_.empty()) return;
  simdjson::dom::parser parser;
  for (const StructField& field : fields()) {
    ArrowArray* column = *columns++;
    const auto found = std::ranges::find(members, field.name, &UnknownMembers::value_type::first);
    element value;
    if (found == members.end() || parser.parse(found->second).get(value)) {
      CheckNanoarrow(ArrowArrayAppendNull(column, 1));
    } else {
      Append(value, field.type, column);
    }
  }
}

}  // namespace deltaic::delta
