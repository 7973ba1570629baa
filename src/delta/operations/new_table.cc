#include "delta/operations/new_table.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_arrow.h>
#include <deltaic/delta/protocol/schema_json.h>
#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include "base/clock.h"
#include "base/text/ascii.h"
#include "base/text/excerpt.h"
#include "base/text/letter_case.h"
#include "base/uuid.h"
#include "columnar/nanoarrow_check.h"
#include "delta/protocol/protocol_request.h"
#include "delta/protocol/schema/column_ids.h"
#include "delta/protocol/schema/field_metadata.h"
#include "delta/protocol/table_feature.h"
#include "delta/protocol/table_properties.h"
#include "delta/protocol/table_support.h"
#include "delta/write/schema_merge.h"
#include "delta/write/table_constraints.h"

namespace deltaic::delta {
namespace {

// The properties that name the columns of files in which rows that move keep their ids.
constexpr char kRowIdColumn[] = "delta.rowTracking.materializedRowIdColumnName";
constexpr char kRowCommitVersionColumn[] =
    "delta.rowTracking.materializedRowCommitVersionColumnName";

[[noreturn]] void Refuse(std::string message) {
  throw Error(ErrorCode::kInvalidArgument, std::move(message));
}

void CheckPartitionColumns(const std::vector<std::string>& names, const DataType& schema) {
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    const auto field = std::ranges::find(schema.fields(), name, &StructField::name);
    if (field == schema.fields().end()) {
      Refuse(fmt::format("The schema lacks the partition column {}.", Excerpt(name)));
    }
    const TypeKind kind = field->type.kind();
    if (field->type.is_nested() || kind == TypeKind::kVariant || kind == TypeKind::kVoid) {
      Refuse(fmt::format("The column {} cannot partition the table: its type is {}.", Excerpt(name),
                         field->type.name()));
    }
    if (!seen.insert(name).second) {
      Refuse(fmt::format("The partition column {} is there twice.", Excerpt(name)));
    }
  }
  if (!names.empty() && names.size() == schema.fields().size()) {
    Refuse("The table needs a column that is no partition column.");
  }
}

// Files hold no column of nothing, and cannot leave out a part of one; nor do they hold structs
// without fields.
void CheckStorable(const std::string& path, const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kVoid:
      Refuse(fmt::format("The type void is for columns only; cast the nulls to another type: {}",
                         Excerpt(path)));
    case TypeKind::kArray:
      return CheckStorable(path + ".element", type.element_type());
    case TypeKind::kMap:
      CheckStorable(path + ".key", type.key_type());
      return CheckStorable(path + ".value", type.value_type());
    default:
      if (type.kind() == TypeKind::kStruct && type.fields().empty()) {
        Refuse(fmt::format("A struct needs a field: {}", Excerpt(path)));
      }
      for (const StructField& field : type.fields()) {
        CheckStorable(path + "." + field.name, field.type);
      }
  }
}

// CHECK constraints and invariants are conditions, with the same answer each time.
void CheckConditions(const TableShape& shape) {
  const Schema columns = ToArrowSchema(shape.schema, ArrowNullability::kAll);
  nanoarrow::UniqueArray none;
  ArrowError error;
  CheckNanoarrow(ArrowArrayInitFromSchema(none.get(), columns.c_schema(), &error));
  CheckNanoarrow(ArrowArrayStartAppending(none.get()));
  CheckNanoarrow(ArrowArrayFinishBuildingDefault(none.get(), &error));
  const RecordBatch no_rows = RecordBatch::Import(columns, none.get());
  for (const datafusion::RowCheck& check : ChecksOf(shape.schema, shape.metadata, columns, {})) {
    if (!check.condition.is_deterministic()) {
      Refuse(fmt::format("A condition must give the same answer each time: {}", check.name));
    }
    try {
      datafusion::EvaluateFilters({check.condition}, no_rows);
    } catch (const Error& failure) {
      Refuse(fmt::format("This is no condition: {}. {}", check.name, failure.message()));
    }
  }
}

// The change data feed adds columns of these names to the rows.
void CheckFeedNames(const DataType& schema) {
  for (const StructField& field : schema.fields()) {
    for (const std::string_view name : {"_change_type", "_commit_version", "_commit_timestamp"}) {
      if (EqualsIgnoringCase(field.name, name)) {
        Refuse(
            fmt::format("The change data feed has a column of this name, so that the table "
                        "cannot have one: {}",
                        Excerpt(field.name)));
      }
    }
  }
}

void CheckRowTrackingNames(const TableShape& shape) {
  std::set<std::string> names;
  for (const StructField& field : shape.schema.fields()) {
    names.insert(LowerCase(field.name));
    if (field.physical_name) names.insert(LowerCase(*field.physical_name));
  }
  for (const char* property : {kRowIdColumn, kRowCommitVersionColumn}) {
    const auto name = shape.metadata.configuration.find(property);
    if (name == shape.metadata.configuration.end()) continue;
    if (!names.insert(LowerCase(name->second)).second) {
      Refuse(
          fmt::format("The name is taken twice, by the table property {} and by another column: {}",
                      property, Excerpt(name->second)));
    }
  }
}

void CheckNotPassedOver(const TableProperties& properties) {
  if (properties.symlink_manifests()) {
    throw Error(ErrorCode::kUnsupportedFeature,
                "Symlink manifests are not written. The table property is "
                "delta.compatibility.symlinkFormatManifest.enabled.");
  }
  if (properties.universal_formats() && !properties.universal_formats()->empty()) {
    throw Error(ErrorCode::kUnsupportedFeature,
                "Metadata of other table formats is not written. The table property is "
                "delta.universalFormat.enabledFormats.");
  }
}

void CheckIdentity(const StructField& field, const FieldMetadata& metadata) {
  if (!metadata.identity_step() && !metadata.identity_start()) return;
  if (field.type.kind() != TypeKind::kLong) {
    Refuse(fmt::format("An identity column must be of type long: {} is {}.", Excerpt(field.name),
                       field.type.name()));
  }
  if (metadata.identity_step().value_or(0) == 0 || !metadata.identity_start()) {
    Refuse(fmt::format("An identity column needs a start and a step other than 0: {}",
                       Excerpt(field.name)));
  }
  if (metadata.generation_expression() || metadata.current_default()) {
    Refuse(fmt::format("An identity column has no other default: {}", Excerpt(field.name)));
  }
}

// Expressions of columns, over the columns that they may refer to.
void CheckColumnExpressions(const DataType& schema) {
  std::vector<StructField> base;
  FieldMetadata metadata;
  for (const StructField& field : schema.fields()) {
    if (!metadata.Read(field) || !metadata.generation_expression()) base.push_back(field);
  }
  const Schema columns = ToArrowSchema(base, ArrowNullability::kAll);
  for (const StructField& field : schema.fields()) {
    if (!metadata.Read(field)) continue;
    CheckIdentity(field, metadata);
    if (const auto sql = metadata.generation_expression()) {
      const auto expression = ParseTableSql(fmt::format("generated column {}", Excerpt(field.name)),
                                            std::string(*sql), columns);
      if (!expression.is_deterministic()) {
        Refuse(
            fmt::format("The expression of the generated column {} must give the same value "
                        "each time: {}",
                        Excerpt(field.name), Excerpt(*sql)));
      }
    }
    if (const auto sql = metadata.current_default()) {
      ParseTableSql(fmt::format("default of the column {}", Excerpt(field.name)), std::string(*sql),
                    Schema());
    }
  }
}

// Metadata of columns that mapping needs.
void MapNewColumns(DataType& schema, Metadata& metadata) {
  const TableProperties properties(metadata);
  const auto mode = properties.column_mapping_mode();
  if (!mode || EqualsIgnoringCase(*mode, "none")) return;
  int64_t max_id = properties.max_column_id();
  schema = AssignColumnIds(schema, max_id);
  metadata.configuration["delta.columnMapping.maxColumnId"] = fmt::format("{}", max_id);
}

void NameRowTrackingColumns(Metadata& metadata) {
  if (!TableProperties(metadata).row_tracking()) return;
  metadata.configuration.try_emplace(kRowIdColumn, fmt::format("_row-id-col-{}", NewUuid()));
  metadata.configuration.try_emplace(kRowCommitVersionColumn,
                                     fmt::format("_row-commit-version-col-{}", NewUuid()));
}

}  // namespace

TableShape NewTable(const TableDefinition& definition) {
  Metadata metadata;
  metadata.id = NewUuid();
  metadata.name = definition.name;
  metadata.description = definition.description;
  metadata.partition_columns = definition.partition_columns;
  metadata.configuration = definition.configuration;
  metadata.created_time = NowMs();
  const ProtocolRequest request = TakeProtocolRequest(metadata);
  if (!definition.keeps_unknown_properties) CheckPropertyNames(metadata.configuration);
  CheckTableProperties(metadata);
  DataType schema = definition.schema;
  CheckColumnNames(schema.fields());
  MapNewColumns(schema, metadata);
  NameRowTrackingColumns(metadata);
  metadata.schema_string = SchemaToJson(schema);
  Protocol protocol = NewProtocol(request, schema, metadata);
  CheckProtocolWritable(protocol);
  CheckPartitionColumns(metadata.partition_columns, schema);
  TableShape shape = ShapeOf(std::move(protocol), std::move(metadata));
  CheckDefinition(shape);
  return shape;
}

TableShape RedefinedTable(const Snapshot& table, const TableDefinition& definition) {
  TableShape shape = NewTable(definition);
  shape.metadata.id = table.metadata().id;
  Protocol protocol = WithFeatures(table.protocol(), SupportedFeatures(shape.protocol));
  return ShapeOf(std::move(protocol), std::move(shape.metadata));
}

void CheckDefinition(const TableShape& shape) {
  const TableProperties properties(shape.metadata);
  CheckNotPassedOver(properties);
  CheckPartitionColumns(shape.metadata.partition_columns, shape.schema);
  bool has_values = false;
  for (const StructField& field : shape.schema.fields()) {
    if (field.type.is_nested()) CheckStorable(field.name, field.type);
    has_values |= field.type.kind() != TypeKind::kVoid;
  }
  if (!has_values) Refuse("The table needs a column of a type other than void.");
  if (properties.change_data_feed()) CheckFeedNames(shape.schema);
  if (properties.row_tracking()) CheckRowTrackingNames(shape);
  CheckColumnExpressions(shape.schema);
  CheckConditions(shape);
}

}  // namespace deltaic::delta
