#pragma once

// What a caller may ask of any commit, whatever the operation (PROTOCOL.md, "Commit Provenance
// Information", "Transaction Identifiers"). Plain values.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/delta/protocol/state_actions.h>

namespace deltaic::delta {

/// What to do where the table has an application transaction already: the table's version of its id
/// is the same or higher.
enum class IfCommitted : uint8_t {
  kWrite,  ///< Commit all the same; another writer of the id at the same time is a conflict.
  kSkip,   ///< Commit nothing; the result says so.
  kFail,   ///< Throw `kAlreadyExists`.
};

/// Settings of a commit.
struct CommitProperties {
  /// Members for the commit's commitInfo: name to JSON text. See `CheckCommitProperties`.
  std::map<std::string, std::string> custom_metadata = {};
  /// How many races for a version may be lost; with 0 the first lost race is an error. Nothing
  /// means 15, and for blind appends, which nearly always succeed in the end, `max_commit_time`.
  std::optional<int64_t> max_commit_retries = {};
  /// How long a blind append tries, from the first lost race on.
  std::chrono::milliseconds max_commit_time = std::chrono::minutes(10);
  /// The pause after the nth lost race is random, up to 2^n times `min_back_off`.
  std::chrono::milliseconds min_back_off{10};
  std::chrono::milliseconds max_back_off{5000};
  /// Progress of applications, committed together with the rest.
  std::vector<SetTransaction> app_transactions = {};
  IfCommitted if_committed = IfCommitted::kWrite;
};

/// What follows a commit.
struct PostCommitProperties {
  /// Whether to write the checkpoint that is due by `delta.checkpointInterval`.
  bool create_checkpoint = true;
  /// Whether to remove log files that are expired; nothing leaves it to the table.
  std::optional<bool> cleanup_expired_logs = {};
};

/// Throws `kInvalidArgument` naming what is wrong: a member of `custom_metadata` that is no JSON,
/// that only Deltaic may write (`timestamp`, `operation`, `engineInfo`, `operationMetrics`,
/// `readVersion`, `isolationLevel`, `isBlindAppend`, `txnId`, `inCommitTimestamp`, `tags`), or that
/// is of another type than the protocol's (`operationParameters`, whose members are added to those
/// of the operation, is an object; `userId`, `userName` and `userMetadata` are texts); an
/// application's id that is empty or there twice; a negative number.
DELTAIC_EXPORT void CheckCommitProperties(const CommitProperties& properties);

}  // namespace deltaic::delta
