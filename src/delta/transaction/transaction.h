#pragma once

// A change of a table that becomes one version of it, as a whole or not at all.

#include <memory>
#include <vector>

#include <deltaic/delta/log/table_access.h>
#include <deltaic/delta/snapshot/snapshot.h>
#include <deltaic/delta/transaction/commit_properties.h>
#include <deltaic/delta/transaction/commit_result.h>

#include "delta/actions/action.h"
#include "delta/transaction/commit_info.h"
#include "delta/transaction/commit_loop.h"
#include "delta/transaction/read_scope.h"
#include "delta/transaction/staged_actions.h"

namespace deltaic::delta {

/// Collects actions and commits them once. A linear resource of one thread at a time.
class Transaction {
 public:
  /// Begins at the version that `read` is. Throws `kUnsupportedFeature` naming the features of the
  /// table that are not written, before anything is.
  explicit Transaction(std::shared_ptr<const Snapshot> read);

  /// Begins a table: its version 0.
  static Transaction Create(TableAccess access);

  Transaction(Transaction&&) = default;
  Transaction& operator=(Transaction&&) = default;

  /// The version that was read; null for a new table.
  const std::shared_ptr<const Snapshot>& read() const { return read_; }

  /// Takes an action; throws as `StagedActions::Add`.
  void Stage(Action action) { staged_.Add(std::move(action)); }
  void Stage(std::vector<Action> actions);

  /// Adds to what the transaction depends on. A transaction that says nothing is a blind append if
  /// it only adds.
  ReadScope& scope() { return scope_; }

  const StagedActions& staged() const { return staged_; }

  /// Commits. Throws as `CheckCommitProperties`, `CheckCommit` and `CommitLoop::Run`; nothing was
  /// committed then unless it is `CommitStateUnknown`. What a failed transaction has written of
  /// data files is its caller's to remove.
  CommitResult Commit(const CommitOperation& operation, const CommitProperties& properties = {},
                      const CommitWays& ways = {}) &&;

 private:
  Transaction(TableAccess access, std::shared_ptr<const Snapshot> read);

  TableAccess access_;
  std::shared_ptr<const Snapshot> read_;
  StagedActions staged_;
  ReadScope scope_;
};

}  // namespace deltaic::delta
