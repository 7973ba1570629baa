#pragma once

// Writes the checksum of a version (PROTOCOL.md, "Version Checksum File"). Safe to call from any
// thread.

#include <cstdint>
#include <optional>
#include <string>

#include <deltaic/datafusion/object_store.h>

#include "delta/actions/version_checksum.h"

namespace deltaic::delta {

/// The JSON of a checksum, which has protocol and metadata; what is nothing, histogram and files
/// are left out. `txn_id` is that of the commit.
std::string FormatVersionChecksum(const VersionChecksum& checksum,
                                  const std::optional<std::string>& txn_id);

/// Writes the checksum of a version, unless there is one. Errors are those of the store.
void WriteVersionChecksum(const datafusion::ObjectStore& store, int64_t version,
                          const VersionChecksum& checksum,
                          const std::optional<std::string>& txn_id);

}  // namespace deltaic::delta
