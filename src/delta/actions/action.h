#pragma once

// Any action of the log as a value (PROTOCOL.md, "Actions"). Plain values.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include <deltaic/delta/protocol/state_actions.h>

#include "delta/actions/file_actions.h"

namespace deltaic::delta {

/// "Commit Provenance Information": free JSON, of which two members mean something to a reader.
/// Members of unexpected types count as absent.
struct CommitInfo {
  std::string json;                                 ///< The whole object.
  std::optional<int64_t> timestamp = {};            ///< Milliseconds since the Unix epoch.
  std::optional<int64_t> in_commit_timestamp = {};  ///< Milliseconds since the Unix epoch.

  bool operator==(const CommitInfo&) const = default;
};

/// "Sidecar File Information": a file of a V2 checkpoint with file actions.
struct Sidecar {
  std::string path;                               ///< As the log spells it.
  int64_t size = 0;                               ///< Bytes.
  std::optional<int64_t> modification_time = {};  ///< Milliseconds since the Unix epoch.
  std::optional<NullableTexts> tags = {};
  UnknownMembers unknown_members = {};

  bool operator==(const Sidecar&) const = default;
};

/// "Checkpoint Metadata", of V2 checkpoints.
struct CheckpointMetadata {
  int64_t version = 0;
  std::optional<NullableTexts> tags = {};
  UnknownMembers unknown_members = {};

  bool operator==(const CheckpointMetadata&) const = default;
};

/// An action of a kind that Deltaic does not know.
struct UnknownAction {
  std::string name;
  std::string json;  ///< Its value, which need not be an object.

  bool operator==(const UnknownAction&) const = default;
};

using Action = std::variant<AddFile, RemoveFile, AddCdcFile, Metadata, Protocol, SetTransaction,
                            DomainMetadata, CommitInfo, Sidecar, CheckpointMetadata, UnknownAction>;

}  // namespace deltaic::delta
