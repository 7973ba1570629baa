#include "columnar/batch_builder.h"

#include <utility>

#include <deltaic/base/error.h>

namespace deltaic {

void BatchBuilder::AddArray(nanoarrow::UniqueSchema schema, nanoarrow::UniqueArray array) {
  if (array->length != num_rows_) {
    throw Error(ErrorCode::kInternal, "The columns of a batch differ in length.");
  }
  schemas_.push_back(std::move(schema));
  arrays_.push_back(std::move(array));
}

void BatchBuilder::Add(ColumnBuilder column) {
  nanoarrow::UniqueSchema schema;
  nanoarrow::UniqueArray array;
  column.Finish(schema, array);
  AddArray(std::move(schema), std::move(array));
}

void BatchBuilder::AddNumbers(std::string_view name, const std::vector<int64_t>& values,
                              const char* format) {
  nanoarrow::UniqueArray array;
  CheckNanoarrow(ArrowArrayInitFromType(array.get(), NANOARROW_TYPE_INT64));
  CheckNanoarrow(ArrowBufferAppend(ArrowArrayBuffer(array.get(), 1), values.data(),
                                   static_cast<int64_t>(values.size() * sizeof(int64_t))));
  array->length = static_cast<int64_t>(values.size());
  array->null_count = 0;
  CheckNanoarrow(ArrowArrayFinishBuildingDefault(array.get(), nullptr));
  nanoarrow::UniqueSchema schema;
  CheckNanoarrow(ArrowSchemaInitFromType(schema.get(), NANOARROW_TYPE_INT64));
  CheckNanoarrow(ArrowSchemaSetFormat(schema.get(), format));
  CheckNanoarrow(ArrowSchemaSetName(schema.get(), std::string(name).c_str()));
  AddArray(std::move(schema), std::move(array));
}

void BatchBuilder::AddInt64(std::string_view name, const std::vector<int64_t>& values) {
  AddNumbers(name, values, "l");
}

void BatchBuilder::AddOptionalInt64(std::string_view name,
                                    const std::vector<std::optional<int64_t>>& values) {
  ColumnBuilder column(name, NANOARROW_TYPE_INT64);
  for (const std::optional<int64_t>& value : values) column.AppendInt(value);
  Add(std::move(column));
}

void BatchBuilder::AddBooleans(std::string_view name, const std::vector<bool>& values) {
  ColumnBuilder column(name, NANOARROW_TYPE_BOOL);
  for (const bool value : values) column.AppendInt(value ? 1 : 0);
  Add(std::move(column));
}

void BatchBuilder::AddTimestamps(std::string_view name, const std::vector<int64_t>& values) {
  AddNumbers(name, values, "tsm:UTC");
}

void BatchBuilder::AddStrings(std::string_view name, const std::vector<std::string>& values) {
  ColumnBuilder column(name, NANOARROW_TYPE_STRING);
  for (const std::string& value : values) column.AppendBytes(value);
  Add(std::move(column));
}

void BatchBuilder::AddNullableStrings(std::string_view name,
                                      const std::vector<std::optional<std::string>>& values) {
  ColumnBuilder column(name, NANOARROW_TYPE_STRING);
  for (const std::optional<std::string>& value : values) {
    value ? column.AppendBytes(*value) : column.AppendNull();
  }
  Add(std::move(column));
}

void BatchBuilder::AddStruct(std::string_view name, const RecordBatch& rows) {
  nanoarrow::UniqueSchema schema;
  rows.schema().Export(schema.get());
  CheckNanoarrow(ArrowSchemaSetName(schema.get(), std::string(name).c_str()));
  nanoarrow::UniqueArray array;
  rows.Export(array.get());
  AddArray(std::move(schema), std::move(array));
}

void BatchBuilder::AddColumn(const RecordBatch& rows, int64_t column) {
  AddColumn(rows.schema().column_name(column), rows, column);
}

void BatchBuilder::AddColumn(std::string_view name, const RecordBatch& rows, int64_t column) {
  nanoarrow::UniqueSchema schema;
  CheckNanoarrow(ArrowSchemaDeepCopy(rows.schema().c_schema()->children[column], schema.get()));
  CheckNanoarrow(ArrowSchemaSetName(schema.get(), std::string(name).c_str()));
  nanoarrow::UniqueArray all;
  rows.Export(all.get());
  nanoarrow::UniqueArray array;
  ArrowArrayMove(all->children[column], array.get());
  AddArray(std::move(schema), std::move(array));
}

void BatchBuilder::AddColumns(const RecordBatch& rows) {
  nanoarrow::UniqueSchema names;
  rows.schema().Export(names.get());
  nanoarrow::UniqueArray all;
  rows.Export(all.get());
  for (int64_t i = 0; i < rows.num_columns(); ++i) {
    nanoarrow::UniqueSchema schema;
    ArrowSchemaMove(names->children[i], schema.get());
    nanoarrow::UniqueArray array;
    ArrowArrayMove(all->children[i], array.get());
    AddArray(std::move(schema), std::move(array));
  }
}

RecordBatch BatchBuilder::Finish() {
  const auto num_columns = static_cast<int64_t>(schemas_.size());
  nanoarrow::UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  CheckNanoarrow(ArrowSchemaSetTypeStruct(schema.get(), num_columns));
  nanoarrow::UniqueArray array;
  CheckNanoarrow(ArrowArrayInitFromType(array.get(), NANOARROW_TYPE_STRUCT));
  CheckNanoarrow(ArrowArrayAllocateChildren(array.get(), num_columns));
  for (int64_t i = 0; i < num_columns; ++i) {
    schema->children[i]->release(schema->children[i]);
    ArrowSchemaMove(schemas_[i].get(), schema->children[i]);
    ArrowArrayMove(arrays_[i].get(), array->children[i]);
  }
  array->length = num_rows_;
  array->null_count = 0;
  schemas_.clear();
  arrays_.clear();
  return RecordBatch::Import(Schema::Import(schema.get()), array.get());
}

}  // namespace deltaic
