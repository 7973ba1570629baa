#pragma once

// What came of a commit. A plain value.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

struct CommitResult {
  /// The version that the commit is. Where it was skipped, one that has what was to be committed.
  int64_t version = 0;
  /// The table at this version. Null where the log cannot be read after the commit, which is done
  /// nonetheless; a warning tells why.
  std::shared_ptr<const Snapshot> snapshot = nullptr;
  /// How often a version was tried for: 1 and the races that were lost.
  int64_t attempts = 0;
  /// Whether the table had the application's transaction already (`IfCommitted::kSkip`).
  bool is_skipped = false;
  /// What went wrong after the commit: a sentence each.
  std::vector<std::string> warnings = {};
};

}  // namespace deltaic::delta
