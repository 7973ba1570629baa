#include "columnar/column_builder.h"

#include <string>
#include <utility>

namespace deltaic {
namespace {

void SetNullability(Nullability nullability, ArrowSchema* field) {
  if (nullability == Nullability::kRequired) field->flags &= ~ARROW_FLAG_NULLABLE;
}

nanoarrow::UniqueSchema NewField(std::string_view name, ArrowType type) {
  nanoarrow::UniqueSchema field;
  ArrowSchemaInit(field.get());
  CheckNanoarrow(ArrowSchemaSetType(field.get(), type));
  CheckNanoarrow(ArrowSchemaSetName(field.get(), std::string(name).c_str()));
  return field;
}

nanoarrow::UniqueSchema NewField(std::string_view name, ArrowType type, Nullability nullability) {
  nanoarrow::UniqueSchema field = NewField(name, type);
  SetNullability(nullability, field.get());
  return field;
}

}  // namespace

ColumnBuilder::ColumnBuilder(std::string_view name, ArrowType type, Nullability nullability)
    : ColumnBuilder(NewField(name, type, nullability)) {}

ColumnBuilder::ColumnBuilder(nanoarrow::UniqueSchema field) : field_(std::move(field)) {
  CheckNanoarrow(ArrowArrayInitFromSchema(array_.get(), field_.get(), nullptr));
  CheckNanoarrow(ArrowArrayStartAppending(array_.get()));
}

ColumnBuilder ColumnBuilder::Timestamps(std::string_view name) {
  nanoarrow::UniqueSchema field;
  ArrowSchemaInit(field.get());
  CheckNanoarrow(ArrowSchemaSetTypeDateTime(field.get(), NANOARROW_TYPE_TIMESTAMP,
                                            NANOARROW_TIME_UNIT_MILLI, "UTC"));
  CheckNanoarrow(ArrowSchemaSetName(field.get(), std::string(name).c_str()));
  return ColumnBuilder(std::move(field));
}

ColumnBuilder ColumnBuilder::Lists(std::string_view name, std::string_view element, ArrowType type,
                                   Nullability nullability) {
  nanoarrow::UniqueSchema field = NewField(name, NANOARROW_TYPE_LIST, nullability);
  ArrowSchema* item = field->children[0];
  CheckNanoarrow(ArrowSchemaSetType(item, type));
  CheckNanoarrow(ArrowSchemaSetName(item, std::string(element).c_str()));
  SetNullability(nullability, item);
  return ColumnBuilder(std::move(field));
}

ColumnBuilder ColumnBuilder::TextMaps(std::string_view name) {
  nanoarrow::UniqueSchema field = NewField(name, NANOARROW_TYPE_MAP);
  ArrowSchema* entries = field->children[0];
  CheckNanoarrow(ArrowSchemaSetType(entries->children[0], NANOARROW_TYPE_STRING));
  SetNullability(Nullability::kRequired, entries->children[0]);
  CheckNanoarrow(ArrowSchemaSetType(entries->children[1], NANOARROW_TYPE_STRING));
  return ColumnBuilder(std::move(field));
}

void ColumnBuilder::Finish(nanoarrow::UniqueSchema& field, nanoarrow::UniqueArray& array) {
  CheckNanoarrow(ArrowArrayFinishBuildingDefault(array_.get(), nullptr));
  field = std::move(field_);
  array = std::move(array_);
}

}  // namespace deltaic
