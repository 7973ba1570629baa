#include "delta/scan/arrow_type.h"

#include <cstdint>
#include <string_view>

#include <deltaic/delta/protocol/schema_arrow.h>
#include <nanoarrow/nanoarrow.hpp>

#include "columnar/nanoarrow_check.h"

namespace deltaic::delta {
namespace {

bool IsString(ArrowType type) {
  return type == NANOARROW_TYPE_STRING || type == NANOARROW_TYPE_LARGE_STRING ||
         type == NANOARROW_TYPE_STRING_VIEW;
}

bool IsBinary(ArrowType type) {
  return type == NANOARROW_TYPE_BINARY || type == NANOARROW_TYPE_LARGE_BINARY ||
         type == NANOARROW_TYPE_BINARY_VIEW;
}

/// Bytes of a signed integer; 0 for other types.
int IntegerWidth(ArrowType type) {
  switch (type) {
    case NANOARROW_TYPE_INT8:
      return 1;
    case NANOARROW_TYPE_INT16:
      return 2;
    case NANOARROW_TYPE_INT32:
      return 4;
    case NANOARROW_TYPE_INT64:
      return 8;
    default:
      return 0;
  }
}

/// Files may have shredded a variant: it is no struct like others.
bool IsVariant(const ArrowSchemaView& type) {
  return std::string_view(type.extension_name.data,
                          static_cast<size_t>(type.extension_name.size_bytes)) == kVariantExtension;
}

bool FieldsFit(const ArrowSchema& own, const ArrowSchema& wanted) {
  for (int64_t i = 0; i < wanted.n_children; ++i) {
    for (int64_t j = 0; j < own.n_children; ++j) {
      if (std::string_view(own.children[j]->name) == wanted.children[i]->name &&
          !CanBeReadAs(*own.children[j], *wanted.children[i])) {
        return false;
      }
    }
  }
  return wanted.n_children > 0 || own.n_children == 0;
}

bool ChildrenFit(const ArrowSchema& own, const ArrowSchema& wanted) {
  if (own.n_children != wanted.n_children) return false;
  for (int64_t i = 0; i < own.n_children; ++i) {
    if (!CanBeReadAs(*own.children[i], *wanted.children[i])) return false;
  }
  return true;
}

}  // namespace

void ReplaceViewTypes(ArrowSchema* schema) {
  const std::string_view format = schema->format;
  // Setting the format frees the one before.
  const char* plain = format == "vu" ? "u" : format == "vz" ? "z" : nullptr;
  if (plain != nullptr) CheckNanoarrow(ArrowSchemaSetFormat(schema, plain));
  for (int64_t i = 0; i < schema->n_children; ++i) ReplaceViewTypes(schema->children[i]);
}

void MakeNullable(ArrowSchema* schema) {
  schema->flags |= ARROW_FLAG_NULLABLE;
  const bool is_map = std::string_view(schema->format) == "+m";
  for (int64_t i = 0; i < schema->n_children; ++i) {
    ArrowSchema* child = schema->children[i];
    if (is_map && child->n_children == 2) {
      MakeNullable(child->children[1]);
    } else {
      MakeNullable(child);
    }
  }
}

void WrapInDictionary(bool many, ArrowSchema* schema) {
  const std::string_view format = schema->format;
  const char* values = format == "vz" || format == "z" ? "z" : "u";
  CheckNanoarrow(ArrowSchemaAllocateDictionary(schema));
  ArrowSchemaInit(schema->dictionary);
  CheckNanoarrow(ArrowSchemaSetFormat(schema->dictionary, values));
  CheckNanoarrow(ArrowSchemaSetFormat(schema, many ? "I" : "S"));
}

bool CanBeReadAs(const ArrowSchema& own, const ArrowSchema& wanted) {
  ArrowSchemaView from;
  ArrowSchemaView to;
  if (ArrowSchemaViewInit(&from, &own, nullptr) != NANOARROW_OK ||
      ArrowSchemaViewInit(&to, &wanted, nullptr) != NANOARROW_OK) {
    return false;
  }
  if (wanted.dictionary != nullptr) return CanBeReadAs(own, *wanted.dictionary);
  if (IsVariant(from) != IsVariant(to)) return false;
  if (IsString(from.type)) return IsString(to.type);
  if (IsBinary(from.type)) return IsBinary(to.type);
  if (IntegerWidth(from.type) > 0) return IntegerWidth(to.type) >= IntegerWidth(from.type);
  switch (from.type) {
    case NANOARROW_TYPE_FLOAT:
      return to.type == NANOARROW_TYPE_FLOAT || to.type == NANOARROW_TYPE_DOUBLE;
    case NANOARROW_TYPE_DECIMAL128:
      return to.type == NANOARROW_TYPE_DECIMAL128 && to.decimal_scale >= from.decimal_scale &&
             to.decimal_precision - to.decimal_scale >= from.decimal_precision - from.decimal_scale;
    case NANOARROW_TYPE_STRUCT:
      return to.type == NANOARROW_TYPE_STRUCT && FieldsFit(own, wanted);
    case NANOARROW_TYPE_LIST:
      return to.type == NANOARROW_TYPE_LIST && ChildrenFit(own, wanted);
    case NANOARROW_TYPE_MAP:
      return to.type == NANOARROW_TYPE_MAP && ChildrenFit(*own.children[0], *wanted.children[0]);
    default:
      return std::string_view(own.format) == wanted.format;
  }
}

}  // namespace deltaic::delta
