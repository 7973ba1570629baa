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

bool SameFile(const AddedFiles& a, size_t row_a, const AddedFiles& b, size_t row_b) {
  return a.key(row_a) == b.key(row_b) && a.sizes[row_a] == b.sizes[row_b] &&
         a.modification_times[row_a] == b.modification_times[row_b] &&
         a.statistics[row_a] == b.statistics[row_b] &&
         a.partition_values->RowEquals(row_a, a.partition_texts, *b.partition_values, row_b,
                                       b.partition_texts);
}

AddedFiles AddedFilesBuilder::Finish(std::shared_ptr<AddedFilesBuilder> builder) {
  AddedFiles files;
  files.num_rows = builder->paths.size();
  files.paths = builder->paths.column();
  if (builder->deletion_vector_ids.size() > 0) {
    builder->deletion_vector_ids.PadTo(files.num_rows);
    files.deletion_vector_ids = builder->deletion_vector_ids.column();
  }
  builder->key_hashes.reserve(files.num_rows);
  for (size_t row = 0; row < files.num_rows; ++row) {
    builder->key_hashes.push_back(HashFileKey(files.key(row)));
  }
  files.statistics = builder->statistics.column();
  files.sizes = builder->sizes.data();
  files.modification_times = builder->modification_times.data();
  files.key_hashes = builder->key_hashes.data();
  files.partition_values = &builder->partition_values;
  files.partition_texts = builder->partition_texts.column();
  files.owner = std::move(builder);
  return files;
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
