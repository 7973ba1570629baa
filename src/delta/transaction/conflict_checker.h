#pragma once

// Whether a transaction can follow a commit that it has not seen (PROTOCOL.md says only that
// writers must find out; the rules are those of Delta Spark, "Concurrency control"). The table of
// conflict_checker_test.cc is the specification. One thread at a time.

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include <deltaic/delta/snapshot/snapshot.h>
#include <deltaic/delta/transaction/commit_errors.h>

#include "delta/protocol/table_properties.h"
#include "delta/transaction/read_scope.h"
#include "delta/transaction/staged_actions.h"
#include "delta/transaction/winning_commits.h"

namespace deltaic::delta {

/// Checks the winners one after the other, from the version after the one that was read on.
class ConflictChecker {
 public:
  struct Conflict {
    ConflictKind kind;
    std::string what;  ///< A sentence.
  };

  /// `read` is the version that the transaction has read. All must outlive the object.
  ConflictChecker(const Snapshot& read, const ReadScope& scope, const StagedActions& staged,
                  IsolationLevel level);
  ~ConflictChecker();

  /// The first reason why the transaction cannot follow `winner`. Files are looked at where the
  /// answer depends on them only: a blind append costs the same whatever the size of the table.
  /// Throws `kCorruptLog` where the winner's files make no sense.
  std::optional<Conflict> Check(const WinningCommit& winner);

  /// Whether a winner has marked rows of a file that the transaction changes.
  bool must_be_made_anew() const { return must_be_made_anew_; }

 private:
  using Problem = std::optional<std::string>;
  struct PredicateFiles;

  Problem FindProtocolChange(const WinningCommit& winner);
  Problem FindMetadataChange(const WinningCommit& winner);
  Problem FindAppend(const WinningCommit& winner);
  Problem FindDeletedRead(const WinningCommit& winner);
  Problem FindDeleteDelete(const WinningCommit& winner);
  Problem FindFileChange(const WinningCommit& winner);
  Problem FindTransaction(const WinningCommit& winner);
  Problem FindDomain(const WinningCommit& winner);

  bool DependsOnRows() const;
  bool IsNews(const AddFile& add) const;
  bool PassesOver(const WinningCommit& winner) const;
  const std::unordered_set<std::string>& FilesRead();
  void NoteMarkedFiles(const WinningCommit& winner);
  bool IsMarked(const std::string& path) const { return marked_.contains(path); }

  const Snapshot& read_;
  const ReadScope& scope_;
  const StagedActions& staged_;
  const IsolationLevel level_;
  std::unique_ptr<PredicateFiles> predicates_;  // Made when it is first asked for.
  std::optional<std::unordered_set<std::string>> files_read_;
  std::unordered_set<std::string>
      marked_;  // Files of which the winner does no more than mark rows.
  bool must_be_made_anew_ = false;
};

}  // namespace deltaic::delta
