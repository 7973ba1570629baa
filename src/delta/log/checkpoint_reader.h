#pragma once

// Reads classic checkpoints, in one file or in parts (PROTOCOL.md, "Checkpoints", "V1 Spec").
// Only the needed columns are decoded, and imported without copying. Safe to call from any thread.

#include <deltaic/datafusion/object_store.h>

#include "delta/log/action_reconciliation.h"
#include "delta/log/log_files.h"

namespace deltaic::delta {

/// Reads everything but the files: protocol, metadata, transactions, domains, as far as they are
/// there.
///
/// Throws `kCorruptLog` naming the file for what is not Parquet, lacks a required member or has it
/// in another type; `kUnsupportedFeature` naming v2Checkpoint where it is of that spec;
/// `kFileNotFound`.
TableState ReadCheckpointState(const datafusion::ObjectStore& store, const Checkpoint& checkpoint);

/// Reads the live files. Errors as `ReadCheckpointState`.
LiveFiles ReadCheckpointFiles(const datafusion::ObjectStore& store, const Checkpoint& checkpoint);

}  // namespace deltaic::delta
