#include "columnar/arrow_column.h"

namespace deltaic {

ArrowColumn ArrowColumn::Child(std::string_view name) const {
  if (!has_type(NANOARROW_TYPE_STRUCT)) return {};
  for (int64_t i = 0; i < schema_->n_children; ++i) {
    if (schema_->children[i]->name == name) return Field(i);
  }
  return {};
}

ArrowColumn ArrowColumn::Field(int64_t i) const {
  ArrowColumn field(schema_->children[i], view_->children[i]);
  field.base_ = base_ + view_->offset;
  return field;
}

}  // namespace deltaic
