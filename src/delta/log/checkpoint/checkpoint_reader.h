#pragma once

// Reads what checkpoints say but for their files (PROTOCOL.md, "Checkpoints"): classic ones, in one
// file or in parts, and those of the V2 spec, of Parquet or JSON, with sidecars or without. Safe to
// call from any thread.

#include <deltaic/datafusion/object_store.h>

#include "delta/log/action_reconciliation.h"
#include "delta/log/checkpoint/checkpoint_manifest.h"
#include "delta/log/log_files.h"

namespace deltaic::delta {

/// Reads everything but the files: protocol, metadata, transactions, domains, as far as they are
/// there, and in which places the files are.
///
/// Throws `kCorruptLog` naming the file for what is not Parquet (or JSON), lacks a required member,
/// has it in another type or contradicts itself; `kFileNotFound`.
CheckpointManifest ReadCheckpointManifest(const datafusion::ObjectStore& store,
                                          const Checkpoint& checkpoint);

}  // namespace deltaic::delta
