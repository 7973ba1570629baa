#include <deltaic/delta/snapshot/detail.h>

#include <set>
#include <string_view>

#include <simdjson.h>
#include <nanoarrow/nanoarrow.hpp>

#include "columnar/arrow_append.h"
#include "columnar/batch_builder.h"
#include "columnar/nanoarrow_check.h"
#include "delta/protocol/table_feature.h"

namespace deltaic::delta {
namespace {

std::vector<std::string> ClusteringColumns(std::string_view configuration) {
  const simdjson::padded_string padded(configuration);
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::array columns;
  if (parser.parse(padded).get(root) || root["clusteringColumns"].get(columns)) return {};
  std::vector<std::string> names;
  for (const simdjson::dom::element column : columns) {
    simdjson::dom::array path;
    if (column.get(path)) return {};
    std::string name;
    for (const simdjson::dom::element step : path) {
      std::string_view text;
      if (step.get(text)) return {};
      name.append(name.empty() ? "" : ".").append(text);
    }
    names.push_back(std::move(name));
  }
  return names;
}

// One row under construction, column after column.
class RowBuilder {
 public:
  void Add(const char* name, const std::optional<std::string>& value) {
    Column column = Start(name, NANOARROW_TYPE_STRING);
    if (value) {
      AppendBytes(*value, column.array.get());
    } else {
      CheckNanoarrow(ArrowArrayAppendNull(column.array.get(), 1));
    }
    Finish(std::move(column));
  }

  void Add(const char* name, ArrowType type, int64_t value) {
    Column column = Start(name, type);
    CheckNanoarrow(ArrowArrayAppendInt(column.array.get(), value));
    Finish(std::move(column));
  }

  void AddTime(const char* name, std::optional<int64_t> milliseconds) {
    Column column;
    ArrowSchemaInit(column.schema.get());
    CheckNanoarrow(ArrowSchemaSetTypeDateTime(column.schema.get(), NANOARROW_TYPE_TIMESTAMP,
                                              NANOARROW_TIME_UNIT_MILLI, "UTC"));
    StartArray(name, column);
    CheckNanoarrow(milliseconds ? ArrowArrayAppendInt(column.array.get(), *milliseconds)
                                : ArrowArrayAppendNull(column.array.get(), 1));
    Finish(std::move(column));
  }

  void Add(const char* name, const std::vector<std::string>& values) {
    Column column;
    ArrowSchemaInit(column.schema.get());
    CheckNanoarrow(ArrowSchemaSetType(column.schema.get(), NANOARROW_TYPE_LIST));
    ArrowSchema* element = column.schema->children[0];
    CheckNanoarrow(ArrowSchemaSetType(element, NANOARROW_TYPE_STRING));
    CheckNanoarrow(ArrowSchemaSetName(element, "element"));
    StartArray(name, column);
    for (const std::string& value : values) AppendBytes(value, column.array->children[0]);
    CheckNanoarrow(ArrowArrayFinishElement(column.array.get()));
    Finish(std::move(column));
  }

  void Add(const char* name, const std::map<std::string, std::string>& values) {
    Column column;
    ArrowSchemaInit(column.schema.get());
    CheckNanoarrow(ArrowSchemaSetType(column.schema.get(), NANOARROW_TYPE_MAP));
    ArrowSchema* entries = column.schema->children[0];
    CheckNanoarrow(ArrowSchemaSetType(entries->children[0], NANOARROW_TYPE_STRING));
    entries->children[0]->flags &= ~ARROW_FLAG_NULLABLE;
    CheckNanoarrow(ArrowSchemaSetType(entries->children[1], NANOARROW_TYPE_STRING));
    StartArray(name, column);
    ArrowArray* pairs = column.array->children[0];
    for (const auto& [key, value] : values) {
      AppendBytes(key, pairs->children[0]);
      AppendBytes(value, pairs->children[1]);
      CheckNanoarrow(ArrowArrayFinishElement(pairs));
    }
    CheckNanoarrow(ArrowArrayFinishElement(column.array.get()));
    Finish(std::move(column));
  }

  RecordBatch Finish() { return batch_.Finish(); }

 private:
  struct Column {
    nanoarrow::UniqueSchema schema;
    nanoarrow::UniqueArray array;
  };

  static Column Start(const char* name, ArrowType type) {
    Column column;
    ArrowSchemaInit(column.schema.get());
    CheckNanoarrow(ArrowSchemaSetType(column.schema.get(), type));
    StartArray(name, column);
    return column;
  }

  static void StartArray(const char* name, Column& column) {
    CheckNanoarrow(ArrowSchemaSetName(column.schema.get(), name));
    CheckNanoarrow(ArrowArrayInitFromSchema(column.array.get(), column.schema.get(), nullptr));
    CheckNanoarrow(ArrowArrayStartAppending(column.array.get()));
  }

  void Finish(Column column) {
    CheckNanoarrow(ArrowArrayFinishBuildingDefault(column.array.get(), nullptr));
    batch_.AddArray(std::move(column.schema), std::move(column.array));
  }

  BatchBuilder batch_{1};
};

}  // namespace

TableDetail Detail(const Snapshot& snapshot) {
  const Metadata& metadata = snapshot.metadata();
  const Protocol& protocol = snapshot.protocol();
  const auto clustering = snapshot.domains().find("delta.clustering");
  const std::set<std::string> features = SupportedFeatures(protocol);
  return {
      .format = "delta",
      .id = metadata.id,
      .name = metadata.name,
      .description = metadata.description,
      .location = snapshot.store().url(),
      .created_at = metadata.created_time,
      .last_modified = snapshot.timestamp_ms(),
      .partition_columns = metadata.partition_columns,
      .clustering_columns = clustering == snapshot.domains().end()
                                ? std::vector<std::string>()
                                : ClusteringColumns(clustering->second.configuration),
      .num_files = snapshot.files().size(),
      .size_in_bytes = snapshot.files().total_size(),
      .properties = metadata.configuration,
      .min_reader_version = protocol.min_reader_version,
      .min_writer_version = protocol.min_writer_version,
      .table_features = {features.begin(), features.end()},
  };
}

RecordBatch ToRecordBatch(const TableDetail& detail) {
  RowBuilder row;
  row.Add("format", std::optional(detail.format));
  row.Add("id", std::optional(detail.id));
  row.Add("name", detail.name);
  row.Add("description", detail.description);
  row.Add("location", std::optional(detail.location));
  row.AddTime("createdAt", detail.created_at);
  row.AddTime("lastModified", detail.last_modified);
  row.Add("partitionColumns", detail.partition_columns);
  row.Add("clusteringColumns", detail.clustering_columns);
  row.Add("numFiles", NANOARROW_TYPE_INT64, detail.num_files);
  row.Add("sizeInBytes", NANOARROW_TYPE_INT64, detail.size_in_bytes);
  row.Add("properties", detail.properties);
  row.Add("minReaderVersion", NANOARROW_TYPE_INT32, detail.min_reader_version);
  row.Add("minWriterVersion", NANOARROW_TYPE_INT32, detail.min_writer_version);
  row.Add("tableFeatures", detail.table_features);
  return row.Finish();
}

}  // namespace deltaic::delta
