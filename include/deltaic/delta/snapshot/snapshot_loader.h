#pragma once

#include <cstdint>
#include <memory>

#include <deltaic/base/export.h>
#include <deltaic/datafusion/object_store.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// Whether there is a log with a commit or a checkpoint. `store` is rooted at the table.
DELTAIC_EXPORT bool HasDeltaLog(const datafusion::ObjectStore& store);

/// Loads the newest version. `store` is rooted at the table.
///
/// Errors: `kTableNotFound` where there is no log, `kCorruptLog` naming file and version,
/// `kUnsupportedFeature` naming the feature, and those of the store.
DELTAIC_EXPORT std::shared_ptr<const Snapshot> LoadLatestSnapshot(
    const datafusion::ObjectStore& store);

/// Loads one version. Throws `kVersionNotFound` (naming the versions there are) where it is not
/// or no longer there.
DELTAIC_EXPORT std::shared_ptr<const Snapshot> LoadSnapshotAtVersion(
    const datafusion::ObjectStore& store, int64_t version);

/// Loads the last version that was committed at or before `timestamp_ms` (milliseconds since the
/// Unix epoch), by the commit files' modification times made monotonic. Throws `kVersionNotFound`
/// for a time before the first commit that is still there; a time after the last commit gives the
/// latest version.
DELTAIC_EXPORT std::shared_ptr<const Snapshot> LoadSnapshotAtTimestamp(
    const datafusion::ObjectStore& store, int64_t timestamp_ms);

/// Loads the newest version, reusing `snapshot` (returned as it is where nothing is newer).
DELTAIC_EXPORT std::shared_ptr<const Snapshot> RefreshSnapshot(
    std::shared_ptr<const Snapshot> snapshot);

}  // namespace deltaic::delta
