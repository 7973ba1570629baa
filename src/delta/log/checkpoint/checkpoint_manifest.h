#pragma once

// What a checkpoint says but for its file actions, and where those are (PROTOCOL.md, "Checkpoints",
// "V1 Spec", "V2 Spec", "Sidecar Files"). Safe to call from any thread.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <deltaic/datafusion/object_store.h>

#include "delta/actions/action_json.h"
#include "delta/log/action_reconciliation.h"
#include "delta/log/log_files.h"

namespace deltaic::delta {

struct CheckpointManifest {
  TableState state;
  /// The Parquet files with the file actions: the checkpoint's own, or its sidecars.
  std::vector<datafusion::ObjectMeta> file_parts;
  /// The live files of a checkpoint of JSON that has them itself.
  LiveFiles files;
  /// The sidecars that the checkpoint names.
  std::vector<Sidecar> sidecars;
  /// What the checkpoint says its version is; nothing where it is of the V1 spec.
  std::optional<int64_t> checkpoint_version;
};

/// Whether a checkpoint's file is JSON.
bool IsJsonCheckpoint(const Checkpoint& checkpoint);

/// Reads a checkpoint of JSON. Throws `kCorruptLog` naming the file, `kFileNotFound`.
CheckpointManifest ReadJsonManifest(const datafusion::ObjectStore& store,
                                    const Checkpoint& checkpoint);

/// Completes what is read of a checkpoint's own files: `file_parts`. Throws `kCorruptLog` naming
/// the file where it contradicts itself or its name, or names sidecars twice or elsewhere.
void ResolveSidecars(const Checkpoint& checkpoint, std::string_view root_url,
                     CheckpointManifest& manifest);

}  // namespace deltaic::delta
