#pragma once

// Builds one Arrow column, value after value. One thread at a time. Everything throws as
// `CheckNanoarrow` does.

#include <cstdint>
#include <optional>
#include <string_view>

#include <nanoarrow/nanoarrow.hpp>

#include "columnar/arrow_append.h"
#include "columnar/nanoarrow_check.h"

namespace deltaic {

/// Whether a column that is built may hold nulls, as its field tells readers.
enum class Nullability { kNullable, kRequired };

/// A column under construction. Batches take it by `BatchBuilder::Add`.
class ColumnBuilder {
 public:
  /// A column of a type that needs no parameters and has no children.
  ColumnBuilder(std::string_view name, ArrowType type,
                Nullability nullability = Nullability::kNullable);

  /// A column of the type, name and nullability of `field`, which may be nested.
  explicit ColumnBuilder(nanoarrow::UniqueSchema field);

  /// A column of milliseconds since the Unix epoch, in UTC.
  static ColumnBuilder Timestamps(std::string_view name);

  /// A column of lists of `type`; neither lists nor elements are null where it is `kRequired`.
  static ColumnBuilder Lists(std::string_view name, std::string_view element, ArrowType type,
                             Nullability nullability = Nullability::kNullable);

  /// A column of maps of strings to strings.
  static ColumnBuilder TextMaps(std::string_view name);

  void AppendNull(int64_t count = 1) { CheckNanoarrow(ArrowArrayAppendNull(array_.get(), count)); }

  /// Of a column of integers, booleans, dates or timestamps.
  void AppendInt(int64_t value) { CheckNanoarrow(ArrowArrayAppendInt(array_.get(), value)); }
  void AppendInt(std::optional<int64_t> value) { value ? AppendInt(*value) : AppendNull(); }

  /// Of a column of floats or doubles.
  void AppendDouble(double value) { CheckNanoarrow(ArrowArrayAppendDouble(array_.get(), value)); }

  /// Of a column of strings or binaries, less than 2 GiB in all.
  void AppendBytes(std::string_view bytes) { deltaic::AppendBytes(bytes, array_.get()); }

  /// Of a column of decimals of 128 bits.
  void AppendDecimal(Int128 value) { AppendInt128(value, array_.get()); }

  /// Closes the list or map whose elements were appended to `child(0)`.
  void FinishElement() { CheckNanoarrow(ArrowArrayFinishElement(array_.get())); }

  /// Makes room for `count` more values.
  void Reserve(int64_t count) { CheckNanoarrow(ArrowArrayReserve(array_.get(), count)); }

  /// The arrays, to be appended to directly.
  ArrowArray* array() { return array_.get(); }
  ArrowArray* child(int64_t i) { return array_->children[i]; }

  /// Ends the construction and gives away the field and the array; the builder is empty then.
  void Finish(nanoarrow::UniqueSchema& field, nanoarrow::UniqueArray& array);

 private:
  nanoarrow::UniqueSchema field_;
  nanoarrow::UniqueArray array_;
};

}  // namespace deltaic
