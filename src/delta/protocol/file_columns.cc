#include "delta/protocol/file_columns.h"

#include <utility>

#include "delta/protocol/text_hash.h"

namespace deltaic::delta {

uint64_t HashFileKey(const FileKey& key) {
  const uint64_t hash = HashText(key.path);
  return key.deletion_vector_id.empty() ? hash : HashText(key.deletion_vector_id, hash);
}

std::string DeletionVectorId(std::string_view storage_type, std::string_view path_or_inline,
                             const int64_t* offset) {
  std::string id(storage_type);
  id += path_or_inline;
  if (offset != nullptr) id += "@" + std::to_string(*offset);
  return id;
}

namespace {

FileKey KeyAt(const TextColumnBuilder& paths, const TextColumnBuilder& deletion_vector_ids,
              size_t row) {
  FileKey key{paths[row], {}};
  if (row < deletion_vector_ids.size()) key.deletion_vector_id = deletion_vector_ids[row];
  return key;
}

}  // namespace

FileKey AddedFiles::key(size_t row) const { return KeyAt(paths, deletion_vector_ids, row); }

void AddedFiles::SetLast(std::vector<int64_t>& column, size_t row, int64_t number) {
  column.resize(row, kNone);
  column.push_back(number);
}

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
         AddedFiles::At(a.base_row_ids, row_a) == AddedFiles::At(b.base_row_ids, row_b) &&
         AddedFiles::At(a.row_commit_versions, row_a) ==
             AddedFiles::At(b.row_commit_versions, row_b) &&
         a.statistics.RowEquals(row_a, b.statistics, row_b) &&
         a.partition_values.RowEquals(row_a, a.partition_texts.column(), b.partition_values, row_b,
                                      b.partition_texts.column());
}

FileKey RemovedFiles::key(size_t row) const { return KeyAt(paths, deletion_vector_ids, row); }

void RemovedFiles::Append(const FileKey& key) {
  if (!key.deletion_vector_id.empty()) {
    deletion_vector_ids.PadTo(paths.size());
    deletion_vector_ids.Append(key.deletion_vector_id);
  }
  paths.Append(key.path);
  key_hashes.push_back(HashFileKey(key));
}

}  // namespace deltaic::delta
