#pragma once

// The newest version of a table at a glance.

#include <cstdint>

#include <deltaic/base/export.h>
#include <deltaic/delta/log/table_access.h>
#include <deltaic/delta/protocol/state_actions.h>

namespace deltaic::delta {

struct TableSummary {
  int64_t version = 0;
  Protocol protocol;
  Metadata metadata;
  int64_t num_files = 0;
  int64_t size_in_bytes = 0;  ///< Of the live files.
  /// Whether the version's checksum says all this, so that the log was not replayed.
  bool is_from_checksum = false;
};

/// Tells of the newest version of a table: from its checksum ("Version Checksum File") where there
/// is one that makes sense and that is of a table that can be read, else from the log. Errors as
/// `LoadLatestSnapshot`.
DELTAIC_EXPORT TableSummary SummarizeTable(const TableAccess& access);

}  // namespace deltaic::delta
