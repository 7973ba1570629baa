#include "delta/scan/table_columns.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/time_zone.h>
#include <deltaic/delta/protocol/schema_arrow.h>
#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include "base/text/excerpt.h"
#include "columnar/nanoarrow_check.h"
#include "delta/protocol/row_tracking.h"
#include "delta/protocol/schema/column_mapping.h"
#include "delta/protocol/schema/stored_field.h"
#include "delta/scan/arrow_type.h"

namespace deltaic::delta {
namespace {

// More values than a dictionary with 16-bit keys can hold.
constexpr int64_t kManyValues = 65537;

/// The parts of `_metadata` that are constant in a file, but for those of row tracking.
std::vector<StructField> PartsOfFiles(MetadataParts parts) {
  if (parts == MetadataParts::kIdentity) {
    return {{.name = "file_number", .type = DataType::Primitive(TypeKind::kLong)}};
  }
  return {{.name = "file_path", .type = DataType::Primitive(TypeKind::kString)},
          {.name = "file_name", .type = DataType::Primitive(TypeKind::kString)},
          {.name = "file_size", .type = DataType::Primitive(TypeKind::kLong)},
          {.name = "file_modification_time", .type = DataType::Primitive(TypeKind::kTimestamp)}};
}

const StructField* Find(const std::vector<StructField>& fields, std::string_view name) {
  const auto field = std::find_if(fields.begin(), fields.end(),
                                  [&](const StructField& f) { return f.name == name; });
  return field == fields.end() ? nullptr : &*field;
}

/// A table's column and the type in which it is wanted.
struct WantedColumn {
  const StructField* field = nullptr;  // Null for a column that the table does not have.
  const ArrowSchema* type = nullptr;   // Null for the table's own.
};

/// Columns of an Arrow schema on their way.
class ArrowColumns {
 public:
  /// The type that queries see; view types only if `views`.
  void Add(const StructField& field, bool views) {
    nanoarrow::UniqueSchema schema;
    ToArrowField(field, ArrowNullability::kDeclared, schema.get());
    if (!views) ReplaceViewTypes(schema.get());
    columns_.push_back(std::move(schema));
  }

  void Add(const ArrowSchema& column) {
    nanoarrow::UniqueSchema schema;
    CheckNanoarrow(ArrowSchemaDeepCopy(&column, schema.get()));
    columns_.push_back(std::move(schema));
  }

  void AddWanted(const WantedColumn& column, bool views) {
    if (column.type == nullptr) return Add(*column.field, views);
    Add(*column.type);
    MakeNullable(last());
  }

  /// What files have in place of `shown`, a column that is read as this field.
  void AddStored(const StructField* field, const ArrowSchema& shown) {
    Add(shown);
    field != nullptr ? UseStoredNames(*field, last()) : MarkAsNotStored(last());
  }

  const ArrowSchema& at(size_t column) const { return *columns_[column].get(); }
  ArrowSchema* last() { return columns_.back().get(); }
  size_t size() const { return columns_.size(); }

  Schema Finish() && {
    nanoarrow::UniqueSchema all;
    ArrowSchemaInit(all.get());
    CheckNanoarrow(ArrowSchemaSetTypeStruct(all.get(), static_cast<int64_t>(columns_.size())));
    for (size_t i = 0; i < columns_.size(); ++i) {
      all->children[i]->release(all->children[i]);
      ArrowSchemaMove(columns_[i].get(), all->children[i]);
    }
    return Schema::Import(all.get());
  }

 private:
  std::vector<nanoarrow::UniqueSchema> columns_;
};

/// Whether a partition column has more values than a dictionary with 16-bit keys can hold.
bool HasManyValues(const ActiveFiles& files, int column) {
  if (files.size() < kManyValues) return false;
  std::unordered_set<std::string_view> values;
  for (int64_t file = 0; file < files.size(); ++file) {
    if (const auto value = files.partition_value(file, column)) values.insert(*value);
    if (static_cast<int64_t>(values.size()) >= kManyValues) return true;
  }
  return false;
}

void CheckFits(const StructField& field, const ArrowSchema& wanted) {
  nanoarrow::UniqueSchema own;
  ToArrowField(field, ArrowNullability::kAll, own.get());
  if (CanBeReadAs(*own.get(), wanted)) return;
  char text[128];
  ArrowSchemaToString(&wanted, text, sizeof(text), /*recursive=*/1);
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("Column {} of type {} cannot be read as {}.", Excerpt(field.name),
                          field.type.name(), Excerpt(text)));
}

std::vector<WantedColumn> Wanted(const std::vector<StructField>& fields,
                                 const std::optional<Schema>& schema) {
  std::vector<WantedColumn> wanted;
  if (!schema) {
    for (const StructField& field : fields) wanted.push_back({&field});
    return wanted;
  }
  std::unordered_map<std::string_view, const StructField*> by_name;
  for (const StructField& field : fields) by_name.emplace(field.name, &field);
  std::unordered_set<std::string_view> seen;
  for (int64_t i = 0; i < schema->num_columns(); ++i) {
    const std::string_view name = schema->column_name(i);
    if (!seen.insert(name).second) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("The wanted schema names a column twice: {}", Excerpt(name)));
    }
    const ArrowSchema* type = schema->c_schema()->children[i];
    const auto field = by_name.find(name);
    if (field != by_name.end()) CheckFits(*field->second, *type);
    wanted.push_back({field == by_name.end() ? nullptr : field->second, type});
  }
  return wanted;
}

void CheckIsNew(const Snapshot& snapshot, const TableColumns& columns, std::string_view name) {
  if (name.empty() || name.find('\0') != std::string_view::npos) {
    throw Error(ErrorCode::kInvalidArgument, "A column that the scan adds needs a name.");
  }
  if (Find(snapshot.schema().fields(), name) == nullptr &&
      columns.file_schema.FindColumn(name) < 0 && name != columns.path_column) {
    return;
  }
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("The table has a column of the name that the scan is to add: {}", Excerpt(name)));
}

PartitionZone ZoneOf(const std::string& name) {
  if (name == "UTC") return {};
  return {name, [zone = datafusion::TimeZone::Parse(name)](int64_t local_micros) {
            return zone.ToUtc(local_micros);
          }};
}

// "_metadata", or a name like it that no column of the table begins with.
std::string FreeMetadataName(const std::vector<StructField>& fields) {
  std::string name(kMetadataColumn);
  const auto is_taken = [&](const StructField& field) { return field.name.starts_with(name); };
  while (std::ranges::any_of(fields, is_taken)) name = fmt::format("_{}", name);
  return name;
}

}  // namespace

std::string TableColumns::PartOfMetadata(std::string_view part) const {
  return fmt::format("{}.{}", metadata_column, part);
}

TableColumns::TableColumns(const Snapshot& snapshot, const DeltaScanConfig& config,
                           MetadataParts parts)
    : partition_zone(ZoneOf(config.partition_time_zone)),
      metadata_parts(parts),
      metadata_column(parts == MetadataParts::kIdentity
                          ? FreeMetadataName(snapshot.schema().fields())
                          : std::string(kMetadataColumn)) {
  const std::vector<std::string>& partitions = snapshot.metadata().partition_columns;
  const bool views = config.schema_force_view_types;
  const std::vector<WantedColumn> wanted = Wanted(snapshot.schema().fields(), config.schema);
  places.resize(wanted.size());

  const std::optional<RowTrackingColumns> tracking =
      config.metadata_column ? EnabledRowTracking(snapshot.protocol(), snapshot.metadata())
                             : std::nullopt;
  const bool is_stored_otherwise =
      tracking ||
      ColumnMappingModeOf(snapshot.protocol(), snapshot.metadata()) != ColumnMappingMode::kNone;

  std::unordered_map<std::string_view, size_t> position_of;
  for (size_t i = 0; i < partitions.size(); ++i) position_of.emplace(partitions[i], i);
  std::vector<std::optional<size_t>> wanted_partitions(partitions.size());
  ArrowColumns of_files;
  ArrowColumns stored;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const StructField* field = wanted[i].field;
    if (field != nullptr) {
      const auto position = position_of.find(field->name);
      if (position != position_of.end()) {
        wanted_partitions[position->second] = i;
        continue;
      }
      file_fields.push_back(*field);
    }
    places[i] = static_cast<int32_t>(of_files.size());
    of_files.AddWanted(wanted[i], views);
    if (is_stored_otherwise) stored.AddStored(field, *of_files.last());
  }
  if (tracking) {
    has_row_tracking = true;
    const auto add_hidden = [&](std::string part, const std::optional<std::string>& column) {
      StructField field{.name = std::move(part), .type = DataType::Primitive(TypeKind::kLong)};
      field.physical_name = column;
      of_files.Add(field, views);
      stored.AddStored(column ? &field : nullptr, *of_files.last());
    };
    add_hidden(PartOfMetadata(kStoredRowId), tracking->row_id);
    add_hidden(PartOfMetadata(kStoredCommitVersion), tracking->commit_version);
  }
  if (is_stored_otherwise) stored_schema = std::move(stored).Finish();

  const size_t num_file_columns = of_files.size();
  ArrowColumns constant;
  const auto next_place = [&] { return static_cast<int32_t>(num_file_columns + constant.size()); };
  for (size_t position = 0; position < partitions.size(); ++position) {
    if (!wanted_partitions[position]) continue;
    const WantedColumn& column = wanted[*wanted_partitions[position]];
    partition_fields.push_back(*column.field);
    partition_positions.push_back(static_cast<int>(position));
    places[*wanted_partitions[position]] = next_place();
    constant.AddWanted(column, views);
    const TypeKind kind = column.field->type.kind();
    if (column.type == nullptr && config.wrap_partition_values &&
        (kind == TypeKind::kString || kind == TypeKind::kBinary)) {
      WrapInDictionary(HasManyValues(snapshot.files(), partition_positions.back()),
                       constant.last());
    }
  }

  ArrowColumns seen;
  for (const int32_t place : places) {
    const auto column = static_cast<size_t>(place);
    seen.Add(column < num_file_columns ? of_files.at(column)
                                       : constant.at(column - num_file_columns));
  }
  file_schema = std::move(of_files).Finish();

  if (config.file_column_name) {
    CheckIsNew(snapshot, *this, *config.file_column_name);
    path_column = *config.file_column_name;
    places.push_back(next_place());
    constant.Add({.name = *path_column, .type = DataType::Primitive(TypeKind::kString)}, views);
    if (config.wrap_partition_values) {
      WrapInDictionary(snapshot.files().size() >= kManyValues, constant.last());
    }
    seen.Add(*constant.last());
  }
  if (config.metadata_column) {
    has_metadata = true;
    CheckIsNew(snapshot, *this, metadata_column);
    std::vector<StructField> fields = PartsOfFiles(parts);
    for (StructField part : fields) {
      part.name = PartOfMetadata(part.name);
      CheckIsNew(snapshot, *this, part.name);
      constant.Add(part, views);
    }
    const DataType number = DataType::Primitive(TypeKind::kLong);
    fields.push_back({.name = kRowIndex, .type = number});
    CheckIsNew(snapshot, *this, PartOfMetadata(kRowIndex));
    if (has_row_tracking) {
      for (const char* part : {kBaseRowId, kDefaultCommitVersion}) {
        CheckIsNew(snapshot, *this, PartOfMetadata(part));
        constant.Add({.name = PartOfMetadata(part), .type = number}, views);
      }
      fields.push_back({.name = "row_id", .type = number});
      fields.push_back({.name = "row_commit_version", .type = number});
    }
    places.push_back(next_place());
    seen.Add({.name = metadata_column, .type = DataType::Struct(std::move(fields))}, views);
  }
  partition_schema = std::move(constant).Finish();
  table_schema = std::move(seen).Finish();
}

}  // namespace deltaic::delta
