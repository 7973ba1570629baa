#include "delta/statistics/deletion_vector_column.h"

#include <string>

#include "delta/protocol/deletion_vector.h"

namespace deltaic::delta {

void DeletionVectorColumn::Append(size_t row, const DeletionVectorDescriptor& vector) {
  const int64_t offset = vector.offset.value_or(0);
  ids_.Append(DeletionVectorId({&vector.storage_type, 1}, vector.path_or_inline,
                               vector.offset ? &offset : nullptr));
  numbers_.resize(row, kNone);
  numbers_.push_back(static_cast<uint32_t>(rest_.size()));
  rest_.push_back({vector.cardinality, vector.size_in_bytes, vector.offset.value_or(-1)});
}

std::optional<DeletionVectorDescriptor> DeletionVectorColumn::Find(size_t row) const {
  const uint32_t number = NumberOf(row);
  if (number == kNone) return std::nullopt;
  const Rest& rest = rest_[number];
  std::string_view path = ids_[number];
  DeletionVectorDescriptor vector{.storage_type = path.front(),
                                  .size_in_bytes = rest.size_in_bytes,
                                  .cardinality = rest.cardinality};
  path.remove_prefix(1);
  if (rest.offset >= 0) {
    vector.offset = rest.offset;
    path.remove_suffix(1 + std::to_string(rest.offset).size());
  }
  vector.path_or_inline = path;
  return vector;
}

}  // namespace deltaic::delta
