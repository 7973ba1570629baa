#pragma once

// What follows a commit, and the same when it is asked for: checksum, checkpoint, cleanup and
// compaction of the log (PROTOCOL.md, "Version Checksum File", "Checkpoints", "Metadata Cleanup",
// "Log Compaction Files"). The commit stands whatever comes of it: an exception here is a warning
// there. Safe to call from any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <deltaic/delta/snapshot/snapshot.h>
#include <deltaic/delta/transaction/commit_properties.h>

#include "delta/log/checkpoint/output/checkpoint_writer.h"
#include "delta/log/log_cleanup.h"
#include "delta/transaction/commit_loop.h"

namespace deltaic::delta {

/// Writes the checksum of the snapshot's version, unless there is one. Costs the same whatever the
/// number of files. `txn_id` is that of the commit. Errors as `WriteVersionChecksum`.
void WriteChecksum(const Snapshot& snapshot, const std::optional<std::string>& txn_id = {});

/// Whether a checkpoint of the version is due by `delta.checkpointInterval`. None is due of a
/// version that a catalog has not published yet.
bool IsCheckpointDue(const Snapshot& snapshot);

/// Writes the checkpoint of the snapshot's version, at the time of this computer's clock. Errors as
/// those of the function of the log, and `kUnsupportedFeature` for a protocol that Deltaic does not
/// write.
WrittenCheckpoint WriteCheckpoint(const Snapshot& snapshot);

/// Removes what has expired of the log of the table whose newest version the snapshot is, at the
/// time of this computer's clock. Result and errors as those of the function of the log, and
/// `kUnsupportedFeature` for a protocol that Deltaic does not write.
std::vector<std::string> CleanUpLog(const Snapshot& snapshot,
                                    CatalogLeave leave = CatalogLeave::kNotGiven);

/// After a commit, writes the checkpoint if one is due, and then removes what has expired:
/// `cleanup` says whether, or `delta.enableExpiredLogCleanup` where it is nothing. The log of a
/// table that a catalog manages is left as it is unless `cleanup` is true.
void WriteDueCheckpoint(const Snapshot& snapshot, std::optional<bool> cleanup = {});

/// The steps that follow every commit: its checksum, and the checkpoint if it is due and wanted.
std::vector<PostCommitStep> PostCommitSteps(const PostCommitProperties& properties);

}  // namespace deltaic::delta
