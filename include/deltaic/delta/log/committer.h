#pragma once

// Who decides which writer's commit becomes a version (PROTOCOL.md, "Delta Log Entries"): the log
// folder, or the catalog of a table. Safe to share between threads.

#include <cstdint>
#include <memory>
#include <string_view>

#include <deltaic/base/export.h>
#include <deltaic/datafusion/object_store.h>

namespace deltaic::delta {

/// What came of an attempt to commit.
enum class CommitOutcome : uint8_t {
  kCommitted,  ///< The version is the caller's.
  kConflict,   ///< The version is another writer's.
};

/// Makes a version of a table, for one writer alone.
class DELTAIC_EXPORT Committer {
 public:
  Committer() = default;
  virtual ~Committer() = default;
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Commits `actions`, lines of JSON, as version `version`. `store` is rooted at the table.
  ///
  /// No two commits of a table may have the same `actions`: an id that nobody else has
  /// (`commitInfo.txnId`) makes them differ. So the committer recognises a commit of its own whose
  /// answer was lost, and so it is safe to try again after an error, with the same version and the
  /// same actions.
  ///
  /// Throws the errors of the store where nothing was written, and with a message that says so
  /// where that is not known; after `kCancelled` it is not known either. Throws
  /// `kUnsupportedFeature` where the storage options want commits that this committer does not
  /// make.
  virtual CommitOutcome TryCommit(const datafusion::ObjectStore& store, int64_t version,
                                  std::string_view actions) const = 0;
};

using CommitterPtr = std::shared_ptr<const Committer>;

/// Returns the committer of tables without a catalog: it writes `_delta_log/<version>.json` with
/// `ObjectStore::PutIfAbsent`.
DELTAIC_EXPORT CommitterPtr LogFolderCommitter();

}  // namespace deltaic::delta
