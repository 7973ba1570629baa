#pragma once

// Loads snapshots. Where a table has a catalog (PROTOCOL.md, "Catalog-managed tables"), the
// versions are those that its `TableAccess` has of the catalog; it cannot be loaded without it.

#include <cstdint>
#include <memory>

#include <deltaic/base/export.h>
#include <deltaic/delta/log/table_access.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// Whether there is a log with a commit or a checkpoint in its folder. No catalog is asked.
DELTAIC_EXPORT bool HasDeltaLog(const datafusion::ObjectStore& store);

/// Loads the newest version.
///
/// Errors: `kTableNotFound` where there is no log, `kCorruptLog` naming file and version,
/// `kUnsupportedFeature` naming the feature, `kInvalidArgument` where the catalog contradicts
/// itself or does not manage the table, and those of the store.
DELTAIC_EXPORT std::shared_ptr<const Snapshot> LoadLatestSnapshot(const TableAccess& access);

/// Loads one version. Throws `kVersionNotFound` (naming the versions there are) where it is not
/// or no longer there.
DELTAIC_EXPORT std::shared_ptr<const Snapshot> LoadSnapshotAtVersion(const TableAccess& access,
                                                                     int64_t version);

/// Loads the last version that was committed at or before `timestamp_ms` (milliseconds since the
/// Unix epoch): by in-commit timestamps as far as the newest version says that the table has them,
/// else by the commit files' modification times made monotonic. Throws `kVersionNotFound` for a
/// time before the first commit that is still there; a time after the last commit gives the latest
/// version.
DELTAIC_EXPORT std::shared_ptr<const Snapshot> LoadSnapshotAtTimestamp(const TableAccess& access,
                                                                       int64_t timestamp_ms);

/// Loads the newest version, reusing `snapshot` (returned as it is where nothing is newer). That of
/// a table of a catalog is the newest that the snapshot's own commits of the catalog tell.
DELTAIC_EXPORT std::shared_ptr<const Snapshot> RefreshSnapshot(
    std::shared_ptr<const Snapshot> snapshot);

/// The same for a table of a catalog, by what the catalog says now.
DELTAIC_EXPORT std::shared_ptr<const Snapshot> RefreshSnapshot(
    std::shared_ptr<const Snapshot> snapshot, CatalogCommitsPtr catalog);

/// Loads `version`, which is not older than `snapshot`, reusing that. Errors as
/// `LoadSnapshotAtVersion`.
DELTAIC_EXPORT std::shared_ptr<const Snapshot> RefreshSnapshotTo(
    std::shared_ptr<const Snapshot> snapshot, CatalogCommitsPtr catalog, int64_t version);

}  // namespace deltaic::delta
