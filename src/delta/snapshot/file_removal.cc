#include "delta/snapshot/file_removal.h"

#include <string>
#include <vector>

#include "delta/protocol/schema/column_mapping.h"

namespace deltaic::delta {

RemoveFile RemovalOf(const Snapshot& snapshot, int64_t file, int64_t deletion_ms) {
  const ActiveFiles& files = snapshot.files();
  RemoveFile removed;
  removed.path = files.path(file);
  removed.deletion_timestamp = deletion_ms;
  removed.extended_file_metadata = true;
  removed.size = files.file_size(file);
  NullableTexts& values = removed.partition_values.emplace();
  const std::vector<std::string> names =
      StoredNames(snapshot.schema(), snapshot.metadata().partition_columns);
  for (size_t i = 0; i < names.size(); ++i) {
    const auto text = files.partition_value(file, static_cast<int>(i));
    values.emplace(names[i], text ? std::optional<std::string>(*text) : std::nullopt);
  }
  if (const auto vector = files.deletion_vector(file)) {
    removed.deletion_vector = DeletionVector{.storage_type = vector->storage_type,
                                             .path_or_inline = std::string(vector->path_or_inline),
                                             .offset = vector->offset,
                                             .size_in_bytes = vector->size_in_bytes,
                                             .cardinality = vector->cardinality};
  }
  removed.base_row_id = files.base_row_id(file);
  removed.default_row_commit_version = files.row_commit_version(file);
  return removed;
}

}  // namespace deltaic::delta
