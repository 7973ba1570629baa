#pragma once

// Reads the file actions of checkpoints (PROTOCOL.md, "Checkpoint Schema"). Only the needed columns
// are decoded, and imported without copying; statistics of many files are left where they are until
// they are asked for. Safe to call from any thread.

#include <deltaic/datafusion/object_store.h>

#include "delta/log/action_reconciliation.h"
#include "delta/log/checkpoint/checkpoint_manifest.h"
#include "delta/log/checkpoint/checkpoint_statistics.h"

namespace deltaic::delta {

/// Reads the live files. Errors as `ReadCheckpointManifest`. What is left for later is read with
/// the help of `replay` where the checkpoint is no longer there; nothing is left if it is null.
LiveFiles ReadCheckpointFiles(const datafusion::ObjectStore& store,
                              const CheckpointManifest& manifest, const ReplayAgain& replay);

}  // namespace deltaic::delta
