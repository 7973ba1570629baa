#include <deltaic/delta/snapshot/detail.h>

#include <set>
#include <string_view>

#include <simdjson.h>

#include "columnar/batch_builder.h"
#include "columnar/column_builder.h"
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

// A row of one list of texts.
ColumnBuilder TextList(std::string_view name, const std::vector<std::string>& values) {
  ColumnBuilder column = ColumnBuilder::Lists(name, "element", NANOARROW_TYPE_STRING);
  for (const std::string& value : values) AppendBytes(value, column.child(0));
  column.FinishElement();
  return column;
}

// A row of one map of texts.
ColumnBuilder TextMap(std::string_view name, const std::map<std::string, std::string>& values) {
  ColumnBuilder column = ColumnBuilder::TextMaps(name);
  ArrowArray* pairs = column.child(0);
  for (const auto& [key, value] : values) {
    AppendBytes(key, pairs->children[0]);
    AppendBytes(value, pairs->children[1]);
    CheckNanoarrow(ArrowArrayFinishElement(pairs));
  }
  column.FinishElement();
  return column;
}

// A row of one number.
ColumnBuilder Number(std::string_view name, ArrowType type, int64_t value) {
  ColumnBuilder column(name, type);
  column.AppendInt(value);
  return column;
}

// A row of one time, in milliseconds.
ColumnBuilder Time(std::string_view name, std::optional<int64_t> milliseconds) {
  ColumnBuilder column = ColumnBuilder::Timestamps(name);
  column.AppendInt(milliseconds);
  return column;
}

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
  BatchBuilder row(1);
  row.AddStrings("format", {detail.format});
  row.AddStrings("id", {detail.id});
  row.AddNullableStrings("name", {detail.name});
  row.AddNullableStrings("description", {detail.description});
  row.AddStrings("location", {detail.location});
  row.Add(Time("createdAt", detail.created_at));
  row.Add(Time("lastModified", detail.last_modified));
  row.Add(TextList("partitionColumns", detail.partition_columns));
  row.Add(TextList("clusteringColumns", detail.clustering_columns));
  row.Add(Number("numFiles", NANOARROW_TYPE_INT64, detail.num_files));
  row.Add(Number("sizeInBytes", NANOARROW_TYPE_INT64, detail.size_in_bytes));
  row.Add(TextMap("properties", detail.properties));
  row.Add(Number("minReaderVersion", NANOARROW_TYPE_INT32, detail.min_reader_version));
  row.Add(Number("minWriterVersion", NANOARROW_TYPE_INT32, detail.min_writer_version));
  row.Add(TextList("tableFeatures", detail.table_features));
  return row.Finish();
}

}  // namespace deltaic::delta
