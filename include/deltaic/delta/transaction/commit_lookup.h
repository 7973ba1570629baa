#pragma once

// Finds out later what came of a commit (`CommitStateUnknown`). Safe to call from any thread.

#include <cstdint>
#include <string_view>

#include <deltaic/base/export.h>
#include <deltaic/delta/log/table_access.h>

namespace deltaic::delta {

/// Whose a version of a table is.
enum class CommitOwner : uint8_t {
  kNobody,  ///< Nobody's yet: a request that is still under way may make it the caller's.
  kCaller,
  kOther,
};

/// Reads the commit of a version and compares its commitInfo.txnId with `txn_id`. `access` must
/// know the newest commits of a table of a catalog.
///
/// Throws `kVersionNotFound` where the commit is cleaned up, `kCorruptLog` naming the file where it
/// makes no sense, and the errors of the store.
DELTAIC_EXPORT CommitOwner FindCommitOwner(const TableAccess& access, int64_t version,
                                           std::string_view txn_id);

}  // namespace deltaic::delta
