#pragma once

// The lines of a commit for the version that it is tried for (PROTOCOL.md, "Delta Log Entries"):
// what depends on the version before it is made anew for each attempt. One thread at a time.

#include <cstdint>
#include <string>

#include <deltaic/delta/snapshot/snapshot.h>
#include <deltaic/delta/transaction/commit_properties.h>

#include "delta/protocol/table_properties.h"
#include "delta/transaction/commit_info.h"
#include "delta/transaction/row_id_assignment.h"
#include "delta/transaction/staged_actions.h"

namespace deltaic::delta {

/// The version that a commit follows.
struct CommitBase {
  int64_t version = -1;  ///< -1 for a new table.
  /// When it was committed, in milliseconds since the Unix epoch.
  int64_t timestamp_ms = 0;
  int64_t row_id_high_water_mark = kNoRowId;
};

/// What one transaction commits, whatever the version.
struct CommitContents {
  const Snapshot* read;  ///< Null for a new table.
  const StagedActions& staged;
  const CommitOperation& operation;
  const CommitProperties& properties;
  IsolationLevel isolation_level = IsolationLevel::kSerializable;
  bool is_blind_append = false;
  std::string txn_id = {};

  /// Those in force once the transaction is committed.
  const Protocol& protocol() const {
    return staged.protocol() ? *staged.protocol() : read->protocol();
  }
  const Metadata& metadata() const {
    return staged.metadata() ? *staged.metadata() : read->metadata();
  }
};

class CommitText {
 public:
  /// `contents` must outlive the object.
  explicit CommitText(const CommitContents& contents);

  /// The lines of the commit that follows `base`, made at `now_ms`. Throws as `AssignRowIds` and
  /// `NextInCommitTimestamp`, and `kInvalidArgument` where a text is not UTF-8.
  std::string Write(const CommitBase& base, int64_t now_ms) const;

 private:
  const CommitContents& contents_;
  bool has_timestamps_;
  bool turns_timestamps_on_;
  bool assigns_row_ids_;
  std::string fixed_lines_;
};

}  // namespace deltaic::delta
