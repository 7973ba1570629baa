#pragma once

// Add and remove actions as columns (PROTOCOL.md, "Add File and Remove File"): no object a file.
// Built by one thread, then shared as const.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "delta/protocol/deletion_vector_column.h"
#include "delta/protocol/partition_maps.h"
#include "delta/protocol/statistics_leaves.h"
#include "delta/protocol/text_column.h"
#include "delta/protocol/text_dictionary.h"

namespace deltaic::delta {

/// What identifies a logical file: its path as the log spells it, and the unique id of its
/// deletion vector ("" = none). A newer action replaces older ones of the same key.
struct FileKey {
  std::string_view path;
  std::string_view deletion_vector_id;

  bool operator==(const FileKey&) const = default;
};

uint64_t HashFileKey(const FileKey& key);

/// Add actions by row. A row is complete when every column but `deletion_vectors` and `key_hashes`
/// has it.
struct AddedFiles {
  TextColumnBuilder paths;
  DeletionVectorColumn deletion_vectors;
  StatisticsLeaves statistics;
  std::vector<int64_t> sizes;
  std::vector<int64_t> modification_times;
  PartitionMaps partition_values;
  TextDictionary partition_texts;
  std::vector<uint64_t> key_hashes;

  size_t num_rows() const { return paths.size(); }
  FileKey key(size_t row) const;

  /// Columns without rows in which names and leaves have the same numbers, with room for as many.
  AddedFiles EmptyLike() const;

  /// Completes `key_hashes`; to be called at the end.
  void Finish();
};

/// Whether two rows say the same of a file.
bool SameFile(const AddedFiles& a, uint32_t row_a, const AddedFiles& b, uint32_t row_b);

/// Keys of remove actions by row.
struct RemovedFiles {
  TextColumnBuilder paths;
  TextColumnBuilder deletion_vector_ids;  ///< May be short: the rows behind have none.
  std::vector<uint64_t> key_hashes;

  size_t num_rows() const { return paths.size(); }
  FileKey key(size_t row) const;
  void Append(const FileKey& key);
};

}  // namespace deltaic::delta
