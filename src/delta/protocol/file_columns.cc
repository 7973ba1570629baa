#include "delta/protocol/file_columns.h"

#include <utility>

#include "delta/protocol/text_hash.h"

namespace deltaic::delta {

uint64_t HashFileKey(const FileKey& key) {
  const uint64_t hash = HashText(key.path);
  return key.deletion_vector_id.empty() ? hash : HashText(key.deletion_vector_id, hash);
}

FileKey AddedFiles::key(size_t row) const { return {paths[row], deletion_vectors.id(row)}; }

AddedFiles AddedFiles::EmptyLike() const {
  AddedFiles empty;
  empty.paths.ReserveLike(paths);
  empty.statistics = statistics.EmptyLike();
  empty.sizes.reserve(sizes.size());
  empty.modification_times.reserve(modification_times.size());
  empty.partition_values = partition_values.EmptyLike();
  return empty;
}

void AddedFiles::Finish() {
  key_hashes.reserve(num_rows());
  for (size_t row = 0; row < num_rows(); ++row) key_hashes.push_back(HashFileKey(key(row)));
}

bool SameFile(const AddedFiles& a, uint32_t row_a, const AddedFiles& b, uint32_t row_b) {
  return a.key(row_a) == b.key(row_b) && a.sizes[row_a] == b.sizes[row_b] &&
         a.modification_times[row_a] == b.modification_times[row_b] &&
         a.deletion_vectors.Find(row_a) == b.deletion_vectors.Find(row_b) &&
         a.statistics.RowEquals(row_a, b.statistics, row_b) &&
         a.partition_values.RowEquals(row_a, a.partition_texts.column(), b.partition_values, row_b,
                                      b.partition_texts.column());
}

FileKey RemovedFiles::key(size_t row) const {
  FileKey key{paths[row], {}};
  if (row < deletion_vector_ids.size()) key.deletion_vector_id = deletion_vector_ids[row];
  return key;
}

void RemovedFiles::Append(const FileKey& key) {
  if (!key.deletion_vector_id.empty()) {
    deletion_vector_ids.PadTo(paths.size());
    deletion_vector_ids.Append(key.deletion_vector_id);
  }
  paths.Append(key.path);
  key_hashes.push_back(HashFileKey(key));
}

}  // namespace deltaic::delta
