#include "delta/write/row_layout.h"

#include <cstdint>
#include <cstring>
#include <string_view>

#include <deltaic/delta/protocol/schema_arrow.h>
#include <nanoarrow/nanoarrow.hpp>

#include "columnar/nanoarrow_check.h"

namespace deltaic::delta {
namespace {

constexpr std::string_view kStruct = "+s";
constexpr std::string_view kList = "+l";
constexpr std::string_view kMap = "+m";

const ArrowSchema* FindChild(const ArrowSchema& schema, std::string_view name) {
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema* child = schema.children[i];
    if (child->name != nullptr && child->name == name) return child;
  }
  return nullptr;
}

void KeepLayout(const ArrowSchema& source, ArrowSchema* target) {
  if (source.dictionary != nullptr) return;
  const std::string_view from = source.format;
  const std::string_view to = target->format;
  const bool is_text = to == "vu" && (from == "u" || from == "U");
  const bool is_binary = to == "vz" && (from == "z" || from == "Z");
  if (is_text || is_binary) {
    CheckNanoarrow(ArrowSchemaSetFormat(target, source.format));
  } else if (to == kStruct && from == kStruct) {
    for (int64_t i = 0; i < target->n_children; ++i) {
      const ArrowSchema* child = FindChild(source, target->children[i]->name);
      if (child != nullptr) KeepLayout(*child, target->children[i]);
    }
  } else if (to == kList && from == kList) {
    KeepLayout(*source.children[0], target->children[0]);
  } else if (to == kMap && from == kMap) {
    // Names of entries are free.
    KeepLayout(*source.children[0]->children[1], target->children[0]->children[1]);
  }
}

void SetNullable(bool is_nullable, ArrowSchema* schema) {
  schema->flags = is_nullable ? schema->flags | ARROW_FLAG_NULLABLE
                              : schema->flags & ~int64_t{ARROW_FLAG_NULLABLE};
}

void SetNullability(const DataType& type, ArrowSchema* schema) {
  switch (type.kind()) {
    case TypeKind::kStruct:
      for (size_t i = 0; i < type.fields().size(); ++i) {
        SetNullable(type.fields()[i].nullable, schema->children[i]);
        SetNullability(type.fields()[i].type, schema->children[i]);
      }
      return;
    case TypeKind::kArray:
      SetNullable(type.contains_null(), schema->children[0]);
      return SetNullability(type.element_type(), schema->children[0]);
    case TypeKind::kMap: {
      ArrowSchema* entries = schema->children[0];
      SetNullability(type.key_type(), entries->children[0]);
      SetNullable(type.contains_null(), entries->children[1]);
      return SetNullability(type.value_type(), entries->children[1]);
    }
    case TypeKind::kVariant:
      for (int64_t i = 0; i < schema->n_children; ++i) SetNullable(false, schema->children[i]);
      return;
    default:
      return;
  }
}

}  // namespace

Schema LaidOutAs(const std::vector<StructField>& fields, const Schema& rows,
                 const std::vector<int64_t>& sources) {
  nanoarrow::UniqueSchema target;
  ToArrowSchema(fields, ArrowNullability::kAll).Export(target.get());
  for (size_t i = 0; i < fields.size(); ++i) {
    if (sources[i] < 0) continue;
    KeepLayout(*rows.c_schema()->children[sources[i]], target->children[i]);
  }
  return Schema::Import(target.get());
}

Schema WithNullability(const Schema& rows, const std::vector<StructField>& fields) {
  nanoarrow::UniqueSchema schema;
  rows.Export(schema.get());
  SetNullability(DataType::Struct(fields), schema.get());
  return Schema::Import(schema.get());
}

}  // namespace deltaic::delta
