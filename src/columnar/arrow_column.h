#pragma once

// Typed reading of Arrow columns that may be nested, by row number. Views: valid as long as the
// arrays. Safe to share between threads.

#include <cstdint>
#include <string_view>

#include <nanoarrow/nanoarrow.h>

namespace deltaic {

/// A column of a struct array, which may be absent: then every row is null. Rows count in the
/// outermost struct.
class ArrowColumn {
 public:
  ArrowColumn() = default;

  /// The columns of a record batch as one struct.
  ArrowColumn(const ArrowSchema* schema, const ArrowArrayView* view)
      : schema_(schema), view_(view) {}

  bool exists() const { return view_ != nullptr; }
  bool has_type(ArrowType type) const { return exists() && view_->storage_type == type; }
  int64_t num_children() const { return exists() ? view_->n_children : 0; }
  /// What the column holds, as Arrow's C data interface spells types; "" where it is absent.
  std::string_view format() const { return exists() ? schema_->format : std::string_view(); }
  /// The name of the column; it exists.
  std::string_view name() const {
    return schema_->name != nullptr ? schema_->name : std::string_view();
  }

  /// The field `name` of a struct column; absent if there is none.
  ArrowColumn Child(std::string_view name) const;

  bool IsNull(int64_t row) const {
    return !exists() || ArrowArrayViewIsNull(view_, base_ + row) != 0;
  }

  /// Whether no row is null, as far as is known.
  bool HasNoNulls() const { return exists() && view_->null_count == 0; }

  /// Of a string column.
  std::string_view Text(int64_t row) const {
    const ArrowStringView text = ArrowArrayViewGetStringUnsafe(view_, base_ + row);
    return {text.data, static_cast<size_t>(text.size_bytes)};
  }

  /// Of an integer column of any width, or of a boolean one.
  int64_t Integer(int64_t row) const { return ArrowArrayViewGetIntUnsafe(view_, base_ + row); }

  /// The values of a column of type `NANOARROW_TYPE_INT64`, by row.
  const int64_t* Longs() const {
    return view_->buffer_views[1].data.as_int64 + view_->offset + base_;
  }

  /// Of a float or double column.
  double Floating(int64_t row) const { return ArrowArrayViewGetDoubleUnsafe(view_, base_ + row); }

  /// Of a column of fixed size: the bytes of a value.
  const uint8_t* Fixed(int64_t row, int64_t size) const {
    return view_->buffer_views[1].data.as_uint8 + (view_->offset + base_ + row) * size;
  }

  /// Of a list or map column: the elements of a row, as rows of `Elements`.
  int64_t ElementsBegin(int64_t row) const {
    return ArrowArrayViewListChildOffset(view_, base_ + row);
  }
  int64_t ElementsEnd(int64_t row) const {
    return ArrowArrayViewListChildOffset(view_, base_ + row + 1);
  }

  /// Of a list column its elements; of a map column its entries, a struct of key and value.
  ArrowColumn Elements() const { return {schema_->children[0], view_->children[0]}; }
  /// Field `i` of a struct column, whatever its name.
  ArrowColumn Field(int64_t i) const;

 private:
  const ArrowSchema* schema_ = nullptr;
  const ArrowArrayView* view_ = nullptr;
  int64_t base_ = 0;  // Offsets of the structs around.
};

}  // namespace deltaic
