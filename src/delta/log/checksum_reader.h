#pragma once

// Reads the checksum of a version (PROTOCOL.md, "Version Checksum File"). Safe to call from any
// thread.

#include <cstdint>
#include <optional>

#include <deltaic/datafusion/object_store.h>

#include "delta/actions/version_checksum.h"

namespace deltaic::delta {

struct ChecksumFile {
  bool is_there = false;
  /// What it says; nothing where it makes no sense.
  std::optional<VersionChecksum> checksum = {};
};

/// Fetches and reads a version's checksum. Errors are those of the store, but for a file that
/// cannot be read whoever asks.
ChecksumFile ReadVersionChecksum(const datafusion::ObjectStore& store, int64_t version);

}  // namespace deltaic::delta
