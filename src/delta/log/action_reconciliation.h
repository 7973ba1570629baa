#pragma once

// From actions to the state of a table (PROTOCOL.md, "Action Reconciliation"). Pure functions;
// safe to call from any thread.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <deltaic/delta/protocol/state_actions.h>

#include "delta/actions/file_columns.h"
#include "delta/log/commit_reader.h"

namespace deltaic::delta {

/// An action and the log file that it is from.
template <typename Action>
struct Located {
  Action action;
  std::string location;
};

/// All of a table's state but its files.
struct TableState {
  std::optional<Located<Protocol>> protocol;
  std::optional<Located<Metadata>> metadata;
  std::map<std::string, SetTransaction> transactions;
  std::map<std::string, DomainMetadata> domains;  ///< Without removed ones.
};

/// The live files: rows of batches of add actions.
struct LiveFiles {
  struct Batch {
    std::shared_ptr<const AddedFiles> files;
    /// The live rows, ascending; null = all.
    std::shared_ptr<const std::vector<uint32_t>> rows;

    size_t size() const { return rows ? rows->size() : files->num_rows(); }
    uint32_t row(size_t i) const { return rows ? (*rows)[i] : static_cast<uint32_t>(i); }
  };
  std::vector<Batch> batches;  ///< In no stated order; none is empty.
};

/// Applies commits (ascending) to an older state. Throws `kCorruptLog` where a commit contradicts
/// itself, whatever the order of its lines.
TableState ReconcileState(TableState base, const std::vector<Commit>& commits);

/// The path of a file that is there twice, with the same deletion vector, if there is one. Cheap:
/// keys are looked at where their hashes may be equal only.
std::optional<std::string> FindRepeatedFile(const LiveFiles& files);

/// Applies commits (ascending) to older live files, which are taken as already reconciled: only
/// the keys of the commits are remembered. Throws `kCorruptLog` where a commit adds and
/// removes the same file, or adds it twice in different ways; `kResourcesExhausted` for 4 billion
/// file actions.
LiveFiles ReconcileFiles(const LiveFiles& base, const std::vector<Commit>& commits);

}  // namespace deltaic::delta
