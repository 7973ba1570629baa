#pragma once

// Optimistic commits: try for the next version, and where another writer has it, check whether the
// transaction can follow, and try for the version after the newest (PROTOCOL.md, "Delta Log
// Entries"). One thread at a time.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/delta/log/table_access.h>
#include <deltaic/delta/snapshot/snapshot.h>
#include <deltaic/delta/transaction/commit_properties.h>
#include <deltaic/delta/transaction/commit_result.h>

#include "delta/transaction/commit_environment.h"
#include "delta/transaction/commit_text.h"
#include "delta/transaction/conflict_checker.h"
#include "delta/transaction/read_scope.h"
#include "delta/transaction/winning_commits.h"

namespace deltaic::delta {

/// Something to do after a commit, with the table at its version and the commit's txnId; what it
/// throws becomes a warning.
using PostCommitStep = std::function<void(const Snapshot& snapshot, const std::string& txn_id)>;

/// Asks the catalog that manages a table which commits it has ratified.
using AskCatalog = std::function<CatalogCommitsPtr()>;

/// How a commit is made.
struct CommitWays {
  std::vector<PostCommitStep> steps = {};
  AskCatalog ask_catalog = nullptr;  ///< Of tables of a catalog; without it a lost race is final.
  const CommitEnvironment* environment = &SystemEnvironment();
};

/// Is thrown inside where other writers have marked rows of files that the transaction marks rows
/// of, and nothing is in the way of doing that on top of `version`, the newest one.
struct RowsMarked {
  int64_t version = 0;
};

/// Whether application transactions are there already, so that nothing is to be committed: all of
/// `properties`, with `IfCommitted::kSkip`. Throws `kAlreadyExists` where some are there and others
/// not, and with `IfCommitted::kFail` where one is.
bool IsCommittedAlready(const std::map<std::string, SetTransaction>& transactions,
                        const CommitProperties& properties);

/// One commit, from the first attempt to what follows it.
class CommitLoop {
 public:
  /// All must outlive the object. `read` is null for a new table.
  CommitLoop(const TableAccess& access, std::shared_ptr<const Snapshot> read,
             const ReadScope& scope, const CommitContents& contents, const CommitWays& ways);

  /// Commits. Throws `CommitConflict`, `CommitStateUnknown`, `kAlreadyExists` as
  /// `IsCommittedAlready`, `kTableNotFound` where the table vanished, and what the store throws;
  /// but for `CommitStateUnknown` nothing was committed then. Throws `RowsMarked` with
  /// `ReadScope::only_marks_rows`.
  CommitResult Run();

 private:
  void CheckPlace() const;
  bool TryCommit(int64_t version, std::string_view text);
  void PauseInDoubt(int64_t version, std::chrono::milliseconds time) const;
  std::optional<CommitResult> Follow(int64_t lost_version);
  std::optional<CommitResult> Judge(const WinningCommit& winner, const CommitFile& file);
  void CheckPatience(const WinningCommit& last) const;
  std::chrono::milliseconds BackOff(int64_t lost_races) const;
  CommitResult Finish(int64_t version, bool is_skipped);
  std::shared_ptr<const Snapshot> LoadCommitted(int64_t version) const;

  const TableAccess& access_;
  const std::shared_ptr<const Snapshot> read_;
  const CommitContents& contents_;
  const CommitWays& ways_;
  const CommitEnvironment& environment_;
  const CommitText text_;
  std::optional<ConflictChecker> checker_;  // Not for a new table.
  std::map<std::string, SetTransaction> transactions_;
  CatalogCommitsPtr catalog_;
  CommitBase base_;
  std::string last_text_;
  int64_t attempts_ = 0;
  int64_t first_loss_ms_ = 0;
};

}  // namespace deltaic::delta
