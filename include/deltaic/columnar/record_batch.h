#pragma once

#include <cstdint>
#include <memory>

#include <deltaic/base/export.h>
#include <deltaic/columnar/arrow_c_data.h>
#include <deltaic/columnar/schema.h>

namespace deltaic {

/// Rows as Arrow columns: a struct array with its schema. Immutable and cheap to copy; safe to
/// share between threads.
class DELTAIC_EXPORT RecordBatch {
 public:
  /// A batch without columns and rows.
  RecordBatch();

  /// Takes over `*array`, whose type is `schema`, and marks it released.
  static RecordBatch Import(Schema schema, ArrowArray* array);

  /// Writes an array that shares the buffers of this batch to `*out`.
  void Export(ArrowArray* out) const;

  const Schema& schema() const { return schema_; }
  int64_t num_rows() const { return array_->length; }
  int64_t num_columns() const { return schema_.num_columns(); }

  /// The C structure, valid as long as this object; never null.
  const ArrowArray* c_array() const { return array_.get(); }

 private:
  Schema schema_;
  std::shared_ptr<const ArrowArray> array_;
};

}  // namespace deltaic
