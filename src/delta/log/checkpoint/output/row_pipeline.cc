#include "delta/log/checkpoint/output/row_pipeline.h"

#include "base/parallel_for.h"

namespace deltaic::delta {

void RowPipeline::Add(const RecordBatch& batch, std::optional<std::span<const uint32_t>> rows) {
  added_.push_back({batch, std::nullopt});
  if (rows) added_.back().rows.emplace(rows->begin(), rows->end());
}

void RowPipeline::MakeMore(const std::function<void()>& make) {
  const std::vector<Rows> made = std::exchange(added_, {});
  ParallelFor(2, [&](size_t i) { i == 0 ? Write(made) : make(); });
}

void RowPipeline::Finish() { Write(std::exchange(added_, {})); }

void RowPipeline::Write(const std::vector<Rows>& all) const {
  for (const Rows& some : all) {
    if (some.rows) {
      write_(some.batch, *some.rows);
    } else {
      write_(some.batch, std::nullopt);
    }
  }
}

}  // namespace deltaic::delta
