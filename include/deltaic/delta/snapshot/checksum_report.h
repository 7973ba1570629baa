#pragma once

// Whether a table is what the checksum of its version says (PROTOCOL.md, "Version Checksum File").

#include <cstdint>
#include <string>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

struct ChecksumReport {
  enum class State : uint8_t {
    kAbsent,      ///< The version has no checksum.
    kUnreadable,  ///< Its file makes no sense.
    kMatches,     ///< All that it says is so.
    kDiffers,
  };
  State state = State::kAbsent;
  /// What differs, one entry a member of the checksum.
  std::vector<std::string> differences = {};
};

/// Reads the checksum of the snapshot's version and holds it against the snapshot. Errors are those
/// of the store.
DELTAIC_EXPORT ChecksumReport VerifyChecksum(const Snapshot& snapshot);

}  // namespace deltaic::delta
