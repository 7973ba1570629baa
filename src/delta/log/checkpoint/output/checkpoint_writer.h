#pragma once

// Writes checkpoints (PROTOCOL.md, "Checkpoints"): in one file, or by the V2 spec with sidecars.
// Safe to call from any thread; of several writers of a version one wins, and all are right.

#include <cstdint>
#include <string>
#include <vector>

#include <deltaic/delta/log/table_access.h>

#include "delta/log/action_reconciliation.h"
#include "delta/log/log_files.h"

namespace deltaic::delta {

struct WrittenCheckpoint {
  /// False where the version has a checkpoint already, which stays; nothing else is told then.
  bool is_new = false;
  std::vector<std::string> locations = {};  ///< The checkpoint, then its sidecars.
  int64_t num_actions = 0;
  int64_t num_adds = 0;
  int64_t size_in_bytes = 0;  ///< Of all its files.
};

/// Whether all commits that lead to the version are in the log folder: only then may it have a
/// checkpoint ("Catalog-managed tables").
bool IsPublished(const LogSegment& segment);

/// Writes the checkpoint of a version, and has _last_checkpoint name it unless that names a newer
/// one. `segment` leads to the version, and `state` is what it says but for files.
///
/// Nothing is lost that the segment says about live files and of what is kept of removed ones:
/// members that nobody knows become columns. Removed files are kept for
/// `delta.deletedFileRetentionDuration`, transactions for `delta.setTransactionRetentionDuration`,
/// by `now_ms`, milliseconds since the Unix epoch. The form is that of the table's properties:
/// `delta.checkpointPolicy`, `delta.checkpoint.writeStatsAsJson` and `…AsStruct`. Memory is bounded
/// but for 16 bytes for each file action of the segment's commits.
///
/// That we may write the table at all is for the caller to check (`CheckProtocolWritable`). Throws
/// `kUnsupportedFeature` for a member that has no one type, `kInvalidArgument` for a version that
/// is not published in the log, `kCorruptLog` as reading does, and the errors of the store. A
/// reader is not harmed by any: what was written before counts only once all is there.
WrittenCheckpoint WriteCheckpoint(const TableAccess& access, const LogSegment& segment,
                                  const TableState& state, int64_t now_ms);

}  // namespace deltaic::delta
