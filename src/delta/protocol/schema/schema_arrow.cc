#include <deltaic/delta/protocol/schema_arrow.h>

#include <cstdint>
#include <string>
#include <string_view>

#include <deltaic/base/error.h>
#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include "base/text/excerpt.h"
#include "columnar/nanoarrow_check.h"

namespace deltaic::delta {
namespace {

ArrowType SimpleArrowType(TypeKind kind) {
  switch (kind) {
    case TypeKind::kString:
      return NANOARROW_TYPE_STRING_VIEW;
    case TypeKind::kLong:
      return NANOARROW_TYPE_INT64;
    case TypeKind::kInteger:
      return NANOARROW_TYPE_INT32;
    case TypeKind::kShort:
      return NANOARROW_TYPE_INT16;
    case TypeKind::kByte:
      return NANOARROW_TYPE_INT8;
    case TypeKind::kFloat:
      return NANOARROW_TYPE_FLOAT;
    case TypeKind::kDouble:
      return NANOARROW_TYPE_DOUBLE;
    case TypeKind::kBoolean:
      return NANOARROW_TYPE_BOOL;
    case TypeKind::kBinary:
      return NANOARROW_TYPE_BINARY_VIEW;
    case TypeKind::kDate:
      return NANOARROW_TYPE_DATE32;
    case TypeKind::kVoid:
      return NANOARROW_TYPE_NA;
    default:
      throw Error(ErrorCode::kInternal, "A type has no simple Arrow type.");
  }
}

void SetField(const StructField& field, ArrowNullability nullability, ArrowSchema* out);

void MakePlain(ArrowSchema* type) {
  const std::string_view format = type->format;
  if (format == "vu") {
    CheckNanoarrow(ArrowSchemaSetFormat(type, "u"));
  } else if (format == "vz") {
    CheckNanoarrow(ArrowSchemaSetFormat(type, "z"));
  }
}

void SetNullable(bool declared, ArrowNullability nullability, ArrowSchema* out) {
  if (declared || nullability == ArrowNullability::kAll) {
    out->flags |= ARROW_FLAG_NULLABLE;
  } else {
    out->flags &= ~ARROW_FLAG_NULLABLE;
  }
}

void SetTimestamp(ArrowTimeUnit unit, const char* zone, ArrowSchema* out) {
  CheckNanoarrow(ArrowSchemaSetTypeDateTime(out, NANOARROW_TYPE_TIMESTAMP, unit, zone));
}

/// The storage and the name of Arrow's canonical extension type for variants.
void SetVariant(ArrowSchema* out) {
  CheckNanoarrow(ArrowSchemaSetTypeStruct(out, 2));
  const char* const parts[] = {"metadata", "value"};
  for (int i = 0; i < 2; ++i) {
    CheckNanoarrow(ArrowSchemaSetType(out->children[i], NANOARROW_TYPE_BINARY_VIEW));
    CheckNanoarrow(ArrowSchemaSetName(out->children[i], parts[i]));
    out->children[i]->flags &= ~ARROW_FLAG_NULLABLE;
  }
  nanoarrow::UniqueBuffer metadata;
  CheckNanoarrow(ArrowMetadataBuilderInit(metadata.get(), nullptr));
  CheckNanoarrow(ArrowMetadataBuilderAppend(metadata.get(), ArrowCharView("ARROW:extension:name"),
                                            ArrowCharView(kVariantExtension)));
  CheckNanoarrow(ArrowMetadataBuilderAppend(
      metadata.get(), ArrowCharView("ARROW:extension:metadata"), ArrowCharView("")));
  CheckNanoarrow(ArrowSchemaSetMetadata(out, reinterpret_cast<const char*>(metadata.get()->data)));
}

void SetType(const DataType& type, ArrowNullability nullability, ArrowSchema* out) {
  switch (type.kind()) {
    case TypeKind::kDecimal:
      CheckNanoarrow(ArrowSchemaSetTypeDecimal(out, NANOARROW_TYPE_DECIMAL128, type.precision(),
                                               type.scale()));
      break;
    case TypeKind::kTimestamp:
      SetTimestamp(NANOARROW_TIME_UNIT_MICRO, "UTC", out);
      break;
    case TypeKind::kTimestampNtz:
      SetTimestamp(NANOARROW_TIME_UNIT_MICRO, nullptr, out);
      break;
    case TypeKind::kTimestampNanos:
      SetTimestamp(NANOARROW_TIME_UNIT_NANO, "UTC", out);
      break;
    case TypeKind::kTimestampNanosNtz:
      SetTimestamp(NANOARROW_TIME_UNIT_NANO, nullptr, out);
      break;
    case TypeKind::kStruct: {
      const std::vector<StructField>& fields = type.fields();
      CheckNanoarrow(ArrowSchemaSetTypeStruct(out, static_cast<int64_t>(fields.size())));
      for (size_t i = 0; i < fields.size(); ++i) {
        SetField(fields[i], nullability, out->children[i]);
      }
      break;
    }
    case TypeKind::kArray: {
      CheckNanoarrow(ArrowSchemaSetType(out, NANOARROW_TYPE_LIST));
      ArrowSchema* element = out->children[0];
      SetType(type.element_type(), nullability, element);
      CheckNanoarrow(ArrowSchemaSetName(element, "element"));
      SetNullable(type.contains_null(), nullability, element);
      break;
    }
    case TypeKind::kMap: {
      CheckNanoarrow(ArrowSchemaSetType(out, NANOARROW_TYPE_MAP));
      ArrowSchema* entries = out->children[0];
      CheckNanoarrow(ArrowSchemaSetName(entries, "key_value"));
      // The engine looks keys up by plain strings.
      SetType(type.key_type(), nullability, entries->children[0]);
      MakePlain(entries->children[0]);
      SetType(type.value_type(), nullability, entries->children[1]);
      SetNullable(type.contains_null(), nullability, entries->children[1]);
      break;
    }
    case TypeKind::kVariant:
      SetVariant(out);
      break;
    default:
      CheckNanoarrow(ArrowSchemaSetType(out, SimpleArrowType(type.kind())));
  }
}

void SetField(const StructField& field, ArrowNullability nullability, ArrowSchema* out) {
  if (field.name.find('\0') != std::string::npos) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("A column's name contains a NUL character: {}",
                            Excerpt(field.name.substr(0, field.name.find('\0')))));
  }
  SetType(field.type, nullability, out);
  CheckNanoarrow(ArrowSchemaSetName(out, field.name.c_str()));
  SetNullable(field.nullable, nullability, out);
}

}  // namespace

Schema ToArrowSchema(const DataType& struct_type, ArrowNullability nullability) {
  if (struct_type.kind() != TypeKind::kStruct) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("A schema must be a struct, not {}.", struct_type.name()));
  }
  return ToArrowSchema(struct_type.fields(), nullability);
}

Schema ToArrowSchema(const std::vector<StructField>& columns, ArrowNullability nullability) {
  nanoarrow::UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  CheckNanoarrow(ArrowSchemaSetTypeStruct(schema.get(), static_cast<int64_t>(columns.size())));
  for (size_t i = 0; i < columns.size(); ++i) {
    SetField(columns[i], nullability, schema->children[i]);
  }
  return Schema::Import(schema.get());
}

void ToArrowField(const StructField& field, ArrowNullability nullability, ArrowSchema* out) {
  nanoarrow::UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  SetField(field, nullability, schema.get());
  ArrowSchemaMove(schema.get(), out);
}

}  // namespace deltaic::delta
