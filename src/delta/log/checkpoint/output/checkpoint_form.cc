#include "delta/log/checkpoint/output/checkpoint_form.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/format.h>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_json.h>

#include "base/text/excerpt.h"
#include "delta/log/checkpoint/output/typed_statistics.h"
#include "delta/protocol/schema/column_mapping.h"
#include "delta/protocol/table_properties.h"
#include "delta/statistics/indexed_columns.h"

namespace deltaic::delta {
namespace {

DataType Text() { return DataType::Primitive(TypeKind::kString); }
DataType Long() { return DataType::Primitive(TypeKind::kLong); }
DataType Integer() { return DataType::Primitive(TypeKind::kInteger); }
DataType Boolean() { return DataType::Primitive(TypeKind::kBoolean); }
DataType Texts() { return DataType::Map(Text(), Text(), true); }
DataType TextList() { return DataType::Array(Text(), true); }

using Fields = std::vector<StructField>;

void AddAll(const Fields& more, Fields& fields) {
  fields.insert(fields.end(), more.begin(), more.end());
}

// The fields by the names that the log has for them.
Fields StoredFields(const Fields& fields) {
  Fields stored;
  for (StructField field : fields) {
    field.name = field.stored_name();
    field.physical_name.reset();
    field.field_id.reset();
    if (field.type.kind() == TypeKind::kStruct) {
      field.type = DataType::Struct(StoredFields(field.type.fields()));
    }
    stored.push_back(std::move(field));
  }
  return stored;
}

constexpr std::array kAddMembers = {"path",
                                    "partitionValues",
                                    "size",
                                    "modificationTime",
                                    "dataChange",
                                    "tags",
                                    "deletionVector",
                                    "baseRowId",
                                    "defaultRowCommitVersion",
                                    "clusteringProvider",
                                    "stats",
                                    "stats_parsed",
                                    "partitionValues_parsed"};
constexpr std::array kRemoveMembers = {"path", "deletionTimestamp", "dataChange",
                                       "extendedFileMetadata", "partitionValues", "size",
                                       "deletionVector", "baseRowId", "defaultRowCommitVersion",
                                       // Other writers keep these, which a tombstone does not need.
                                       "stats", "tags", "stats_parsed", "partitionValues_parsed"};
constexpr std::array kVectorMembers = {"storageType", "pathOrInlineDv", "offset", "sizeInBytes",
                                       "cardinality"};

void LearnUnknown(const Fields& fields, std::span<const char* const> known, MemberTypes& types) {
  for (const StructField& field : fields) {
    if (std::ranges::find(known, std::string_view(field.name)) == known.end()) types.Learn(field);
  }
}

}  // namespace

StatisticsForms StatisticsForms::Of(const Protocol& protocol, const Metadata& metadata) {
  const TableProperties properties(metadata);
  StatisticsForms forms{.has_texts = properties.statistics_as_json(),
                        .has_types = properties.statistics_as_struct(),
                        .columns = {},
                        .partition_columns = {}};
  const DataType schema =
      MapColumns(ParseSchemaJson(metadata.schema_string), ColumnMappingModeOf(protocol, metadata));
  Fields columns;
  for (const StructField& field : schema.fields()) {
    const auto& names = metadata.partition_columns;
    if (std::ranges::find(names, field.name) == names.end()) columns.push_back(field);
  }
  forms.columns = StoredFields(IndexedColumns(columns, metadata));
  for (const std::string& name : metadata.partition_columns) {
    const auto field = std::ranges::find(schema.fields(), name, &StructField::name);
    if (field == schema.fields().end()) {
      throw Error(
          ErrorCode::kCorruptLog,
          fmt::format("The partition column {} is not in the table's schema.", Excerpt(name)));
    }
    AddAll(StoredFields({*field}), forms.partition_columns);
  }
  return forms;
}

bool CheckpointForm::Learn(const AddFile& action) {
  bool has_changed = !action.unknown_members.empty() && add.Learn(action.unknown_members);
  if (action.deletion_vector && !action.deletion_vector->unknown_members.empty()) {
    has_changed |= add_vector.Learn(action.deletion_vector->unknown_members);
  }
  return has_changed;
}

bool CheckpointForm::Learn(const RemoveFile& action) {
  bool has_changed = !action.unknown_members.empty() && remove.Learn(action.unknown_members);
  if (action.deletion_vector && !action.deletion_vector->unknown_members.empty()) {
    has_changed |= remove_vector.Learn(action.deletion_vector->unknown_members);
  }
  return has_changed;
}

void CheckpointForm::Learn(const Protocol& action) { protocol.Learn(action.unknown_members); }

void CheckpointForm::Learn(const Metadata& action) {
  metadata.Learn(action.unknown_members);
  format.Learn(action.unknown_format_members);
}

void CheckpointForm::Learn(const SetTransaction& action) {
  if (!action.unknown_members.empty()) transaction.Learn(action.unknown_members);
}

void CheckpointForm::Learn(const DomainMetadata& action) {
  if (!action.unknown_members.empty()) domain.Learn(action.unknown_members);
}

void CheckpointForm::LearnColumn(std::string_view action, const Fields& fields) {
  const bool is_add = action == "add";
  if (is_add) {
    LearnUnknown(fields, kAddMembers, add);
  } else {
    LearnUnknown(fields, kRemoveMembers, remove);
  }
  const auto vector =
      std::ranges::find(fields, std::string_view("deletionVector"), &StructField::name);
  if (vector == fields.end()) return;
  LearnUnknown(vector->type.fields(), kVectorMembers, is_add ? add_vector : remove_vector);
}

Fields CheckpointForm::FileColumns() const {
  Fields of_add = {{"path", Text()},
                   {"partitionValues", Texts()},
                   {"size", Long()},
                   {"modificationTime", Long()},
                   {"dataChange", Boolean()},
                   {"tags", Texts()},
                   {"deletionVector", DataType::Struct(DeletionVectorFields(add_vector))},
                   {"baseRowId", Long()},
                   {"defaultRowCommitVersion", Long()},
                   {"clusteringProvider", Text()}};
  if (statistics.has_texts) of_add.push_back({"stats", Text()});
  if (statistics.has_types) {
    of_add.push_back({"stats_parsed", DataType::Struct(TypedStatisticsFields(statistics.columns))});
    if (!statistics.partition_columns.empty()) {
      of_add.push_back({"partitionValues_parsed", DataType::Struct(statistics.partition_columns)});
    }
  }
  AddAll(add.fields(), of_add);
  Fields of_remove = {{"path", Text()},
                      {"deletionTimestamp", Long()},
                      {"dataChange", Boolean()},
                      {"extendedFileMetadata", Boolean()},
                      {"partitionValues", Texts()},
                      {"size", Long()},
                      {"deletionVector", DataType::Struct(DeletionVectorFields(remove_vector))},
                      {"baseRowId", Long()},
                      {"defaultRowCommitVersion", Long()}};
  AddAll(remove.fields(), of_remove);
  return {{"add", DataType::Struct(std::move(of_add))},
          {"remove", DataType::Struct(std::move(of_remove))}};
}

Fields CheckpointForm::StateColumns(bool is_v2) const {
  Fields of_transaction = {{"appId", Text()}, {"version", Long()}, {"lastUpdated", Long()}};
  AddAll(transaction.fields(), of_transaction);
  Fields of_metadata = {{"id", Text()},
                        {"name", Text()},
                        {"description", Text()},
                        {"format", DataType::Struct(FormatFields(format))},
                        {"schemaString", Text()},
                        {"partitionColumns", TextList()},
                        {"configuration", Texts()},
                        {"createdTime", Long()}};
  AddAll(metadata.fields(), of_metadata);
  Fields of_protocol = {{"minReaderVersion", Integer()},
                        {"minWriterVersion", Integer()},
                        {"readerFeatures", TextList()},
                        {"writerFeatures", TextList()}};
  AddAll(protocol.fields(), of_protocol);
  Fields of_domain = {{"domain", Text()}, {"configuration", Text()}, {"removed", Boolean()}};
  AddAll(domain.fields(), of_domain);
  Fields columns = {{"txn", DataType::Struct(std::move(of_transaction))},
                    {"metaData", DataType::Struct(std::move(of_metadata))},
                    {"protocol", DataType::Struct(std::move(of_protocol))},
                    {"domainMetadata", DataType::Struct(std::move(of_domain))}};
  if (!is_v2) return columns;
  columns.push_back(
      {"checkpointMetadata", DataType::Struct({{"version", Long()}, {"tags", Texts()}})});
  columns.push_back({"sidecar", DataType::Struct({{"path", Text()},
                                                  {"sizeInBytes", Long()},
                                                  {"modificationTime", Long()},
                                                  {"tags", Texts()}})});
  return columns;
}

Fields DeletionVectorFields(const MemberTypes& unknown) {
  Fields fields = {{"storageType", Text()},
                   {"pathOrInlineDv", Text()},
                   {"offset", Integer()},
                   {"sizeInBytes", Integer()},
                   {"cardinality", Long()}};
  AddAll(unknown.fields(), fields);
  return fields;
}

Fields FormatFields(const MemberTypes& unknown) {
  Fields fields = {{"provider", Text()}, {"options", Texts()}};
  AddAll(unknown.fields(), fields);
  return fields;
}

}  // namespace deltaic::delta
