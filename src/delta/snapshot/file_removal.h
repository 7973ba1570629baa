#pragma once

// Live files as the actions that remove them (PROTOCOL.md, "Add File and Remove File"). Pure
// functions of immutable values.

#include <cstdint>

#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/actions/file_actions.h"

namespace deltaic::delta {

/// The action that removes live file number `file` with its rows, at `deletion_ms`, milliseconds
/// since the Unix epoch.
RemoveFile RemovalOf(const Snapshot& snapshot, int64_t file, int64_t deletion_ms);

}  // namespace deltaic::delta
