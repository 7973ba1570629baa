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

/// Some actions of one commit, in their order.
using ActionPiece = std::vector<Action>;

/// Takes pieces of commits, newest commit first, and those of one commit in their order.
using ActionVisitor = std::function<void(std::vector<ActionPiece>& pieces)>;

/// Calls `read`, once, beside what else there is to do.
using ReadingRunner = std::function<void(const std::function<void()>& read)>;

/// Reads commits (ascending) from the last to the first one, and calls `visit` with their actions.
/// Memory is bounded: some pieces are there at a time, and the bytes of the commits that they are
/// from. Errors as `ReadActions`, and those of the store.
void ReplayCommits(
    const datafusion::ObjectStore& store, const std::vector<CommitFile>& commits,
    const ActionVisitor& visit, const ReadingRunner& run = [](const auto& read) { read(); });

}  // namespace deltaic::delta
