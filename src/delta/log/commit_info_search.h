#pragma once

// Finds the commitInfo of a commit in its first bytes, or wherever it is, without parsing what else
// is in the commit (PROTOCOL.md, "Commit Provenance Information"). One thread at a time.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "delta/actions/action_json.h"
#include "delta/log/log_files.h"

namespace deltaic::delta {

/// A search through the bytes of one commit, piece after piece. Holds no more than a line.
class CommitInfoSearch {
 public:
  enum class State : uint8_t {
    kUndecided,  ///< The next bytes must tell.
    kFound,
    kAbsent,     ///< The commit is at its end.
    kIrregular,  ///< Lines are not actions: the commit is for `ParseCommit` to judge.
  };

  /// `commit` must outlive the search.
  explicit CommitInfoSearch(const CommitFile& commit) : commit_(commit) {}

  /// Takes the next bytes; `is_end` says that they are the last.
  ///
  /// Throws `kCorruptLog` naming file and line for a commitInfo that is not JSON or no object,
  /// `kResourcesExhausted` for a line of more than 256 MiB.
  State Read(std::string_view bytes, bool is_end);

  /// What was found, once that is so.
  const CommitInfo& info() const { return *info_; }

 private:
  State ReadLine(std::string_view line);

  const CommitFile& commit_;
  std::string unfinished_;  // The begin of a line.
  int64_t line_number_ = 0;
  bool has_action_ = false;
  std::optional<CommitInfo> info_;
};

/// Throws `kCorruptLog` where the text of a commitInfo is not JSON throughout.
void CheckCommitInfo(const CommitInfo& info, const CommitFile& commit);

}  // namespace deltaic::delta
