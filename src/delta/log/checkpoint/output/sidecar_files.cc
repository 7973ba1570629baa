#include "delta/log/checkpoint/output/sidecar_files.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/parallel_for.h"
#include "base/uuid.h"
#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

// A file of fewer rows is not worth a second one.
constexpr int64_t kRowsForAnother = 50'000;
constexpr size_t kMaxFiles = 8;

}  // namespace

SidecarFiles::SidecarFiles(const datafusion::ObjectStore& store, std::vector<StructField> columns,
                           std::string compression)
    : store_(store), columns_(std::move(columns)), compression_(std::move(compression)) {}

void SidecarFiles::Write(const RecordBatch& batch, std::optional<std::span<const uint32_t>> rows) {
  num_rows_ += rows ? static_cast<int64_t>(rows->size()) : batch.num_rows();
  pending_.push_back({batch, std::nullopt});
  if (rows) pending_.back().rows.emplace(rows->begin(), rows->end());
  const auto wanted = static_cast<size_t>(num_rows_ / kRowsForAnother + 1);
  const size_t files = std::min({wanted, Processors(), kMaxFiles});
  while (files_.size() < files) {
    files_.push_back(std::make_unique<CheckpointFile>(
        store_, fmt::format("{}/{}", kSidecarFolder, SidecarName(NewUuid())), columns_,
        compression_));
  }
  if (pending_.size() >= files_.size()) WritePending();
}

void SidecarFiles::WritePending() {
  ParallelFor(pending_.size(), [&](size_t i) {
    const Pending& pending = pending_[i];
    if (pending.rows) {
      files_[i]->Write(pending.batch, *pending.rows);
    } else {
      files_[i]->Write(pending.batch);
    }
  });
  pending_.clear();
}

std::vector<Sidecar> SidecarFiles::Finish(int64_t now_ms) {
  WritePending();
  std::vector<Sidecar> sidecars(files_.size());
  try {
    ParallelFor(files_.size(), [&](size_t i) {
      const std::string& location = files_[i]->location();
      const std::optional<int64_t> size = files_[i]->Finish();
      if (!size) {
        throw Error(ErrorCode::kIo,
                    fmt::format("A new file of a checkpoint is there already: {}", location));
      }
      sidecars[i] = {.path = location.substr(kSidecarFolder.size() + 1),
                     .size = *size,
                     .modification_time = now_ms};
    });
  } catch (const Error&) {
    std::vector<std::string> locations;
    for (const auto& file : files_) locations.push_back(file->location());
    try {
      store_.DeleteMany(locations);
    } catch (const Error&) {
      // What is left is removed with the expired log.
    }
    throw;
  }
  return sidecars;
}

}  // namespace deltaic::delta
