#include "delta/actions/file_columns.h"

#include <map>
#include <utility>

#include "base/text/text_hash.h"

namespace deltaic::delta {
namespace {

// What was found of deferred statistics; others are those of `files`, which own them.
StatisticsPtr Known(const AddedFiles& files, const StatisticsPtr& deferred) {
  if (deferred) return deferred;
  return {StatisticsPtr(), &files.statistics};
}

// The batches that have their statistics in one place: where they are in a list, and their numbers.
struct DeferredBatches {
  std::vector<size_t> places;
  std::vector<size_t> numbers;
};

std::map<const DeferredStatistics*, DeferredBatches> DeferredOf(
    std::span<const AddedFilesPtr> batches) {
  std::map<const DeferredStatistics*, DeferredBatches> deferred;
  for (size_t i = 0; i < batches.size(); ++i) {
    if (!batches[i]->deferred_statistics) continue;
    DeferredBatches& of = deferred[batches[i]->deferred_statistics.get()];
    of.places.push_back(i);
    of.numbers.push_back(batches[i]->deferred_batch);
  }
  return deferred;
}

}  // namespace

uint32_t HashFileKey(std::string_view path, std::string_view deletion_vector_id) {
  const uint64_t hash = HashText(path);
  return static_cast<uint32_t>(deletion_vector_id.empty() ? hash
                                                          : HashText(deletion_vector_id, hash));
}

FileKey AddedFiles::key(size_t row) const {
  return {paths[row], std::string(deletion_vectors.id(row))};
}

void AddedFiles::ReadStatistics(std::span<const std::string> columns) const {
  if (deferred_statistics) deferred_statistics->Read(columns, {&deferred_batch, 1});
}

StatisticsPtr AddedFiles::StatisticsOf(std::string_view column) const {
  return Known(*this, deferred_statistics ? deferred_statistics->FindColumn(column, deferred_batch)
                                          : nullptr);
}

StatisticsPtr AddedFiles::RecordStatistics() const {
  return Known(*this,
               deferred_statistics ? deferred_statistics->FindRecords(deferred_batch) : nullptr);
}

void ReadStatistics(std::span<const AddedFilesPtr> batches, std::span<const std::string> columns) {
  for (const auto& [statistics, of] : DeferredOf(batches)) statistics->Read(columns, of.numbers);
}

std::vector<KnownBounds> FindBounds(std::span<const AddedFilesPtr> batches,
                                    std::span<const std::string> columns) {
  std::vector<KnownBounds> known;
  for (auto& [statistics, of] : DeferredOf(batches)) {
    known.push_back({std::move(of.places), statistics->FindBounds(columns, of.numbers)});
  }
  return known;
}

void SetNumber(std::vector<int64_t>& column, size_t row, int64_t number) {
  column.resize(row, AddedFiles::kNone);
  column.push_back(number);
}

std::optional<int64_t> NumberAt(const PackedIntegers& column, size_t row) {
  if (row >= column.size() || column[row] == AddedFiles::kNone) return std::nullopt;
  return column[row];
}

void AddedFilesBuilder::AppendRows(const AddedFiles& from, std::span<const uint32_t> rows) {
  for (const uint32_t row : rows) {
    if (const auto vector = from.deletion_vectors.Find(row)) {
      deletion_vectors.Append(num_rows(), *vector);
    }
    if (const auto id = NumberAt(from.base_row_ids, row)) {
      SetNumber(base_row_ids, paths.size(), *id);
    }
    if (const auto version = NumberAt(from.row_commit_versions, row)) {
      SetNumber(row_commit_versions, paths.size(), *version);
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
    files.key_hashes.push_back(HashFileKey(paths[row], deletion_vectors.id(row)));
  }
  files.paths = PackedTexts(paths);
  files.deletion_vectors = std::exchange(deletion_vectors, {});
  files.statistics = statistics.Finish();
  files.sizes = PackedIntegers(sizes);
  files.modification_times = PackedIntegers(modification_times);
  files.base_row_ids = PackedIntegers(base_row_ids);
  files.row_commit_versions = PackedIntegers(row_commit_versions);
  files.partition_values = partition_values.Finish();
  paths.Clear();
  sizes.clear();
  modification_times.clear();
  base_row_ids.clear();
  row_commit_versions.clear();
  return files;
}

bool SameFile(const AddedFiles& a, uint32_t row_a, const AddedFiles& b, uint32_t row_b) {
  return a.key(row_a) == b.key(row_b) && a.sizes[row_a] == b.sizes[row_b] &&
         a.modification_times[row_a] == b.modification_times[row_b] &&
         a.deletion_vectors.Find(row_a) == b.deletion_vectors.Find(row_b) &&
         NumberAt(a.base_row_ids, row_a) == NumberAt(b.base_row_ids, row_b) &&
         NumberAt(a.row_commit_versions, row_a) == NumberAt(b.row_commit_versions, row_b) &&
         a.statistics.RowEquals(row_a, b.statistics, row_b) &&
         a.partition_values.RowEquals(row_a, b.partition_values, row_b);
}

FileKey RemovedFiles::key(size_t row) const {
  FileKey key{std::string(paths[row]), {}};
  if (row < deletion_vector_ids.size()) key.deletion_vector_id = deletion_vector_ids[row];
  return key;
}

void RemovedFiles::Append(std::string_view path, std::string_view deletion_vector_id) {
  if (!deletion_vector_id.empty()) {
    deletion_vector_ids.PadTo(paths.size());
    deletion_vector_ids.Append(deletion_vector_id);
  }
  paths.Append(path);
  key_hashes.push_back(HashFileKey(path, deletion_vector_id));
}

}  // namespace deltaic::delta
