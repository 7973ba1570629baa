#include <deltaic/delta/scan/add_actions.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/base/cancellation.h>
#include <deltaic/delta/protocol/schema_arrow.h>

#include "base/parallel_for.h"
#include "columnar/batch_builder.h"
#include "columnar/column_builder.h"
#include "columnar/nanoarrow_check.h"
#include "delta/scan/file_description.h"
#include "delta/scan/statistics_of_files.h"
#include "delta/scan/table_columns.h"
#include "delta/statistics/indexed_columns.h"

namespace deltaic::delta {
namespace {

constexpr size_t kFilesAtOnce = 16384;

struct Column {
  nanoarrow::UniqueSchema schema;
  nanoarrow::UniqueArray array;
};

// What the columns `null_count`, `min` and `max` hold; the order is that of the result.
struct Statistics {
  std::vector<StructField> indexed;
  std::vector<StructField> null_count;
  std::vector<StructField> bounds;
};

std::vector<StructField> WithCounts(const std::vector<StructField>& fields) {
  std::vector<StructField> counts;
  for (const StructField& field : fields) {
    counts.push_back({field.name, field.type.kind() == TypeKind::kStruct
                                      ? DataType::Struct(WithCounts(field.type.fields()))
                                      : DataType::Primitive(TypeKind::kLong)});
  }
  return counts;
}

bool IsOrdered(TypeKind kind) {
  return kind != TypeKind::kBinary && kind != TypeKind::kVoid && kind != TypeKind::kVariant &&
         kind != TypeKind::kArray && kind != TypeKind::kMap;
}

std::vector<StructField> WithBounds(const std::vector<StructField>& fields) {
  std::vector<StructField> bounds;
  for (const StructField& field : fields) {
    if (field.type.kind() == TypeKind::kStruct) {
      std::vector<StructField> inner = WithBounds(field.type.fields());
      if (!inner.empty()) bounds.push_back({field.name, DataType::Struct(std::move(inner))});
    } else if (IsOrdered(field.type.kind())) {
      bounds.push_back(field);
    }
  }
  return bounds;
}

Column Finished(ColumnBuilder& builder) {
  Column column;
  builder.Finish(column.schema, column.array);
  return column;
}

// Strings and binaries with 32-bit offsets, which every reader of Arrow takes.
void MakePlain(Column& column) {
  nanoarrow::UniqueArrayView view;
  CheckNanoarrow(ArrowArrayViewInitFromSchema(view.get(), column.schema.get(), nullptr));
  const bool is_text = view->storage_type == NANOARROW_TYPE_STRING_VIEW;
  if (!is_text && view->storage_type != NANOARROW_TYPE_BINARY_VIEW) return;
  CheckNanoarrow(ArrowArrayViewSetArray(view.get(), column.array.get(), nullptr));
  nanoarrow::UniqueSchema field;
  CheckNanoarrow(ArrowSchemaDeepCopy(column.schema.get(), field.get()));
  CheckNanoarrow(ArrowSchemaSetFormat(field.get(), is_text ? "u" : "z"));
  ColumnBuilder plain(std::move(field));
  for (int64_t row = 0; row < column.array->length; ++row) {
    if (ArrowArrayViewIsNull(view.get(), row)) {
      plain.AppendNull();
    } else {
      const ArrowBufferView bytes = ArrowArrayViewGetBytesUnsafe(view.get(), row);
      plain.AppendBytes({bytes.data.as_char, static_cast<size_t>(bytes.size_bytes)});
    }
  }
  column = Finished(plain);
}

// A column of a batch that is taken apart; `array` is its struct.
Column Take(const ArrowSchema& schema, ArrowArray& array, int64_t child) {
  Column column;
  CheckNanoarrow(ArrowSchemaDeepCopy(schema.children[child], column.schema.get()));
  ArrowArrayMove(array.children[child], column.array.get());
  MakePlain(column);
  return column;
}

// Makes a struct column of its parts; its rows are not null.
Column MakeStruct(const std::string& name, std::vector<Column> parts, int64_t num_rows) {
  BatchBuilder batch(num_rows);
  for (Column& part : parts) batch.AddArray(std::move(part.schema), std::move(part.array));
  const RecordBatch all = batch.Finish();
  Column column;
  all.schema().Export(column.schema.get());
  CheckNanoarrow(ArrowSchemaSetName(column.schema.get(), name.c_str()));
  all.Export(column.array.get());
  return column;
}

Column Unknown(const StructField& field, int64_t num_rows) {
  if (field.type.kind() == TypeKind::kStruct) {
    std::vector<Column> parts;
    for (const StructField& part : field.type.fields()) parts.push_back(Unknown(part, num_rows));
    return MakeStruct(field.name, std::move(parts), num_rows);
  }
  nanoarrow::UniqueSchema arrow_field;
  ToArrowField(field, ArrowNullability::kAll, arrow_field.get());
  ColumnBuilder builder(std::move(arrow_field));
  builder.AppendNull(num_rows);
  Column column = Finished(builder);
  MakePlain(column);
  return column;
}

// The columns `fields`, taken out of a struct as far as it has them.
std::vector<Column> Group(const std::vector<StructField>& fields, const ArrowSchema& schema,
                          ArrowArray& array, int64_t num_rows) {
  std::unordered_map<std::string_view, int64_t> places;
  for (int64_t i = 0; i < schema.n_children; ++i) places.emplace(schema.children[i]->name, i);
  std::vector<Column> columns;
  for (const StructField& field : fields) {
    const auto place = places.find(field.name);
    if (place == places.end()) {
      columns.push_back(Unknown(field, num_rows));
      continue;
    }
    const int64_t found = place->second;
    if (field.type.kind() == TypeKind::kStruct) {
      columns.push_back(MakeStruct(
          field.name,
          Group(field.type.fields(), *schema.children[found], *array.children[found], num_rows),
          num_rows));
    } else {
      columns.push_back(Take(schema, array, found));
    }
  }
  return columns;
}

// Puts the result together, as structs or as flat columns.
class Builder {
 public:
  Builder(int64_t num_rows, bool flatten)
      : num_rows_(num_rows), flatten_(flatten), all_(num_rows) {}

  void Add(Column column) { all_.AddArray(std::move(column.schema), std::move(column.array)); }

  void AddGroup(const std::string& name, std::vector<Column> columns) {
    if (columns.empty()) return;
    if (!flatten_) {
      BatchBuilder group(num_rows_);
      for (Column& column : columns) {
        group.AddArray(std::move(column.schema), std::move(column.array));
      }
      all_.AddStruct(name, group.Finish());
      return;
    }
    for (Column& column : columns) AddFlat(name + ".", std::move(column));
  }

  RecordBatch Finish() { return all_.Finish(); }

 private:
  void AddFlat(const std::string& prefix, Column column) {
    const std::string name = prefix + column.schema->name;
    if (std::string_view(column.schema->format) != "+s") {
      CheckNanoarrow(ArrowSchemaSetName(column.schema.get(), name.c_str()));
      Add(std::move(column));
      return;
    }
    for (int64_t i = 0; i < column.schema->n_children; ++i) {
      AddFlat(name + ".", Take(*column.schema.get(), *column.array.get(), i));
    }
  }

  int64_t num_rows_;
  bool flatten_;
  BatchBuilder all_;
};

void AddFiles(const ActiveFiles& active, const std::vector<int64_t>& files, Builder& builder) {
  ColumnBuilder path("path", NANOARROW_TYPE_STRING, Nullability::kRequired);
  ColumnBuilder size("size_bytes", NANOARROW_TYPE_INT64, Nullability::kRequired);
  ColumnBuilder modified("modification_time", NANOARROW_TYPE_INT64, Nullability::kRequired);
  for (const int64_t file : files) {
    path.AppendBytes(active.path(file));
    size.AppendInt(active.file_size(file));
    modified.AppendInt(active.modification_time(file));
  }
  for (ColumnBuilder* column : {&path, &size, &modified}) builder.Add(Finished(*column));
}

// The columns `fields` of part `name` of the statistics.
std::vector<Column> GroupOf(std::string_view name, const std::vector<StructField>& fields,
                            const Schema& schema, ArrowArray& statistics, int64_t num_rows) {
  const int64_t part = schema.FindColumn(name);
  if (part >= 0) {
    return Group(fields, *schema.c_schema()->children[part], *statistics.children[part], num_rows);
  }
  std::vector<Column> columns;
  for (const StructField& field : fields) columns.push_back(Unknown(field, num_rows));
  return columns;
}

std::vector<Column> Columns(const RecordBatch& batch) {
  nanoarrow::UniqueArray parts;
  batch.Export(parts.get());
  std::vector<Column> columns;
  for (int64_t i = 0; i < batch.num_columns(); ++i) {
    columns.push_back(Take(*batch.schema().c_schema(), *parts.get(), i));
  }
  return columns;
}

RecordBatch Describe(const Snapshot& snapshot, const TableColumns& columns,
                     const Statistics& wanted, const std::vector<int64_t>& files, bool flatten,
                     BoundsForm bounds) {
  const auto num_rows = static_cast<int64_t>(files.size());
  Builder builder(num_rows, flatten);
  AddFiles(snapshot.files(), files, builder);

  const RecordBatch statistics =
      StatisticsOf(snapshot, wanted.indexed, files, RowsThatCount::kAll, bounds);
  const Schema& schema = statistics.schema();
  nanoarrow::UniqueArray parts;
  statistics.Export(parts.get());
  Column rows = Take(*schema.c_schema(), *parts.get(), schema.FindColumn("num_rows"));
  CheckNanoarrow(ArrowSchemaSetName(rows.schema.get(), "num_records"));
  builder.Add(std::move(rows));
  builder.AddGroup("null_count",
                   GroupOf("null_count", wanted.null_count, schema, *parts.get(), num_rows));
  for (const char* name : {"min", "max"}) {
    builder.AddGroup(name, GroupOf(name, wanted.bounds, schema, *parts.get(), num_rows));
  }
  builder.AddGroup("partition", Columns(PartitionValuesOf(snapshot, columns, files)));
  return builder.Finish();
}

}  // namespace

std::vector<RecordBatch> GetAddActions(const Snapshot& snapshot, bool flatten) {
  std::vector<int64_t> files(snapshot.files().size());
  std::iota(files.begin(), files.end(), int64_t{0});
  return GetAddActions(snapshot, files, flatten, BoundsForm::kAsWritten);
}

std::vector<RecordBatch> GetAddActions(const Snapshot& snapshot, const std::vector<int64_t>& files,
                                       bool flatten, BoundsForm bounds) {
  const TableColumns columns(snapshot);
  Statistics wanted;
  wanted.indexed = IndexedColumns(columns.file_fields, snapshot.metadata());
  wanted.null_count = WithCounts(wanted.indexed);
  wanted.bounds = WithBounds(wanted.indexed);
  ReadStatistics(snapshot, wanted.indexed, files);
  std::vector<RecordBatch> batches(
      std::max<size_t>(1, (files.size() + kFilesAtOnce - 1) / kFilesAtOnce));
  ParallelFor(batches.size(), [&](size_t i) {
    ThrowIfCancelled();
    const size_t begin = i * kFilesAtOnce;
    const size_t end = std::min(begin + kFilesAtOnce, files.size());
    batches[i] = Describe(snapshot, columns, wanted, {files.begin() + begin, files.begin() + end},
                          flatten, bounds);
  });
  return batches;
}

}  // namespace deltaic::delta
