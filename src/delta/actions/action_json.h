#pragma once

// The JSON form of a commit (PROTOCOL.md, "Delta Log Entries" and "Actions"): bytes to actions,
// add and remove straight into columns.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/delta/protocol/state_actions.h>

#include "delta/actions/action.h"
#include "delta/actions/action_lines.h"
#include "delta/actions/file_columns.h"

namespace deltaic::delta {

/// The actions of a commit, or of some of its lines.
struct CommitActions {
  size_t num_objects = 0;  ///< JSON objects, known actions or not.
  std::optional<Protocol> protocol;
  std::optional<Metadata> metadata;
  std::vector<SetTransaction> transactions;
  std::vector<DomainMetadata> domains;
  std::optional<CommitInfo> commit_info;
  /// Of checkpoints only, without a meaning in commits.
  std::optional<CheckpointMetadata> checkpoint_metadata;
  std::vector<Sidecar> sidecars;
  /// The add actions: rows [added_begin, added_end) of `files`, once the parser has finished them.
  std::shared_ptr<const AddedFiles> files;
  uint32_t added_begin = 0;
  uint32_t added_end = 0;
  RemovedFiles removed;

  size_t num_added() const { return added_end - added_begin; }
};

/// Parses commits, the add actions of all of them into one set of columns. One thread at a time;
/// not to be used after an error.
class ActionParser {
 public:
  ActionParser();
  ~ActionParser();

  /// Parses the actions of a commit. Unknown actions and members are ignored, and so are blank
  /// lines, a byte order mark, CR before LF, and line ends within an object if its first line
  /// does not end with a brace.
  ///
  /// `metaData` without a schema has an empty `schema_string`: it may be superseded.
  ///
  /// Throws `kCorruptLog` naming file, version, line and member for malformed JSON, a missing or
  /// mistyped member, and a second protocol or metaData; `kResourcesExhausted` for a line that is
  /// longer than 256 MiB and for 4 GiB at a time.
  CommitActions Parse(std::string_view json, const CommitOrigin& origin);

  /// How many add actions the columns hold.
  size_t num_files() const;

  /// Completes the columns; what is parsed next goes into new ones.
  void Finish();

  struct State;

 private:
  std::unique_ptr<State> state_;
};

/// Parses one commit.
CommitActions ParseCommitActions(std::string_view json, const CommitOrigin& origin);

}  // namespace deltaic::delta
