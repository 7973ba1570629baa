#include "delta/snapshot/active_file_columns.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace deltaic::delta {
namespace {

// Sizes are not negative; a log may claim more bytes than there can be.
int64_t AddSizes(int64_t a, int64_t b) {
  int64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<int64_t>::max() : sum;
}

int64_t TotalSize(const LiveFiles::Batch& batch) {
  int64_t sum = 0;
  for (size_t i = 0; i < batch.size(); ++i) {
    sum = AddSizes(sum, batch.files->sizes[batch.row(i)]);
  }
  return sum;
}

bool HasDeletionVectors(const LiveFiles::Batch& batch) {
  const DeletionVectorColumn& vectors = batch.files->deletion_vectors;
  if (vectors.empty()) return false;
  for (size_t i = 0; i < batch.size(); ++i) {
    if (vectors.cardinality(batch.row(i))) return true;
  }
  return false;
}

}  // namespace

ActiveFileColumns::ActiveFileColumns(LiveFiles files,
                                     const std::vector<std::string>& partition_columns,
                                     const ActiveFileColumns* older)
    : deleted_rows_(older != nullptr ? older->deleted_rows_
                                     : std::make_shared<DeletedRowsCache>()) {
  std::unordered_map<std::string_view, int> columns;
  for (size_t i = 0; i < partition_columns.size(); ++i) {
    columns.emplace(partition_columns[i], static_cast<int>(i));
  }
  std::unordered_map<const AddedFiles*, const Batch*> known;
  if (older != nullptr) {
    for (const Batch& batch : older->batches_) known.emplace(batch.live.files.get(), &batch);
  }
  batches_.reserve(files.batches.size());
  for (LiveFiles::Batch& live : files.batches) {
    Batch batch{std::move(live), size_, 0, false, nullptr, {}};
    const auto kept = known.find(batch.live.files.get());
    const Batch* before = kept != known.end() ? kept->second : nullptr;
    batch.typed =
        before != nullptr ? before->typed : std::make_shared<const TypedColumns>(batch.live.files);
    const bool is_same = before != nullptr && before->live.rows == batch.live.rows;
    batch.total_size = is_same ? before->total_size : TotalSize(batch.live);
    batch.has_deletion_vectors =
        is_same ? before->has_deletion_vectors : HasDeletionVectors(batch.live);
    const PartitionMaps& values = batch.files().partition_values;
    for (uint32_t number = 0; number < values.num_names(); ++number) {
      const auto column = columns.find(values.name(number));
      if (column != columns.end()) batch.partition_names.emplace_back(column->second, number);
    }
    std::sort(batch.partition_names.begin(), batch.partition_names.end());
    size_ = batch.end_file();
    total_size_ = AddSizes(total_size_, batch.total_size);
    has_deletion_vectors_ |= batch.has_deletion_vectors;
    batches_.push_back(std::move(batch));
  }
}

const ActiveFileColumns::Batch& ActiveFileColumns::BatchOf(int64_t file) const {
  const auto after = std::upper_bound(
      batches_.begin(), batches_.end(), file,
      [](int64_t wanted, const Batch& batch) { return wanted < batch.first_file; });
  return *(after - 1);
}

LiveFiles ActiveFileColumns::files() const {
  LiveFiles files;
  for (const Batch& batch : batches_) files.batches.push_back(batch.live);
  return files;
}

std::string ActiveFileColumns::path(int64_t file) const {
  const Batch& batch = BatchOf(file);
  return batch.files().paths[batch.row(file)];
}

int64_t ActiveFileColumns::file_size(int64_t file) const {
  const Batch& batch = BatchOf(file);
  return batch.files().sizes[batch.row(file)];
}

int64_t ActiveFileColumns::modification_time(int64_t file) const {
  const Batch& batch = BatchOf(file);
  return batch.files().modification_times[batch.row(file)];
}

std::optional<DeletionVectorDescriptor> ActiveFileColumns::deletion_vector(int64_t file) const {
  const Batch& batch = BatchOf(file);
  return batch.files().deletion_vectors.Find(batch.row(file));
}

std::optional<std::string_view> ActiveFileColumns::partition_value(int64_t file, int column) const {
  const Batch& batch = BatchOf(file);
  const auto& names = batch.partition_names;
  const auto name = std::lower_bound(names.begin(), names.end(), std::pair(column, uint32_t{0}));
  if (name == names.end() || name->first != column) return std::nullopt;
  const AddedFiles& files = batch.files();
  return files.partition_values.Find(batch.row(file), name->second);
}

std::optional<int64_t> ActiveFileColumns::base_row_id(int64_t file) const {
  const Batch& batch = BatchOf(file);
  return NumberAt(batch.files().base_row_ids, batch.row(file));
}

std::optional<int64_t> ActiveFileColumns::row_commit_version(int64_t file) const {
  const Batch& batch = BatchOf(file);
  return NumberAt(batch.files().row_commit_versions, batch.row(file));
}

}  // namespace deltaic::delta
