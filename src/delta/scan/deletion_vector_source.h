#pragma once

// All that is needed to read a deletion vector, without the snapshot that names it (PROTOCOL.md,
// "Deletion Vectors"): so it can be a text in a scan that is sent to another process. A plain
// value.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// Where the deletion vector of a live file is, and what the log says about it.
struct DeletionVectorSource {
  int64_t table_version = 0;
  std::string file;  ///< The data file's path as the log spells it.
  /// The text of an inline vector. It has no `place`.
  std::optional<std::string> inline_text = {};
  FilePlace place = {};
  std::optional<int32_t> offset = {};  ///< In the file at `place`, in bytes.
  int32_t size_in_bytes = 0;
  int64_t cardinality = 0;                  ///< How many rows it deletes.
  std::optional<int64_t> num_records = {};  ///< How many rows the data file has by the log.

  bool operator==(const DeletionVectorSource&) const = default;
};

/// How many records live file number `file` has by the log, deleted or not.
std::optional<int64_t> RecordsOf(const Snapshot& snapshot, int64_t file);

/// The deletion vector of live file number `file`, if it has one. Throws `kCorruptLog`,
/// `kPermissionDenied` and `kUnsupportedFeature` for a path that does not lead into the table.
std::optional<DeletionVectorSource> DeletionVectorOf(const Snapshot& snapshot, int64_t file);

/// The source as JSON.
std::string ToText(const DeletionVectorSource& source);

/// Reads what `ToText` writes. Throws `kCorruptData` for any other text.
DeletionVectorSource ParseDeletionVectorSource(std::string_view text);

}  // namespace deltaic::delta
