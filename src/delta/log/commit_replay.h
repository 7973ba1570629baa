#pragma once

// All that commits say, newest first, as values and without a loss (PROTOCOL.md, "Action
// Reconciliation"): what checkpoints and compacted commits are made of. Safe to call from any
// thread.

#include <functional>
#include <string>
#include <vector>

#include <deltaic/datafusion/object_store.h>

#include "delta/actions/action.h"
#include "delta/log/log_files.h"

namespace deltaic::delta {

/// Takes some actions of one commit, in their order.
using ActionVisitor = std::function<void(std::vector<Action>& actions)>;

/// Reads commits (ascending) from the last to the first one, and calls `visit` with their actions,
/// pieces of a long commit in their order. Memory is bounded: some pieces are there at a time, and
/// the bytes of the commits that they are from. Errors as `ReadActions`, and those of the store.
void ReplayCommits(const datafusion::ObjectStore& store, const std::vector<CommitFile>& commits,
                   const ActionVisitor& visit);

/// What identifies the deletion vector of a file action, "" where it has none.
std::string DeletionVectorIdOf(const std::optional<DeletionVector>& vector);

}  // namespace deltaic::delta
