#pragma once

#include <cstdint>

#include <deltaic/base/export.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// The number of rows of a table, exactly: those that the log states, and for files of which it
/// does not state them those of their Parquet footers. Safe to call from any thread.
DELTAIC_EXPORT int64_t CountRows(const Snapshot& snapshot);

}  // namespace deltaic::delta
