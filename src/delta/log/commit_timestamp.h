#pragma once

// When a version was committed (PROTOCOL.md, "In-Commit Timestamps"): by the commit file's time, or
// where the table says so by the time within the commit. Safe to call from any thread.

#include <cstdint>

#include <deltaic/datafusion/object_store.h>
#include <deltaic/delta/protocol/actions.h>

#include "delta/log/log_files.h"

namespace deltaic::delta {

/// Whether the versions of this metadata have in-commit timestamps.
bool HasInCommitTimestamps(const Metadata& metadata);

/// Reads the in-commit timestamp of a commit, from its first bytes if they suffice. Throws
/// `kCorruptLog` where there is none.
int64_t ReadInCommitTimestamp(const datafusion::ObjectStore& store, const CommitFile& commit);

/// The last version that was committed at or before a time. `latest` is the metadata of the
/// newest version; file times are made to ascend. Throws `kVersionNotFound` where all are later.
int64_t FindVersionAtTimestamp(const datafusion::ObjectStore& store, const LogFiles& files,
                               const Metadata& latest, int64_t timestamp_ms);

}  // namespace deltaic::delta
