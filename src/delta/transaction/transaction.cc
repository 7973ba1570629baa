#include "delta/transaction/transaction.h"

#include <utility>

#include "delta/protocol/table_properties.h"
#include "delta/protocol/table_support.h"
#include "delta/transaction/commit_checks.h"

namespace deltaic::delta {
namespace {

IsolationLevel LevelOf(const StagedActions& staged, const ReadScope& scope,
                       const Metadata& metadata) {
  const bool only_rearranges =
      staged.only_rearranges() && !staged.metadata() && !staged.protocol() && !scope.is_replaced;
  return only_rearranges ? IsolationLevel::kSnapshotIsolation
                         : TableProperties(metadata).isolation_level();
}

bool IsBlindAppend(const StagedActions& staged, const ReadScope& scope) {
  return scope.is_empty() && !scope.is_replaced && staged.removed().empty() &&
         !staged.only_rearranges();
}

}  // namespace

Transaction::Transaction(TableAccess access, std::shared_ptr<const Snapshot> read)
    : access_(std::move(access)), read_(std::move(read)) {}

Transaction::Transaction(std::shared_ptr<const Snapshot> read) : Transaction(read->access(), read) {
  CheckProtocolWritable(read_->protocol());
}

Transaction Transaction::Create(TableAccess access) { return {std::move(access), nullptr}; }

void Transaction::Stage(std::vector<Action> actions) {
  for (Action& action : actions) Stage(std::move(action));
}

CommitResult Transaction::Commit(const CommitOperation& operation,
                                 const CommitProperties& properties, const CommitWays& ways) && {
  CheckCommitProperties(properties);
  for (SetTransaction transaction : properties.app_transactions) {
    if (!transaction.last_updated) transaction.last_updated = ways.environment->NowMs();
    Stage(std::move(transaction));
  }
  CheckCommit(access_, read_.get(), staged_);
  const Metadata& metadata = read_ ? read_->metadata() : *staged_.metadata();
  const CommitContents contents{.read = read_.get(),
                                .staged = staged_,
                                .operation = operation,
                                .properties = properties,
                                .isolation_level = LevelOf(staged_, scope_, metadata),
                                .is_blind_append = IsBlindAppend(staged_, scope_),
                                .txn_id = ways.environment->NewTxnId()};
  return CommitLoop(access_, read_, scope_, contents, ways).Run();
}

}  // namespace deltaic::delta
