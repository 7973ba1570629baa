#include "delta/protocol/schema/stored_field.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include "columnar/nanoarrow_check.h"

namespace deltaic::delta {
namespace {

constexpr char kFieldId[] = "PARQUET:field_id";

void SetFieldId(int32_t id, ArrowSchema* schema) {
  const std::string text = fmt::to_string(id);
  nanoarrow::UniqueBuffer metadata;
  CheckNanoarrow(ArrowMetadataBuilderInit(metadata.get(), nullptr));
  CheckNanoarrow(ArrowMetadataBuilderAppend(metadata.get(), ArrowCharView(kFieldId),
                                            ArrowCharView(text.c_str())));
  CheckNanoarrow(ArrowSchemaSetMetadata(schema, reinterpret_cast<const char*>(metadata->data)));
}

// `place` is where it is likely to be.
const StructField* FindField(const std::vector<StructField>& fields, std::string_view name,
                             int64_t place) {
  const auto likely = static_cast<size_t>(place);
  if (likely < fields.size() && fields[likely].name == name) return &fields[likely];
  const auto found = std::ranges::find(fields, name, &StructField::name);
  return found == fields.end() ? nullptr : &*found;
}

// `schema` may have fewer fields than `type`, others, or none.
void UseStoredNames(const DataType& type, ArrowSchema* schema) {
  switch (type.kind()) {
    case TypeKind::kStruct:
      for (int64_t i = 0; i < schema->n_children; ++i) {
        ArrowSchema* child = schema->children[i];
        const StructField* field = FindField(type.fields(), child->name, i);
        field != nullptr ? UseStoredNames(*field, child) : MarkAsNotStored(child);
      }
      return;
    case TypeKind::kArray:
      return UseStoredNames(type.element_type(), schema->children[0]);
    case TypeKind::kMap: {
      ArrowSchema* entries = schema->children[0];
      UseStoredNames(type.key_type(), entries->children[0]);
      return UseStoredNames(type.value_type(), entries->children[1]);
    }
    default:
      return;
  }
}

}  // namespace

void UseStoredNames(const StructField& field, ArrowSchema* schema) {
  UseStoredNames(field.type, schema);
  CheckNanoarrow(ArrowSchemaSetName(schema, field.stored_name().c_str()));
  if (field.field_id) SetFieldId(*field.field_id, schema);
}

void MarkAsNotStored(ArrowSchema* schema) {
  const std::string name = schema->name;
  nanoarrow::UniqueSchema absent;
  ArrowSchemaInit(absent.get());
  CheckNanoarrow(ArrowSchemaSetType(absent.get(), NANOARROW_TYPE_NA));
  CheckNanoarrow(ArrowSchemaSetName(absent.get(), name.c_str()));
  schema->release(schema);
  ArrowSchemaMove(absent.get(), schema);
}

}  // namespace deltaic::delta
