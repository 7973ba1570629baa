#include "delta/actions/file_actions.h"

#include "delta/protocol/deletion_vector.h"

namespace deltaic::delta {

std::string DeletionVectorIdOf(const std::optional<DeletionVector>& vector) {
  if (!vector) return {};
  const int64_t offset = vector->offset.value_or(0);
  return DeletionVectorId({&vector->storage_type, 1}, vector->path_or_inline,
                          vector->offset ? &offset : nullptr);
}

}  // namespace deltaic::delta
