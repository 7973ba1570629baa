#pragma once

// The file _last_checkpoint (PROTOCOL.md, "Last Checkpoint File"): a hint where the newest
// checkpoint is. It may be absent, stale or wrong without harm. Safe to call from any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <deltaic/datafusion/object_store.h>

namespace deltaic::delta {

struct LastCheckpointHint {
  int64_t version = 0;
  std::optional<int32_t> num_parts = {};  ///< Of a checkpoint in parts.
  std::string file_name = {};             ///< Of a V2 checkpoint with a name of its own, else "".

  bool operator==(const LastCheckpointHint&) const = default;
};

/// Reads the hint's JSON; nothing where it is not what it should be, or not what its own checksum
/// says ("JSON Checksum").
std::optional<LastCheckpointHint> ParseLastCheckpoint(std::string_view json);

/// Fetches and reads the hint; nothing where there is none that can be read. A failing store is
/// left to the reading of the log to find, only cancellation ends the work here.
std::optional<LastCheckpointHint> ReadLastCheckpoint(const datafusion::ObjectStore& store);

/// What the file tells of a checkpoint that was written.
struct LastCheckpoint {
  int64_t version = 0;
  int64_t num_actions = 0;
  int64_t size_in_bytes = 0;  ///< With its sidecars.
  int64_t num_adds = 0;
  std::string file_name = {};  ///< Of a V2 checkpoint with a name of its own, else "".
};

/// Returns the JSON of the hint, with its checksum.
std::string FormatLastCheckpoint(const LastCheckpoint& checkpoint);

/// Writes the hint, unless the one that is there names a newer version. Errors are those of the
/// store.
void WriteLastCheckpoint(const datafusion::ObjectStore& store, const LastCheckpoint& checkpoint);

}  // namespace deltaic::delta
