#include "delta/protocol/deletion_vector_column.h"

#include "delta/protocol/deletion_vector.h"

namespace deltaic::delta {

void DeletionVectorColumn::Append(size_t row, const DeletionVectorDescriptor& vector) {
  const int64_t offset = vector.offset.value_or(0);
  ids_.Append(DeletionVectorId({&vector.storage_type, 1}, vector.path_or_inline,
                               vector.offset ? &offset : nullptr));
  numbers_.resize(row, kNone);
  numbers_.push_back(static_cast<uint32_t>(rest_.size()));
  rest_.push_back({static_cast<uint32_t>(vector.path_or_inline.size()), vector.offset.has_value(),
                   vector.offset.value_or(0), vector.size_in_bytes, vector.cardinality});
}

std::optional<DeletionVectorDescriptor> DeletionVectorColumn::Find(size_t row) const {
  const uint32_t number = NumberOf(row);
  if (number == kNone) return std::nullopt;
  const std::string_view id = ids_[number];
  const Rest& rest = rest_[number];
  return DeletionVectorDescriptor{
      .storage_type = id.front(),
      .path_or_inline = id.substr(1, rest.path_size),
      .offset = rest.has_offset ? std::optional(rest.offset) : std::nullopt,
      .size_in_bytes = rest.size_in_bytes,
      .cardinality = rest.cardinality,
  };
}

}  // namespace deltaic::delta
