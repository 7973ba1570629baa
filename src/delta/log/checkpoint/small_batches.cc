#include "delta/log/checkpoint/small_batches.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace deltaic::delta {
namespace {

LiveFiles::Batch Merge(std::span<const LiveFiles::Batch> batches) {
  AddedFilesBuilder files;
  for (const LiveFiles::Batch& batch : batches) {
    std::vector<uint32_t> all;
    if (!batch.rows) {
      all.resize(batch.size());
      std::iota(all.begin(), all.end(), 0);
    }
    files.AppendRows(*batch.files, batch.rows ? *batch.rows : all);
  }
  return {std::make_shared<const AddedFiles>(files.Finish()), nullptr};
}

}  // namespace

LiveFiles MergeSmallBatches(LiveFiles files) {
  std::vector<LiveFiles::Batch>& batches = files.batches;
  const auto first_small =
      std::stable_partition(batches.begin(), batches.end(), [](const LiveFiles::Batch& batch) {
        return batch.size() >= kFilesInBatch || batch.files->deferred_statistics != nullptr;
      });
  std::stable_sort(
      first_small, batches.end(),
      [](const LiveFiles::Batch& a, const LiveFiles::Batch& b) { return a.size() > b.size(); });
  auto first_merged = batches.end();
  size_t merged_size = 0;
  for (auto batch = batches.end(); batch != first_small;) {
    --batch;
    if (first_merged != batches.end() && batch->size() > 2 * merged_size) break;
    merged_size += batch->size();
    first_merged = batch;
  }
  if (batches.end() - first_merged < 2) return files;
  LiveFiles::Batch merged = Merge({first_merged, batches.end()});
  batches.erase(first_merged, batches.end());
  batches.push_back(std::move(merged));
  return files;
}

}  // namespace deltaic::delta
