#include "delta/operations/evolved_table.h"

#include <string>
#include <utility>
#include <vector>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_json.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text/ascii.h"
#include "base/text/excerpt.h"
#include "delta/operations/new_table.h"
#include "delta/protocol/protocol_request.h"
#include "delta/protocol/schema/column_ids.h"
#include "delta/protocol/table_properties.h"
#include "delta/protocol/table_support.h"
#include "delta/write/schema_merge.h"

namespace deltaic::delta {
namespace {

[[noreturn]] void Refuse(std::string message) {
  throw Error(ErrorCode::kInvalidArgument, std::move(message));
}

// Properties of a request are those of a new table; a table that is there must have them already.
void CheckProperties(const Metadata& metadata, const WriteRequest& request) {
  Metadata wanted;
  wanted.configuration = request.configuration;
  TakeProtocolRequest(wanted);
  for (const auto& [name, value] : wanted.configuration) {
    const auto found = metadata.configuration.find(name);
    if (found != metadata.configuration.end() && found->second == value) continue;
    Refuse(
        fmt::format("A write sets properties of a new table only, and this table does not have "
                    "the property {} = {}.",
                    Excerpt(name), Excerpt(value)));
  }
}

// A schema without the ids and names that a mapping gave it.
DataType WithoutPhysicalNames(const DataType& schema) {
  return ParseSchemaJson(SchemaToJson(schema));
}

bool MapsColumns(const Metadata& metadata) {
  const auto mode = TableProperties(metadata).column_mapping_mode();
  return mode && !EqualsIgnoringCase(*mode, "none");
}

TableShape WithSchema(const TableShape& table, DataType schema,
                      std::vector<std::string> partition_columns) {
  CheckColumnNames(schema.fields());
  Metadata metadata = table.metadata;
  if (MapsColumns(metadata)) {
    int64_t max_id = TableProperties(metadata).max_column_id();
    schema = AssignColumnIds(schema, max_id);
    metadata.configuration["delta.columnMapping.maxColumnId"] = fmt::format("{}", max_id);
  }
  metadata.schema_string = SchemaToJson(schema);
  metadata.partition_columns = std::move(partition_columns);
  Protocol protocol = WithRequiredFeatures(table.protocol, schema, metadata);
  CheckProtocolWritable(protocol);
  TableShape evolved = ShapeOf(std::move(protocol), std::move(metadata));
  CheckDefinition(evolved);
  return evolved;
}

}  // namespace

TableShape EvolvedTable(const TableShape& table, const std::vector<StructField>& columns,
                        const WriteRequest& request) {
  CheckProperties(table.metadata, request);
  const std::vector<std::string>& partition = table.metadata.partition_columns;
  const std::vector<std::string> wanted = request.partition_columns.value_or(partition);
  const bool replaces_schema = request.schema_mode == SchemaMode::kOverwrite;
  if (wanted != partition && !replaces_schema) {
    Refuse(fmt::format("The table is partitioned by [{}], not by [{}].", fmt::join(partition, ", "),
                       fmt::join(wanted, ", ")));
  }
  if (replaces_schema) {
    // Columns that stay keep what their metadata says.
    std::vector<StructField> fields = columns;
    for (StructField& field : fields) {
      const int known = FindField(table.schema.fields(), field.name);
      if (known < 0) continue;
      const StructField& old = table.schema.fields()[static_cast<size_t>(known)];
      if (old.type == field.type) field.metadata_json = old.metadata_json;
    }
    DataType schema = DataType::Struct(std::move(fields));
    const bool is_same = SchemaToJson(schema) == SchemaToJson(table.schema) && wanted == partition;
    return is_same ? table : WithSchema(table, std::move(schema), wanted);
  }
  if (request.schema_mode == SchemaMode::kStrict) return table;
  const DataType merged = MergeSchemas(WithoutPhysicalNames(table.schema), columns);
  if (SchemaToJson(merged) == SchemaToJson(table.schema)) return table;
  return WithSchema(table, merged, partition);
}

}  // namespace deltaic::delta
