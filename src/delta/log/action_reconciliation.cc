#include "delta/log/action_reconciliation.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/text/excerpt.h"

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

// File actions have numbers, newest commit first, so that the first action of a key is the one that
// counts. A number leads to the piece of a commit that has the action, and to its row there:
//
//   commit 9, piece 0    adds 0 1 2     removes 3 4        first_number 0
//   commit 8, piece 0    adds 5         removes 6          first_number 5
//   commit 8, piece 1    adds 7 8                          first_number 7
//
//   NewestActions, an open hash table:  slot = hash & mask, then the next ones
//   | hash, number + 1 |  free  | hash, number + 1 | ...
//
// Keys (path and deletion vector) are compared where hashes are equal only. An add whose key is in
// the table already is replaced; files of the base are live unless their key is in the table.

// A piece of a commit. Its file actions are numbered: the adds, then the removes.
struct Piece {
  const Commit* commit;
  const CommitActions* actions;
  uint32_t first_number;

  bool IsAdd(uint32_t number) const { return number - first_number < actions->num_added(); }
  uint32_t AddedRow(uint32_t number) const {
    return actions->added_begin + (number - first_number);
  }
  FileKey key(uint32_t number) const {
    if (IsAdd(number)) return actions->files->key(AddedRow(number));
    return actions->removed.key(number - first_number - actions->num_added());
  }
};

// The pieces of all commits, newest first.
class Pieces {
 public:
  explicit Pieces(const std::vector<Commit>& commits) {
    uint64_t number = 0;
    for (auto commit = commits.rbegin(); commit != commits.rend(); ++commit) {
      for (const CommitActions& actions : commit->pieces) {
        pieces_.push_back({&*commit, &actions, static_cast<uint32_t>(number)});
        number += actions.num_added() + actions.removed.num_rows();
        if (number >= UINT32_MAX) {
          throw Error(
              ErrorCode::kResourcesExhausted,
              fmt::format("The log has more than 4 billion file actions: {}", commit->location));
        }
      }
    }
    num_actions_ = number;
  }

  const std::vector<Piece>& list() const { return pieces_; }
  size_t num_actions() const { return num_actions_; }

  const Piece& Of(uint32_t number) const {
    const auto after = std::upper_bound(
        pieces_.begin(), pieces_.end(), number,
        [](uint32_t wanted, const Piece& piece) { return wanted < piece.first_number; });
    return *(after - 1);
  }

 private:
  std::vector<Piece> pieces_;
  size_t num_actions_ = 0;
};

// The newest file action of each key: an open hash table of action numbers.
class NewestActions {
 public:
  explicit NewestActions(const Pieces& pieces)
      : pieces_(pieces),
        slots_(std::bit_ceil(std::max(kMinSlots, pieces.num_actions() * 5 / 4 + 1))) {}

  static constexpr size_t kAhead = 16;

  // Brings what `hash` needs near, to be inserted a little later.
  void Prefetch(uint32_t hash) const { __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]); }

  // Enters an action if its key is new; else returns the number of the one that is there.
  std::optional<uint32_t> Insert(uint32_t hash, uint32_t number) {
    Slot& slot = slots_[Find(hash, [&] { return pieces_.Of(number).key(number); })];
    if (slot.number != 0) return slot.number - 1;
    slot = {hash, number + 1};
    return std::nullopt;
  }

  std::vector<uint32_t> Hashes() const {
    std::vector<uint32_t> hashes;
    for (const Slot& slot : slots_) {
      if (slot.number != 0) hashes.push_back(slot.hash);
    }
    return hashes;
  }

  // Cheap; true for all keys that are there.
  bool MayContain(uint32_t hash) const { return slots_[hash & (slots_.size() - 1)].number != 0; }

  bool Contains(uint32_t hash, const AddedFiles& files, uint32_t row) const {
    return slots_[Find(hash, [&] { return files.key(row); })].number != 0;
  }

 private:
  struct Slot {
    uint32_t hash = 0;
    uint32_t number = 0;  // Of the action + 1; 0 = free.
  };

  // So many that few of the files that are looked up meet one of a few actions.
  static constexpr size_t kMinSlots = 1024;

  // Keys are made where hashes are equal only.
  template <typename MakeKey>
  size_t Find(uint32_t hash, const MakeKey& make_key) const {
    const size_t mask = slots_.size() - 1;
    size_t slot = hash & mask;
    while (slots_[slot].number != 0) {
      const uint32_t number = slots_[slot].number - 1;
      if (slots_[slot].hash == hash && pieces_.Of(number).key(number) == make_key()) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  const Pieces& pieces_;
  std::vector<Slot> slots_;
};

// So few actions are looked for one by one.
constexpr size_t kFewActions = 8;

void CheckSameCommit(const Pieces& pieces, uint32_t seen_number, uint32_t number) {
  const Piece& piece = pieces.Of(number);
  const Piece& seen = pieces.Of(seen_number);
  if (seen.commit != piece.commit) return;
  const std::string path = Excerpt(piece.key(number).path);
  if (seen.IsAdd(seen_number) != piece.IsAdd(number)) {
    Contradiction(*piece.commit, fmt::format("it adds and removes the file {}", path));
  }
  if (piece.IsAdd(number) && !SameFile(*seen.actions->files, seen.AddedRow(seen_number),
                                       *piece.actions->files, piece.AddedRow(number))) {
    Contradiction(*piece.commit, fmt::format("it adds the file {} in two ways", path));
  }
}

// A batch that commits add to, and which of its rows are not live.
struct NewBatch {
  std::shared_ptr<const AddedFiles> files;
  std::vector<bool> is_replaced;  // Empty where all rows are live.

  void Replace(uint32_t row) {
    if (is_replaced.empty()) is_replaced.resize(files->num_rows());
    is_replaced[row] = true;
  }
};

// A set of hashes that takes some for others: a bit for each of many times as many as are expected.
class HashBits {
 public:
  explicit HashBits(size_t expected)
      : words_(std::bit_ceil(std::max<size_t>(expected, 2)) * kBitsEach / kWordBits) {}

  // Whether it was there.
  bool Set(uint32_t hash) {
    uint64_t& word = words_[hash / kWordBits & (words_.size() - 1)];
    const uint64_t bit = uint64_t{1} << hash % kWordBits;
    const bool was_set = (word & bit) != 0;
    word |= bit;
    return was_set;
  }

  bool IsSet(uint32_t hash) const {
    const uint64_t word = words_[hash / kWordBits & (words_.size() - 1)];
    return (word >> hash % kWordBits & 1) != 0;
  }

 private:
  static constexpr size_t kBitsEach = 32;
  static constexpr size_t kWordBits = 64;

  std::vector<uint64_t> words_;
};

// Whether one of a few hashes is among those of a batch: a loop that compares several at a time.
bool HasAny(const std::vector<uint32_t>& few, const AddedFiles& files) {
  return std::ranges::any_of(few, [&](uint32_t wanted) {
    bool is_found = false;
    for (const uint32_t hash : files.key_hashes) is_found |= hash == wanted;
    return is_found;
  });
}

// The rows that `keep` holds for; null for all.
template <typename Keep>
LiveFiles::Batch Filter(const LiveFiles::Batch& batch, const Keep& keep) {
  const size_t size = batch.size();
  size_t first_dropped = 0;
  while (first_dropped < size && keep(batch.row(first_dropped))) ++first_dropped;
  if (first_dropped == size) return batch;
  auto rows = std::make_shared<std::vector<uint32_t>>();
  for (size_t i = 0; i < first_dropped; ++i) rows->push_back(batch.row(i));
  for (size_t i = first_dropped + 1; i < size; ++i) {
    if (keep(batch.row(i))) rows->push_back(batch.row(i));
  }
  return {batch.files, std::move(rows)};
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

std::optional<std::string> FindRepeatedFile(const LiveFiles& files) {
  size_t num_files = 0;
  for (const LiveFiles::Batch& batch : files.batches) num_files += batch.size();
  HashBits seen(num_files);
  const auto for_each = [&](const auto& visit) {
    for (const LiveFiles::Batch& batch : files.batches) {
      for (size_t i = 0; i < batch.size(); ++i) {
        visit(*batch.files, batch.row(i), batch.files->key_hashes[batch.row(i)]);
      }
    }
  };
  std::vector<uint32_t> again;
  for_each([&](const AddedFiles&, uint32_t, uint32_t hash) {
    if (seen.Set(hash)) again.push_back(hash);
  });
  if (again.empty()) return std::nullopt;
  HashBits twice(again.size());
  for (const uint32_t hash : again) twice.Set(hash);
  struct Place {
    uint32_t hash;
    const AddedFiles* files;
    uint32_t row;
  };
  std::vector<Place> places;
  for_each([&](const AddedFiles& of, uint32_t row, uint32_t hash) {
    if (twice.IsSet(hash)) places.push_back({hash, &of, row});
  });
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return a.hash < b.hash; });
  for (size_t i = 0; i < places.size(); ++i) {
    for (size_t k = i + 1; k < places.size() && places[k].hash == places[i].hash; ++k) {
      const FileKey key = places[i].files->key(places[i].row);
      if (key == places[k].files->key(places[k].row)) return key.path;
    }
  }
  return std::nullopt;
}

LiveFiles ReconcileFiles(const LiveFiles& base, const std::vector<Commit>& commits) {
  const Pieces pieces(commits);
  NewestActions newest(pieces);
  std::vector<NewBatch> batches;
  std::unordered_map<const AddedFiles*, size_t> numbers;
  for (const Piece& piece : pieces.list()) {
    const CommitActions& actions = *piece.actions;
    const AddedFiles& files = *actions.files;
    uint32_t number = piece.first_number;
    if (actions.num_added() > 0) {
      const auto [found, is_new] = numbers.emplace(&files, batches.size());
      if (is_new) batches.push_back({actions.files, {}});
      NewBatch& batch = batches[found->second];
      for (uint32_t row = actions.added_begin; row < actions.added_end; ++row, ++number) {
        const size_t ahead = row + NewestActions::kAhead;
        if (ahead < files.key_hashes.size()) newest.Prefetch(files.key_hashes[ahead]);
        if (const auto seen = newest.Insert(files.key_hashes[row], number)) {
          CheckSameCommit(pieces, *seen, number);
          batch.Replace(row);
        }
      }
    }
    const RemovedFiles& removed = actions.removed;
    for (uint32_t row = 0; row < removed.num_rows(); ++row, ++number) {
      if (const auto seen = newest.Insert(removed.key_hashes[row], number)) {
        CheckSameCommit(pieces, *seen, number);
      }
    }
  }

  LiveFiles live;
  const auto add = [&](LiveFiles::Batch batch) {
    if (batch.size() > 0) live.batches.push_back(std::move(batch));
  };
  for (const NewBatch& batch : batches) {
    if (batch.is_replaced.empty()) {
      add({batch.files, nullptr});
    } else {
      add(Filter({batch.files, nullptr}, [&](uint32_t row) { return !batch.is_replaced[row]; }));
    }
  }
  std::vector<uint32_t> few;
  const bool are_few = pieces.num_actions() <= kFewActions;
  if (are_few) few = newest.Hashes();
  for (const LiveFiles::Batch& batch : base.batches) {
    const AddedFiles& files = *batch.files;
    if (are_few && !HasAny(few, files)) {
      add(batch);
      continue;
    }
    add(Filter(batch, [&](uint32_t row) {
      const uint32_t hash = files.key_hashes[row];
      return !newest.MayContain(hash) || !newest.Contains(hash, files, row);
    }));
  }
  return live;
}

}  // namespace deltaic::delta
