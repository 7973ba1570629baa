#include "delta/log/action_reconciliation.h"

#include <bit>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "delta/protocol/excerpt.h"

namespace deltaic::delta {
namespace {

[[noreturn]] void Contradiction(const Commit& commit, std::string_view what) {
  throw Error(ErrorCode::kCorruptLog, fmt::format("Commit {} contradicts itself: {}: {}",
                                                  commit.version, what, commit.location));
}

// Sets an action that a commit may hold once for its key, or again if it says the same.
template <typename Action>
void SetOnce(const Commit& commit, std::string_view kind, const std::string& key, Action action,
             std::map<std::string, Action>& of_commit) {
  const auto [found, is_new] = of_commit.emplace(key, action);
  if (!is_new && !(found->second == action)) {
    Contradiction(commit, fmt::format("there are two {} actions for {}", kind, Excerpt(key)));
  }
}

// A file action of a commit.
struct FileAction {
  uint32_t piece = 0;  // Counts in the list of all pieces.
  uint32_t row = 0;
  bool is_add = false;
};

// A piece of a commit, and the commit.
struct Piece {
  const Commit* commit;
  const CommitActions* actions;

  FileKey key(const FileAction& action) const {
    return action.is_add ? actions->added.key(action.row) : actions->removed.key(action.row);
  }
};

// The newest file action of each key: an open hash table over keys that stay where they are.
class NewestActions {
 public:
  NewestActions(const std::vector<Piece>& pieces, size_t max_actions)
      : pieces_(pieces), slots_(std::bit_ceil(max_actions * 2 + 1)) {}

  // Enters `action` if its key is new; else returns the action that is there.
  const FileAction* Insert(uint64_t hash, const FileAction& action) {
    Slot& slot = slots_[Find(hash, pieces_[action.piece].key(action))];
    if (slot.is_used) return &slot.action;
    slot = {hash, action, true};
    return nullptr;
  }

  bool Contains(uint64_t hash, const FileKey& key) const { return slots_[Find(hash, key)].is_used; }

 private:
  struct Slot {
    uint64_t hash = 0;
    FileAction action;
    bool is_used = false;
  };

  size_t Find(uint64_t hash, const FileKey& key) const {
    const size_t mask = slots_.size() - 1;
    size_t slot = hash & mask;
    while (slots_[slot].is_used) {
      const FileAction& action = slots_[slot].action;
      if (slots_[slot].hash == hash && pieces_[action.piece].key(action) == key) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  const std::vector<Piece>& pieces_;
  std::vector<Slot> slots_;
};

void CheckSameCommit(const std::vector<Piece>& pieces, const FileAction& seen,
                     const FileAction& action) {
  const Piece& piece = pieces[action.piece];
  const Piece& seen_piece = pieces[seen.piece];
  if (seen_piece.commit != piece.commit) return;
  const std::string path = Excerpt(piece.key(action).path);
  if (seen.is_add != action.is_add) {
    Contradiction(*piece.commit, fmt::format("it adds and removes the file {}", path));
  }
  if (action.is_add &&
      !SameFile(seen_piece.actions->added, seen.row, piece.actions->added, action.row)) {
    Contradiction(*piece.commit, fmt::format("it adds the file {} in two ways", path));
  }
}

}  // namespace

TableState ReconcileState(TableState base, const std::vector<Commit>& commits) {
  for (const Commit& commit : commits) {
    bool has_protocol = false, has_metadata = false;
    std::map<std::string, SetTransaction> transactions;
    std::map<std::string, DomainMetadata> domains;
    for (const CommitActions& piece : commit.pieces) {
      if (piece.protocol) {
        if (has_protocol) Contradiction(commit, "there is a second protocol action");
        has_protocol = true;
        base.protocol = {*piece.protocol, commit.location};
      }
      if (piece.metadata) {
        if (has_metadata) Contradiction(commit, "there is a second metaData action");
        has_metadata = true;
        base.metadata = {*piece.metadata, commit.location};
      }
      for (const SetTransaction& transaction : piece.transactions) {
        SetOnce(commit, "txn", transaction.app_id, transaction, transactions);
      }
      for (const DomainMetadata& domain : piece.domains) {
        SetOnce(commit, "domainMetadata", domain.domain, domain, domains);
      }
    }
    for (auto& [app_id, transaction] : transactions) {
      base.transactions.insert_or_assign(app_id, std::move(transaction));
    }
    for (auto& [name, domain] : domains) {
      if (domain.removed) {
        base.domains.erase(name);
      } else {
        base.domains.insert_or_assign(name, std::move(domain));
      }
    }
  }
  return base;
}

LiveFiles ReconcileFiles(const LiveFiles& base, const std::vector<Commit>& commits) {
  std::vector<Piece> pieces;  // Newest first.
  size_t num_actions = 0;
  for (auto commit = commits.rbegin(); commit != commits.rend(); ++commit) {
    for (const CommitActions& piece : commit->pieces) {
      pieces.push_back({&*commit, &piece});
      num_actions += piece.added.num_rows + piece.removed.num_rows();
    }
  }
  NewestActions newest(pieces, num_actions);
  LiveFiles live;
  for (uint32_t number = 0; number < pieces.size(); ++number) {
    const AddedFiles& added = pieces[number].actions->added;
    const size_t rows_before = live.rows.size();
    const auto batch = static_cast<uint32_t>(live.batches.size());
    for (uint32_t row = 0; row < added.num_rows; ++row) {
      const FileAction action{number, row, true};
      if (const FileAction* seen = newest.Insert(added.key_hashes[row], action)) {
        CheckSameCommit(pieces, *seen, action);
      } else {
        live.rows.push_back({batch, row});
      }
    }
    if (live.rows.size() > rows_before) {
      live.batches.push_back(std::make_shared<const AddedFiles>(added));
    }
    const RemovedFiles& removed = pieces[number].actions->removed;
    for (uint32_t row = 0; row < removed.num_rows(); ++row) {
      const FileAction action{number, row, false};
      if (const FileAction* seen = newest.Insert(removed.key_hashes[row], action)) {
        CheckSameCommit(pieces, *seen, action);
      }
    }
  }

  constexpr uint32_t kUnused = UINT32_MAX;
  std::vector<uint32_t> new_numbers(base.batches.size(), kUnused);
  live.rows.reserve(live.rows.size() + base.rows.size());
  for (const LiveFiles::Row& old : base.rows) {
    const AddedFiles& files = *base.batches[old.batch];
    if (newest.Contains(files.key_hashes[old.row], files.key(old.row))) continue;
    uint32_t& number = new_numbers[old.batch];
    if (number == kUnused) {
      number = static_cast<uint32_t>(live.batches.size());
      live.batches.push_back(base.batches[old.batch]);
    }
    live.rows.push_back({number, old.row});
  }
  return live;
}

}  // namespace deltaic::delta
