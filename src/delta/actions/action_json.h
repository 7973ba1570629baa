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

#include <deltaic/delta/protocol/actions.h>

#include "delta/actions/file_columns.h"

namespace deltaic::delta {

/// The longest line that is parsed.
constexpr size_t kMaxActionBytes = size_t{256} << 20;

/// "Commit Provenance Information": free JSON, of which two members mean something to a reader.
/// Members of unexpected types count as absent.
struct CommitInfo {
  std::string json;  ///< The whole object.
  std::optional<int64_t> timestamp;
  std::optional<int64_t> in_commit_timestamp;  ///< Milliseconds since the Unix epoch.
};

/// "Sidecar File Information": a file of a V2 checkpoint with file actions.
struct Sidecar {
  std::string path;  ///< As the log spells it.
  int64_t size = 0;  ///< Bytes.
};

/// The actions of a commit, or of some of its lines.
struct CommitActions {
  size_t num_objects = 0;  ///< JSON objects, known actions or not.
  std::optional<Protocol> protocol;
  std::optional<Metadata> metadata;
  std::vector<SetTransaction> transactions;
  std::vector<DomainMetadata> domains;
  std::optional<CommitInfo> commit_info;
  /// "Checkpoint Metadata" and sidecars: of checkpoints only, without a meaning in commits.
  std::optional<int64_t> checkpoint_version;
  std::vector<Sidecar> sidecars;
  /// The add actions: rows [added_begin, added_end) of `files`, once the parser has finished them.
  std::shared_ptr<const AddedFiles> files;
  uint32_t added_begin = 0;
  uint32_t added_end = 0;
  RemovedFiles removed;

  size_t num_added() const { return added_end - added_begin; }
};

/// Which bytes are parsed, for messages.
struct CommitOrigin {
  std::string_view location;  ///< Of the commit file.
  int64_t version = 0;
  int64_t first_line = 1;            ///< Number of the first line among the commit's.
  std::string_view what = "Commit";  ///< What the file is.
  size_t first_byte = 0;             ///< Where in the commit the bytes begin.
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
