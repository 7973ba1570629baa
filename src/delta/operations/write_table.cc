#include <deltaic/delta/operations/write_table.h>

#include <utility>

#include <deltaic/base/error.h>
#include <deltaic/delta/operations/write_transaction.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>
#include <deltaic/delta/transaction/commit_errors.h>
#include <fmt/format.h>

#include "delta/transaction/commit_loop.h"

namespace deltaic::delta {
namespace {

WriteResult Skipped(std::shared_ptr<const Snapshot> snapshot) {
  const int64_t version = snapshot->version();
  return {.commit = {.version = version, .snapshot = std::move(snapshot), .is_skipped = true},
          .metrics = {}};
}

}  // namespace

WriteResult WriteTable(const TableAccess& access, std::shared_ptr<const Snapshot> snapshot,
                       const datafusion::DataFrame& rows, const WriteRequest& request) {
  CheckCommitProperties(request.commit);
  if (snapshot == nullptr && HasDeltaLog(access.store())) snapshot = LoadLatestSnapshot(access);
  if (snapshot != nullptr && request.mode == SaveMode::kErrorIfExists) {
    throw Error(ErrorCode::kAlreadyExists,
                fmt::format("There is a table already: {}", access.store().name()));
  }
  if (snapshot != nullptr && (request.mode == SaveMode::kIgnore ||
                              IsCommittedAlready(snapshot->transactions(), request.commit))) {
    return Skipped(std::move(snapshot));
  }
  WriteTransaction transaction(access, std::move(snapshot));
  WriteMetrics metrics = transaction.Write(rows, request);
  try {
    CommitResult commit = transaction.Commit(request.commit, request.post_commit);
    metrics.num_added_files = transaction.total().num_added_files;
    metrics.num_added_bytes = transaction.total().num_added_bytes;
    return {.commit = std::move(commit), .metrics = metrics};
  } catch (const CommitConflict& conflict) {
    const bool is_made_by_another = conflict.kind() == ConflictKind::kTableCreated;
    if (!is_made_by_another || request.mode != SaveMode::kIgnore) throw;
    return Skipped(LoadLatestSnapshot(access));
  }
}

}  // namespace deltaic::delta
