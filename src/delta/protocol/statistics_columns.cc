#include "delta/protocol/statistics_columns.h"

#include <algorithm>
#include <utility>

#include <deltaic/delta/protocol/schema_arrow.h>
#include <nanoarrow/nanoarrow.hpp>

#include "delta/protocol/arrow_append.h"
#include "delta/protocol/nanoarrow_check.h"

namespace deltaic::delta {
namespace {

void InitStruct(const char* name, size_t num_children, ArrowSchema* schema) {
  CheckNanoarrow(ArrowSchemaSetTypeStruct(schema, static_cast<int64_t>(num_children)));
  CheckNanoarrow(ArrowSchemaSetName(schema, name));
}

void InitPrimitive(const char* name, ArrowType type, ArrowSchema* schema) {
  CheckNanoarrow(ArrowSchemaSetType(schema, type));
  CheckNanoarrow(ArrowSchemaSetName(schema, name));
}

// A struct of fields named as the columns, all of type `type`.
void InitStructOf(const char* name, const std::vector<StructField>& columns, ArrowType type,
                  ArrowSchema* schema) {
  InitStruct(name, columns.size(), schema);
  for (size_t i = 0; i < columns.size(); ++i) {
    InitPrimitive(columns[i].name.c_str(), type, schema->children[i]);
  }
}

void InitBounds(const char* name, const std::vector<StructField>& columns, ArrowSchema* schema) {
  InitStruct(name, columns.size(), schema);
  for (size_t i = 0; i < columns.size(); ++i) {
    // The child was made by `InitStruct` and owns nothing yet.
    ToArrowField(columns[i], ArrowNullability::kAll, schema->children[i]);
  }
}

void AppendBound(TypeKind kind, const Bound& bound, ArrowArray* out) {
  if (!bound.is_known) {
    CheckNanoarrow(ArrowArrayAppendNull(out, 1));
    return;
  }
  switch (kind) {
    case TypeKind::kString:
      AppendBytes(bound.text, out);
      break;
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      CheckNanoarrow(ArrowArrayAppendDouble(out, bound.floating));
      break;
    case TypeKind::kDecimal:
      AppendInt128(bound.decimal, out);
      break;
    default:
      CheckNanoarrow(ArrowArrayAppendInt(out, bound.integer));
  }
}

void AppendCount(StatisticsCount count, ArrowArray* out) {
  CheckNanoarrow(count < 0 ? ArrowArrayAppendNull(out, 1) : ArrowArrayAppendInt(out, count));
}

}  // namespace

struct StatisticsColumns::Arrays {
  Schema schema;
  nanoarrow::UniqueArray batch;
  int64_t num_rows = 0;
  ArrowArray* num_records = nullptr;
  // Structs, null where there is no column to speak of.
  ArrowArray* null_count = nullptr;
  ArrowArray* min = nullptr;
  ArrowArray* max = nullptr;
  ArrowArray* exact = nullptr;
};

StatisticsColumns::StatisticsColumns(const std::vector<StructField>& columns, int64_t num_rows)
    : arrays_(std::make_unique<Arrays>()) {
  std::vector<StructField> bounded;
  for (const StructField& column : columns) {
    types_.push_back(column.type);
    if (HasBounds(column.type.kind())) bounded.push_back(column);
  }
  nanoarrow::UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  int64_t num_parts = 1 + (columns.empty() ? 0 : 1) + (bounded.empty() ? 0 : 3);
  CheckNanoarrow(ArrowSchemaSetTypeStruct(schema.get(), num_parts));
  InitPrimitive("num_rows", NANOARROW_TYPE_INT64, schema->children[0]);
  if (!columns.empty()) {
    InitStructOf("null_count", columns, NANOARROW_TYPE_INT64, schema->children[1]);
  }
  if (!bounded.empty()) {
    InitBounds("min", bounded, schema->children[2]);
    InitBounds("max", bounded, schema->children[3]);
    InitStructOf("exact", bounded, NANOARROW_TYPE_BOOL, schema->children[4]);
  }
  arrays_->schema = Schema::Import(schema.get());

  ArrowArray* batch = arrays_->batch.get();
  CheckNanoarrow(ArrowArrayInitFromSchema(batch, arrays_->schema.c_schema(), nullptr));
  CheckNanoarrow(ArrowArrayStartAppending(batch));
  CheckNanoarrow(ArrowArrayReserve(batch, num_rows));
  arrays_->num_records = batch->children[0];
  if (!columns.empty()) arrays_->null_count = batch->children[1];
  if (!bounded.empty()) {
    arrays_->min = batch->children[2];
    arrays_->max = batch->children[3];
    arrays_->exact = batch->children[4];
  }
}

StatisticsColumns::~StatisticsColumns() = default;

void StatisticsColumns::Append(StatisticsCount num_records,
                               const std::vector<ColumnStatistics>& statistics, bool is_tight) {
  Arrays& arrays = *arrays_;
  AppendCount(num_records, arrays.num_records);
  int64_t bounded = 0;
  for (size_t i = 0; i < types_.size(); ++i) {
    TypeKind kind = types_[i].kind();
    const ColumnStatistics& column = statistics[i];
    AppendCount(column.null_count, arrays.null_count->children[i]);
    if (!HasBounds(kind)) continue;
    AppendBound(kind, column.min, arrays.min->children[bounded]);
    AppendBound(kind, column.max, arrays.max->children[bounded]);
    bool exact = is_tight && column.min.is_known && column.max.is_known && column.min.is_certain &&
                 column.max.is_certain;
    CheckNanoarrow(ArrowArrayAppendInt(arrays.exact->children[bounded], exact));
    ++bounded;
  }
  ++arrays.num_rows;
}

RecordBatch StatisticsColumns::Finish() {
  ArrowArray* batch = arrays_->batch.get();
  batch->length = arrays_->num_rows;
  for (ArrowArray* part : {arrays_->null_count, arrays_->min, arrays_->max, arrays_->exact}) {
    if (part != nullptr) part->length = arrays_->num_rows;
  }
  CheckNanoarrow(ArrowArrayFinishBuildingDefault(batch, nullptr));
  return RecordBatch::Import(std::move(arrays_->schema), batch);
}

}  // namespace deltaic::delta
