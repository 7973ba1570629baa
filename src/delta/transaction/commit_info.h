#pragma once

// What a commit says about itself (PROTOCOL.md, "Commit Provenance Information"), as Spark spells
// it. Pure functions.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "delta/actions/action.h"
#include "delta/protocol/table_properties.h"

namespace deltaic::delta {

/// What an operation tells of itself.
struct CommitOperation {
  std::string name;  ///< As Spark names it ("WRITE", "DELETE", …).
  /// Texts; a value that is no text is its JSON ("[\"p\"]", "false").
  std::map<std::string, std::string> parameters = {};
  std::map<std::string, std::string> metrics = {};  ///< By Spark's names; numbers as texts.
  /// Whether rows that were rewritten kept their ids ("Row Tracking"). Nothing: files that are
  /// replaced by others have lost them.
  std::optional<bool> keeps_row_ids = {};
};

/// All members of a commitInfo.
struct CommitProvenance {
  int64_t timestamp_ms = 0;
  const CommitOperation& operation;
  std::optional<int64_t> read_version = {};
  IsolationLevel isolation_level = IsolationLevel::kSerializable;
  bool is_blind_append = false;
  std::string_view txn_id = {};
  std::optional<int64_t> in_commit_timestamp_ms = {};
  std::optional<bool> row_ids_preserved = {};  ///< Nothing where the table does not track rows.
  const std::map<std::string, std::string>& custom_metadata;
};

/// Puts a commitInfo together.
CommitInfo MakeCommitInfo(const CommitProvenance& provenance);

/// Spark's name of a level of isolation.
std::string_view IsolationLevelName(IsolationLevel level);

/// What the commitInfo of another writer says, as far as it can be understood.
struct CommitInfoFacts {
  std::optional<std::string> operation = {};
  std::optional<std::string> txn_id = {};
  bool is_blind_append = false;
};

CommitInfoFacts ReadCommitInfoFacts(std::string_view json);

}  // namespace deltaic::delta
