#include "delta/protocol/schema/column_ids.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <deltaic/base/error.h>
#include <fmt/format.h>

#include "base/uuid.h"
#include "delta/protocol/schema/field_metadata.h"
#include "delta/protocol/schema/field_metadata_writer.h"

namespace deltaic::delta {
namespace {

class ColumnIds {
 public:
  explicit ColumnIds(int64_t& max_id) : max_id_(max_id) {}

  DataType Type(const DataType& type) {
    switch (type.kind()) {
      case TypeKind::kStruct: {
        std::vector<StructField> fields;
        for (const StructField& field : type.fields()) fields.push_back(Field(field));
        return DataType::Struct(std::move(fields));
      }
      case TypeKind::kArray:
        return DataType::Array(Type(type.element_type()), type.contains_null());
      case TypeKind::kMap: {
        DataType key = Type(type.key_type());
        return DataType::Map(std::move(key), Type(type.value_type()), type.contains_null());
      }
      default:
        return type;
    }
  }

  // Ids that fields have already count before any is given.
  void Note(const DataType& type) {
    if (type.kind() == TypeKind::kArray) return Note(type.element_type());
    if (type.kind() == TypeKind::kMap) {
      Note(type.key_type());
      return Note(type.value_type());
    }
    for (const StructField& field : type.fields()) {
      if (reader_.Read(field)) max_id_ = std::max(max_id_, reader_.column_id().value_or(0));
      Note(field.type);
    }
  }

 private:
  StructField Field(const StructField& field) {
    reader_.Read(field);
    const bool has_id = reader_.column_id().has_value();
    const bool has_name = reader_.physical_name().has_value();
    StructField mapped = field;
    if (!has_id) {
      mapped = WithMetadata(mapped, "delta.columnMapping.id", fmt::format("{}", Next()));
    }
    if (!has_name) {
      mapped = WithMetadata(mapped, "delta.columnMapping.physicalName",
                            fmt::format("\"col-{}\"", NewUuid()));
    }
    mapped.type = Type(field.type);
    return mapped;
  }

  int64_t Next() {
    if (max_id_ >= std::numeric_limits<int32_t>::max()) {
      throw Error(
          ErrorCode::kResourcesExhausted,
          "The table has no ids left for further columns: column mapping has 2^31 of them.");
    }
    return ++max_id_;
  }

  int64_t& max_id_;
  FieldMetadata reader_;
};

}  // namespace

DataType AssignColumnIds(const DataType& schema, int64_t& max_id) {
  ColumnIds ids(max_id);
  ids.Note(schema);
  return ids.Type(schema);
}

}  // namespace deltaic::delta
