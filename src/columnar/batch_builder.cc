#include "columnar/batch_builder.h"

#include <new>
#include <utility>

#include <deltaic/base/error.h>

namespace deltaic {
namespace {

void Check(ArrowErrorCode code) {
  if (code != NANOARROW_OK) throw std::bad_alloc();
}

}  // namespace

void BatchBuilder::AddArray(nanoarrow::UniqueSchema schema, nanoarrow::UniqueArray array) {
  if (array->length != num_rows_) {
    throw Error(ErrorCode::kInternal, "The columns of a batch differ in length.");
  }
  schemas_.push_back(std::move(schema));
  arrays_.push_back(std::move(array));
}

void BatchBuilder::AddBuilt(std::string_view name, ArrowType type, nanoarrow::UniqueArray array) {
  Check(ArrowArrayFinishBuildingDefault(array.get(), nullptr));
  nanoarrow::UniqueSchema schema;
  Check(ArrowSchemaInitFromType(schema.get(), type));
  Check(ArrowSchemaSetName(schema.get(), std::string(name).c_str()));
  AddArray(std::move(schema), std::move(array));
}

void BatchBuilder::AddNumbers(std::string_view name, const std::vector<int64_t>& values,
                              const char* format) {
  nanoarrow::UniqueArray array;
  Check(ArrowArrayInitFromType(array.get(), NANOARROW_TYPE_INT64));
  Check(ArrowBufferAppend(ArrowArrayBuffer(array.get(), 1), values.data(),
                          static_cast<int64_t>(values.size() * sizeof(int64_t))));
  array->length = static_cast<int64_t>(values.size());
  array->null_count = 0;
  Check(ArrowArrayFinishBuildingDefault(array.get(), nullptr));
  nanoarrow::UniqueSchema schema;
  Check(ArrowSchemaInitFromType(schema.get(), NANOARROW_TYPE_INT64));
  Check(ArrowSchemaSetFormat(schema.get(), format));
  Check(ArrowSchemaSetName(schema.get(), std::string(name).c_str()));
  AddArray(std::move(schema), std::move(array));
}

void BatchBuilder::AddInt64(std::string_view name, const std::vector<int64_t>& values) {
  AddNumbers(name, values, "l");
}

void BatchBuilder::AddOptionalInt64(std::string_view name,
                                    const std::vector<std::optional<int64_t>>& values) {
  nanoarrow::UniqueArray array;
  Check(ArrowArrayInitFromType(array.get(), NANOARROW_TYPE_INT64));
  Check(ArrowArrayStartAppending(array.get()));
  for (const std::optional<int64_t>& value : values) {
    Check(value ? ArrowArrayAppendInt(array.get(), *value) : ArrowArrayAppendNull(array.get(), 1));
  }
  AddBuilt(name, NANOARROW_TYPE_INT64, std::move(array));
}

void BatchBuilder::AddBooleans(std::string_view name, const std::vector<bool>& values) {
  nanoarrow::UniqueArray array;
  Check(ArrowArrayInitFromType(array.get(), NANOARROW_TYPE_BOOL));
  Check(ArrowArrayStartAppending(array.get()));
  for (const bool value : values) Check(ArrowArrayAppendInt(array.get(), value ? 1 : 0));
  AddBuilt(name, NANOARROW_TYPE_BOOL, std::move(array));
}

void BatchBuilder::AddTimestamps(std::string_view name, const std::vector<int64_t>& values) {
  AddNumbers(name, values, "tsm:UTC");
}

void BatchBuilder::AddStrings(std::string_view name, const std::vector<std::string>& values) {
  nanoarrow::UniqueArray array;
  Check(ArrowArrayInitFromType(array.get(), NANOARROW_TYPE_STRING));
  Check(ArrowArrayStartAppending(array.get()));
  for (const std::string& value : values) {
    Check(ArrowArrayAppendString(array.get(), {value.data(), static_cast<int64_t>(value.size())}));
  }
  AddBuilt(name, NANOARROW_TYPE_STRING, std::move(array));
}

void BatchBuilder::AddNullableStrings(std::string_view name,
                                      const std::vector<std::optional<std::string>>& values) {
  nanoarrow::UniqueArray array;
  Check(ArrowArrayInitFromType(array.get(), NANOARROW_TYPE_STRING));
  Check(ArrowArrayStartAppending(array.get()));
  for (const std::optional<std::string>& value : values) {
    if (value) {
      Check(ArrowArrayAppendString(array.get(),
                                   {value->data(), static_cast<int64_t>(value->size())}));
    } else {
      Check(ArrowArrayAppendNull(array.get(), 1));
    }
  }
  AddBuilt(name, NANOARROW_TYPE_STRING, std::move(array));
}

void BatchBuilder::AddStruct(std::string_view name, const RecordBatch& rows) {
  nanoarrow::UniqueSchema schema;
  rows.schema().Export(schema.get());
  Check(ArrowSchemaSetName(schema.get(), std::string(name).c_str()));
  nanoarrow::UniqueArray array;
  rows.Export(array.get());
  AddArray(std::move(schema), std::move(array));
}

void BatchBuilder::AddColumn(const RecordBatch& rows, int64_t column) {
  AddColumn(rows.schema().column_name(column), rows, column);
}

void BatchBuilder::AddColumn(std::string_view name, const RecordBatch& rows, int64_t column) {
  nanoarrow::UniqueSchema schema;
  Check(ArrowSchemaDeepCopy(rows.schema().c_schema()->children[column], schema.get()));
  Check(ArrowSchemaSetName(schema.get(), std::string(name).c_str()));
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
  Check(ArrowSchemaSetTypeStruct(schema.get(), num_columns));
  nanoarrow::UniqueArray array;
  Check(ArrowArrayInitFromType(array.get(), NANOARROW_TYPE_STRUCT));
  Check(ArrowArrayAllocateChildren(array.get(), num_columns));
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
