#include "delta/protocol/file_columns.h"

#include <utility>

#include "delta/protocol/text_hash.h"

namespace deltaic::delta {
namespace {

template <typename Texts>
FileKey KeyAt(const Texts& paths, const Texts& deletion_vector_ids, size_t row) {
  FileKey key{std::string(paths[row]), {}};
  if (row < deletion_vector_ids.size()) key.deletion_vector_id = deletion_vector_ids[row];
  return key;
}

}  // namespace

uint32_t HashFileKey(std::string_view path, std::string_view deletion_vector_id) {
  const uint64_t hash = HashText(path);
  return static_cast<uint32_t>(deletion_vector_id.empty() ? hash
                                                          : HashText(deletion_vector_id, hash));
}

std::string DeletionVectorId(std::string_view storage_type, std::string_view path_or_inline,
                             const int64_t* offset) {
  std::string id(storage_type);
  id += path_or_inline;
  if (offset != nullptr) id += "@" + std::to_string(*offset);
  return id;
}

FileKey AddedFiles::key(size_t row) const { return KeyAt(paths, deletion_vector_ids, row); }

void AddedFilesBuilder::AppendRows(const AddedFiles& from, std::span<const uint32_t> rows) {
  for (const uint32_t row : rows) {
    if (row < from.deletion_vector_ids.size()) {
      deletion_vector_ids.PadTo(paths.size());
      deletion_vector_ids.Append(from.deletion_vector_ids[row]);
    }
    paths.Append(from.paths[row]);
    sizes.push_back(from.sizes[row]);
    modification_times.push_back(from.modification_times[row]);
  }
  statistics.AppendRows(from.statistics, rows);
  partition_values.AppendRows(from.partition_values, rows);
}

AddedFiles AddedFilesBuilder::Finish() {
  AddedFiles files;
  files.key_hashes.reserve(num_rows());
  for (size_t row = 0; row < num_rows(); ++row) {
    const bool has_vector = row < deletion_vector_ids.size();
    files.key_hashes.push_back(
        HashFileKey(paths[row], has_vector ? deletion_vector_ids[row] : std::string_view()));
  }
  files.paths = PackedTexts(paths);
  files.deletion_vector_ids = PackedTexts(deletion_vector_ids);
  files.statistics = statistics.Finish();
  files.sizes = PackedIntegers(sizes);
  files.modification_times = PackedIntegers(modification_times);
  files.partition_values = partition_values.Finish();
  paths.Clear();
  deletion_vector_ids.Clear();
  sizes.clear();
  modification_times.clear();
  return files;
}

bool SameFile(const AddedFiles& a, uint32_t row_a, const AddedFiles& b, uint32_t row_b) {
  return a.key(row_a) == b.key(row_b) && a.sizes[row_a] == b.sizes[row_b] &&
         a.modification_times[row_a] == b.modification_times[row_b] &&
         a.statistics.RowEquals(row_a, b.statistics, row_b) &&
         a.partition_values.RowEquals(row_a, b.partition_values, row_b);
}

FileKey RemovedFiles::key(size_t row) const { return KeyAt(paths, deletion_vector_ids, row); }

void RemovedFiles::Append(std::string_view path, std::string_view deletion_vector_id) {
  if (!deletion_vector_id.empty()) {
    deletion_vector_ids.PadTo(paths.size());
    deletion_vector_ids.Append(deletion_vector_id);
  }
  paths.Append(path);
  key_hashes.push_back(HashFileKey(path, deletion_vector_id));
}

}  // namespace deltaic::delta
