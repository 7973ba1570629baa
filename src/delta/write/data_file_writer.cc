#include "delta/write/data_file_writer.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_json.h>
#include <nanoarrow/nanoarrow.hpp>

#include "base/clock.h"
#include "base/text/ascii.h"
#include "columnar/arrow_column.h"
#include "columnar/batch_view.h"
#include "columnar/nanoarrow_check.h"
#include "datafusion/writing/file_sink.h"
#include "delta/protocol/log_path.h"
#include "delta/protocol/partition_value.h"
#include "delta/protocol/schema/column_mapping.h"
#include "delta/protocol/schema/stored_field.h"
#include "delta/protocol/table_feature.h"
#include "delta/protocol/table_properties.h"
#include "delta/protocol/table_support.h"
#include "delta/statistics/indexed_columns.h"
#include "delta/write/file_layout.h"
#include "delta/write/row_layout.h"
#include "delta/write/written_statistics.h"

namespace deltaic::delta {
namespace {

constexpr int64_t kDefaultFileSize = int64_t{100} << 20;
constexpr std::string_view kDefaultCodec = "snappy";
constexpr char kChangeDataFolder[] = "_change_data";

// The columns of a table, by where their values are.
struct ColumnPlaces {
  std::vector<StructField> stored;  // All but those of nothing, and the hidden ones.
  std::vector<StructField> in_files;
  std::vector<StructField> seen_in_files;  // Without the hidden ones.
  std::vector<StructField> partition;      // In the order of the metadata.
};

ColumnPlaces PlacesOf(const TableShape& shape) {
  ColumnPlaces places;
  const std::vector<std::string>& names = shape.metadata.partition_columns;
  const std::set<std::string_view> of_partition(names.begin(), names.end());
  for (const StructField& field : shape.schema.fields()) {
    // A column of nothing is in no file.
    if (field.type.kind() == TypeKind::kVoid) continue;
    places.stored.push_back(field);
    if (!of_partition.contains(field.name)) places.in_files.push_back(field);
  }
  places.seen_in_files = places.in_files;
  for (const StructField& field : shape.hidden) {
    places.stored.push_back(field);
    places.in_files.push_back(field);
  }
  for (const std::string& name : names) {
    places.partition.push_back(*std::ranges::find(shape.schema.fields(), name, &StructField::name));
  }
  return places;
}

std::vector<std::string> NamesOf(const std::vector<StructField>& fields) {
  std::vector<std::string> names;
  for (const StructField& field : fields) names.push_back(field.name);
  return names;
}

// What files have in place of the columns of `rows`, which has the columns of the table.
Schema StoredSchema(const Schema& rows, const std::vector<StructField>& in_files) {
  nanoarrow::UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  CheckNanoarrow(ArrowSchemaSetTypeStruct(schema.get(), static_cast<int64_t>(in_files.size())));
  for (size_t i = 0; i < in_files.size(); ++i) {
    const int64_t column = rows.FindColumn(in_files[i].name);
    ArrowSchema* field = schema->children[i];
    field->release(field);
    CheckNanoarrow(ArrowSchemaDeepCopy(rows.c_schema()->children[column], field));
    UseStoredNames(in_files[i], field);
  }
  return Schema::Import(schema.get());
}

// The properties of the writer, with the codec; its name without a level.
std::pair<Options, std::string> WriterProperties(const Metadata& metadata,
                                                 const WriterOptions& options) {
  Options properties = options.parquet;
  const std::string of_table =
      ToLower(TableProperties(metadata).parquet_compression().value_or(kDefaultCodec));
  const std::string codec = ToLower(properties.emplace("compression", of_table).first->second);
  return {std::move(properties), codec.substr(0, codec.find('('))};
}

bool HasVoid(const TableShape& shape) {
  return std::ranges::any_of(shape.schema.fields(), [](const StructField& field) {
    return field.type.kind() == TypeKind::kVoid;
  });
}

// Writes rows to a folder of the table, with the statistics of `leaves`. Returns what is known of
// each file, see `datafusion::WriteFiles`.
RecordBatch WriteRows(const TableAccess& access, const TableShape& shape, const TableRows& rows,
                      const WriterOptions& options, const ColumnPlaces& places,
                      const std::vector<StatisticsLeaf>& leaves, const std::string& folder) {
  auto [properties, codec] = WriterProperties(shape.metadata, options);
  const FileLayout layout(shape.metadata, places.partition, codec, folder);
  const datafusion::DataFrame stored =
      HasVoid(shape) ? rows.rows.Select(NamesOf(places.stored)) : rows.rows;
  datafusion::FileSink sink{
      .store = access.store(),
      .name_file = [&](const RecordBatch& partition) { return layout.NewLocation(partition); },
      .schema = WithNullability(stored.schema(), places.stored)};
  sink.stored_schema = StoredSchema(sink.schema, places.in_files);
  sink.partition_columns = shape.metadata.partition_columns;
  for (const StatisticsLeaf& leaf : leaves) sink.statistics.push_back(leaf.path);
  sink.checks = rows.checks;
  sink.target_file_size = options.target_file_size.value_or(
      TableProperties(shape.metadata).target_file_size().value_or(kDefaultFileSize));
  sink.properties = std::move(properties);
  return datafusion::WriteFiles(stored, sink);
}

// Adds the actions of written files.
class AddActions {
 public:
  AddActions(const RecordBatch& files, const std::vector<StructField>& partition)
      : partition_(partition), view_(ViewOf(files)) {
    root_ = ArrowColumn(files.schema().c_schema(), view_.get());
    const int64_t place = files.schema().FindColumn("partition");
    for (size_t i = 0; i < partition.size(); ++i) {
      values_.push_back(FormatPartitionValues(partition[i], *view_->children[place]->children[i]));
    }
  }

  AddFile Make(int64_t row) const {
    AddFile add;
    add.path = EncodeDataPath(root_.Child("location").Text(row));
    for (size_t i = 0; i < partition_.size(); ++i) {
      add.partition_values.emplace(partition_[i].stored_name(),
                                   values_[i][static_cast<size_t>(row)]);
    }
    add.size = root_.Child("size").Integer(row);
    return add;
  }

  int64_t NumRows(int64_t row) const { return root_.Child("num_rows").Integer(row); }

 private:
  const std::vector<StructField>& partition_;
  nanoarrow::UniqueArrayView view_;
  ArrowColumn root_;
  std::vector<std::vector<std::optional<std::string>>> values_;
};

}  // namespace

TableShape ShapeOf(Protocol protocol, Metadata metadata) {
  CheckProtocolReadable(protocol, LogSource::kCatalog);
  DataType schema = ParseSchemaJson(metadata.schema_string);
  CheckReadable(protocol, metadata, schema, LogSource::kCatalog);
  const ColumnMappingMode mode = ColumnMappingModeOf(protocol, metadata);
  // Files have the ids of their columns in both modes.
  schema = MapColumns(schema, mode == ColumnMappingMode::kNone ? mode : ColumnMappingMode::kId);
  return {std::move(protocol), std::move(metadata), std::move(schema)};
}

DataFiles WriteDataFiles(const TableAccess& access, const TableShape& shape, const TableRows& rows,
                         const WriterOptions& options) {
  const ColumnPlaces places = PlacesOf(shape);
  const std::vector<StatisticsLeaf> leaves =
      StatisticsLeavesOf(IndexedColumns(places.seen_in_files, shape.metadata));
  const RecordBatch written = WriteRows(access, shape, rows, options, places, leaves, "");

  const TableFeature* vectors = FindTableFeature("deletionVectors");
  StatisticsForm form;
  form.max_characters = TableProperties(shape.metadata).string_prefix_length();
  form.says_tight_bounds = IsReaderFeatureSupported(shape.protocol, *vectors);
  const std::vector<std::string> statistics = StatisticsOfFiles(written, leaves, form);
  const AddActions actions(written, places.partition);
  const int64_t now = NowMs();
  DataFiles made;
  for (int64_t row = 0; row < written.num_rows(); ++row) {
    AddFile& add = made.files.emplace_back(actions.Make(row));
    add.modification_time = now;
    add.stats = statistics[static_cast<size_t>(row)];
    made.num_rows += actions.NumRows(row);
  }
  return made;
}

std::vector<AddCdcFile> WriteChangeFiles(const TableAccess& access, const TableShape& shape,
                                         const datafusion::DataFrame& rows,
                                         const WriterOptions& options) {
  TableShape changes = shape;
  changes.hidden = {
      {.name = kChangeType, .type = DataType::Primitive(TypeKind::kString), .nullable = false}};
  const ColumnPlaces places = PlacesOf(changes);
  const RecordBatch written =
      WriteRows(access, changes, {rows, {}, {}}, options, places, {}, kChangeDataFolder);
  const AddActions actions(written, places.partition);
  std::vector<AddCdcFile> made;
  for (int64_t row = 0; row < written.num_rows(); ++row) {
    AddFile add = actions.Make(row);
    made.push_back({.path = std::move(add.path),
                    .partition_values = std::move(add.partition_values),
                    .size = add.size});
  }
  return made;
}

void RemoveDataFiles(const TableAccess& access, const std::vector<std::string>& paths) noexcept {
  try {
    std::vector<std::string> locations;
    for (const std::string& path : paths) {
      locations.push_back(ResolveDataPath(path, access.root_urls()).path);
    }
    access.store().DeleteMany(locations);
  } catch (const std::exception&) {  // They are in no version.
  }
}

}  // namespace deltaic::delta
