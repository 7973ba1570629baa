#pragma once

// Files that a caller chooses in place of a table's live ones.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace deltaic::delta {

/// A file as an add action describes it (PROTOCOL.md, "Add File and Remove File"). A plain value.
/// What the table's deletion vectors delete of one of its live files is deleted here, too.
struct ScanFile {
  std::string path;  ///< As in the log: a percent-encoded URI, relative to the table or absolute.
  int64_t size = 0;  ///< Bytes.
  int64_t modification_time = 0;  ///< Milliseconds since the Unix epoch.
  /// A text for each partition column, by its physical name where columns are mapped; nothing for
  /// null.
  std::map<std::string, std::optional<std::string>> partition_values = {};
  std::string statistics_json = {};  ///< Empty where there is none.
};

/// What becomes of a chosen file that is not one of the table's live files.
enum class MissingFiles : uint8_t {
  kError,   ///< `kInvalidArgument`, naming it.
  kIgnore,  ///< It is not read.
  kRead,    ///< It is read, if all is known of it; `kInvalidArgument` where only its path is.
};

}  // namespace deltaic::delta
