#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/columnar/arrow_c_data.h>

namespace deltaic {

/// An immutable Arrow schema (a struct type whose children are the columns). Cheap to copy;
/// safe to share between threads.
class DELTAIC_EXPORT Schema {
 public:
  /// A schema without columns.
  Schema();

  /// Takes over `*schema` and marks it released.
  static Schema Import(ArrowSchema* schema);

  /// Writes a deep copy to `*out`, to be released by the caller.
  void Export(ArrowSchema* out) const;

  /// The C structure, valid as long as this object; never null.
  const ArrowSchema* c_schema() const { return schema_.get(); }

  int64_t num_columns() const { return schema_->n_children; }

  /// Name of column `i`, 0 <= i < num_columns().
  std::string_view column_name(int64_t i) const { return schema_->children[i]->name; }

  std::vector<std::string> column_names() const;

  /// Position of the first column of that exact name, or -1.
  int64_t FindColumn(std::string_view name) const;

 private:
  std::shared_ptr<const ArrowSchema> schema_;
};

}  // namespace deltaic
