#pragma once

#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/schema.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// The columns of `ListFiles` for a table.
Schema FileListSchema(const Snapshot& snapshot);

/// The live files of a snapshot, a row a file: path (relative to the table, decoded), uri, size
/// (bytes), modification_time (timestamp), partition_values (a struct; only where the table is
/// partitioned) and num_records (null where the log does not say).
RecordBatch ListFiles(const Snapshot& snapshot);

}  // namespace deltaic::delta
