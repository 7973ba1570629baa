#pragma once

// What a snapshot holds, for those who make one. A plain value.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/log/log_files.h"

namespace deltaic::delta {

/// The members mean what the accessors of `Snapshot` say.
struct SnapshotState {
  TableAccess access;
  int64_t version = 0;
  int64_t timestamp_ms = 0;
  Protocol protocol;
  Metadata metadata;
  DataType schema;
  std::map<std::string, SetTransaction> transactions;
  std::map<std::string, DomainMetadata> domains;
  ActiveFiles files;
  std::shared_ptr<const LogSegment> segment;
  std::vector<std::string> warnings;
};

}  // namespace deltaic::delta
