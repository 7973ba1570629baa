#pragma once

#include <cstdint>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/protocol/bounds_form.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// The live files with their properties in the log, one row per file, in the order of
/// `Snapshot::files()`; in batches of some thousand rows, at least one. Safe to call from any
/// thread.
///
/// Columns: `path` (utf8, as the log spells it), `size_bytes`, `modification_time` (int64,
/// milliseconds since the Unix epoch), `num_records` (int64: deleted ones are among them),
/// `null_count`, `min`, `max` (structs of the columns that have statistics), `partition` (struct of
/// the partition columns). Structs without a field are left out. With `flatten` the fields of
/// structs are columns of their own, with dots in their names ("min.x", "null_count.s.a").
///
/// Columns have statistics according to the table properties `delta.dataSkippingStatsColumns` and
/// `delta.dataSkippingNumIndexedCols`. Bounds are as written. What is unknown is null.
///
/// Throws `kCorruptLog` for a partition value that its type does not have.
DELTAIC_EXPORT std::vector<RecordBatch> GetAddActions(const Snapshot& snapshot,
                                                      bool flatten = false);

/// The same of some files, given by their numbers, in that order; with bounds as wanted.
DELTAIC_EXPORT std::vector<RecordBatch> GetAddActions(const Snapshot& snapshot,
                                                      const std::vector<int64_t>& files,
                                                      bool flatten, BoundsForm bounds);

}  // namespace deltaic::delta
