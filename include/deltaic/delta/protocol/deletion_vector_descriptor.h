#pragma once

// Rows of a data file that are deleted without rewriting it (PROTOCOL.md, "Deletion Vector
// Descriptor Schema").

#include <cstdint>
#include <optional>
#include <string_view>

namespace deltaic::delta {

/// A deletion vector's descriptor in the log. A plain value; the view is valid as long as the files
/// that it was asked of.
struct DeletionVectorDescriptor {
  char storage_type = 'u';  ///< 'u': a file of the table, 'p': by absolute path, 'i': in the log.
  std::string_view path_or_inline = {};  ///< As in the log; its meaning is the storage type's.
  std::optional<int32_t> offset = {};    ///< Where in its file it begins, in bytes.
  int32_t size_in_bytes = 0;
  int64_t cardinality = 0;  ///< How many rows it deletes.

  bool operator==(const DeletionVectorDescriptor&) const = default;
};

}  // namespace deltaic::delta
