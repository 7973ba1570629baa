#include "delta/protocol/schema/column_mapping.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <deltaic/base/error.h>
#include <fmt/format.h>

#include "base/text/ascii.h"
#include "base/text/excerpt.h"
#include "delta/protocol/schema/field_metadata.h"
#include "delta/protocol/table_feature.h"
#include "delta/protocol/table_properties.h"

namespace deltaic::delta {
namespace {

constexpr std::string_view kFeature = "columnMapping";

// Some tables list the feature for writers alone; their files have physical names nonetheless.
bool IsSupported(const Protocol& protocol) {
  const TableFeature& feature = *FindTableFeature(kFeature);
  return IsReaderFeatureSupported(protocol, feature) || IsListedForWriters(protocol, kFeature);
}

// Gives each field its physical name and its id.
class Mapper {
 public:
  explicit Mapper(ColumnMappingMode mode) : mode_(mode) {}

  DataType Map(const DataType& type) {
    switch (type.kind()) {
      case TypeKind::kStruct: {
        std::vector<StructField> fields;
        fields.reserve(type.fields().size());
        for (const StructField& field : type.fields()) fields.push_back(Map(field));
        CheckNames(fields);
        return DataType::Struct(std::move(fields));
      }
      case TypeKind::kArray:
        return DataType::Array(Map(type.element_type()), type.contains_null());
      case TypeKind::kMap: {
        DataType key = Map(type.key_type());
        return DataType::Map(std::move(key), Map(type.value_type()), type.contains_null());
      }
      default:
        return type;
    }
  }

  void CheckIds() {
    std::ranges::sort(ids_);
    const auto twin = std::ranges::adjacent_find(ids_);
    if (twin == ids_.end()) return;
    throw Error(
        ErrorCode::kCorruptLog,
        fmt::format("The table's schema has two fields with the column mapping id {}.", *twin));
  }

 private:
  StructField Map(const StructField& field) {
    StructField mapped = {field.name, Map(field.type), field.nullable, field.metadata_json};
    ReadMapping(mapped);
    return mapped;
  }

  // Apart from the recursion, whose frames it would make large.
  __attribute__((noinline)) void ReadMapping(StructField& field) {
    if (!metadata_.Read(field)) Corrupt(field, "metadata that is not JSON");
    const auto name = metadata_.physical_name();
    if (!name) Corrupt(field, "no text delta.columnMapping.physicalName");
    if (name->empty() || name->find('\0') != std::string_view::npos) {
      Corrupt(field, "a delta.columnMapping.physicalName that is no name");
    }
    const int64_t id = metadata_.column_id().value_or(-1);
    if (id < 0 || id > std::numeric_limits<int32_t>::max()) {
      Corrupt(field, "no delta.columnMapping.id that is an id");
    }
    field.physical_name = std::string(*name);
    if (mode_ == ColumnMappingMode::kId) field.field_id = static_cast<int32_t>(id);
    ids_.push_back(static_cast<int32_t>(id));
  }

  [[noreturn]] static void Corrupt(const StructField& field, std::string_view what) {
    throw Error(ErrorCode::kCorruptLog,
                fmt::format("Columns are mapped, and a field of the table's schema has {}: {}",
                            what, Excerpt(field.name)));
  }

  static void CheckNames(const std::vector<StructField>& fields) {
    std::vector<std::string_view> names;
    names.reserve(fields.size());
    for (const StructField& field : fields) names.push_back(field.stored_name());
    std::ranges::sort(names);
    const auto twin = std::ranges::adjacent_find(names);
    if (twin == names.end()) return;
    throw Error(ErrorCode::kCorruptLog,
                fmt::format("The table's schema has two fields with the physical name {}.",
                            Excerpt(*twin)));
  }

  const ColumnMappingMode mode_;
  FieldMetadata metadata_;
  std::vector<int32_t> ids_;
};

}  // namespace

ColumnMappingMode ColumnMappingModeOf(const Protocol& protocol, const Metadata& metadata) {
  const auto mode = TableProperties(metadata).column_mapping_mode();
  if (!mode || !IsSupported(protocol)) return ColumnMappingMode::kNone;
  if (EqualsIgnoringCase(*mode, "none")) return ColumnMappingMode::kNone;
  if (EqualsIgnoringCase(*mode, "name")) return ColumnMappingMode::kName;
  if (EqualsIgnoringCase(*mode, "id")) return ColumnMappingMode::kId;
  throw Error(ErrorCode::kUnsupportedFeature,
              fmt::format("The table needs the column mapping mode {}, which is not supported.",
                          Excerpt(*mode)));
}

DataType MapColumns(const DataType& schema, ColumnMappingMode mode) {
  if (mode == ColumnMappingMode::kNone) return schema;
  Mapper mapper(mode);
  DataType mapped = mapper.Map(schema);
  mapper.CheckIds();
  return mapped;
}

std::vector<std::string> StoredNames(const DataType& schema,
                                     const std::vector<std::string>& columns) {
  std::vector<std::string> names;
  for (const std::string& column : columns) {
    const auto field = std::ranges::find(schema.fields(), column, &StructField::name);
    names.push_back(field == schema.fields().end() ? column : field->stored_name());
  }
  return names;
}

}  // namespace deltaic::delta
