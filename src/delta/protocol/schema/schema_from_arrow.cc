#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nanoarrow/nanoarrow.h>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_arrow.h>

#include "base/text/excerpt.h"

namespace deltaic::delta {
namespace {

// Reads one column; `path` names the field under the reader, as messages show it.
class FieldReader {
 public:
  explicit FieldReader(std::string path) : path_(std::move(path)) {}

  DataType Type(const ArrowSchema& schema) const {
    ArrowSchemaView view;
    ArrowError error;
    if (ArrowSchemaViewInit(&view, &schema, &error) != NANOARROW_OK) Fail(error.message);
    if (IsVariant(view)) return Of(TypeKind::kVariant);
    if (view.type == NANOARROW_TYPE_DICTIONARY) return Type(*schema.dictionary);
    switch (view.type) {
      case NANOARROW_TYPE_STRUCT:
        return DataType::Struct(Fields(schema));
      case NANOARROW_TYPE_LIST:
      case NANOARROW_TYPE_LARGE_LIST:
      case NANOARROW_TYPE_FIXED_SIZE_LIST:
      case NANOARROW_TYPE_LIST_VIEW:
      case NANOARROW_TYPE_LARGE_LIST_VIEW:
        return DataType::Array(Of("element", *schema.children[0]), IsNullable(*schema.children[0]));
      case NANOARROW_TYPE_MAP: {
        const ArrowSchema& entries = *schema.children[0];
        return DataType::Map(Of("key", *entries.children[0]), Of("value", *entries.children[1]),
                             IsNullable(*entries.children[1]));
      }
      case NANOARROW_TYPE_RUN_END_ENCODED:
        return Type(*schema.children[1]);
      case NANOARROW_TYPE_DECIMAL32:
      case NANOARROW_TYPE_DECIMAL64:
      case NANOARROW_TYPE_DECIMAL128:
      case NANOARROW_TYPE_DECIMAL256:
        return Decimal(view);
      default:
        return Simple(view);
    }
  }

  std::vector<StructField> Fields(const ArrowSchema& schema) const {
    std::vector<StructField> fields;
    for (int64_t i = 0; i < schema.n_children; ++i) {
      const ArrowSchema& child = *schema.children[i];
      std::string name = child.name == nullptr ? "" : child.name;
      DataType type = Of(name, child);
      fields.push_back({std::move(name), std::move(type), IsNullable(child)});
    }
    return fields;
  }

 private:
  static bool IsNullable(const ArrowSchema& schema) {
    return (schema.flags & ARROW_FLAG_NULLABLE) != 0;
  }

  static bool IsVariant(const ArrowSchemaView& view) {
    return std::string_view(view.extension_name.data,
                            static_cast<size_t>(view.extension_name.size_bytes)) ==
           kVariantExtension;
  }

  static DataType Of(TypeKind kind) { return DataType::Primitive(kind); }

  DataType Of(std::string_view name, const ArrowSchema& schema) const {
    std::string path = path_;
    if (!path.empty()) path += '.';
    return FieldReader(path.append(name)).Type(schema);
  }

  DataType Decimal(const ArrowSchemaView& view) const {
    constexpr int kMaxPrecision = 38;
    const int precision = view.decimal_precision;
    const int scale = view.decimal_scale;
    if (precision < 1 || precision > kMaxPrecision || scale < 0 || scale > precision) {
      Fail(
          fmt::format("a decimal of precision {} and scale {}; cast it to one of at most 38 digits",
                      precision, scale));
    }
    return DataType::Decimal(precision, scale);
  }

  DataType Simple(const ArrowSchemaView& view) const {
    switch (view.type) {
      case NANOARROW_TYPE_NA:
        return Of(TypeKind::kVoid);
      case NANOARROW_TYPE_BOOL:
        return Of(TypeKind::kBoolean);
      case NANOARROW_TYPE_INT8:
        return Of(TypeKind::kByte);
      case NANOARROW_TYPE_UINT8:
      case NANOARROW_TYPE_INT16:
        return Of(TypeKind::kShort);
      case NANOARROW_TYPE_UINT16:
      case NANOARROW_TYPE_INT32:
        return Of(TypeKind::kInteger);
      case NANOARROW_TYPE_UINT32:
      case NANOARROW_TYPE_INT64:
      case NANOARROW_TYPE_UINT64:
        return Of(TypeKind::kLong);
      case NANOARROW_TYPE_HALF_FLOAT:
      case NANOARROW_TYPE_FLOAT:
        return Of(TypeKind::kFloat);
      case NANOARROW_TYPE_DOUBLE:
        return Of(TypeKind::kDouble);
      case NANOARROW_TYPE_STRING:
      case NANOARROW_TYPE_LARGE_STRING:
      case NANOARROW_TYPE_STRING_VIEW:
        return Of(TypeKind::kString);
      case NANOARROW_TYPE_BINARY:
      case NANOARROW_TYPE_LARGE_BINARY:
      case NANOARROW_TYPE_BINARY_VIEW:
      case NANOARROW_TYPE_FIXED_SIZE_BINARY:
        return Of(TypeKind::kBinary);
      case NANOARROW_TYPE_DATE32:
      case NANOARROW_TYPE_DATE64:
        return Of(TypeKind::kDate);
      case NANOARROW_TYPE_TIMESTAMP:
        return Of(view.timezone != nullptr && *view.timezone != '\0' ? TypeKind::kTimestamp
                                                                     : TypeKind::kTimestampNtz);
      default:
        Fail(view.type);
    }
  }

  // What holds the values of a type that Delta lacks.
  static std::string_view Substitute(ArrowType type) {
    switch (type) {
      case NANOARROW_TYPE_TIME32:
      case NANOARROW_TYPE_TIME64:
      case NANOARROW_TYPE_DURATION:
        return "an integer or a string";
      case NANOARROW_TYPE_SPARSE_UNION:
      case NANOARROW_TYPE_DENSE_UNION:
        return "a struct";
      default:
        return "a string";
    }
  }

  [[noreturn]] void Fail(ArrowType type) const {
    Fail(fmt::format("{}; cast it to {}", ArrowTypeString(type), Substitute(type)));
  }

  [[noreturn]] void Fail(std::string_view type) const {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("The Arrow type of the column {} has no Delta type: {}", Excerpt(path_), type));
  }

  const std::string path_;
};

}  // namespace

std::vector<StructField> FromArrowSchema(const ArrowSchema& schema) {
  if (schema.format == nullptr || std::string_view(schema.format) != "+s") {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("A schema must be a struct: {}",
                            Excerpt(schema.format == nullptr ? "" : schema.format)));
  }
  return FieldReader("").Fields(schema);
}

}  // namespace deltaic::delta
