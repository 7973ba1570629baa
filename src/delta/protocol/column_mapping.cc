#include "delta/protocol/column_mapping.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <deltaic/base/error.h>
#include <fmt/format.h>
#include <simdjson.h>

#include "base/excerpt.h"
#include "delta/protocol/table_feature.h"

namespace deltaic::delta {
namespace {

constexpr std::string_view kFeature = "columnMapping";
constexpr const char* kMode = "delta.columnMapping.mode";
constexpr const char* kPhysicalName = "delta.columnMapping.physicalName";
constexpr const char* kId = "delta.columnMapping.id";

// Some tables list the feature for writers alone; their files have physical names nonetheless.
bool IsSupported(const Protocol& protocol) {
  if (IsReaderFeatureSupported(protocol, *FindTableFeature(kFeature))) return true;
  return protocol.writer_features &&
         std::ranges::find(*protocol.writer_features, kFeature) != protocol.writer_features->end();
}

bool EqualsWithoutCase(std::string_view text, std::string_view lower_case_word) {
  return std::ranges::equal(text, lower_case_word, [](char a, char b) {
    return a == b || (a >= 'A' && a <= 'Z' && a - 'A' + 'a' == b);
  });
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
    simdjson::dom::element metadata;
    if (parser_.parse(field.metadata_json).get(metadata) != simdjson::SUCCESS) {
      Corrupt(field, "metadata that is not JSON");
    }
    std::string_view name;
    if (metadata[kPhysicalName].get(name) != simdjson::SUCCESS) {
      Corrupt(field, fmt::format("no text {}", kPhysicalName));
    }
    if (name.empty() || name.find('\0') != std::string_view::npos) {
      Corrupt(field, fmt::format("a {} that is no name", kPhysicalName));
    }
    int64_t id;
    if (metadata[kId].get(id) != simdjson::SUCCESS || id < 0 ||
        id > std::numeric_limits<int32_t>::max()) {
      Corrupt(field, fmt::format("no {} that is an id", kId));
    }
    field.physical_name = std::string(name);
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
  simdjson::dom::parser parser_;
  std::vector<int32_t> ids_;
};

}  // namespace

ColumnMappingMode ColumnMappingModeOf(const Protocol& protocol, const Metadata& metadata) {
  const auto mode = metadata.configuration.find(kMode);
  if (mode == metadata.configuration.end() || !IsSupported(protocol)) {
    return ColumnMappingMode::kNone;
  }
  if (EqualsWithoutCase(mode->second, "none")) return ColumnMappingMode::kNone;
  if (EqualsWithoutCase(mode->second, "name")) return ColumnMappingMode::kName;
  if (EqualsWithoutCase(mode->second, "id")) return ColumnMappingMode::kId;
  throw Error(ErrorCode::kUnsupportedFeature,
              fmt::format("The table needs the column mapping mode {}, which is not supported.",
                          Excerpt(mode->second)));
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
