#pragma once

// Files that are not in a snapshot, seen as it sees its own. Pure functions.

#include <cstdint>
#include <memory>
#include <string_view>

#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// The snapshot with the files that add actions name, in place of its own. `lines` are JSON, as in
/// the commit of `version`.
std::shared_ptr<const Snapshot> WithAddedFiles(const Snapshot& snapshot, std::string_view lines,
                                               int64_t version);

}  // namespace deltaic::delta
