#pragma once

// The deletion vectors of many files as columns: nothing for tables that have none. One thread
// builds; then it may be shared.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include <deltaic/delta/protocol/deletion_vector_descriptor.h>

#include "columnar/text_column.h"

namespace deltaic::delta {

/// Rows are files; those that have a deletion vector are few or many.
class DeletionVectorColumn {
 public:
  /// Gives `row` a vector. Rows ascend.
  void Append(size_t row, const DeletionVectorDescriptor& vector);

  bool empty() const { return rest_.empty(); }

  /// The vector's unique id; empty where the row has none.
  std::string_view id(size_t row) const {
    const uint32_t number = NumberOf(row);
    return number == kNone ? std::string_view() : ids_[number];
  }

  /// How many rows of the file are deleted; nothing where it has no vector.
  std::optional<int64_t> cardinality(size_t row) const {
    const uint32_t number = NumberOf(row);
    return number == kNone ? std::nullopt : std::optional(rest_[number].cardinality);
  }

  std::optional<DeletionVectorDescriptor> Find(size_t row) const;

 private:
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

  // What a vector's id does not say, and where it ends.
  struct Rest {
    int64_t cardinality;
    int32_t size_in_bytes;
    int32_t offset;  // -1: none.
  };

  uint32_t NumberOf(size_t row) const { return row < numbers_.size() ? numbers_[row] : kNone; }

  std::vector<uint32_t> numbers_;  // By row; may be short: the rows after its end have none.
  TextColumnBuilder ids_;
  std::vector<Rest> rest_;
};

}  // namespace deltaic::delta
