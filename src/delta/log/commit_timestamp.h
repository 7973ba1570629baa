#pragma once

// When a version was committed (PROTOCOL.md, "In-Commit Timestamps"): by the commit file's time, or
// where the table says so by the time within the commit. Safe to call from any thread.

#include <cstdint>

#include <optional>

#include <deltaic/datafusion/object_store.h>
#include <deltaic/delta/protocol/state_actions.h>

#include "delta/log/log_files.h"

namespace deltaic::delta {

/// From where on the versions of a table have in-commit timestamps.
struct InCommitTimestamps {
  int64_t first_version = 0;
  std::optional<int64_t> first_timestamp_ms;  ///< Nothing where they are there from the start.
};

/// The settings of in-commit timestamps in a version's protocol and metadata; nothing where the
/// table has none: the feature is not there, or the table's properties leave it off. Throws
/// `kCorruptLog` for a property that makes no sense.
std::optional<InCommitTimestamps> FindInCommitTimestamps(const Protocol& protocol,
                                                         const Metadata& metadata);

/// Reads the in-commit timestamp of a commit, from its first bytes if they suffice; nothing where
/// there is none.
std::optional<int64_t> ReadInCommitTimestamp(const datafusion::ObjectStore& store,
                                             const CommitFile& commit);

/// The last version that was committed at or before a time. `latest` is what the newest version
/// says about in-commit timestamps; file times are made to ascend. Throws `kVersionNotFound` where
/// all are later, `kCorruptLog` where a commit that counts has no in-commit timestamp.
int64_t FindVersionAtTimestamp(const datafusion::ObjectStore& store, const LogFiles& files,
                               const std::optional<InCommitTimestamps>& latest,
                               int64_t timestamp_ms);

}  // namespace deltaic::delta
