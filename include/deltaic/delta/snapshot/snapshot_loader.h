#pragma once

// Each of these takes what the catalog of a table that it manages has handed out (PROTOCOL.md,
// "Catalog-managed tables"): then the versions are those of the catalog. A table of a catalog
// cannot be loaded without it.

#include <cstdint>
#include <memory>

#include <deltaic/base/export.h>
#include <deltaic/datafusion/object_store.h>
#include <deltaic/delta/log/catalog_commits.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// Whether there is a log with a commit or a checkpoint. `store` is rooted at the table.
DELTAIC_EXPORT bool HasDeltaLog(const datafusion::ObjectStore& store);

/// Loads the newest version. `store` is rooted at the table.
///
/// Errors: `kTableNotFound` where there is no log, `kCorruptLog` naming file and version,
/// `kUnsupportedFeature` naming the feature, `kInvalidArgument` where `catalog` contradicts itself
/// or the table has none, and those of the store.
DELTAIC_EXPORT std::shared_ptr<const Snapshot> LoadLatestSnapshot(
    const datafusion::ObjectStore& store, CatalogCommitsPtr catalog = nullptr);

/// Loads one version. Throws `kVersionNotFound` (naming the versions there are) where it is not
/// or no longer there.
DELTAIC_EXPORT std::shared_ptr<const Snapshot> LoadSnapshotAtVersion(
    const datafusion::ObjectStore& store, int64_t version, CatalogCommitsPtr catalog = nullptr);

/// Loads the last version that was committed at or before `timestamp_ms` (milliseconds since the
/// Unix epoch): by in-commit timestamps as far as the newest version says that the table has them,
/// else by the commit files' modification times made monotonic. Throws `kVersionNotFound` for a
/// time before the first commit that is still there; a time after the last commit gives the latest
/// version.
DELTAIC_EXPORT std::shared_ptr<const Snapshot> LoadSnapshotAtTimestamp(
    const datafusion::ObjectStore& store, int64_t timestamp_ms,
    CatalogCommitsPtr catalog = nullptr);

/// Loads the newest version, reusing `snapshot` (returned as it is where nothing is newer). That of
/// a table of a catalog is the newest that the snapshot's own commits of the catalog tell.
DELTAIC_EXPORT std::shared_ptr<const Snapshot> RefreshSnapshot(
    std::shared_ptr<const Snapshot> snapshot);

/// The same for a table of a catalog, by what the catalog says now.
DELTAIC_EXPORT std::shared_ptr<const Snapshot> RefreshSnapshot(
    std::shared_ptr<const Snapshot> snapshot, CatalogCommitsPtr catalog);

}  // namespace deltaic::delta
