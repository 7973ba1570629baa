#include "delta/transaction/conflict_checker.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/text/excerpt.h"
#include "delta/actions/action_text.h"
#include "delta/protocol/log_path.h"
#include "delta/scan/file_pruning.h"
#include "delta/scan/table_columns.h"
#include "delta/transaction/added_files.h"
#include "delta/transaction/identity_marks.h"

namespace deltaic::delta {
namespace {

// Calls `visit` with the actions of a type, until it returns a problem.
template <typename Kind, typename Visit>
std::optional<std::string> FindIn(const WinningCommit& winner, const Visit& visit) {
  for (const Action& action : winner.actions) {
    const Kind* found = std::get_if<Kind>(&action);
    if (found == nullptr) continue;
    if (std::optional<std::string> problem = visit(*found)) return problem;
  }
  return std::nullopt;
}

template <typename Kind>
bool Has(const WinningCommit& winner) {
  return std::ranges::any_of(
      winner.actions, [](const Action& action) { return std::holds_alternative<Kind>(action); });
}

std::string About(std::string_view what, const std::string& path) {
  return fmt::format("{} {}.", what, ShownDataPath(path));
}

}  // namespace

// The predicates of a scope, as files are judged by them.
struct ConflictChecker::PredicateFiles {
  PredicateFiles(const Snapshot& read, const ReadScope& scope) : columns(read), scope(scope) {}

  // Calls `visit` with the path of each file that may have rows for which a predicate is true,
  // until it returns false.
  template <typename Visit>
  void ForEachMatch(const Snapshot& snapshot, const Visit& visit) const {
    for (const datafusion::Expression& predicate : scope.predicates) {
      const datafusion::ScanRequest request{.filters = {predicate}};
      for (const int64_t file : SelectFiles(snapshot, columns, request).files) {
        if (!visit(snapshot.files().path(file))) return;
      }
    }
  }

  const TableColumns columns;
  const ReadScope& scope;
};

ConflictChecker::ConflictChecker(const Snapshot& read, const ReadScope& scope,
                                 const StagedActions& staged, IsolationLevel level)
    : read_(read), scope_(scope), staged_(staged), level_(level) {}

ConflictChecker::~ConflictChecker() = default;

std::optional<ConflictChecker::Conflict> ConflictChecker::Check(const WinningCommit& winner) {
  struct Rule {
    ConflictKind kind;
    Problem (ConflictChecker::*find)(const WinningCommit&);
  };
  static constexpr Rule kRules[] = {
      {ConflictKind::kProtocolChanged, &ConflictChecker::FindProtocolChange},
      {ConflictKind::kMetadataChanged, &ConflictChecker::FindMetadataChange},
      {ConflictKind::kConcurrentTransaction, &ConflictChecker::FindTransaction},
      {ConflictKind::kConcurrentDomain, &ConflictChecker::FindDomain},
      {ConflictKind::kConcurrentAppend, &ConflictChecker::FindAppend},
      {ConflictKind::kConcurrentDeleteRead, &ConflictChecker::FindDeletedRead},
      {ConflictKind::kConcurrentDeleteDelete, &ConflictChecker::FindDeleteDelete},
      {ConflictKind::kConcurrentFileChange, &ConflictChecker::FindFileChange},
  };
  NoteMarkedFiles(winner);
  for (const Rule& rule : kRules) {
    if (Problem problem = (this->*rule.find)(winner)) return Conflict{rule.kind, *problem};
  }
  must_be_made_anew_ |= std::ranges::any_of(
      marked_, [&](const std::string& path) { return staged_.changes().contains(path); });
  return std::nullopt;
}

void ConflictChecker::NoteMarkedFiles(const WinningCommit& winner) {
  marked_.clear();
  if (!scope_.only_marks_rows) return;
  std::unordered_set<std::string_view> removed;
  for (const Action& action : winner.actions) {
    if (const auto* remove = std::get_if<RemoveFile>(&action)) removed.insert(remove->path);
  }
  for (const Action& action : winner.actions) {
    const auto* add = std::get_if<AddFile>(&action);
    if (add == nullptr || !add->deletion_vector || !removed.contains(add->path)) continue;
    // A file that this transaction removes as a whole is not to be marked.
    const auto own = staged_.changes().find(add->path);
    if (own == staged_.changes().end() || own->second.added) marked_.insert(add->path);
  }
}

ConflictChecker::Problem ConflictChecker::FindProtocolChange(const WinningCommit& winner) {
  return FindIn<Protocol>(winner, [&](const Protocol& protocol) -> Problem {
    if (protocol == read_.protocol()) return std::nullopt;
    return "The other commit changed the table's protocol.";
  });
}

ConflictChecker::Problem ConflictChecker::FindMetadataChange(const WinningCommit& winner) {
  return FindIn<Metadata>(winner, [&](const Metadata& metadata) -> Problem {
    if (staged_.metadata()) return "Both commits change the table's metadata.";
    if (DifferInIdentityMarksOnly(metadata, read_.metadata())) return std::nullopt;
    return "The other commit changed the table's metadata.";
  });
}

// A transaction that only puts rows into other files depends on those files alone.
bool ConflictChecker::DependsOnRows() const {
  if (scope_.is_replaced) return true;
  const bool only_rearranges =
      staged_.only_rearranges() && !staged_.metadata() && !staged_.protocol();
  return !scope_.is_empty() && !only_rearranges;
}

// Whether files that the winner adds do not count.
bool ConflictChecker::PassesOver(const WinningCommit& winner) const {
  if (scope_.is_replaced || level_ == IsolationLevel::kSerializable) return false;
  if (level_ == IsolationLevel::kSnapshotIsolation) return true;
  const bool is_blind_append = winner.facts.is_blind_append && !Has<RemoveFile>(winner);
  return is_blind_append && !staged_.metadata();
}

// Whether a file that the winner adds has rows that the transaction did not see.
bool ConflictChecker::IsNews(const AddFile& add) const {
  if (IsMarked(add.path)) return false;
  if (add.data_change) return true;
  // Nobody but what replaces all minds where rows are; a file that is not replaced would stay.
  return scope_.is_replaced && !staged_.changes().contains(add.path);
}

ConflictChecker::Problem ConflictChecker::FindAppend(const WinningCommit& winner) {
  constexpr std::string_view kWhat = "The other commit added rows that should have been read, in";
  if (!DependsOnRows() || PassesOver(winner)) return std::nullopt;
  if (scope_.whole_table) {
    return FindIn<AddFile>(winner, [&](const AddFile& add) -> Problem {
      if (!IsNews(add)) return std::nullopt;
      return About(kWhat, add.path);
    });
  }
  if (scope_.predicates.empty() || !Has<AddFile>(winner)) return std::nullopt;
  std::string lines;
  for (const Action& action : winner.actions) {
    const AddFile* add = std::get_if<AddFile>(&action);
    if (add != nullptr && IsNews(*add)) AppendActionLine(action, lines);
  }
  if (!predicates_) predicates_ = std::make_unique<PredicateFiles>(read_, scope_);
  Problem problem;
  predicates_->ForEachMatch(*WithAddedFiles(read_, lines, winner.version),
                            [&](const std::string& path) {
                              problem = About(kWhat, path);
                              return false;
                            });
  return problem;
}

const std::unordered_set<std::string>& ConflictChecker::FilesRead() {
  if (!files_read_) {
    files_read_.emplace(scope_.files.begin(), scope_.files.end());
    if (!scope_.predicates.empty()) {
      if (!predicates_) predicates_ = std::make_unique<PredicateFiles>(read_, scope_);
      predicates_->ForEachMatch(
          read_, [&](std::string path) { return files_read_->insert(std::move(path)), true; });
    }
  }
  return *files_read_;
}

ConflictChecker::Problem ConflictChecker::FindDeletedRead(const WinningCommit& winner) {
  if (!DependsOnRows()) return std::nullopt;
  return FindIn<RemoveFile>(winner, [&](const RemoveFile& remove) -> Problem {
    if (!remove.data_change || IsMarked(remove.path)) return std::nullopt;
    if (!scope_.whole_table && !FilesRead().contains(remove.path)) return std::nullopt;
    return About("The other commit deleted rows that were read, of", remove.path);
  });
}

ConflictChecker::Problem ConflictChecker::FindDeleteDelete(const WinningCommit& winner) {
  return FindIn<RemoveFile>(winner, [&](const RemoveFile& remove) -> Problem {
    const auto own = staged_.changes().find(remove.path);
    if (own == staged_.changes().end() || !own->second.removed) return std::nullopt;
    if (IsMarked(remove.path)) return std::nullopt;
    return About("Both commits remove or change the file", remove.path);
  });
}

ConflictChecker::Problem ConflictChecker::FindFileChange(const WinningCommit& winner) {
  constexpr std::string_view kWhat = "Both commits change the file";
  const auto& changes = staged_.changes();
  if (changes.empty()) return std::nullopt;
  const Problem of_removed = FindIn<RemoveFile>(winner, [&](const RemoveFile& remove) -> Problem {
    if (!changes.contains(remove.path) || IsMarked(remove.path)) return std::nullopt;
    return About(kWhat, remove.path);
  });
  if (of_removed) return of_removed;
  return FindIn<AddFile>(winner, [&](const AddFile& add) -> Problem {
    const auto own = changes.find(add.path);
    if (own == changes.end() || IsMarked(add.path)) return std::nullopt;
    // What was only described anew may go.
    const bool is_same = own->second.removed == DeletionVectorIdOf(add.deletion_vector);
    if (!add.data_change && is_same && !own->second.added) return std::nullopt;
    return About(kWhat, add.path);
  });
}

ConflictChecker::Problem ConflictChecker::FindTransaction(const WinningCommit& winner) {
  return FindIn<SetTransaction>(winner, [&](const SetTransaction& transaction) -> Problem {
    if (!staged_.transactions().contains(transaction.app_id)) return std::nullopt;
    return fmt::format("Both commits have a transaction of the application {}.",
                       Excerpt(transaction.app_id));
  });
}

ConflictChecker::Problem ConflictChecker::FindDomain(const WinningCommit& winner) {
  return FindIn<DomainMetadata>(winner, [&](const DomainMetadata& domain) -> Problem {
    if (!staged_.domains().contains(domain.domain)) return std::nullopt;
    return fmt::format("Both commits change the metadata of the domain {}.",
                       Excerpt(domain.domain));
  });
}

}  // namespace deltaic::delta
