#pragma once

// The sidecars of a new V2 checkpoint (PROTOCOL.md, "Sidecar Files"), several of which are made
// side by side. A linear resource of one thread at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/datafusion/object_store.h>
#include <deltaic/delta/protocol/data_type.h>

#include "delta/actions/action.h"
#include "delta/log/checkpoint/output/checkpoint_file.h"

namespace deltaic::delta {

/// Spreads file actions over new files. Nothing of them is seen before `Finish`.
class SidecarFiles {
 public:
  SidecarFiles(const datafusion::ObjectStore& store, std::vector<StructField> columns,
               std::string compression);

  /// Adds rows, all without `rows`. An error may be told by a later call.
  void Write(const RecordBatch& batch, std::optional<std::span<const uint32_t>> rows);

  /// Puts the files in their places and names them. Where that fails, those that are there are
  /// removed again as far as the store allows.
  std::vector<Sidecar> Finish(int64_t now_ms);

  int64_t num_rows() const { return num_rows_; }

 private:
  struct Pending {
    RecordBatch batch;
    std::optional<std::vector<uint32_t>> rows;
  };

  void WritePending();

  const datafusion::ObjectStore& store_;
  const std::vector<StructField> columns_;
  const std::string compression_;
  std::vector<std::unique_ptr<CheckpointFile>> files_;
  std::vector<Pending> pending_;  // At most one for each of the files to come.
  int64_t num_rows_ = 0;
};

}  // namespace deltaic::delta
