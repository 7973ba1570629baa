#include "delta/log/arrow_column.h"

namespace deltaic::delta {

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

TextColumn ArrowColumn::Texts() const {
  if (!exists() || view_->length == 0) return {};
  const int64_t first = view_->offset + base_;
  // Offsets of valid arrays are not negative.
  const auto* offsets = reinterpret_cast<const uint32_t*>(view_->buffer_views[1].data.as_int32);
  return {offsets + first, view_->buffer_views[2].data.as_char,
          view_->buffer_views[0].data.as_uint8, static_cast<size_t>(first)};
}

}  // namespace deltaic::delta
